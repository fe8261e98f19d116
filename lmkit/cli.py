"""lmkit: the library's command line. Parses; what a command does stands in its own package."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lmkit import __version__
from lmkit.greetings import without_greetings

ESTIMATORS = (
    "mle",
    "laplace",
    "lidstone",
    "stupid-backoff",
    "katz",
    "jelinek-mercer",
    "witten-bell",
    "absolute-discounting",
    "kneser-ney",
    "modified-kneser-ney",
)
TEXT = "a corpus (toy needs nothing; ptb, shakespeare, brown, ...) or a file, one sentence a line"


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, run, and turn a foreseen error into one line and exit code 2."""
    options = _parser().parse_args(arguments)
    if "command" not in options:
        _parser().print_help()
        return 0
    from lmkit.ngram.commands import CommandError

    commands = importlib.import_module(options.module)
    try:
        with without_greetings():
            return int(getattr(commands, options.command)(options))
    except CommandError as error:
        print(f"lmkit: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def positive(text: str) -> int:
    """A number of things, at least one."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is too few: at least 1")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lmkit",
        description="Recurrent networks and language models, as the lectures teach them.",
        epilog="In Python: `from lmkit.by_hand import lstm_step` (forward and backward in NumPy), "
        "`from lmkit.ngram import ModifiedKneserNey`. To grade a class: `autograder --help`.",
    )
    parser.add_argument("--version", action="version", version=f"lmkit {__version__}")
    parser.set_defaults(module="lmkit.commands")
    all_of_them = parser.add_subparsers(title="commands")
    _add_recipe(all_of_them.add_parser("train", help="train a model by a recipe, on any text"))
    _add_evaluate(all_of_them.add_parser("eval", help="score a text with a trained model"))
    _add_write(all_of_them.add_parser("generate", help="write texts with a trained model"))
    listed = all_of_them.add_parser("recipes", help="what can be trained, and its source")
    listed.set_defaults(command="list_recipes")
    _add_lecture_tables(
        all_of_them.add_parser("table", help="the lectures' tables: published beside measured")
    )
    ngram = all_of_them.add_parser(
        "ngram", help="n-gram models: train, perplexity, generate, table"
    )
    ngram.set_defaults(module="lmkit.ngram.commands")
    commands = ngram.add_subparsers(title="commands", required=True)
    _add_train(commands.add_parser("train", help="learn from a text, write a model"))
    _add_perplexity(commands.add_parser("perplexity", help="score a text with a model"))
    _add_generate(commands.add_parser("generate", help="draw sentences from a model"))
    _add_table(commands.add_parser("table", help="every estimator for n = 1..5 on one corpus"))
    return parser


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="train")
    parser.add_argument("recipe", help="`lmkit recipes` lists them")
    parser.add_argument("text", help=TEXT)
    parser.add_argument(
        "--out", type=Path, required=True, help="a folder; one that was begun is gone on with"
    )
    parser.add_argument("--begin", type=Path, help="the folder of the model to begin with")
    parser.add_argument("--seed", type=int, default=1, help="of weights and noise (default 1)")
    parser.add_argument("--epochs", type=positive, help="other than the recipe's")
    parser.add_argument("--slice", type=positive, metavar="WORDS", help="read only so many")
    parser.add_argument("--characters", action="store_true", help="a model of characters")
    parser.add_argument(
        "--vocabulary",
        type=positive,
        default=10_000,
        metavar="WORDS",
        help="of a file: at most (default 10,000), of those that come twice",
    )
    parser.add_argument("--tensorboard", action="store_true", help="curves in OUT/tensorboard")
    parser.add_argument("--plot", type=Path, help="draw the curve, too: curve.png")


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="evaluate")
    parser.add_argument("folder", type=Path, help="from `lmkit train`")
    parser.add_argument("text", help=TEXT)
    parser.add_argument(
        "--part",
        choices=("train", "valid", "test"),
        help="of a corpus (default test) or of a file cut as in training (default: all of it)",
    )
    parser.add_argument("--cache", type=positive, metavar="WORDS", help="continuous cache")
    parser.add_argument("--dynamic", action="store_true", help="dynamic evaluation")
    parser.add_argument(
        "--interpolate",
        type=positive,
        metavar="N",
        help="mixed with n-grams (modified Kneser-Ney) of the training part",
    )
    parser.add_argument(
        "--samples", type=positive, metavar="K", help="the mean of K networks, dropout left on"
    )


def _add_write(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="generate")
    parser.add_argument("folder", type=Path, help="from `lmkit train`")
    parser.add_argument("--prompt", default="", help="the words that are there already")
    parser.add_argument("--samples", type=positive, default=5, help="how many (default 5)")
    parser.add_argument("--length", type=positive, default=100, help="words at most (100)")
    parser.add_argument("--temperature", type=float, default=1.0, help="default 1")
    parser.add_argument("--top-k", type=positive, metavar="K", help="of the K likeliest words")
    parser.add_argument("--nucleus", type=float, metavar="P", help="of those that make up P")
    parser.add_argument("--beam", type=positive, metavar="K", help="the likeliest, by K beams")
    parser.add_argument(
        "--alpha",
        type=float,
        default=0.0,
        help="of beam search: log p is divided by T^alpha (default 0)",
    )
    parser.add_argument("--greedy", action="store_true", help="the likeliest word each time")
    parser.add_argument("--no-unknown", action="store_true", help="never write <unk>")
    parser.add_argument("--log-p", action="store_true", help="log p behind each")
    parser.add_argument("--seed", type=int, help="the same seed draws the same")


def _add_lecture_tables(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="table")
    parser.add_argument("text", choices=("ptb",), help="the corpus")
    parser.add_argument(
        "--results",
        type=Path,
        default=Path(__file__).parent.parent / "docs" / "results",
        help="the folder of result.json files (default: those of the repository)",
    )


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="train")
    parser.add_argument("text", help=TEXT)
    parser.add_argument("--order", type=int, default=5, help="n (default 5)")
    parser.add_argument("--estimator", choices=ESTIMATORS, default="modified-kneser-ney")
    parser.add_argument("--cache", action="store_true", help="add a cache, tuned on held-out text")
    parser.add_argument(
        "--out", type=Path, default=Path("model.npz"), help="the model: .npz, or .arpa for others"
    )


def _add_perplexity(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="perplexity")
    parser.add_argument("model", type=Path, help="from `lmkit ngram train`")
    parser.add_argument("text", help=TEXT)
    parser.add_argument("--part", choices=("train", "valid", "test"), default="test")


def _add_generate(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="generate")
    parser.add_argument("model", type=Path, help="from `lmkit ngram train`")
    parser.add_argument("--sentences", type=positive, default=5, help="how many (default 5)")
    parser.add_argument(
        "--words", type=positive, default=40, help="a sentence's at most (default 40)"
    )
    parser.add_argument("--seed", type=int, default=None, help="the same seed draws the same")


def _add_table(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="table")
    parser.add_argument("text", help="a corpus: toy, ptb, ...")
    parser.add_argument(
        "--max-order", type=positive, default=5, help="n from 1 to this (default 5)"
    )
    parser.add_argument("--plot", type=Path, help="draw it, too: table.png")


if __name__ == "__main__":
    raise SystemExit(main())
