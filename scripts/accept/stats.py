"""The figures that verdicts stand on: ratios of interleaved pairs, their interval, and growth."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import linear_regression, median

from accept.model import Word

#: With fewer pairs the interval of a median says little.
FEWEST_PAIRS = 11
CONFIDENCE = 0.90
RESAMPLES = 10_000
SEED = 20_240_607


@dataclass(frozen=True)
class Pair:
    """The same measurement of two things, made one right after the other."""

    first: float
    second: float

    @property
    def ratio(self) -> float:
        return self.first / self.second


@dataclass(frozen=True)
class Interval:
    """The median of a sample and the interval in which the bootstrap places it."""

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.middle:.3g} [{self.low:.3g}, {self.high:.3g}]"


def measure_pairs(
    first: Callable[[], float], second: Callable[[], float], pairs: int = FEWEST_PAIRS
) -> list[Pair]:
    """Measures two things in turn, so that the load of the machine falls on both alike.

    Every other pair is measured in the opposite order, so that neither profits from
    always being the second.
    """
    if pairs < FEWEST_PAIRS:
        raise ValueError(f"{pairs} pairs are too few, {FEWEST_PAIRS} are needed")
    made = []
    for index in range(pairs):
        if index % 2 == 0:
            one = first()
            other = second()
        else:
            other = second()
            one = first()
        made.append(Pair(one, other))
    return made


def bootstrap_median(values: Sequence[float], confidence: float = CONFIDENCE, seed: int = SEED) -> Interval:
    """The percentile bootstrap of the median: the same values and seed give the same interval."""
    if not values:
        raise ValueError("an interval of no values")
    if not all(math.isfinite(value) for value in values):
        raise ValueError("an interval of values that are not all finite")
    chance = random.Random(seed)
    size = len(values)
    medians = sorted(median(chance.choices(values, k=size)) for _ in range(RESAMPLES))
    tail = (1 - confidence) / 2
    low = medians[math.floor(tail * (RESAMPLES - 1))]
    high = medians[math.ceil((1 - tail) * (RESAMPLES - 1))]
    return Interval(median(values), low, high)


def at_most(interval: Interval, bar: float) -> Word:
    """Whether what was measured is no more than the bar: decided when the whole interval is on one side."""
    if interval.high <= bar:
        return Word.MET
    return Word.MISSED if interval.low > bar else Word.UNDECIDED


def at_least(interval: Interval, bar: float) -> Word:
    """Whether what was measured is no less than the bar: decided when the whole interval is on one side."""
    if interval.low >= bar:
        return Word.MET
    return Word.MISSED if interval.high < bar else Word.UNDECIDED


def growth(points: Sequence[tuple[float, float]]) -> float:
    """The exponent of growth: the least-squares slope of log cost over log size.

    1 is linear, 2 is quadratic. Needs two different sizes, and values above zero.
    """
    if len({size for size, _ in points}) < 2:
        raise ValueError("growth needs at least two different sizes")
    if any(size <= 0 or cost <= 0 for size, cost in points):
        raise ValueError("growth needs sizes and costs above zero")
    logs = [(math.log(size), math.log(cost)) for size, cost in points]
    return linear_regression([size for size, _ in logs], [cost for _, cost in logs]).slope
