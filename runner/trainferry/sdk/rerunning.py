"""`ferry rerun`: the same code and data once more, with a class that counts more, or something else said anew."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainferry.errors import BadInput, Missing
from trainferry.runs import boost as boosts
from trainferry.runs.boost import Boost
from trainferry.runs.predictions import TEST, VALIDATION, Predictions
from trainferry.runs.record import PARENT, Record
from trainferry.sdk import prepare
from trainferry.sdk.kept import Found
from trainferry.sdk.predicting import Predicting
from trainferry.sdk.training import Submitted, Training
from trainferry.ship.mentions import mentions
from trainferry.spec import quantities, weights
from trainferry.spec.revised import revised, with_values
from trainferry.spec.runspec import RunSpec
from trainferry.spec.weights import Weights

TAKES_PART = (  # the change to a training that takes no class weights yet
    'weights = json.loads(os.environ.get("FERRY_CLASS_WEIGHTS", "{}"))',
    "loss = F.cross_entropy(logits, labels, torch.tensor([weights.get(name, 1.0) for name in classes]))",
)


@dataclass(frozen=True)
class Wish:
    """What the new run is to do otherwise, as people type it; `plain`: the weight stays as it is said."""

    boost_worst: str = ""
    class_weights: tuple[str, ...] = ()
    plain: bool = False
    settings: tuple[str, ...] = ()  # FLAG=VALUE of the command
    again: bool = False


@dataclass(frozen=True)
class Counting:
    """Class weights and why: `boosts` for those whose predictions are known."""

    weights: Weights = ()
    boosts: tuple[Boost, ...] = ()
    worst: bool = False


class Rerunning(Predicting, Training):
    """Runs made from runs."""

    def rerun(self, run: str = "", wish: Wish | None = None, **flags: Any) -> Submitted:
        """Send a run with the snapshot and the data of `run`; flags as of `run`, what they do not say stays.

        With nothing to do otherwise it is the same once more. Raises BadInput, Missing.
        """
        wish = wish or Wish()
        found = self._found(run)
        told = self._recorded(found, "ferry rerun")
        parent = RunSpec.from_dict(told.spec)
        counting = self._counting(found, wish)
        spec = self._wanted(parent, wish, counting, flags)
        if counting.weights:
            spec = self._counted(found, spec, counting, wish.plain)
        if wish.again or spec.digest == parent.digest:
            spec = spec.but(tag=prepare.fresh_tag())
        self.engine.check(spec)
        self._check_data(spec)
        plan = self._preparer().plan(spec, build=True)
        self._upload(prepare.Prepared(plan, None, self._descends(told, plan.spec)))
        return self._submit(plan)

    def _wanted(self, parent: RunSpec, wish: Wish, counting: Counting, flags: Mapping[str, Any]) -> RunSpec:
        command = with_values(parent.command, wish.settings)
        name = {} if flags.get("name") else {"name": _named(parent.name, counting.weights)}
        return revised(parent.but(command=command), {**flags, **name}, self.settings)

    def _counting(self, found: Found, wish: Wish) -> Counting:
        """The weights that are wished for, checked against the classes as far as predictions tell them."""
        if wish.plain and not (wish.boost_worst or wish.class_weights):
            raise BadInput("--plain: of which weight?", "ferry rerun --boost-worst 3 --plain")
        if wish.boost_worst and wish.class_weights:
            raise BadInput("--boost-worst and --class-weight: expected one of them", "--boost-worst 3")
        if wish.boost_worst:
            factor = weights.factor(wish.boost_worst, "--boost-worst")
            predictions, what = self._known(found)
            if not predictions.worst:
                raise BadInput(f"{found.run}: no {what} image has a label", "ferry rerun --class-weight NAME=3")
            worst = predictions.worst
            return Counting(((worst, factor),), (boosts.of(predictions, worst, what),), worst=True)
        chosen = weights.parse(wish.class_weights)
        if not chosen:
            return Counting()
        try:
            predictions, what = self._known(found)
        except Missing:  # the training itself will say which classes there are
            return Counting(chosen)
        for name, _ in chosen:
            if name not in predictions.classes:
                raise BadInput(f"--class-weight {name}: no such class; there are {', '.join(predictions.classes)}")
        return Counting(
            chosen, tuple(boosts.of(predictions, name, what) for name, _ in chosen if name in predictions.counts)
        )

    def _known(self, found: Found) -> tuple[Predictions, str]:
        """The validation images' predictions: choosing by the test images would make their numbers too good."""
        try:
            return self._predictions(found, VALIDATION), "validation"
        except Missing:
            predictions = self._predictions(found, TEST)
        self.story(
            f"chosen by the test images, since there is no {VALIDATION}: a comparison on them flatters the new run"
        )
        return predictions, "test"

    def _counted(self, found: Found, spec: RunSpec, counting: Counting, plain: bool) -> RunSpec:
        """The spec with its weights; a training that takes none is refused, since it would only train again."""
        spoken = mentions(found.store, spec.code, (weights.VARIABLE, weights.MODE)) if spec.code else frozenset()
        placed = any(weights.PLACEHOLDER in word for word in spec.command)
        if not placed and weights.VARIABLE not in spoken:
            self.story("a training takes class weights with two lines, one of which reads them:")
            for line in TAKES_PART:
                self.story(f"  {line}")
            message = f"{found.run} takes no class weights: neither {weights.PLACEHOLDER} in its command nor "
            raise BadInput(message + f"{weights.VARIABLE} in its code", "change the code, then  ferry run")
        adapts = weights.MODE in spoken and not plain
        factors = dict(counting.weights)
        for one in counting.boosts:
            self.story(one.told(factors[one.name], adapts, counting.worst))
        if adapts and counting.boosts:
            self.story(f"  --plain would fix the weight at {factors[counting.boosts[0].name]:g}")
        mode = weights.ADAPTIVE if adapts else weights.PLAIN
        together = tuple(sorted({**dict(spec.class_weights), **factors}.items()))
        return spec.but(class_weights=together, class_weights_mode=mode)

    def _descends(self, parent: Record, spec: RunSpec) -> Record:
        return Record(
            run=spec.full_name,
            spec=spec.to_dict(),
            commit=parent.commit,
            dirty=parent.dirty,
            who=prepare.whoever(),
            when=time.time(),
            engine=self.settings.engine,
            namespace=self.settings.namespace,
            lineage={PARENT: parent.run},
        )


def _named(parent: str, counting: Weights) -> str:
    """`base` with cat counting 3 is `base-cat3`, with class 8 `base-8x3`; a run without weights keeps its name."""
    if not counting:
        return parent
    name, factor = counting[0]
    joint = "x" if name[-1:].isdigit() else ""
    told = f"{name}{joint}{factor:g}" if len(counting) == 1 else "weighted"
    suffix = quantities.made_name(told, limit=20) or "weighted"
    return f"{parent[: 40 - len(suffix) - 1].rstrip('-')}-{suffix}"
