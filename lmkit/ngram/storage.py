"""A fitted model in one .npz file: plain arrays, no pickle."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from nltk.lm.vocabulary import Vocabulary

from lmkit.files import replacing
from lmkit.ngram.arpa import ArpaModel
from lmkit.ngram.cache import Cache
from lmkit.ngram.counts import Counts, Table
from lmkit.ngram.discounting import AbsoluteDiscounting, WittenBell
from lmkit.ngram.jelinek_mercer import JelinekMercer
from lmkit.ngram.katz import Katz
from lmkit.ngram.kneser_ney import KneserNey, ModifiedKneserNey
from lmkit.ngram.model import NgramModel
from lmkit.ngram.nltk_names import (
    AbsoluteDiscountingInterpolated,
    KneserNeyInterpolated,
    WittenBellInterpolated,
)
from lmkit.ngram.simple import MLE, Laplace, Lidstone, StupidBackoff
from lmkit.ngram.words import UNKNOWN, Words

FORMAT = 1
ESTIMATORS: dict[str, type[NgramModel]] = {
    cls.__name__: cls
    for cls in (
        MLE,
        Lidstone,
        Laplace,
        StupidBackoff,
        Katz,
        JelinekMercer,
        WittenBell,
        WittenBellInterpolated,
        AbsoluteDiscounting,
        AbsoluteDiscountingInterpolated,
        KneserNey,
        KneserNeyInterpolated,
        ModifiedKneserNey,
        ArpaModel,
    )
}


def save(model: NgramModel, path: str | os.PathLike[str]) -> None:
    """Write a fitted model to a .npz file.

    The file appears whole or not at all: what stood there before stays until then. NLTK's
    vocabulary is kept with its counts and its cut-off.

    Args:
        model: the model; of a `Cache`, the model below is kept with it.
        path: where to; taken as it is, no suffix is added.
    """
    cache = model.parameters() if isinstance(model, Cache) else None
    inner = model.model if isinstance(model, Cache) else model
    name = type(inner).__name__
    if ESTIMATORS.get(name) is not type(inner):
        raise TypeError(f"{name} is not one of lmkit's estimators, so `load` could not make it")
    counts = inner._fitted()
    header = {
        "format": FORMAT,
        "estimator": name,
        "parameters": inner.parameters(),
        "cache": cache,
        "start": counts.start,
        "words": inner.words.list,
        "unknown": inner.words.unknown,
        "vocabulary": dict(inner.vocab.counts),
        "cutoff": inner.vocab.cutoff,
    }
    arrays: dict[str, Any] = {"header": np.frombuffer(json.dumps(header).encode(), np.uint8)}
    for k, table in enumerate(counts.tables, start=1):
        arrays |= {f"{field}_{k}": array for field, array in table._asdict().items()}
    if isinstance(inner, ArpaModel):
        arrays |= {f"P_{k}": P for k, P in enumerate(inner.P, start=1)}
        arrays |= {f"gamma_{k}": gamma for k, gamma in enumerate(inner.gamma, start=1)}
    with replacing(path) as part, open(part, "wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load(path: str | os.PathLike[str]) -> NgramModel:
    """Read a model that `save` wrote.

    Args:
        path: the file.

    Returns:
        The model, of the class that was saved.

    Raises:
        ValueError: if the file is not one of `save`'s, or of a newer format.
    """
    with np.load(path, allow_pickle=False) as file:
        if "header" not in file:
            raise ValueError(f"{path} is not a model that lmkit saved")
        header = json.loads(file["header"].tobytes())
        if header["format"] != FORMAT:
            raise ValueError(f"{path} has format {header['format']}, this lmkit reads {FORMAT}")
        arrays = {name: file[name] for name in file.files}
    model = ESTIMATORS[header["estimator"]](**header["parameters"])
    _fill(model, header, arrays)
    return model if header["cache"] is None else Cache(model, **header["cache"])


def _fill(model: NgramModel, header: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Give the model what it had learned."""
    tables = [
        Table(*(arrays[f"{field}_{k}"] for field in Table._fields))
        for k in range(1, model.order + 1)
    ]
    unknown = header["unknown"]
    model.words = Words(header["words"], unknown)
    model.counts = Counts(tables, header["start"])
    model.vocab = Vocabulary(header["vocabulary"], header["cutoff"], unknown or UNKNOWN)
    if isinstance(model, ArpaModel):
        model.P = [arrays[f"P_{k}"] for k in range(1, model.order + 1)]
        model.gamma = [arrays[f"gamma_{k}"] for k in range(1, model.order + 1)]
    else:
        model._estimate(model.counts, model._levels(model.counts))
