"""The trusted side: how a submission becomes a grade. Not part of what students install."""

import sys

# jsonschema, which nbformat imports, looks for this package, and would get a grammar of addresses
# compiled on every start. No notebook is checked for addresses.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
