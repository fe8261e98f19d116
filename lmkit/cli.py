"""lmkit: the library's command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from lmkit import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and run."""
    parser = argparse.ArgumentParser(
        prog="lmkit",
        description="Recurrent networks and language models, as the lectures teach them.",
        epilog="In Python: `from lmkit.by_hand import lstm_step` (forward and backward in NumPy), "
        "`from lmkit.metrics import perplexity`. To grade a class: `autograder --help`.",
    )
    parser.add_argument("--version", action="version", version=f"lmkit {__version__}")
    parser.parse_args(arguments)
    parser.print_help()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
