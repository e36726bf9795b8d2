"""The wrapper: wait for the agent, run the command, wait until everything is stored, and only then exit."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sys
import time
from typing import Any, Dict, Mapping, NoReturn, Optional, Sequence

from trainferry.agent.wrapper import cgroup, gpus, hints
from trainferry.agent.wrapper.command import TICK, Command
from trainferry.agent.wrapper.control import Control
from trainferry.agent.wrapper.permissions import open_to
from trainferry.agent.wrapper.tee import Tee
from trainferry.agent.wrapper.verdict import End, decide
from trainferry.runs import exit_codes

TERMINATION_LOG = "/dev/termination-log"
LAST_SECONDS = 5.0  # of the grace period, left to the agent
NOT_FOUND, NOT_EXECUTABLE = 127, 126


class Leave(Exception):
    """The container's exit code is known: `verdict` as it goes into `done`."""

    def __init__(self, code: int, by: str, reason: str, own: Optional[int] = None) -> None:
        super().__init__(reason)
        self.verdict: Dict[str, Any] = {**decide(End(own)), "exit": code, "by": by, "reason": reason}


class Wrapper:
    """One attempt's life. `environ`: the user's, and FERRY_{CONTROL,GRACE,STALL,GPUS,OUTPUT}."""

    def __init__(self, words: Sequence[str], environ: Mapping[str, str]) -> None:
        self.words, self.environ = words, environ
        self.control = Control(environ.get("FERRY_CONTROL", "/ferry/control"))
        self.grace, self.stall = float(environ.get("FERRY_GRACE", "120")), float(environ.get("FERRY_STALL", "120"))
        self.tee = Tee(self.control.path("log"))
        self.asked = 0.0  # when SIGTERM came, by the monotonic clock
        self.stopping = 0.0  # when the command was told to end

    def run(self) -> int:
        """The container's exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_term)
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # a shell's background jobs begin with it ignored
        try:
            ready = self._await_ready()
            verdict = self._train(ready)
        except Leave as leave:
            verdict = leave.verdict
        if verdict["by"] == "already-done" or (verdict["code"] is None and self.asked):
            return self._leave(verdict)  # nothing to store
        return self._leave(self._stored(verdict))

    def _on_term(self, *_: object) -> None:
        self.asked = self.asked or time.monotonic()

    def _told_to_end(self) -> bool:
        """By a signal, or by the launcher's file: what reached us before our handler did is there."""
        if not self.asked and self.control.has("term"):
            self._on_term()
        return bool(self.asked)

    def _await_ready(self) -> Dict[str, Any]:
        while not self.control.has("ready"):
            if self._told_to_end():
                raise Leave(exit_codes.AGAIN, "wrapper", "stopped from outside before the command began")
            time.sleep(TICK)
        ready = self.control.load("ready")
        if ready.get("already"):
            self.tee.say("already done: the store has the whole output of this run")
            raise Leave(0, "already-done", "", own=0)
        if ready.get("error"):
            self.tee.say(ready["error"]["reason"])
            raise Leave(int(ready["error"]["code"]), "fetch", ready["error"]["reason"])
        return ready

    def _train(self, ready: Mapping[str, Any]) -> Dict[str, Any]:
        environ = {**gpus.environment(self.environ), "FERRY_ATTEMPT": str(ready.get("attempt", 1))}
        trouble = gpus.trouble(int(environ.get("FERRY_GPUS") or 0), environ)
        if trouble:
            self._refuse(1, trouble)
        before = cgroup.oom_kills()
        try:
            command = Command(self.words, environ)
        except OSError as error:
            self._refuse(*_not_executed(self.words[0], error))
        self.control.put("child", "%d\n" % command.group)
        returned = command.run(self.tee.write, lambda: self._look(command))
        verdict = decide(self._end(returned, cgroup.oom_kills() - before))
        if verdict["by"] == "command" and verdict["exit"] and os.getuid():
            verdict = {**verdict, **self._advice(verdict["reason"])}
        if verdict["reason"] and verdict["by"] == "wrapper":
            self.tee.say(verdict["reason"])
        open_to(self.control.path("ready"), environ.get("FERRY_OUTPUT", ""))
        return verdict

    def _advice(self, reason: str) -> Dict[str, Any]:
        """The reason with what to do about it, when the image wants to be another user."""
        hint = hints.hint(self.tee.tail, self.environ)
        if not hint:
            return {}
        self.tee.say(hint)
        return {"reason": "%s, %s" % (reason, hint)}

    def _refuse(self, code: int, reason: str) -> NoReturn:
        self.tee.say(reason)
        raise Leave(code, "wrapper", reason, own=code)

    def _look(self, command: Command) -> None:
        """Every TICK: was it told to stop, and is its time up?"""
        now = time.monotonic()
        if not self.stopping and (self._told_to_end() or self.control.has("fenced")):
            self.stopping = self.asked or now
            command.terminate()
        if self.stopping and now - self.stopping > 0.3 * self.grace:
            command.kill()

    def _end(self, returned: int, oom_kills: int) -> End:
        memory = cgroup.limit()
        return End(
            code=128 - returned if returned < 0 else returned,
            signal=max(0, -returned),
            oom_kills=oom_kills,
            terminated=self._told_to_end(),
            fenced=self.control.has("fenced"),
            limit=cgroup.quantity(memory) if memory else "",
        )

    def _stored(self, verdict: Dict[str, Any]) -> Dict[str, Any]:
        """The verdict once the agent has stored everything, or once there is no hope that it will."""
        self.control.put_json("done", {**verdict, "ended": time.time()})
        why = self._await_flush()
        flushed = self.control.load("flushed")
        if not why:
            changed = {key: flushed[key] for key in ("exit", "reason") if flushed.get(key) not in (None, "")}
            verdict = {**verdict, **changed}
        elif verdict["exit"] in (0, exit_codes.AGAIN):
            code = exit_codes.AGAIN if self.asked else exit_codes.FLUSH_FAILED
            verdict = {**verdict, "exit": code, "by": "wrapper", "reason": why}
        if why or not flushed.get("ok"):
            self.tee.say(verdict["reason"] or why)
        return verdict

    def _await_flush(self) -> str:
        """ "" when the agent said that it is over, else why we do not wait any longer."""
        moved, at = "", time.monotonic()
        while not self.control.has("flushed"):
            now = time.monotonic()
            if self.control.text("progress") != moved:
                moved, at = self.control.text("progress"), now
            if now - at > self.stall:
                return "the output could not be stored: no byte moved for %.0f s" % self.stall
            if self._told_to_end() and now - self.asked > self.grace - LAST_SECONDS:
                return "the grace period was too short to store the whole output"
            time.sleep(TICK)
        return ""

    def _leave(self, verdict: Dict[str, Any]) -> int:
        """The last acts: words for the kubelet, and the exit code for the launcher."""
        if verdict["by"] != "already-done" and not self.control.has("done"):
            self.control.put_json("done", {**verdict, "ended": time.time()})
        if os.path.exists(TERMINATION_LOG):
            short = {**verdict, "reason": verdict["reason"][:1000]}
            try:
                with open(TERMINATION_LOG, "w") as file:
                    json.dump(short, file)
            except OSError:
                pass  # not ours to write; the store has the verdict
        self.control.put("exit", "%d\n" % verdict["exit"])
        return int(verdict["exit"])


def _not_executed(word: str, error: OSError) -> tuple[int, str]:
    """Exit code and the one line that says what to do."""
    if not os.path.isdir(os.getcwd()):
        return NOT_EXECUTABLE, "the working folder is gone"
    if error.errno == errno.ENOENT and not os.path.exists(word):
        hint = "; the image has python3" if word == "python" and shutil.which("python3") else ""
        return NOT_FOUND, "%s: command not found in this image%s" % (word, hint)
    if error.errno == errno.ENOENT:
        return NOT_EXECUTABLE, "%s: the interpreter in its first line (#!) is not in this image" % word
    if error.errno == errno.EACCES:
        return NOT_EXECUTABLE, "%s: not executable: chmod +x it, or name its interpreter (python3 %s)" % (word, word)
    if error.errno == errno.ENOEXEC:
        return NOT_EXECUTABLE, "%s: neither a script with #! nor a program for this machine" % word
    return NOT_EXECUTABLE, "%s: %s" % (word, (error.strerror or str(error)).lower())


def main() -> int:
    if len(sys.argv) < 2:
        sys.stderr.write("[ferry] no command was given\n")
        return exit_codes.USAGE
    return Wrapper(sys.argv[1:], os.environ).run()
