"""A JupyterLab that answers, wherever it runs."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Lab:
    """`address`/lab is the page, `token` opens it. `wait` returns when it has ended, with why; `close` lets it go.

    `name`: of the notebook in the cluster, "" for one on this machine, which ends with `close`.
    """

    name: str
    address: str
    token: str = field(repr=False)
    wait: Callable[[], str]
    close: Callable[[], None]

    @property
    def url(self) -> str:
        """The page, opened: whoever has it is in."""
        return f"{self.address}/lab?token={self.token}"
