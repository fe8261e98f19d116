"""The trusted side: how a submission becomes a grade. Not part of what students install."""
