"""Notebooks that try to bring a script onto the page: in every place of the format that ends up in markup."""

import base64
from collections.abc import Iterator
from typing import Any

from trainferry.views.demo.panel import MIME

RUN = "top.owned=1"  # no quotes, so that it fits everywhere
IMG = f"<img src=x onerror={RUN}>"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}"><script>{RUN}</script></svg>'
BREAK = f'"><script>{RUN}</script>{IMG}'
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

HTML = {
    "script": f"<script>{RUN}</script>",
    "script of a type": f'<script type="module">{RUN}</script>',
    "script in capitals, unfinished": f"<SCRIPT>{RUN}//",
    "picture's error": IMG,
    "slash for a space": f"<img/src=x/onerror={RUN}/>",
    "drawing that loads": SVG,
    "drawing that animates": f"<svg><animate onbegin={RUN} attributeName=x dur=1s></svg>",
    "drawing with a link": f'<svg><a xlink:href="javascript:{RUN}"><text y=20>x</text></a></svg>',
    "frame with a document": f'<iframe srcdoc="<script>{RUN}</script>"></iframe>',
    "frame of javascript": f'<iframe src="javascript:{RUN}"></iframe>',
    "object": f'<object data="javascript:{RUN}"></object><embed src="javascript:{RUN}">',
    "open details": f"<details open ontoggle={RUN}>x</details>",
    "focus": f"<input autofocus onfocus={RUN}>",
    "media": f"<video><source onerror={RUN}></video><audio src=x onerror={RUN}></audio>",
    "style and its load": f"<style onload={RUN}></style><link rel=stylesheet href='data:text/css,' onload={RUN}>",
    "form": f'<form action="javascript:{RUN}"><button formaction="javascript:{RUN}">x</button></form>',
    "link": f'<a href="javascript:{RUN}">x</a><a href="java&#9;script:{RUN}">y</a>',
    "link in signs": f'<a href="&#106;avascript:{RUN}">z</a><a href=" \x01javascript:{RUN}">z</a>',
    "link to data": f'<a href="data:text/html,<script>{RUN}</script>">x</a>',
    "math that changes its meaning": (
        f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={RUN}&gt;">'
    ),
    "noscript that changes its meaning": f'<noscript><p title="</noscript><img src=x onerror={RUN}>">',
    "a comment that ends early": f"<!--><img src=x onerror={RUN}>-->",
    "a title that ends": f"</title></style></textarea></xmp></pre>{IMG}",
    "a page's base": "<base href='javascript:/a/'><a href=#>x</a>",
    "a page's refresh": f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>{IMG}",
    "template and slot": f"<template shadowrootmode=open>{IMG}</template><div>{IMG}</div>",
    "clobbered names": f"<form id=document name=body><input name=parentNode></form><img name=getElementById>{IMG}",
    "data of a panel": f"<div class=try-it><script type=application/json data-name=try>{{}}</script>{IMG}</div>",
    "handlers of everything": f"<div onclick={RUN} onpointerover={RUN} onanimationstart={RUN} style=color:red>x</div>",
}


def notebooks() -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and notebook."""
    for name, html in HTML.items():
        yield f"output: {name}", book(output({"text/html": html}))
        yield f"text: {name}", book(markdown(f"Some words {html}\n\n{html}\n"))
    yield from ((name, book(*cells)) for name, cells in PLACES.items())
    yield "metadata of the notebook", book(markdown("x"), metadata=METADATA)
    yield from ((f"panel: {name}", book(output({MIME: told, "text/plain": "x"}))) for name, told in PANELS.items())


def book(*cells: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    """A notebook of these cells, after words that everybody may read."""
    numbered = [{"id": f"c{number}", **cell} for number, cell in enumerate([markdown("# A notebook"), *cells])]
    return {"cells": numbered, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 5}


def markdown(text: str, **fields: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text, **fields}


def code(*outputs: dict[str, Any], source: str = "x = 1", metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    told = {"cell_type": "code", "source": source, "outputs": list(outputs), "execution_count": 1}
    return {**told, "metadata": metadata or {}}


def output(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    return code({"output_type": "display_data", "data": data, "metadata": metadata or {}})


def _error() -> dict[str, Any]:
    return {"output_type": "error", "ename": IMG, "evalue": IMG, "traceback": [f"\x1b[31m{IMG}\x1b[0m", SVG]}


PLACES: dict[str, list[dict[str, Any]]] = {
    "javascript output": [output({"application/javascript": RUN})],
    "drawing as an output": [output({"image/svg+xml": SVG})],
    "drawing that ends its address": [output({"image/svg+xml": f"{SVG}{BREAK}"})],
    "picture that ends its address": [output({"image/png": BREAK})],
    "picture of text": [output({"image/jpeg": f"x' onerror={RUN} '"})],
    "size and name of a picture": [
        output({"image/png": PIXEL}, {"image/png": {"width": f"1 onload={RUN}", "height": BREAK, "alt": BREAK}})
    ],
    "isolated output": [output({"text/html": SVG}, {"text/html": {"isolated": True}})],
    "markdown output": [output({"text/markdown": f"[x](javascript:{RUN}) {IMG}"})],
    "latex output": [output({"text/latex": f"${IMG}$"})],
    "plain output": [output({"text/plain": f"\x1b[31m{IMG}{SVG}"})],
    "stream": [code({"output_type": "stream", "name": "stdout", "text": f"{IMG}\x1b[1m{SVG}\x1b]8;;javascript:x\x07"})],
    "error": [code(_error())],
    "widget": [output({"application/vnd.jupyter.widget-view+json": {"model_id": BREAK}, "text/plain": "x"})],
    "bokeh": [output({"application/vnd.bokehjs_exec.v0+json": RUN, "application/javascript": RUN, "text/html": IMG})],
    "plotly": [output({"application/vnd.plotly.v1+json": {"data": [BREAK]}, "text/html": f"<script>{RUN}</script>"})],
    "raw cell": [{"cell_type": "raw", "metadata": {"raw_mimetype": "text/html"}, "source": f"<script>{RUN}</script>"}],
    "source": [code(source=f"</pre></div><script>{RUN}</script>{IMG}\n%%html\n{IMG}")],
    "metadata of a cell": [code(metadata={"tags": [BREAK, IMG], "name": BREAK})],
    "link of markdown": [
        markdown(f"[x](javascript:{RUN}) [y](<javascript:{RUN}>) <javascript:{RUN}> ![z](javascript:{RUN})")
    ],
    "reference of markdown": [markdown(f"[x][1]\n\n[1]: javascript:{RUN} '{BREAK}'")],
    "formula": [markdown(f"$$ {IMG} $$ and $\\href{{javascript:{RUN}}}{{x}}$ `{IMG}`\n\n```{BREAK}\n{IMG}\n```")],
    "attachment": [
        markdown(
            "![x](attachment:a.svg) ![y](attachment:b)",
            attachments={
                "a.svg": {"image/svg+xml": base64.b64encode(SVG.encode()).decode()},
                "b": {f"image/png{BREAK}": f"{PIXEL}{BREAK}"},
            },
        )
    ],
    "heading": [markdown(f"# {BREAK} {IMG}")],
}
METADATA: dict[str, Any] = {
    "title": BREAK,
    "kernelspec": {"name": BREAK, "display_name": BREAK, "language": BREAK},
    "language_info": {"name": BREAK, "pygments_lexer": BREAK},
    "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}, "x": f"</script><script>{RUN}</script>"}},
}
CHANGE = {"images": 4, "both": 0, "lost": 0, "won": 4, "models": 0.0, "recipes": 0.0}
PANELS: dict[str, dict[str, Any]] = {
    "of text": {"kind": BREAK, "data": {}},
    "without values": {"kind": "result"},
    "names": {
        "kind": "bars",
        "data": {"classes": [{"name": IMG, "right": 1, "images": 2, "taken_for": BREAK, "taken": 1}] * 2},
    },
    "a number of text": {
        "kind": "result",
        "data": {"right": BREAK, "images": 9, "classes": 2},
    },
    "sheet that ends its address": {
        "kind": "mistakes",
        "data": {
            "mistakes": [{"label": IMG, "prediction": BREAK, "sure": 0.9, "cell": 0}],
            "sheet": {"uri": f"data:image/png;base64,x)}}</style>{IMG}", "columns": 1, "rows": 1, "side": 28},
        },
    },
    "labels of pictures": {
        "kind": "mistakes",
        "data": {
            "mistakes": [{"label": IMG, "prediction": BREAK, "sure": 0.9, "cell": 0}],
            "sheet": {"uri": f"data:image/png;base64,{PIXEL}", "columns": 1, "rows": 1, "side": 28},
        },
    },
    "questions": {
        "kind": "quiz",
        "data": {
            "questions": [
                {"label": IMG, "prediction": BREAK, "sure": 0.9, "cell": 0, "choices": [IMG, f"</script>{BREAK}"]}
            ],
            "sheet": {"uri": f"data:image/png;base64,{PIXEL}", "columns": 1, "rows": 1, "side": 28},
        },
    },
    "examples": {
        "kind": "try_it",
        "data": {
            "why": f"{BREAK}</script>",
            "examples": [{"label": IMG, "prediction": BREAK, "sure": 0.9, "cell": 0}],
            "sheet": {"uri": f"data:image/png;base64,{PIXEL}", "columns": 1, "rows": 1, "side": 28},
        },
    },
    "a net that is none": {
        "kind": "try_it",
        "data": {
            "classes": [IMG, BREAK],
            "shape": [1, 28, 28],
            "weights": "AAAA",
            "examples": [],
            "sheet": {"uri": "", "columns": 0, "rows": 0, "side": 0},
        },
    },
    "commands": {
        "kind": "repeat",
        "data": {"commands": [f"</pre>{IMG}"], "facts": [{"name": BREAK, "value": f"</td>{SVG}"}]},
    },
    "names of runs": {
        "kind": "before_after",
        "data": {
            "names": [BREAK, IMG],
            "repeated": False,
            "overall": {"name": "", **CHANGE},
            "classes": [{"name": IMG, **CHANGE}, {"name": BREAK, **CHANGE, "won": 0}],
        },
    },
}
