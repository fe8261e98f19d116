"""What all n-gram models share: text in, probabilities out, in NLTK's interface and in ours."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, chain
from math import fsum
from random import Random
from typing import Any

import numpy as np
from nltk.lm.api import LanguageModel
from nltk.lm.vocabulary import Vocabulary
from nltk.probability import FreqDist
from numpy.typing import NDArray

from lmkit.by_hand.types import Array, IntArray
from lmkit.ngram.counts import Counts, Hits, count_ids, count_rows, in_pieces
from lmkit.ngram.levels import Level
from lmkit.ngram.words import END, START, UNKNOWN, Sentences, Words, learn_words

Ngram = tuple[str, ...]


class NgramModel(LanguageModel):  # type: ignore[misc]
    """An n-gram language model.

    It learns from a text in one of two ways:

    * `fit_sentences` and `fit_ids` take sentences and follow the course: n-1 `<s>` in front, one
      `</s>` behind. V counts `<unk>` and `</s>`, not `<s>`, which is never predicted.
    * `fit` is NLTK's: it counts the n-grams that it is given, as those of
      `nltk.lm.preprocessing.padded_everygram_pipeline`, and takes `<s>` for a word like any other.

    Either way `score`, `entropy`, `generate` and so on are NLTK's, and `log_probabilities` scores
    whole texts at once.

    Args:
        order: n, the number of words in the longest n-gram.
        vocabulary: NLTK's vocabulary for `fit`, made from `vocabulary_text` if not given.
    """

    def __init__(self, order: int, vocabulary: Vocabulary | None = None) -> None:
        if order < 1:
            raise ValueError(f"the order is at least 1, not {order}")
        super().__init__(order, vocabulary, counter=())
        self.words = Words([])
        self.counts: Counts | None = None

    def _estimate(self, counts: Counts, levels: list[Level]) -> None:
        """Make of the counts whatever `_probabilities` needs."""
        raise NotImplementedError

    @abstractmethod
    def _probabilities(self, hits: Sequence[Hits]) -> Array:
        """p of each word, from where it stands in the tables of order 1 to m <= n."""

    def _levels(self, counts: Counts) -> list[Level]:
        """The counts that the estimator works on, order by order."""
        return [Level(counts, k) for k in range(1, counts.order + 1)]

    def parameters(self) -> dict[str, Any]:
        """The arguments that make the same model again, all of them JSON."""
        return {"order": self.order}

    # The course's way in.

    def fit_sentences(self, sentences: Sentences, min_count: int = 1) -> None:
        """Learn from a text.

        Args:
            sentences: one list of tokens a sentence, without `<s>` and `</s>`; a generator will
                do, it is read once.
            min_count: words that come less often are `<unk>`.
        """
        words, ids = learn_words(sentences, min_count)
        self._fit(ids, words)

    def fit_ids(self, ids: IntArray, words: Iterable[str]) -> None:
        """Learn from a text that is numbers already.

        Args:
            ids: the text in one row, (T,), `</s>` behind each sentence and no `<s>`.
            words: the word of each id; `</s>` is among them, `<s>` and `<unk>` are added if not.
        """
        known = list(words)
        self._fit(ids, Words([*known, *(w for w in (START, UNKNOWN) if w not in known)]))

    def _fit(self, ids: IntArray, words: Words) -> None:
        if not len(ids):
            raise ValueError("there is no sentence to learn from")
        counts = count_ids(ids, self.order, len(words), words.id(START), words.id(END))
        self._learn(counts, words)

    def _learn(self, counts: Counts, words: Words) -> None:
        """Take counts made the course's way."""
        numbers = zip(words.list, counts.tables[0].counts.tolist(), strict=True)
        kept = {word: max(n, 1) for word, n in numbers if word not in (START, UNKNOWN)}
        self.vocab = Vocabulary(Counter(kept), unk_label=UNKNOWN)
        self.words, self.counts = words, counts
        self._estimate(counts, self._levels(counts))

    def log_probabilities(self, sentences: Sentences) -> Array:
        """ln p of every word of a text and of every `</s>`, in one row: (T,).

        `lmkit.metrics.perplexity` of it is the perplexity of the text.
        """
        self._fitted()
        pieces = in_pieces(self.words.encode(sentences), self._id(END))
        with ThreadPoolExecutor(len(pieces)) as pool:  # NumPy's loops run side by side
            return np.concatenate(list(pool.map(self._log_p, pieces)))

    def _log_p(self, ids: IntArray) -> Array:
        hits = self._fitted().walk(ids, self._id(START), self._id(END))
        with np.errstate(divide="ignore"):
            return np.log(self._checked(hits))

    def seen(self, sentences: Sentences) -> NDArray[np.bool_]:
        """For every word of a text and every `</s>`: had its n-gram come in training?"""
        counts = self._fitted()
        entry = counts.walk(self.words.encode(sentences), self._id(START), self._id(END))[-1].entry
        result: NDArray[np.bool_] = (entry >= 0) & (counts.tables[-1].counts[entry] > 0)
        return result

    @property
    def size(self) -> int:
        """V, the number of words that can be predicted."""
        return len(self.words) - (self._fitted().start is not None)

    @property
    def nbytes(self) -> int:
        """Bytes that the model's arrays take."""
        mine = chain.from_iterable(v if isinstance(v, list) else [v] for v in vars(self).values())
        return self._fitted().nbytes + sum(v.nbytes for v in mine if isinstance(v, np.ndarray))

    # NLTK's way in.

    def fit(self, text: Iterable[Iterable[Ngram]], vocabulary_text: Any = None) -> None:
        """Count n-grams, beside those that earlier calls have counted.

        Args:
            text: sentences, each of them n-grams of any orders as tuples.
            vocabulary_text: words to make the vocabulary of, needed if it is empty.
        """
        if not self.vocab:
            if vocabulary_text is None:
                raise ValueError("Cannot fit without a vocabulary or text to create it from.")
            self.vocab.update(vocabulary_text)
        known = self.words.list if self.counts and self.counts.start is None else []
        words = Words(dict.fromkeys(chain(known, self.vocab)), self.vocab.unk_label)
        flat: list[list[int]] = [[] for _ in range(self.order)]
        unknown = words.id(self.vocab.unk_label)
        masked = {w: i if w in self.vocab else unknown for i, w in enumerate(words.list)}
        for sentence in text:
            for ngram in sentence:
                if not isinstance(ngram, tuple):
                    raise TypeError(f"Ngram <{ngram}> isn't a tuple, but {type(ngram)}")
                if not 1 <= len(ngram) <= self.order:
                    raise ValueError(f"{ngram} does not have between 1 and {self.order} words")
                flat[len(ngram) - 1].extend([masked.get(word, unknown) for word in ngram])
        rows = [np.array(f, np.int64).reshape(-1, k) for k, f in enumerate(flat, start=1)]
        weights = [np.ones(len(r), np.int64) for r in rows]
        if known and self.counts:
            for k, table in enumerate(self.counts.tables, start=1):
                rows[k - 1] = np.vstack([self.counts.rows(k), rows[k - 1]])
                weights[k - 1] = np.concatenate([table.counts, weights[k - 1]])
        counts, _ = count_rows(rows, weights, len(words))
        self.words, self.counts = words, counts
        self._estimate(counts, self._levels(counts))

    def score(self, word: str, context: Sequence[str] | None = None) -> float:
        """p(word | context); words that are not in the vocabulary are the unknown word."""
        return self.unmasked_score(self.vocab.lookup(word), self._masked(context))

    def unmasked_score(self, word: str, context: Sequence[str] | None = None) -> float:
        """p(word | context) for words as they are; only the last n-1 of the context count."""
        return float(self._scores([word], tuple(context or ()))[0])

    def entropy(self, text_ngrams: Iterable[Ngram]) -> float:
        """The mean of -log2 p over n-grams; the words before the last are the context."""
        ngrams = list(text_ngrams)
        if not ngrams:
            raise ValueError("the mean over no n-gram is not defined")
        lengths = np.fromiter(map(len, ngrams), np.int64, len(ngrams))
        if (lengths == 0).any():
            raise ValueError("an n-gram has at least one word")
        ids = _Ids(self)
        ends = np.cumsum(lengths)
        each = map(ids.__getitem__, chain.from_iterable(ngrams))
        flat = np.fromiter(each, np.int64, int(ends[-1]))
        total = 0.0
        for length in np.unique(lengths):
            rows = flat[(ends[lengths == length] - length)[:, None] + np.arange(length)]
            if self._fitted().start is not None:
                rows[rows[:, -1] == self._fitted().start, -1] = self.words.id(self.vocab.unk_label)
            with np.errstate(divide="ignore"):
                total += float(np.log2(self._checked(self._fitted().walk_rows(rows))).sum())
        return -total / len(ngrams)

    def context_counts(self, context: Sequence[str] | None) -> FreqDist:
        """How often each word came after the context (after nothing, if it is empty)."""
        counts = self._fitted()
        key = [self.words.id(w) for w in context or ()]
        if len(key) >= self.order:
            return FreqDist()
        place = int(counts.walk_rows(np.array([key]))[-1].entry[0]) if key else 0
        order = len(key) + 1
        keys, numbers, _ = counts.tables[order - 1]
        low, high = np.searchsorted(keys, [place << counts.bits, (place + 1) << counts.bits])
        ids = keys[low:high] & ((1 << counts.bits) - 1)
        after = zip(ids.tolist(), numbers[low:high].tolist(), strict=True)
        return FreqDist({self.words.list[i]: n for i, n in after if n})

    def generate(
        self,
        num_words: int = 1,
        text_seed: Sequence[str] | None = None,
        random_seed: int | Random | None = None,
    ) -> str | list[str]:
        """Draw words one after another, each after the words before it; stop at `</s>`.

        As in NLTK, a word is drawn from those that were seen after the longest context that was
        seen at all.

        Args:
            num_words: how many words at most.
            text_seed: the words to start from; `["<s>"] * (n - 1)` starts a sentence.
            random_seed: a seed or a `random.Random`.

        Returns:
            One word if num_words is 1, else a list; it ends with `</s>` if that was drawn.
        """
        random = random_seed if isinstance(random_seed, Random) else Random(random_seed)
        text, drawn = list(text_seed or ()), 0
        while drawn < num_words and not (drawn and text[-1] == END):
            text.append(self._draw(self._masked(text), random))
            drawn += 1
        return text[-1] if num_words == 1 else text[len(text) - drawn :]

    def _draw(self, text: tuple[str, ...], random: Random) -> str:
        context = text[max(len(text) - self.order + 1, 0) :]
        while context and not self.context_counts(context):
            context = context[1:]
        samples: list[str] = sorted(self.context_counts(context))
        if not samples:  # a model from an ARPA file has probabilities and no counts
            samples = [word for word in self.words.list if word != START]
        if not samples:
            raise ValueError("the model has seen no word")
        weights = self._scores(samples, text[: len(text) - len(context)] + context).tolist()
        threshold = fsum(weights) * random.random()
        return samples[min(bisect(list(accumulate(weights)), threshold), len(samples) - 1)]

    def _scores(self, words: Sequence[str], text: Sequence[str]) -> Array:
        """p of each of these words after the text."""
        row = [self.words.id(w) for w in text[max(len(text) - self.order + 1, 0) :]]
        rows = np.array([[*row, self.words.id(w)] for w in words])
        return self._checked(self._fitted().walk_rows(rows))

    def _masked(self, words: Sequence[str] | None) -> tuple[str, ...]:
        """NLTK's lookup, to which `<s>` is unknown when it is no word of V."""
        return tuple(w if w == START else self.vocab.lookup(w) for w in words or ())

    def _checked(self, hits: Sequence[Hits]) -> Array:
        """The probabilities, with 0 for `<s>` where it is never predicted."""
        p = self._probabilities(hits)
        start = self._fitted().start
        if start is not None:
            p[hits[0].entry == start] = 0.0
        return p

    def _fitted(self) -> Counts:
        if self.counts is None:
            raise ValueError("the model has learned nothing yet: call fit_sentences or fit first")
        return self.counts

    def _id(self, word: str) -> int:
        place = self.words.id(word)
        if place < 0:
            raise ValueError(f"the model was fitted without {word}: pad the sentences")
        return place


class _Ids(dict[str, int]):
    """The id of each word, or of the unknown word in its place; kept once it was looked up."""

    def __init__(self, model: NgramModel) -> None:
        super().__init__()
        self.model = model

    def __missing__(self, word: str) -> int:
        known = word == START or word in self.model.vocab
        self[word] = self.model.words.id(word if known else self.model.vocab.unk_label)
        return self[word]
