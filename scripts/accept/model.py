"""What an acceptance table is made of: tables, lines and verdicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accept.context import Context

#: A full pass over a table may take this long, in seconds. The deadlines of its lines add up to no more.
FULL_PASS_S = 80 * 60


class Word(Enum):
    """The four verdicts, in the order in which the last line counts them."""

    MET = "met"
    MISSED = "missed"
    #: It was measured and the figure does not tell, or it could not be measured to the end.
    UNDECIDED = "undecided"
    #: This machine has not what it takes to measure it; it does not fail a pass.
    UNPROVEN = "unproven"


#: From the worst to the best: what a line with several figures is, when each has a verdict of its own.
WORST_FIRST = (Word.MISSED, Word.UNDECIDED, Word.UNPROVEN, Word.MET)


@dataclass(frozen=True)
class Verdict:
    word: Word
    #: What was measured, in words that fit on one line, with units.
    figure: str
    #: Everything else that a reader of the stored result may want; plain JSON values.
    details: dict[str, Any] = field(default_factory=dict)


def worst(words: list[Word]) -> Word:
    """The verdict on several figures together. No figures at all decide nothing."""
    return next((word for word in WORST_FIRST if word in words), Word.UNDECIDED)


class TableError(ValueError):
    """A table or a choice of lines that cannot be run."""


@dataclass(frozen=True)
class Line:
    """One promise and how it is checked."""

    name: str
    #: The promise, as a sentence.
    what: str
    #: What the figure is held against, with units.
    bar: str
    #: The command, or the commands, that make the figure.
    command: str
    check: Callable[[Context], Verdict]
    #: Seconds after which the check is ended and the line is undecided.
    deadline_s: float
    #: A long line's result is kept and shown again while the commit stays the same.
    long: bool = False
    #: A form of it that takes a minute at most and proves less.
    quick: Line | None = None


#: What the name of a quick form ends with, so that its results do not pass for those of the whole line.
QUICK = ".quick"


def with_quick(line: Line, quick: Line) -> Line:
    """The line with its quick form."""
    return replace(line, quick=replace(quick, name=line.name + QUICK))


@dataclass(frozen=True)
class Table:
    name: str
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        names = [line.name for line in self.lines]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise TableError(f"table {self.name} has more than one line called {', '.join(doubled)}")
        for line in self.lines:
            if not line.name or "/" in line.name or line.name.startswith(".") or line.name.split() != [line.name]:
                raise TableError(f"table {self.name}: {line.name!r} is no line name; it becomes a file name")
            if line.deadline_s <= 0:
                raise TableError(f"table {self.name}: line {line.name} has no time, {line.deadline_s} s")
        total = sum(line.deadline_s for line in self.lines)
        if total > FULL_PASS_S:
            raise TableError(f"table {self.name}: its deadlines add up to {total:g} s, the limit is {FULL_PASS_S} s")

    def choose(self, names: list[str]) -> tuple[Line, ...]:
        """The named lines in the table's order, or all of them when none is named. ``group`` names every ``group.line``."""
        unknown = sorted(set(names) - {name for line in self.lines for name in (line.name, group(line))})
        if unknown:
            known = ", ".join(line.name for line in self.lines) or "none"
            raise TableError(f"table {self.name} has no line {', '.join(unknown)}; its lines are: {known}")
        return tuple(line for line in self.lines if not names or line.name in names or group(line) in names)


def group(line: Line) -> str:
    """What stands before the first dot of its name."""
    return line.name.split(".")[0]
