"""A text as a stream of batches, and an LSTM that reads it with its state carried."""

from autograder.problems.char_stream.batch_stream import BATCH_STREAM
from autograder.problems.char_stream.char_lstm import CHAR_LSTM
from autograder.problems.char_stream.stream_losses import STREAM_LOSSES

__all__ = ["BATCH_STREAM", "CHAR_LSTM", "STREAM_LOSSES"]
