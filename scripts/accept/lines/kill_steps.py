"""``kill-steps``: a durable effect is never made again, wherever the process is killed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from accept.context import Context
from accept.lines.counting import CountingServer
from accept.lines.crashbox import (
    DEAD_LETTER, SUCCESS, UNKNOWN_EFFECT, Box, Reader, box, require, run_to_end, scratch,
)
from accept.model import Line, Verdict, Word

ENGINES = ("function", "subprocess", "http")
STEPS = range(1, 6)
#: For each window the points at which the process is killed; ``held`` is the server's: it has counted and not answered.
WINDOWS = {
    "intent-effect": ("intent-committed",),
    "effect-outcome": ("held", "effect-made"),
    "elsewhere": ("recorded", "before-outcome"),
}


@dataclass(frozen=True)
class Kill:
    engine: str
    window: str
    point: str
    step: int
    idempotency: str
    order: int

    def __str__(self) -> str:
        return f"{self.engine}, {self.idempotency}, order {self.order}, killed at {self.point} of step {self.step}"


@dataclass
class Tally:
    kills: dict[str, int] = field(default_factory=dict)
    durable: int = 0
    repeated: int = 0
    unknown: int = 0


def plan(rounds: int) -> list[Kill]:
    """For each engine and window so many kills, at each step and point in turn."""
    kills = []
    for engine in ENGINES:
        for window, points in WINDOWS.items():
            if engine == "http":
                points = tuple(point for point in points if point != "effect-made")
            for index in range(rounds):
                point = points[index // 2 % len(points)]
                step = STEPS[index * 3 % len(STEPS)]
                if point == "before-outcome" and engine != "http":
                    step = 0
                idempotency = ("idempotent", "once")[index % 2]
                kills.append(Kill(engine, window, point, step, idempotency, len(kills) + 1))
    return kills


def kill_steps(rounds: int, deadline_s: float) -> Line:
    return Line(
        name="kill-steps",
        what="Killed between intent, effect and outcome, a run goes on and repeats no step whose outcome was durable.",
        bar=f"{rounds} kills a window and engine: 0 durable steps repeated, every unknown step surfaced or repeated as declared",
        command=".build/release/flock-crashbox steps --engine E --idempotency I --order K --pause-at POINT:STEP, kill -9, again",
        check=lambda context: check(context, rounds),
        deadline_s=deadline_s,
    )


def check(context: Context, rounds: int) -> Verdict:
    tally = Tally()
    kills = plan(rounds)
    with scratch() as folder, CountingServer() as server:
        for kill in kills:
            one_kill(context, folder / f"{kill.engine}-{kill.idempotency}.db", server, kill, tally)
        for file in folder.glob("*.db"):
            require(not (problems := Reader(file).problems()), f"{file.name} is damaged: {problems[:1]}")
    figure = (
        f"{len(kills)} kills ({', '.join(f'{window} {count}' for window, count in sorted(tally.kills.items()))});"
        f" 0 of {tally.durable} durable steps made again; {tally.repeated} idempotent ones repeated in the unknown window,"
        f" {tally.unknown} others surfaced as unknownEffect"
    )
    require(tally.durable > 0 and tally.repeated > 0 and tally.unknown > 0, f"the kills missed their windows: {figure}")
    return Verdict(Word.MET, figure, {"kills": tally.kills})


def one_kill(context: Context, file: Path, server: CountingServer, kill: Kill, tally: Tally) -> None:
    words = ["steps", "--file", file, "--engine", kill.engine, "--port", server.port, "--idempotency", kill.idempotency]
    pausing = [] if kill.point == "held" else ["--pause-at", f"{kill.point}:{kill.step}"]
    if kill.point == "held":
        server.hold(kill.order, kill.step)
    before = dead_letters(file)
    with box(context, *words, "--order", kill.order, *pausing) as running:
        if kill.point == "held":
            until_held(running, server, kill)
        else:
            running.until_at(kill.point, kill.step)
        running.kill()
    server.release()
    # Told as recorded before the kill: its outcome was durable.
    durable = {told["step"] for told in running.told if told.get("at") == "recorded"}
    made = {step: len(server.keys(kill.order, step)) for step in STEPS}
    for step in durable:
        require(made[step] == 1, f"{kill}: step {step} was made {made[step]} times before the kill")
    run_to_end(context, *words)
    key = f"{kill.engine} {kill.window}"
    tally.kills[key] = tally.kills.get(key, 0) + 1
    tally.durable += len(durable)
    judge(kill, server, durable, made, file, before, tally)


def until_held(running: Box, server: CountingServer, kill: Kill) -> None:
    if not server.holding.wait(30):
        running.kill()
        require(False, f"{kill}: the effect was not made within 30 s")


def dead_letters(file: Path) -> set[bytes]:
    if not file.exists():
        return set()
    return {run for run, _, _, kind, _ in Reader(file).outcomes() if kind == DEAD_LETTER}


def judge(
    kill: Kill, server: CountingServer, durable: set[int], made: dict[int, int], file: Path, before: set[bytes], tally: Tally
) -> None:
    for step in durable:
        count = len(server.keys(kill.order, step))
        require(count == 1, f"{kill}: step {step} was durable and was made {count} times")
    reader = Reader(file)
    fresh = [outcome for outcome in reader.outcomes() if outcome[3] == DEAD_LETTER and outcome[0] not in before]
    receipts = [receipt for receipt in reader.payloads("receipt") if receipt["key"] == kill.order]
    is_unknown = kill.window != "elsewhere"
    if is_unknown and kill.idempotency == "once":
        require([outcome[4] for outcome in fresh] == [UNKNOWN_EFFECT], f"{kill}: dead letters {fresh} instead of unknownEffect")
        now = len(server.keys(kill.order, kill.step))
        require(now == made[kill.step], f"{kill}: a step that must not be repeated was made {now} times")
        require(not receipts, f"{kill}: the order was finished although a step is unknown")
        tally.unknown += 1
        return
    require(not fresh, f"{kill}: became a dead letter with causes {[outcome[4] for outcome in fresh]}")
    require(len(receipts) == 1, f"{kill}: {len(receipts)} receipts")
    for step in STEPS:
        keys = server.keys(kill.order, step)
        require(1 <= len(keys) <= 2 and len(set(keys)) == 1, f"{kill}: step {step} was asked for with the keys {keys}")
        if len(keys) == 2:
            require(is_unknown and step == kill.step, f"{kill}: step {step} was made again outside the unknown window")
            tally.repeated += 1
    if kill.window == "effect-outcome":
        require(len(server.keys(kill.order, kill.step)) == 2, f"{kill}: the unknown step was not repeated")
    runs = [outcome for outcome in reader.outcomes() if outcome[3] == SUCCESS]
    require(len({outcome[:2] for outcome in runs}) == len(runs), f"{kill}: a run has two outcomes")
