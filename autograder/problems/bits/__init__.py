"""Nats, bits and perplexity of a model of characters."""

from autograder.problems.bits.bits_and_perplexity import BITS_AND_PERPLEXITY
from autograder.problems.bits.word_perplexity import WORD_PERPLEXITY

__all__ = ["BITS_AND_PERPLEXITY", "WORD_PERPLEXITY"]
