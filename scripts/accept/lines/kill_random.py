"""``kill-random``: killed at any moment under load, nothing acknowledged is lost and nothing is done twice."""

from __future__ import annotations

import random
import time
from pathlib import Path

from accept.context import Context
from accept.lines.crashbox import Reader, box, identifier, require, run_to_end, scratch, twice
from accept.model import Line, Verdict, Word

SEED = 20_261_125
#: Keys that one program is given to publish: more than it gets done before it is killed.
KEYS = 1_000_000
#: A board takes so many kills, then its work is finished and checked, and a new one is begun.
KILLS_PER_BOARD = 25


def kill_random(kills: int, deadline_s: float) -> Line:
    return Line(
        name="kill-random",
        what="Killed at random points under load, no acknowledged publication or outcome is lost, no outcome is there twice.",
        bar=f"{kills} kills: 0 lost, 0 twice, everything finished, read by Python's sqlite3",
        command=".build/release/flock-crashbox load --first-key K, kill -9, again, then load --drain",
        check=lambda context: check(context, kills),
        deadline_s=deadline_s,
    )


class Board:
    """What the programs on one board were told, over all of their lives."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.acknowledged: set[bytes] = set()
        self.outcomes: dict[tuple[bytes, int], tuple[str, int]] = {}

    def note(self, told: list[dict]) -> None:
        for milestone in told:
            self.acknowledged.update(map(identifier, milestone.get("published", ())))
            for run, replay, agent, kind, _ in milestone.get("outcomes", ()):
                key = (identifier(run), replay)
                require(key not in self.outcomes, f"run {run} was told as committed twice")
                self.outcomes[key] = (agent, kind)

    def check(self) -> int:
        """Nothing told is missing. Answers how many items are not mapped yet."""
        reader = Reader(self.file)
        require(not (problems := reader.problems()), f"the board is damaged: {problems[:1]}")
        lost = self.acknowledged - reader.artifact_ids()
        require(not lost, f"{len(lost)} of {len(self.acknowledged)} acknowledged publications are lost")
        rows = reader.outcomes()
        doubled = twice([(run, replay) for run, replay, *_ in rows])
        require(not doubled, f"{len(doubled)} runs have more than one outcome")
        there = {(run, replay): (agent, kind) for run, replay, agent, kind, _ in rows}
        missing = [key for key, value in self.outcomes.items() if there.get(key) != value]
        require(not missing, f"{len(missing)} of {len(self.outcomes)} committed outcomes are lost")
        return len(reader.payloads("item")) - sum(row[2] == "mapper" for row in rows)

    def check_finished(self) -> int:
        """Each item was mapped once, is in one batch, and was joined once with its partner. Answers how many there are."""
        reader = Reader(self.file)
        items = [item["key"] for item in reader.payloads("item")]
        partners = {partner["key"] for partner in reader.payloads("partner")}
        require(not twice(items), "an item is on the board twice")
        for kind, keys, wanted in (
            ("mapped", [made["key"] for made in reader.payloads("mapped")], set(items)),
            ("joined", [made["key"] for made in reader.payloads("joined")], set(items) & partners),
            ("batched", [key for made in reader.payloads("batched") for key in made["keys"]], set(items)),
        ):
            doubled = twice(keys)
            require(not doubled, f"{len(doubled)} keys were {kind} more than once, such as {doubled[:1]}")
            require(set(keys) == wanted, f"{len(wanted - set(keys))} keys were never {kind}, {len(set(keys) - wanted)} are invented")
        bad = [row for row in reader.outcomes() if row[3] != 1]
        require(not bad, f"{len(bad)} runs did not succeed, such as {bad[:1]}")
        return len(items)


def check(context: Context, kills: int) -> Verdict:
    chance = random.Random(SEED)
    acknowledged = outcomes = unfinished = interrupted = items = done = 0
    board_number = 0
    with scratch() as folder:
        while done < kills:
            board_number += 1
            board = Board(folder / f"board-{board_number}.db")
            for life in range(min(KILLS_PER_BOARD, kills - done)):
                with box(context, "load", "--file", board.file, "--first-key", life * KEYS, "--keys", KEYS) as running:
                    # From the first instant of its start on; a part of the kills falls into restoring.
                    kill_after(running, chance)
                board.note(running.told)
                done += 1
                if Reader(board.file).is_board():
                    open_items = board.check()
                    unfinished += open_items
                    interrupted += open_items > 0
            drained = run_to_end(context, "load", "--file", board.file, "--drain")
            board.note(drained.told)
            board.check()
            items += board.check_finished()
            acknowledged += len(board.acknowledged)
            outcomes += len(board.outcomes)
    figure = (
        f"{done} kills: 0 of {acknowledged} acknowledged publications and 0 of {outcomes} told outcomes lost, 0 twice;"
        f" {interrupted} kills left work open ({unfinished} items), all {items} items finished"
    )
    require(interrupted > 0, f"no kill interrupted anything: {figure}")
    return Verdict(Word.MET, figure, {"seed": SEED})


def kill_after(running, chance: random.Random) -> None:
    if chance.random() < 0.15:
        time.sleep(chance.uniform(0, 0.06))
    else:
        running.until_at("started")
        time.sleep(chance.uniform(0, 0.25))
    running.kill()

