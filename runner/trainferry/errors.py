"""Everything trainferry raises on purpose.

    FerryError                exit code 1
    ├── BadInput              2  what was typed cannot be meant
    │   └── Missing           2  a thing named does not exist
    ├── Unreachable           3  cluster, registry or store did not answer
    │   ├── Forbidden         3  it answered: not you
    │   └── Full              3  no space, no quota
    ├── Changed               1  a precondition failed: somebody else wrote in between
    ├── Corrupt               1  bytes are not the ones that were stored
    ├── RunFailed             1  the run ended without success
    └── Interrupted         130  Ctrl-C

A message is one line that holds the user's own value; `hint` is the next command to type.
"""


class FerryError(Exception):
    """The family: `str(error)` is one line, ready for the terminal."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}   {self.hint}" if self.hint else self.message


class BadInput(FerryError):
    exit_code = 2


class Missing(BadInput):
    pass


class Unreachable(FerryError):
    exit_code = 3


class Forbidden(Unreachable):
    pass


class Full(Unreachable):
    pass


class Changed(FerryError):
    pass


class Corrupt(FerryError):
    pass


class RunFailed(FerryError):
    pass


class Interrupted(FerryError):
    exit_code = 130
