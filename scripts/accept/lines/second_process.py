"""``second-process``: other processes publish and are refused ownership; other versions of a program are told apart."""

from __future__ import annotations

import shutil
from pathlib import Path

from accept.context import Context
from accept.lines.crashbox import DEAD_LETTER, SUCCESS, UNDECODABLE, Reader, box, require, run_to_end, scratch
from accept.model import Line, Verdict, Word

SEEN_WITHIN_MS = 100.0
PUBLICATIONS = 60


def second_process(deadline_s: float) -> Line:
    return Line(
        name="second-process",
        what="A second process publishes and is seen soon, a second owner is refused by name, changed programs are told apart.",
        bar=f"each of {PUBLICATIONS} publications seen within {SEEN_WITHIN_MS:g} ms; every refusal and migration as documented",
        command=".build/release/flock-crashbox second --own | --publish N, and stored --write, then --as VERSION",
        check=check,
        deadline_s=deadline_s,
    )


def check(context: Context) -> Verdict:
    with scratch() as folder:
        latencies = publish_beside(context, folder / "second.db")
        changed_programs(context, folder)
    slowest = max(latencies)
    figure = (
        f"{len(latencies)} publications seen after {sorted(latencies)[len(latencies) // 2]:.1f} ms in the middle and"
        f" {slowest:.1f} ms at most; a second owner refused with the first one's process; unchanged kept, changed refused"
        " and on request expired, renamed and unknown versions dead-lettered, older version migrated"
    )
    return Verdict(Word.MET if slowest <= SEEN_WITHIN_MS else Word.MISSED, figure, {"milliseconds": latencies})


def publish_beside(context: Context, file: Path) -> list[float]:
    with box(context, "second", "--own", "--file", file, stdin=True) as owner:
        owner.until_at("owning")
        refused = run_to_end(context, "second", "--own", "--file", file, codes=(3,)).told[-1]
        require(refused["refused"] == "ownedElsewhere", f"the second owner was refused with {refused['refused']}")
        require(str(owner.pid) in refused["message"], f"the refusal does not name process {owner.pid}: {refused['message']}")
        publisher = run_to_end(context, "second", "--publish", PUBLICATIONS, "--file", file)
        published = {told["published"][0]: told["atNanoseconds"] for told in publisher.told if "published" in told}
        require(len(published) == PUBLICATIONS, f"{len(published)} of {PUBLICATIONS} publications were acknowledged")
        seen: dict[str, int] = {}
        while set(published) - set(seen):
            told = owner.until(lambda told: "seen" in told, limit_s=10)
            require(told["seen"] not in seen, "a publication was handed to the agent twice")
            seen[told["seen"]] = told["atNanoseconds"]
        owner.close_input()
        require(owner.finish(20) == 0, f"the owner did not end well{owner.last_errors()}")
    # An owner that gave the board up is followed at once.
    with box(context, "second", "--own", "--file", file, stdin=True) as next_owner:
        next_owner.until_at("owning", limit_s=5)
    return [(seen[text] - at) / 1e6 for text, at in published.items()]


def changed_programs(context: Context, folder: Path) -> None:
    written = folder / "stored.db"
    run_to_end(context, "stored", "--file", written, "--write")

    def go_on(version: str, code: int = 0) -> tuple[dict, Reader]:
        file = folder / f"stored-{version}.db"
        for suffix in ("", "-wal"):
            if (source := Path(f"{written}{suffix}")).exists():
                shutil.copyfile(source, f"{file}{suffix}")
        return run_to_end(context, "stored", "--file", file, "--as", version, codes=(code,)).told[-1], Reader(file)

    def texts(reader: Reader) -> list[str]:
        return sorted(made["text"] for made in reader.payloads("archived"))

    def letters(reader: Reader) -> list[tuple]:
        return [(agent, cause) for _, _, agent, kind, cause in reader.outcomes() if kind == DEAD_LETTER]

    _, reader = go_on("same")
    require(texts(reader) == ["kept", "pair of 1"], f"the unchanged program made {texts(reader)}")
    require([row[3] for row in reader.outcomes()] == [SUCCESS, SUCCESS], "the unchanged program has other outcomes")
    told, reader = go_on("changed", code=3)
    require(told.get("refused") == "subscriptionChanged", f"a changed subscription: {told}")
    require("gate" in told["message"], f"the refusal does not name the agent: {told['message']}")
    require(not reader.outcomes(), "a refused program has worked")
    told, reader = go_on("expire")
    require(texts(reader) == ["kept"], f"with .expire it made {texts(reader)}")
    require(not any(agent == "gate" and kind == "gate" for agent, kind, _ in told["waiting"]), "what was to expire still waits")
    _, reader = go_on("migrated")
    require(texts(reader) == ["kept", "pair of 1"], f"the migrating program made {texts(reader)}")
    for version in ("renamed", "strict"):
        _, reader = go_on(version)
        require(letters(reader) == [("archivist", UNDECODABLE)], f"{version}: dead letters {letters(reader)}")
        require(texts(reader) == ["pair of 1"], f"{version}: it made {texts(reader)}")
        require(reader.payloads("document") == [{"text": "kept"}], f"{version}: the stored document has changed")
