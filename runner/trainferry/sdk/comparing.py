"""`ferry compare`: which of two runs is better at what, and whether that is more than chance."""

from collections.abc import Sequence
from dataclasses import replace

from trainferry.errors import BadInput
from trainferry.runs import comparison, recipe, record, repeats
from trainferry.runs.predictions import TEST, VALIDATION
from trainferry.runs.record import PARENT
from trainferry.sdk import names
from trainferry.sdk.compared import Compared, Contender
from trainferry.sdk.kept import Found
from trainferry.sdk.predicting import Predicting
from trainferry.sdk.project import Project

MOST = 12  # runs


class Comparing(Predicting, Project):
    """Comparing runs."""

    def compare(self, *runs: str, validation: bool = False) -> Compared:
        """The first run against each of the others, over the images that both were asked about.

        Runs that differ in nothing but the seed count as trainings of one recipe when there is another to compare with:
        their means are compared. One run alone (or none: the latest) is compared with the one that it was made from.
        Raises BadInput for runs that were asked about other images, Missing for those without predictions.
        """
        if len(runs) > MOST:
            raise BadInput(f"compare of {len(runs)} runs: expected {MOST} at most")
        found = [self._found(name) for name in runs or [""]]
        if len(found) == 1:
            found = [self._parent(found[0]), *found]
        _refuse_twice(found)
        what = "validation" if validation else "test"
        every = [self._contender(one, called, what) for one, called in zip(found, _called(found), strict=True)]
        first, *others = self._grouped(every)
        titles = [one.title for one in (first, *others)]
        if any(one.repeats for one in (first, *others)):
            comparisons = repeats.compare([one.tables for one in (first, *others)], titles)
        else:
            comparisons = comparison.compare(first.predictions, [one.predictions for one in others], titles)
        for other, of in zip(others, comparisons, strict=True):
            if of.left_out:
                self.story(f"{other.title}: {len(of.pairs):,} images are in all; {of.left_out:,} are not, or not alike")
        return Compared(first, tuple(others), tuple(comparisons), what)

    def _grouped(self, every: Sequence[Contender]) -> list[Contender]:
        """Those of one recipe as one, when there are several recipes; one that answers alike is no repeat."""
        groups: list[list[Contender]] = []
        for one in every:
            own = [group for group in groups if recipe.same(group[0].record, one.record)]
            own[0].append(one) if own else groups.append([one])
        if len(groups) < 2:
            return [*every]
        found = []
        for group in groups:
            kept = repeats.distinct([one.predictions for one in group])
            for at in set(range(len(group))) - set(kept):
                self.story(f"{group[at].name} answers like another training of its recipe: it is no repeat of it")
            found.append(replace(group[0], repeats=tuple(group[at] for at in kept[1:])))
        return found

    def _contender(self, found: Found, name: str, what: str) -> Contender:
        path = VALIDATION if what == "validation" else TEST
        return Contender(found, name, record.read(found.store, found.run), self._predictions(found, path))

    def _parent(self, found: Found) -> Found:
        kept = record.read(found.store, found.run)
        parent = kept.lineage.get(PARENT, "") if kept else ""
        if not parent:
            raise BadInput(f"compare {found.run}: with what?", f"ferry compare {names.short(found.run)} OTHER")
        return self._found(parent)


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
