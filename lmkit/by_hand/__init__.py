"""Forward and backward in NumPy float64: the reference that everything else is held against.

Conventions: batch first, x (N, T, D), h (N, H); row vectors, x @ W_x + h @ W_h + b; gates in
the order i, f, o, g (LSTM) and z, r, h~ (GRU); natural logarithms.
"""

from lmkit.by_hand.bits import bits_and_perplexity, word_perplexity
from lmkit.by_hand.char_lm import char_lm_gradients
from lmkit.by_hand.char_lstm import char_lstm
from lmkit.by_hand.char_ngram import next_character
from lmkit.by_hand.clipping import clip_by_global_norm, global_norm
from lmkit.by_hand.constant_cell import keep_cell
from lmkit.by_hand.dropout import dropout, dropout_backward
from lmkit.by_hand.gradient_check import GradientCheck, gradient_check
from lmkit.by_hand.gru import (
    gru_from_keras,
    gru_gates,
    gru_sequence,
    gru_sequence_backward,
    gru_step,
    gru_step_backward,
    gru_truncated_backward,
)
from lmkit.by_hand.initialisation import xavier_normal, xavier_uniform
from lmkit.by_hand.layers import (
    bidirectional_lstm,
    count_parameters,
    lstm_cell,
    lstm_weights,
    stacked_lstm,
)
from lmkit.by_hand.lstm import (
    lstm_gates,
    lstm_sequence,
    lstm_sequence_backward,
    lstm_step,
    lstm_step_backward,
    lstm_truncated_backward,
    sigmoid,
)
from lmkit.by_hand.mut1 import mut1_cell, mut1_step
from lmkit.by_hand.ngram import (
    absolute_discount,
    add_delta,
    backoff,
    build_vocabulary,
    continuation_probability,
    count_ngrams,
    generate_sentence,
    interpolate,
    kneser_ney,
    mle,
    ngram_perplexity,
    ngrams,
    sentence_log_probability,
    stupid_backoff,
    tune_delta,
    tune_weights,
    unseen_share,
)
from lmkit.by_hand.optimisers import (
    adagrad_update,
    adam_update,
    adamw_update,
    momentum_update,
    rmsprop_update,
    sgd_update,
)
from lmkit.by_hand.rnn import (
    rnn_sequence,
    rnn_sequence_backward,
    rnn_step,
    rnn_step_backward,
    rnn_truncated_backward,
)
from lmkit.by_hand.sampling import (
    draw_character,
    generate,
    nucleus,
    temperature_softmax,
    top_k,
)
from lmkit.by_hand.softmax import cross_entropy, cross_entropy_backward, log_softmax, softmax
from lmkit.by_hand.stream import batch_stream, stream_losses
from lmkit.by_hand.vanishing import gradient_norms, toy_rnn
from lmkit.by_hand.window_lm import (
    embed,
    embed_backward,
    window_backward,
    window_forward,
    window_loss,
    windows,
)

__all__ = [
    "GradientCheck",
    "absolute_discount",
    "adagrad_update",
    "adam_update",
    "adamw_update",
    "add_delta",
    "backoff",
    "batch_stream",
    "bidirectional_lstm",
    "bits_and_perplexity",
    "build_vocabulary",
    "char_lm_gradients",
    "char_lstm",
    "clip_by_global_norm",
    "continuation_probability",
    "count_ngrams",
    "count_parameters",
    "cross_entropy",
    "cross_entropy_backward",
    "draw_character",
    "dropout",
    "dropout_backward",
    "embed",
    "embed_backward",
    "generate",
    "generate_sentence",
    "global_norm",
    "gradient_check",
    "gradient_norms",
    "gru_from_keras",
    "gru_gates",
    "gru_sequence",
    "gru_sequence_backward",
    "gru_step",
    "gru_step_backward",
    "gru_truncated_backward",
    "interpolate",
    "keep_cell",
    "kneser_ney",
    "log_softmax",
    "lstm_cell",
    "lstm_gates",
    "lstm_sequence",
    "lstm_sequence_backward",
    "lstm_step",
    "lstm_step_backward",
    "lstm_truncated_backward",
    "lstm_weights",
    "mle",
    "momentum_update",
    "mut1_cell",
    "mut1_step",
    "next_character",
    "ngram_perplexity",
    "ngrams",
    "nucleus",
    "rmsprop_update",
    "rnn_sequence",
    "rnn_sequence_backward",
    "rnn_step",
    "rnn_step_backward",
    "rnn_truncated_backward",
    "sentence_log_probability",
    "sgd_update",
    "sigmoid",
    "softmax",
    "stacked_lstm",
    "stream_losses",
    "stupid_backoff",
    "temperature_softmax",
    "top_k",
    "toy_rnn",
    "tune_delta",
    "tune_weights",
    "unseen_share",
    "window_backward",
    "window_forward",
    "window_loss",
    "windows",
    "word_perplexity",
    "xavier_normal",
    "xavier_uniform",
]
