"""Which release this is; a module of its own, so that saying it loads nothing else."""

VERSION = "0.1.0"
