"""Chosen files of a run, opened by a link that expires and can be taken back."""
