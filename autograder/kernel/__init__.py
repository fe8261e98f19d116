"""The untrusted side: the process that a submission runs in, and how it is started."""
