"""The whole page, out of the comparisons, their pictures, and what differs between the runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources

from trainferry.runs.comparison import LEVEL, Comparison, Share
from trainferry.runs.predictions import Count
from trainferry.runs.statistics import ALIKE, ALIKE_OVERALL
from trainferry.views import page as pages
from trainferry.views.compare import flips, mistakes, moves
from trainferry.views.compare.selection import Flip
from trainferry.views.page import Part
from trainferry.views.pictures import Sheet
from trainferry.views.predictions.words import interval, percent

STYLE = """
.compare h2 { font-size: 1.2rem; margin-top: 2.6rem }
.compare .verdict { font-size: clamp(1.25rem, 3.6vw, 1.6rem); line-height: 1.35; font-weight: 600; margin: 1rem 0 .8rem;
  letter-spacing: -.01em }
.compare .one + .one { margin-top: 3.2rem; padding-top: 1.2rem; border-top: 1px solid var(--line) }
.compare .one .run { font-size: 1.45rem; margin: 0 }
.compare .verdicts { margin: 1.2rem 0 2.6rem; padding: 0; list-style: none; display: grid; gap: .4rem }
.compare details { margin-top: 2.4rem } .compare summary { cursor: pointer; font-weight: 600; padding: .3rem 0 }
.compare dt { font-weight: 650; margin-top: .7rem } .compare dd { margin: 0 0 0 1.2rem }
"""
WHY = (
    "<details><summary>What “sure” means here</summary><dl>"
    "<dt>better, worse</dt><dd>Training the same recipe again does not explain it: the chance is below "
    f"{LEVEL:.0%}, all classes looked at together.</dd>"
    "<dt>only these models</dt><dd>These two models differ, and the better one may be used. But two trainings of one "
    "recipe, with other random numbers, may differ as much: the borders between classes move as a whole. To learn "
    "whether the recipe is better, train both again with another seed.</dd>"
    "<dt>within noise</dt><dd>As many images are won as chance would win.</dd></dl>"
    "<p class=quiet>Both runs answered the same images, so only those count that one of them alone has right. The "
    "first question is McNemar’s exact test, the second the same with flips that go together (a beta-binomial "
    f"distribution, correlation {ALIKE} inside a class, {ALIKE_OVERALL} over all, measured over pairs of trainings "
    "that differ in nothing but the seed). Of recipes that were trained several times the means are compared, and "
    "how much their own trainings differ counts too; the pictures are those of the first. Both are corrected "
    "for the number of classes and runs (Holm).</p></details>"
)


@dataclass(frozen=True)
class About:
    """Of one of the other runs: its name, the verdict, and as text what differs from the first."""

    name: str
    verdict: str
    differs: Sequence[str] = ()


@dataclass(frozen=True)
class Section:
    """One of the other runs against the first, with the images that the page shows of it."""

    about: About
    found: Comparison
    rows: Sequence[Flip]


def page(first: str, sections: Sequence[Section], sheet: Sheet, what: str = "test") -> str:
    """One HTML file. `sheet` has the pictures of the rows, as far as there are any."""
    others = sections[0].about.name if len(sections) == 1 else f"{len(sections)} runs"
    title = f"{others} against {first}"
    return pages.page(title, [part(title, first, sections, sheet, what)])


def part(title: str, first: str, sections: Sequence[Section], sheet: Sheet, what: str) -> Part:
    """What the page consists of, from top to bottom."""
    pieces = [one for section in sections for one in _section(section, first, sheet, (what, len(sections) > 1))]
    script = resources.files(__package__).joinpath("compare.js").read_text("utf-8")
    head, body = f"<h1>{escape(title)}</h1>{_overview(sections)}", "".join(one.html for one in pieces)
    return Part(
        f"<div class=compare>{head}{body}{WHY}{_commands(sections)}</div>",
        STYLE + "".join(pages.once(one.style for one in pieces)),
        script,
    )


def _overview(sections: Sequence[Section]) -> str:
    """A line for each of several."""
    told = ((one.about, percent(one.found.overall.after.share)) for one in sections)
    lines = (f"<li><b>{escape(about.name)}</b> {share}: {escape(about.verdict)}</li>" for about, share in told)
    return f"<ul class=verdicts>{''.join(lines)}</ul>" if len(sections) > 1 else ""


def _section(section: Section, first: str, sheet: Sheet, told: tuple[str, bool]) -> list[Part]:
    names = first, section.about.name
    what, many = told
    title = f"<h2 class=run>{escape(names[1])}</h2>" if many else ""
    return [
        Part(f"<section class=one>{title}{_lead(section, names, what)}"),
        Part("<h2>Class by class</h2>"),
        moves.part(section.found, names),
        Part("<h2>Where they answer differently</h2>"),
        flips.part(section.found, names, section.rows, sheet),
        mistakes.part(section.found, names),
        Part("</section>"),
    ]


def _lead(section: Section, names: tuple[str, str], what: str) -> str:
    overall, about = section.found.overall, section.about
    before, after = overall.before, overall.after
    facts = [
        f"<b>{percent(after.share)}</b> of {overall.images:,} {escape(what)} images are right ({_reach(after)}), "
        f"with {escape(names[0])} {percent(before.share)} ({_reach(before)})"
    ]
    facts += [f"differs: <b>{escape('; '.join(about.differs))}</b>"] if about.differs else []
    facts += [f"{section.found.left_out:,} images are not in both"] if section.found.left_out else []
    listed = "".join(f"<li>{fact}</li>" for fact in facts)
    return f"<p class=verdict>{escape(_sentence(about.verdict))}</p><ul class=facts>{listed}</ul>"


def _reach(share: Share) -> str:
    return interval(Count(round(share.right), share.images), 1)


def _sentence(verdict: str) -> str:
    """The line of the terminal as a sentence; names of classes stay as they are written."""
    return f"{verdict[0].upper() if verdict.startswith(('no ', 'the ')) else verdict[0]}{verdict[1:]}."


def _commands(sections: Sequence[Section]) -> str:
    name = sections[0].about.name.partition(" (")[0]
    lines = [f"ferry predictions {name}", f"ferry cp {name}:best .", f"ferry rerun {name} --boost-worst 3"]
    return f"<h2>What now</h2><pre class=command>{escape(chr(10).join(lines))}</pre>"
