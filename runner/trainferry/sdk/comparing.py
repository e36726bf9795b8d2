"""`ferry compare`: which of two runs is better at what, and whether that is more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainferry.errors import BadInput
from trainferry.runs import comparison, opinion, recipe, record
from trainferry.runs.comparison import Change, Comparison
from trainferry.runs.predictions import TEST, VALIDATION, Predictions
from trainferry.runs.record import PARENT, Record
from trainferry.sdk import names, pictures
from trainferry.sdk.kept import Found
from trainferry.sdk.predicting import Predicting
from trainferry.sdk.project import Project

if TYPE_CHECKING:
    from trainferry.views.compare.page import Section

MOST = 12  # runs


@dataclass(frozen=True)
class Contender:
    """A run, what people call it here, what it was made of and what it says."""

    found: Found
    name: str
    record: Record | None
    predictions: Predictions


@dataclass(frozen=True)
class Compared:
    """`comparisons`: each of `others` against `first`, in their order. `what`: test or validation."""

    first: Contender
    others: tuple[Contender, ...]
    comparisons: tuple[Comparison, ...]
    what: str = "test"

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
        return page.page(self.first.name, sections, sheets.sheet(files, references), self.what)

    def _sections(self) -> "list[Section]":
        from trainferry.views.compare import selection
        from trainferry.views.compare.page import About, Section

        told = zip(self.others, self.comparisons, self.verdicts(), strict=True)
        most = selection.MOST // len(self.others)
        return [
            Section(
                About(other.name, verdict, recipe.differences(self.first.record, other.record)),
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
        return {"run": other.found.run, "differs": changed, "same_recipe": self.repeats(other)}


class Comparing(Predicting, Project):
    """Comparing runs."""

    def compare(self, *runs: str, validation: bool = False) -> Compared:
        """The first run against each of the others, over the images that both were asked about.

        One run alone (or none: the latest) is compared with the one that it was made from. Raises BadInput for runs
        that were asked about other images, Missing for those without predictions.
        """
        if len(runs) > MOST:
            raise BadInput(f"compare of {len(runs)} runs: expected {MOST} at most")
        found = [self._found(name) for name in runs or [""]]
        if len(found) == 1:
            found = [self._parent(found[0]), *found]
        _refuse_twice(found)
        what = "validation" if validation else "test"
        first, *others = (self._contender(one, called, what) for one, called in zip(found, _called(found), strict=True))
        tables, titles = [one.predictions for one in others], [one.name for one in (first, *others)]
        comparisons = comparison.compare(first.predictions, tables, titles)
        for other, of in zip(others, comparisons, strict=True):
            if of.left_out:
                self.story(f"{other.name}: {len(of.pairs):,} images are in both; {of.left_out:,} are not, or not alike")
        return Compared(first, tuple(others), tuple(comparisons), what)

    def _contender(self, found: Found, name: str, what: str) -> Contender:
        path = VALIDATION if what == "validation" else TEST
        return Contender(found, name, record.read(found.store, found.run), self._predictions(found, path))

    def _parent(self, found: Found) -> Found:
        kept = record.read(found.store, found.run)
        parent = kept.lineage.get(PARENT, "") if kept else ""
        if not parent:
            raise BadInput(f"compare {found.run}: with what?", f"ferry compare {names.short(found.run)} OTHER")
        return self._found(parent)


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
    }


def _refuse_twice(found: Sequence[Found]) -> None:
    seen: set[str] = set()
    for one in found:
        if one.run in seen:
            raise BadInput(f"compare: {one.run} is named twice", "ferry get runs   has the full names")
        seen.add(one.run)


def _called(found: Sequence[Found]) -> list[str]:
    """Short names where no two are the same."""
    short = [names.short(one.run) for one in found]
    return [one.run if short.count(name) > 1 else name for one, name in zip(found, short, strict=True)]
