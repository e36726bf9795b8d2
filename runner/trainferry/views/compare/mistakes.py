"""What is taken for what more often than before, and less often."""

from collections import Counter
from html import escape

from trainferry.runs.comparison import Comparison
from trainferry.views.page import Part

MOST = 8  # lines

STYLE = """
.swaps { width: auto; min-width: min(34rem, 100%); overflow-wrap: normal }
.swaps th, .swaps td { padding: .4rem 1.4rem .4rem 0; width: auto }
.swaps td, .swaps thead th + th { text-align: right; white-space: nowrap }
.swaps tbody th { color: var(--ink) }
.swaps .better { color: var(--up); font-weight: 650 } .swaps .worse { color: var(--down); font-weight: 650 }
@media (max-width: 30rem) { .swaps { font-size: .86rem } .swaps th, .swaps td { padding-right: .8rem } }
"""


def part(found: Comparison, names: tuple[str, str]) -> Part:
    """The mistakes whose number changed most; nothing when none did."""
    before = Counter((one.label, one.prediction) for one, _ in found.pairs if one.label != one.prediction)
    after = Counter((one.label, one.prediction) for _, one in found.pairs if one.label != one.prediction)
    changed = [(after[which] - before[which], which) for which in before.keys() | after.keys()]
    most = sorted((one for one in changed if one[0]), key=lambda one: (-abs(one[0]), one[1]))[:MOST]
    if not most:
        return Part("")
    lines = "".join(
        f"<tr><th scope=row>{escape(label)} taken for {escape(said)}</th><td>{before[label, said]:,}</td>"
        f"<td>{after[label, said]:,}</td><td class={'worse' if change > 0 else 'better'}>{change:+,}</td></tr>"
        for change, (label, said) in sorted(most)
    )
    heads = "".join(f"<th scope=col>{escape(name)}</th>" for name in names)
    return Part(
        '<h2>Mistakes that changed most</h2><div class=wide role=region aria-label="Mistakes that changed most" '
        f"tabindex=0><table class=swaps><thead><tr><th scope=col>mistake</th>{heads}<th scope=col>change</th></tr>"
        f"</thead><tbody>{lines}</tbody></table></div>",
        STYLE,
    )
