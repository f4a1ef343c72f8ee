"""``power-cut``: what was acknowledged survives the loss of power, and the test would see it if it did not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from accept.context import CommandFailed, Context
from accept.lines.crashbox import Broken, Reader, identifier, require, run_to_end, scratch, twice
from accept.model import Line, Verdict, Word

KEYS = 40


def power_cut(cuts: int, deadline_s: float) -> Line:
    return Line(
        name="power-cut",
        what="A power cut at any write or sync loses nothing that was acknowledged; without syncs the same test fails.",
        bar=f"{cuts} cuts: 0 lost, 0 damaged, 0 twice, 0 recorded steps made again; with synchronous=OFF at least 1 of them",
        command=".build/release/flock-crashbox powercut --seed S --operations N --keys K [--unsynced], then powercut --drain",
        check=lambda context: check(context, cuts),
        deadline_s=deadline_s,
    )


@dataclass
class Campaign:
    cuts: int = 0
    acknowledged: int = 0
    early: int = 0
    torn: int = 0
    dropped: int = 0
    findings: list[str] = field(default_factory=list)


def place(seed: int, length: int) -> int:
    """A seed's place among so many operations: the splitmix64 finalizer, so that neighbours lie far apart."""
    word = seed * 0x9E3779B97F4A7C15 & (1 << 64) - 1
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    return 1 + (word ^ word >> 27) % length


def check(context: Context, cuts: int) -> Verdict:
    with scratch() as folder:
        lengths = [cut(context, folder / f"length-{seed}.db", seed, 0)[1]["operations"] for seed in (1, 2, 3)]
        length = sorted(lengths)[1]
        synced = campaign(context, folder, length, cuts, ())
        require(not synced.findings, f"{len(synced.findings)} of {cuts} cuts: {'; '.join(synced.findings[:3])}")
        # The control ends with its first finding, since one is what is asked of it.
        unsynced = campaign(context, folder, length, cuts, ("--unsynced",), ends_at_finding=True)
    figure = (
        f"{synced.cuts} cuts within about {length} operations, {synced.early} before all was done: {synced.acknowledged}"
        f" acknowledgements, 0 lost; the disk dropped {synced.dropped} writes and tore {synced.torn};"
        f" with synchronous=OFF the same test fails at cut {unsynced.cuts}: {'; '.join(unsynced.findings) or 'never'}"
    )
    require(bool(unsynced.findings), f"without syncs nothing was lost, the test proves nothing: {figure}")
    require(synced.early * 2 > synced.cuts and synced.torn > 0 and synced.dropped > 0, f"the cuts fell beside the work: {figure}")
    return Verdict(Word.MET, figure)


def campaign(
    context: Context, folder: Path, length: int, cuts: int, options: tuple[str, ...], ends_at_finding: bool = False
) -> Campaign:
    result = Campaign()
    for seed in range(1, cuts + 1):
        file = folder / f"{'-'.join(options)}{seed}.db"
        told, end = cut(context, file, seed, place(seed, length), *options)
        result.cuts += 1
        result.torn += end["torn"]
        result.dropped += end["dropped"]
        acknowledged = sum(len(milestone.get("published", ())) for milestone in told)
        result.acknowledged += acknowledged
        result.early += acknowledged < KEYS or len(committed(told)) < KEYS
        try:
            judge(context, file, told)
        except Broken as problem:
            result.findings.append(f"seed {seed}: {problem}")
            if ends_at_finding:
                return result
        finally:
            for left in folder.glob(f"{file.name}*"):
                left.unlink()
    return result


def cut(context: Context, file: Path, seed: int, operations: int, *options: str) -> tuple[list[dict], dict]:
    """One life that ends with the cut: what was told before it, and the disk's counters."""
    words = ("powercut", "--file", file, "--seed", seed, "--operations", operations, "--keys", KEYS, *options)
    told = run_to_end(context, *words).told
    end = next((milestone for milestone in told if milestone.get("at") == "cut"), {"fault": "nothing was told of it"})
    if end["fault"]:
        raise CommandFailed(f"seed {seed}: the simulated disk failed: {end}")
    return told, end


def committed(told: list[dict]) -> list[tuple[bytes, int]]:
    return [(identifier(outcome[0]), outcome[1]) for milestone in told for outcome in milestone.get("outcomes", ())]


def judge(context: Context, file: Path, told: list[dict]) -> None:
    """Raises ``Broken`` when something that was told is not there, or is done again."""
    acknowledged = {identifier(text) for milestone in told for text in milestone.get("published", ())}
    recorded = {milestone["recorded"] for milestone in told if "recorded" in milestone}
    reader = Reader(file)
    if not reader.is_board():
        require(not acknowledged, f"the board is gone with {len(acknowledged)} acknowledged publications")
        return
    require(not (problems := reader.problems()), f"the file is damaged: {problems[:1]}")
    lost = acknowledged - reader.artifact_ids()
    require(not lost, f"{len(lost)} of {len(acknowledged)} acknowledged publications are lost")
    gone = set(committed(told)) - {(run, replay) for run, replay, *_ in reader.outcomes()}
    require(not gone, f"{len(gone)} committed outcomes are lost")
    after = run_to_end(context, "powercut", "--file", file, "--drain").told
    again = recorded & {milestone["effect"] for milestone in after if "effect" in milestone}
    require(not again, f"{len(again)} recorded steps were made again")
    reader = Reader(file)
    items = [item["key"] for item in reader.payloads("item")]
    mapped = [made["key"] for made in reader.payloads("mapped")]
    require(not twice(items) and sorted(items) == sorted(mapped), f"{len(items)} items became {len(mapped)} results")

