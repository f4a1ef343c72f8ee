"""Reads the result lines that benchmark programs print: ``@@result`` and one JSON object."""

from __future__ import annotations

import json

MARK = "@@result "


class ResultError(ValueError):
    """Output without the result that was asked of it."""


def parse_results(output: str) -> list[dict]:
    """All results in a program's output, in order. A marked line that is no JSON object is an error."""
    results = []
    for number, line in enumerate(output.splitlines(), start=1):
        if not line.startswith(MARK):
            continue
        try:
            value = json.loads(line.removeprefix(MARK))
        except ValueError as problem:
            raise ResultError(f"line {number} is marked as a result and is not JSON: {problem}") from problem
        if not isinstance(value, dict):
            raise ResultError(f"line {number} is marked as a result and is no JSON object")
        results.append(value)
    return results


def only_result(output: str, *fields: str) -> dict:
    """The one result in a program's output, which must have these fields."""
    results = parse_results(output)
    if len(results) != 1:
        raise ResultError(f"one result line is needed, the output has {len(results)}")
    absent = [field for field in fields if field not in results[0]]
    if absent:
        raise ResultError(f"the result has no {', '.join(absent)}")
    return results[0]
