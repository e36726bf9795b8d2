"""Values of a panel, as a notebook has them: asked for one by one, refused when they are something else."""

import math
import re
from collections.abc import Mapping
from typing import Any

from trainferry.errors import BadInput

PICTURE = re.compile(r"data:image/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}", re.ASCII)
LONGEST = 2000  # characters of a text
MOST = 20_000  # entries of a list


class Fields:
    """A JSON object found at `where`. Every method raises BadInput when the value is missing or not of that kind."""

    def __init__(self, where: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            raise BadInput(f"{where}: expected an object")
        self.where, self._value = where, value

    def __contains__(self, name: str) -> bool:
        return self._value.get(name) is not None

    def text(self, name: str, most: int = LONGEST) -> str:
        """At most so many characters; not yet escaped."""
        value = self._value.get(name)
        if not isinstance(value, str) or len(value) > most:
            raise self._wrong(name, f"text of at most {most} characters")
        return value

    def number(self, name: str, low: float = -math.inf, high: float = math.inf) -> float:
        """Finite, from low to high."""
        return self._number(name, self._value.get(name), low, high)

    def count(self, name: str, most: int = 1 << 53) -> int:
        """A whole number from 0 on."""
        value = self._value.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise self._wrong(name, f"a whole number from 0 to {most}")
        return value

    def flag(self, name: str) -> bool:
        """true or false."""
        value = self._value.get(name)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def picture(self, name: str) -> str:
        """A data URI of a bitmap."""
        value = self._value.get(name)
        if not isinstance(value, str) or not PICTURE.fullmatch(value):
            raise self._wrong(name, "a picture in base64")
        return value

    def encoded(self, name: str) -> str:
        """Base64."""
        value = self._value.get(name)
        if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", value, re.ASCII):
            raise self._wrong(name, "base64")
        return value

    def inner(self, name: str) -> "Fields":
        """An object in it."""
        return Fields(f"{self.where}.{name}", self._value.get(name))

    def rows(self, name: str, most: int = MOST) -> list["Fields"]:
        """Objects in it."""
        return [Fields(f"{self.where}.{name}[{at}]", one) for at, one in enumerate(self._items(name, most))]

    def texts(self, name: str, most: int = MOST) -> list[str]:
        """A list of texts."""
        found = self._items(name, most)
        if not all(isinstance(one, str) and len(one) <= LONGEST for one in found):
            raise self._wrong(name, f"a list of texts of at most {LONGEST} characters")
        return found

    def numbers(self, name: str, most: int = MOST) -> list[float]:
        """A list of finite numbers."""
        return [self._number(name, one, -math.inf, math.inf) for one in self._items(name, most)]

    def _items(self, name: str, most: int) -> list[Any]:
        value = self._value.get(name)
        if not isinstance(value, (list, tuple)) or len(value) > most:
            raise self._wrong(name, f"a list of at most {most}")
        return [*value]

    def _number(self, name: str, value: Any, low: float, high: float) -> float:
        fine = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if not fine or not low <= value <= high:
            raise self._wrong(name, f"a number from {low:g} to {high:g}")
        return float(value)

    def _wrong(self, name: str, expected: str) -> BadInput:
        return BadInput(f"{self.where}.{name}: expected {expected}")
