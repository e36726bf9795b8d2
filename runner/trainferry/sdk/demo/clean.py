"""Markup of a notebook, cleaned: no scripts, styles, ids or frames, and nothing that would be fetched."""

import re

from trainferry.views.demo.fields import PICTURE

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "details", "div", "dl",
    "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li",
    "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub", "summary", "sup", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "details": {"open"},
    "abbr": {"title"},
}
DRAWING = re.compile(r"data:image/svg\+xml;base64,[A-Za-z0-9+/\s]+={0,2}\s*", re.ASCII)  # in <img> nothing in it runs
LINK = re.compile(r"(https?://|mailto:)[^\s]+", re.ASCII | re.I)
LOST = re.compile(r"<img(?![^>]*\ssrc=)[^>]*>")
LEFT_OUT = "<span class=quiet>(a picture that is not in the notebook)</span>"


def cleaned(html: str) -> tuple[str, int]:
    """What may be shown, and how many pictures were left out because they are elsewhere."""
    import nh3  # installed with trainferry[demo] only

    safe = nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags={"script", "style"},
        attributes=ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto", "data"},
        allowed_classes={"span": _colours()},
        strip_comments=True,
        link_rel="noopener noreferrer nofollow",
    )
    return LOST.subn(LEFT_OUT, safe)


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """The value, or None to leave the attribute out."""
    if attribute == "src":
        text = re.sub(r"\s", "", value)
        return text if PICTURE.fullmatch(text) or DRAWING.fullmatch(text) else None
    if attribute == "href":
        return value if LINK.fullmatch(value.strip()) else None
    if attribute in ("width", "height", "colspan", "rowspan", "start"):
        return value if re.fullmatch(r"[0-9]{1,4}", value, re.ASCII) else None
    return value


def _colours() -> set[str]:
    """The classes of coloured source code."""
    from pygments.token import STANDARD_TYPES  # type: ignore[import-untyped]

    return {name for name in STANDARD_TYPES.values() if name}
