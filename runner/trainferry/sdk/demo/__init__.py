"""A demo: a notebook that is run, drawn anew, cleaned, and one page in the end."""
