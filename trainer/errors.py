"""What goes wrong, in one line, with the exit code that says whether starting again can help.

TrainerError
├── BadFlags   64  the command line
├── BadData    65  images, labels or a checkpoint that cannot be used
├── NoData     66  nothing where --data points
└── CannotSave 74  the disk takes no checkpoint
"""


class TrainerError(Exception):
    """An error the user can act on; `code` is the process's exit code."""

    code = 1


class BadFlags(TrainerError):
    """A flag or a value that makes no sense."""

    code = 64


class BadData(TrainerError):
    """Data that is there and cannot be used."""

    code = 65


class NoData(TrainerError):
    """No data where it was said to be."""

    code = 66


class CannotSave(TrainerError):
    """A file that could not be written; what was there before is still there."""

    code = 74
