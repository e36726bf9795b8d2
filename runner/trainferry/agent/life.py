"""The agent's life: prepare, publish while the command runs, store the rest when it ended, and only then say so."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

from trainferry.agent import wrapper_zip
from trainferry.agent.attempts import Attempts, Fenced, verdict_of
from trainferry.agent.config import AgentConfig
from trainferry.agent.fetch import Ended, Fetch, code_of
from trainferry.agent.moved import Moved
from trainferry.agent.publish import Publisher, TooLate
from trainferry.agent.words import ENDED, READY, TOO_SHORT, say
from trainferry.agent.wrapper.control import Control
from trainferry.errors import BadInput, FerryError
from trainferry.runs import exit_codes
from trainferry.runs.manifest import Verdict
from trainferry.store import Store

TICK = 0.05
CRASHES = 5  # of ours, after which the run is told
PATIENCE = 0.9  # of the wrapper's stall limit: our reason reaches it before its own patience ends
LAST_SECONDS = 3.0  # of the grace period, to name what is stored
LONGEST_PAUSE = 4.0  # seconds between two tries
SILENT = "the container was killed before it could say why (out of memory, or SIGKILL)"


class Agent:
    """Everything is in the store and in the control folder: killed at any moment, the next one goes on."""

    def __init__(self, config: AgentConfig, store: Store, identity: str, node: str) -> None:
        self.config = config
        self.control = Control(config.paths["control"])
        self.moved = Moved(self.control)
        self.attempts = Attempts(store, config, identity, node)
        self.fetch = Fetch(store, config, self.moved, self._over)
        log, output = Path(self.control.path("log")), Path(config.paths["output"])
        self.publisher = Publisher(store, self.attempts, output, log, self.moved, config.publish_every)
        self.terminated = 0.0

    def run(self) -> None:
        """Returns when the pod may go."""
        signal.signal(signal.SIGTERM, self._on_term)
        self._prepare_folders()
        if not self.control.has("flushed"):
            try:
                self._live()
            except Fenced:
                say("a newer attempt of this run has taken over")
                self.control.put("fenced", "")
                self._tell(ok=False, code=exit_codes.AGAIN, reason="a newer attempt of this run has taken over")
        self._until(lambda: False)
        self.publisher.tidy(min(30.0, self.config.grace / 2))

    def crashed(self, error: Exception) -> None:
        """A fault of ours: the kubelet starts us again, but the command does not wait for ever."""
        count = int(self.control.text("crashes") or 0) + 1
        self.control.put("crashes", str(count))
        if count >= CRASHES:
            reason = f"the agent failed {count} times: {type(error).__name__}: {error}"
            if not self.control.has("ready"):
                told = {"attempt": 0, "already": False, "error": {"code": 1, "reason": reason}}
                self.control.put_json("ready", told)
            self._until(lambda: self.control.has("done"))
            self._tell(ok=False, code=exit_codes.FLUSH_FAILED, reason=reason)

    def _on_term(self, *_: object) -> None:
        self.terminated = self.terminated or time.monotonic()

    def _over(self) -> bool:
        return bool(self.terminated) or self.control.has("done")

    def _until(self, happened: Callable[[], bool]) -> None:
        while not (self.terminated or happened()):
            time.sleep(TICK)

    def _prepare_folders(self) -> None:
        """The wrapper first: the launcher waits for it."""
        for folder in self.config.paths.values():
            Path(folder).mkdir(parents=True, exist_ok=True)
        if not self.control.has("wrapper.pyz"):
            wrapper_zip.build(Path(self.control.path("wrapper.pyz")))

    def _live(self) -> None:
        if not self._begin():
            return
        if self.attempts.manifest.complete and self.attempts.current.id != self.attempts.identity:
            say("this run is complete already")
            self.control.put_json("ready", {"attempt": self.attempts.number, "already": True, "error": None})
            return
        fetched = self._fetched()
        if fetched:
            self._publish()
        self._finish(fetched)

    def _begin(self) -> bool:
        """Know the attempt. False when the store does not let us: then nothing can be written down there either."""
        try:
            self.fetch.patiently(self.attempts.begin, lambda: bool(self.terminated) and not self.control.has("ready"))
            return True
        except FerryError as error:
            self._refuse(0, error)
            self._until(lambda: self.control.has("done"))
            self._tell(ok=True, code=code_of(error), reason=str(error))
        except Ended:
            self._tell(ok=False, code=exit_codes.AGAIN, reason="ended before the run was known in the store")
        return False

    def _fetched(self) -> bool:
        """Whether the command has, or had, all it needs."""
        ready = self.control.load("ready")
        if ready:
            return not ready["error"]
        say(f"attempt {self.attempts.number} of {self.config.run}")
        try:
            self.fetch.all(self.attempts.manifest.files)
        except FerryError as error:
            self._refuse(self.attempts.number, error)
            self._until(lambda: self.control.has("done"))
            return False
        except Ended:
            return False
        self.control.put_json("ready", {"attempt": self.attempts.number, "already": False, "error": None})
        say(READY)
        return True

    def _refuse(self, attempt: int, error: FerryError) -> None:
        say(str(error))
        told = {"code": code_of(error), "reason": str(error)}
        self.control.put_json("ready", {"attempt": attempt, "already": False, "error": told})

    def _publish(self) -> None:
        """While the command runs. What the store does not take now it is asked to take later."""
        pause = Pause()
        while not self._over():
            try:
                self.publisher.tick()
                pause.end()
            except FerryError as error:
                pause.after(error, self._over)
            time.sleep(TICK)

    def _finish(self, fetched: bool) -> None:
        """All of it, then the verdict, then the word `flushed`: in this order."""
        pause, verdict = Pause(), self._verdict()
        say(ENDED)
        while True:
            try:
                verdict = self._stored(verdict, fetched)
                say(f"attempt {self.attempts.number} is stored, {self.moved.bytes:,} bytes; exit code {verdict.exit}")
                stored = verdict.exit != exit_codes.FLUSH_FAILED
                return self._tell(ok=stored, code=verdict.exit, reason=verdict.reason)
            except FerryError as error:
                if self._hopeless():
                    return self._give_up(verdict, error)
                pause.after(error, lambda: False)

    def _stored(self, verdict: Verdict, fetched: bool) -> Verdict:
        try:
            if fetched:
                self.publisher.finish(self._late)
        except TooLate:
            verdict.reason = f"{TOO_SHORT}; {verdict.reason}".rstrip("; ")
            verdict.exit = verdict.exit or exit_codes.AGAIN
        except BadInput as error:
            verdict.reason = f"the output could not be stored: {error}"
            verdict.exit = verdict.exit or exit_codes.FLUSH_FAILED
        return self.attempts.settle(verdict)

    def _verdict(self) -> Verdict:
        done = self.control.load("done")
        if done:
            return verdict_of(done)
        if self.control.load("ready") and not self.control.load("ready")["error"]:
            return Verdict(None, exit_codes.OOM, "agent", reason=SILENT, ended=time.time())
        reason = "stopped from outside before the command began"
        return Verdict(None, exit_codes.AGAIN, "agent", terminated=True, reason=reason, ended=time.time())

    def _late(self) -> bool:
        """Whether SIGKILL is near. The launcher was told to end before we were, when the pod is being deleted."""
        if not self.terminated:
            return False
        elapsed = max(time.monotonic() - self.terminated, self.control.age("term"))
        return elapsed > self.config.grace - min(LAST_SECONDS, self.config.grace / 10)

    def _hopeless(self) -> bool:
        """Nothing moved for as long as the wrapper waits, or the pod's time is up."""
        if self.terminated and time.monotonic() - self.terminated > self.config.grace:
            return True
        return not self.terminated and self.moved.still > PATIENCE * self.config.stall

    def _give_up(self, verdict: Verdict, error: FerryError) -> None:
        reason = f"the output could not be stored: {error}"
        say(reason)
        self._tell(ok=False, code=verdict.exit or exit_codes.FLUSH_FAILED, reason=reason)

    def _tell(self, ok: bool, code: int, reason: str) -> None:
        self.control.put_json("flushed", {"ok": ok, "exit": code, "reason": reason})


class Pause:
    """Longer and longer waits between tries, and one line of the log when they begin and end."""

    def __init__(self) -> None:
        self._delay = 0.0

    def after(self, error: FerryError, over: Callable[[], bool]) -> None:
        """Wait; less when `over`."""
        if not self._delay:
            say(f"will try again: {error}")
        self._delay = min(LONGEST_PAUSE, 2 * self._delay or 0.25)
        end = time.monotonic() + self._delay
        while time.monotonic() < end and not over():
            time.sleep(TICK)

    def end(self) -> None:
        if self._delay:
            say("the store answers again")
        self._delay = 0.0
