"""Two at work on one store, request by request in a given order."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from trainferry.store import Store

ASKED = ("stat", "get", "read", "put", "put_file", "list", "compose", "copy", "delete", "get_many", "put_many")
ALL = 1 << 30


class Turns:
    """`plan`: whose turn it is for how many requests. Who has none left, or waits for the other, lets the other go."""

    def __init__(self, *plan: tuple[str, int]) -> None:
        self._plan = [[who, count] for who, count in plan]
        self._changed = threading.Condition()
        self._over, self.asked = set[str](), dict[str, int]()

    def store(self, store: Store, who: str) -> Any:
        return Gated(store, partial(self._step, who))

    def wait(self) -> None:
        """In place of the pause of those who wait: one request of the other."""
        with self._changed:
            me = threading.current_thread().name
            others = [who for who, _ in self._plan if who != me and who not in self._over]
            if others:
                self._plan.insert(0, [others[0], 1])
                self._changed.notify_all()

    def run(self, **work: Callable[[], object]) -> None:
        """All of it at once; raises what one of them raised."""
        errors = list[BaseException]()

        def do(who: str) -> None:
            try:
                work[who]()
            except BaseException as error:
                errors.append(error)
            with self._changed:
                self._over.add(who)
                self._changed.notify_all()

        threads = [threading.Thread(target=do, args=(who,), name=who) for who in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for error in errors:
            raise error

    def _step(self, who: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._turn() in (who, ""), 30), f"{who} waits for ever"
            self.asked[who] = self.asked.get(who, 0) + 1
            if self._plan:
                self._plan[0][1] -= 1
            self._changed.notify_all()

    def _turn(self) -> str:
        while self._plan and (self._plan[0][1] <= 0 or self._plan[0][0] in self._over):
            self._plan.pop(0)
        return self._plan[0][0] if self._plan else ""


class Gated:
    """A store whose every request waits for its turn."""

    def __init__(self, store: Store, step: Callable[[], None]) -> None:
        self._store, self._step, self.url = store, step, store.url

    def __getattr__(self, name: str) -> Any:
        return partial(self._ask, name) if name in ASKED else getattr(self._store, name)

    def _ask(self, name: str, *words: Any, **more: Any) -> Any:
        self._step()
        answer = getattr(self._store, name)(*words, **more)
        return iter(list(answer)) if name in ("list", "read", "get_many") else answer
