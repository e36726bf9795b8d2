"""The verbs about runs that were sent: find, watch, wait, logs, describe, delete."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from trainferry.errors import Missing
from trainferry.runs import layout, phases, progress, reader, record
from trainferry.runs.phases import Outcome, RunRow, Status
from trainferry.sdk import ancestry, describing, kept
from trainferry.sdk.project import Project


class Following(Project):
    """Looking at runs."""

    def find(self, name: str = "") -> str:
        """The full name of a run named in short; of the latest when `name` is empty. Deleted runs are in the store."""
        return self._found(name).run

    def runs(self, selector: str = "", all_namespaces: bool = False) -> list[RunRow]:
        """The runs of this namespace (or machine), oldest first."""
        return self.engine.runs(selector, all_namespaces)

    def progress(self, rows: Sequence[RunRow]) -> dict[str, str]:
        """How far the runs that are under way have come, in their own words; the newest 16 of them are asked."""
        active = [row.run for row in rows if row.status in (phases.RUNNING, phases.SAVING)][-16:]
        if not active:
            return {}
        with ThreadPoolExecutor(len(active)) as pool:
            return dict(zip(active, pool.map(lambda run: progress.progress(self.store, run), active), strict=True))

    def origins(self, rows: Sequence[RunRow]) -> dict[str, str]:
        """The runs that runs were made from (`rerun`, `run --like`), by the names of those that were."""
        return ancestry.origins(self.store, [row.run for row in rows])

    def status(self, name: str = "") -> Status:
        """Where the run is now."""
        return self._status(self._found(name))

    def watch(self, name: str = "") -> Iterator[Status]:
        """Every change of phase, until the run is finished."""
        found = self._found(name)
        return self.engine.watch(found.run) if found.known else iter([self._status(found)])

    def wait(self, name: str = "") -> Outcome:
        """Block until the run is finished; the verdict comes from cluster and store, never from a stream's end."""
        found = self._found(name)
        if not found.known:
            return kept.outcome(reader.manifest(found.store, found.run))
        for _ in self.engine.watch(found.run):
            pass
        return self.engine.outcome(found.run)

    def logs(self, name: str = "", follow: bool = False, attempt: int | None = None) -> Iterator[bytes]:
        """The command's own bytes. Once the run is finished they come from the store, byte for byte."""
        found = self._found(name)
        if attempt is None and found.known and not reader.finished(found.store, found.run):
            return self.engine.logs(found.run, follow)
        return reader.log(found.store, found.run, attempt)

    def describe(self, name: str = "") -> dict[str, Any]:
        """Spec, status, attempts with their verdicts, and what the output holds."""
        found = self._found(name)
        manifest, asked = reader.manifest(found.store, found.run), record.read(found.store, found.run)
        told = describing.description(found.run, self._status(found), manifest, asked)
        lineage = ancestry.lineage(found.store, asked)
        return {"run": told["run"], "status": told["status"], "lineage": lineage, **told} if lineage else told

    def delete(self, name: str, purge: bool = False, wait: bool = False) -> str:
        """Stop and remove a run; its results stay in the store unless `purge`."""
        found = self._found(name)
        if not found.known and not purge:
            message = f"{found.run} was deleted before; its results are in {found.store.url}"
            raise Missing(message, f"ferry delete {found.run} --purge")
        if purge:
            found.store.stat(layout.record(found.run))  # the store answers, or nothing is deleted at all
        if found.known:
            self.engine.delete(found.run, wait or purge)
        for info in list(found.store.list(layout.run(found.run))) if purge else ():
            found.store.delete(info.name)
        return found.run
