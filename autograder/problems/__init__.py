"""One file a topic. `find_problem` imports what it needs and nothing else."""

from __future__ import annotations

import importlib

from autograder.problem import Problem

TOPICS = {
    "ngram": (
        "ngrams",
        "count_ngrams",
        "build_vocabulary",
        "mle",
        "sentence_log_probability",
        "add_delta",
        "ngram_perplexity",
        "tune_delta",
        "backoff",
        "stupid_backoff",
        "interpolate",
        "tune_weights",
        "continuation_probability",
        "absolute_discount",
        "kneser_ney",
        "generate_sentence",
        "unseen_share",
    ),
    "window_lm": (
        "windows",
        "embed",
        "window_forward",
        "window_loss",
        "embed_backward",
        "window_backward",
    ),
    "xavier": ("xavier_normal", "xavier_uniform"),
    "dropout": ("dropout", "dropout_backward"),
    "optimisers": (
        "sgd_update",
        "momentum_update",
        "adagrad_update",
        "rmsprop_update",
        "adam_update",
        "adamw_update",
    ),
    "neural_lm": ("next_word_probabilities",),
    "softmax": ("softmax", "cross_entropy", "cross_entropy_backward"),
    "perplexity": ("perplexity",),
    "rnn": ("rnn_step", "rnn_sequence"),
    "rnn_bptt": ("rnn_step_backward", "rnn_sequence_backward", "rnn_truncated_backward"),
    "clipping": ("clip_by_global_norm",),
    "vanishing": ("toy_rnn", "gradient_norms"),
    "char_lm": ("char_lm_gradients",),
    "lstm": ("lstm_gates", "lstm_step", "lstm_sequence", "keep_cell"),
    "lstm_bptt": ("lstm_step_backward", "lstm_sequence_backward"),
    "gru": ("gru_step", "gru_sequence", "gru_from_keras"),
    "layers": (
        "count_parameters",
        "lstm_weights",
        "lstm_cell",
        "mut1_cell",
        "bidirectional_lstm",
        "stacked_lstm",
    ),
    "char_stream": ("batch_stream", "char_lstm", "stream_losses"),
    "bits": ("bits_and_perplexity", "word_perplexity"),
    "char_model": ("next_character",),
    "sampling": ("temperature_softmax", "top_k", "nucleus", "draw_character", "generate"),
}
"""The problems of each topic, in the order in which they are taught."""


def problem_names() -> list[str]:
    """The names of all problems, in the order in which they are taught."""
    return [name for names in TOPICS.values() for name in names]


def find_problem(name: str) -> Problem:
    """The problem of that name.

    Raises:
        KeyError: with the names that come nearest, if there is none.
    """
    for topic, names in TOPICS.items():
        if name in names:
            module = importlib.import_module(f"autograder.problems.{topic}")
            problem = getattr(module, name.upper())
            if not isinstance(problem, Problem):
                raise TypeError(f"{module.__name__}.{name.upper()} is not a Problem")
            return problem
    import difflib

    near = difflib.get_close_matches(name, problem_names(), n=3) or problem_names()
    raise KeyError(f"no problem is called {name!r}; there is {', '.join(near)}")


def find_helpers(problem: Problem) -> dict[str, Problem]:
    """The problems whose functions this one calls, by name."""
    return {name: find_problem(name) for name in problem.uses}
