"""What `ferry compare` found: the runs, their comparisons, and both as words, numbers and a page."""

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from trainferry.runs import opinion, recipe
from trainferry.runs.comparison import Change, Comparison
from trainferry.runs.predictions import Predictions
from trainferry.runs.record import Record
from trainferry.sdk import pictures
from trainferry.sdk.kept import Found

if TYPE_CHECKING:
    from trainferry.views.compare.page import Section


@dataclass(frozen=True)
class Contender:
    """A run, what people call it here, what it was made of and what it says."""

    found: Found
    name: str
    record: Record | None = field(repr=False)
    predictions: Predictions = field(repr=False)
    repeats: "tuple[Contender, ...]" = ()  # the same recipe trained again

    @property
    def title(self) -> str:
        """base, or base (3 runs)."""
        return f"{self.name} ({len(self.repeats) + 1} runs)" if self.repeats else self.name

    @property
    def tables(self) -> list[Predictions]:
        """Of all its trainings."""
        return [self.predictions, *(one.predictions for one in self.repeats)]


@dataclass(frozen=True)
class Compared:
    """`comparisons`: each of `others` against `first`, in their order. `what`: test or validation.

    In a notebook it shows itself as the page.
    """

    first: Contender
    others: tuple[Contender, ...]
    comparisons: tuple[Comparison, ...]
    what: str = "test"

    def _repr_html_(self) -> str:
        """For Jupyter: the page in a frame that nothing leaves."""
        frame = "width:100%;height:44rem;border:0;border-radius:12px;resize:vertical;overflow:auto"
        page, title = escape(self.page()), escape("; ".join(self.verdicts()))
        return f'<iframe sandbox="allow-scripts" srcdoc="{page}" style="{frame}" title="{title}"></iframe>'

    @property
    def file_name(self) -> str:
        """What the page's file is called."""
        return "-".join(["compare", self.first.name, *(one.name for one in self.others)])[:120] + ".html"

    def verdicts(self) -> list[str]:
        """One sentence for each of the others."""
        return [
            opinion.sentence(found, other.name, self.repeats(other))
            for other, found in zip(self.others, self.comparisons, strict=True)
        ]

    def repeats(self, other: Contender) -> bool:
        """Whether it is the recipe of the first once more."""
        return recipe.same(self.first.record, other.record)

    def numbers(self) -> dict[str, Any]:
        """Plain values: for each of the others what differs, the verdict, and the changes with their chances."""
        told = zip(self.others, self.comparisons, self.verdicts(), strict=True)
        return {
            "first": self.first.found.run,
            "first_repeats": [one.found.run for one in self.first.repeats],
            "what": self.what,
            "others": [{**self._told(other), **_numbers(found), "verdict": verdict} for other, found, verdict in told],
        }

    def page(self) -> str:
        """One HTML file, its pictures in it."""
        from trainferry.views import pictures as sheets
        from trainferry.views.compare import page

        sections = self._sections()
        references = list(dict.fromkeys(row.image for one in sections for row in one.rows if row.image))
        files = self._files({sheets.reference(one).path for one in references})
        return page.page(self.first.title, sections, sheets.sheet(files, references), self.what)

    def _sections(self) -> "list[Section]":
        from trainferry.views.compare import selection
        from trainferry.views.compare.page import About, Section

        told = zip(self.others, self.comparisons, self.verdicts(), strict=True)
        most = selection.MOST // len(self.others)
        return [
            Section(
                About(other.title, verdict, recipe.differences(self.first.record, other.record)),
                found,
                selection.flips(found, (self.first.predictions, other.predictions), most),
            )
            for other, found, verdict in told
        ]

    def _files(self, paths: set[str]) -> dict[str, bytes]:
        """The pictures are those of the first run, else of the others."""
        files: dict[str, bytes] = {}
        for one in (self.first, *self.others):
            if missing := paths - set(files):
                files |= pictures.named(one.found.store, one.found.run, missing)
        return files

    def _told(self, other: Contender) -> dict[str, Any]:
        changed = recipe.differences(self.first.record, other.record)
        trained = [one.found.run for one in other.repeats]
        return {"run": other.found.run, "repeats": trained, "differs": changed, "same_recipe": self.repeats(other)}


def _numbers(found: Comparison) -> dict[str, Any]:
    before, after = found.worst
    return {
        "images": len(found.pairs),
        "left_out": found.left_out,
        "overall": _plain(found.overall),
        "classes": [{"name": one.name, **_plain(one)} for one in found.classes],
        "worst": {"before": before.name, "after": after.name, "raised": found.raised},
    }


def _plain(change: Change) -> dict[str, Any]:
    low, high = change.interval
    return {
        "images": change.images,
        "before": change.before.share,
        "after": change.after.share,
        "points": change.points,
        "low": low,
        "high": high,
        "lost": change.lost,
        "won": change.won,
        "p_models": change.models,
        "p_recipes": change.recipes,
        "sure": change.kind,
        "better": change.better,
        "worse": change.worse,
    }
