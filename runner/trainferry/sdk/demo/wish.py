"""What a demo is to be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoWish:
    """`name`: its link's; `code` shows the source, `as_is` runs nothing; times as people type them."""

    expires: str = "7d"
    name: str = ""
    code: bool = False
    as_is: bool = False
    timeout: str = "10m"
    allow_secrets: bool = False
