"""N-gram models, from counting to Kneser-Ney and generation. One file a problem."""

from autograder.problems.ngram.absolute_discount import ABSOLUTE_DISCOUNT
from autograder.problems.ngram.add_delta import ADD_DELTA
from autograder.problems.ngram.backoff import BACKOFF
from autograder.problems.ngram.build_vocabulary import BUILD_VOCABULARY
from autograder.problems.ngram.continuation_probability import CONTINUATION_PROBABILITY
from autograder.problems.ngram.count_ngrams import COUNT_NGRAMS
from autograder.problems.ngram.generate_sentence import GENERATE_SENTENCE
from autograder.problems.ngram.interpolate import INTERPOLATE
from autograder.problems.ngram.kneser_ney import KNESER_NEY
from autograder.problems.ngram.mle import MLE
from autograder.problems.ngram.ngram_perplexity import NGRAM_PERPLEXITY
from autograder.problems.ngram.ngrams import NGRAMS
from autograder.problems.ngram.sentence_log_probability import SENTENCE_LOG_PROBABILITY
from autograder.problems.ngram.stupid_backoff import STUPID_BACKOFF
from autograder.problems.ngram.tune_delta import TUNE_DELTA
from autograder.problems.ngram.tune_weights import TUNE_WEIGHTS
from autograder.problems.ngram.unseen_share import UNSEEN_SHARE

__all__ = [
    "ABSOLUTE_DISCOUNT",
    "ADD_DELTA",
    "BACKOFF",
    "BUILD_VOCABULARY",
    "CONTINUATION_PROBABILITY",
    "COUNT_NGRAMS",
    "GENERATE_SENTENCE",
    "INTERPOLATE",
    "KNESER_NEY",
    "MLE",
    "NGRAMS",
    "NGRAM_PERPLEXITY",
    "SENTENCE_LOG_PROBABILITY",
    "STUPID_BACKOFF",
    "TUNE_DELTA",
    "TUNE_WEIGHTS",
    "UNSEEN_SHARE",
]
