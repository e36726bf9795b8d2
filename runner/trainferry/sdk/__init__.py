"""The verbs, for programs: what the command line is a thin skin over."""
