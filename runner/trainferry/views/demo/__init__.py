"""The panels of a demo, one file a kind. Each has `values(...)`, what a cell stores, and `render(fields) -> Part`.

`render` draws values that came out of a notebook, which is not trusted: it takes them through `Fields` and escapes
text. Scripts are ours alone. A script finds its panels by class and their values in the JSON block inside each of them.
"""
