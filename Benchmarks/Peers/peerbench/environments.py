"""Makes one virtual environment a peer, from its pinned requirements and nothing else."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from enum import Enum

from peerbench.catalogue import Peer
from peerbench.interpreters import Interpreter, find_interpreter


class State(Enum):
    INSTALLED = "installed"
    UNCHANGED = "unchanged"
    #: No interpreter that the requirements cover is on this machine.
    NO_INTERPRETER = "no interpreter"
    FAILED = "failed"


@dataclass(frozen=True)
class Installation:
    peer: Peer
    state: State
    detail: str


def install(peer: Peer, again: bool = False) -> Installation:
    """Makes the peer's environment unless the one that is there was made from the same requirements.

    With ``again`` it is made anew in any case. A half-made environment has no stamp
    and is removed by the next call.
    """
    digest = hashlib.sha256(peer.requirements.read_bytes()).hexdigest()
    if not again and (made := read_stamp(peer)) is not None and made.get("requirements") == digest:
        return Installation(peer, State.UNCHANGED, f"Python {made['python']}, {made['packages']} packages")
    interpreter = find_interpreter(peer.pythons)
    if interpreter is None:
        wanted = " or ".join(sorted(peer.pythons))
        return Installation(peer, State.NO_INTERPRETER, f"needs Python {wanted}, and none was found")
    if peer.environment.exists():
        shutil.rmtree(peer.environment)
    failure = make_environment(peer, interpreter)
    if failure is not None:
        return Installation(peer, State.FAILED, failure)
    count = sum(not line.startswith((" ", "#")) for line in peer.requirements.read_text("utf-8").splitlines() if line)
    stamp = {"requirements": digest, "python": interpreter.version, "packages": count}
    peer.stamp.write_text(json.dumps(stamp) + "\n", encoding="utf-8")
    return Installation(peer, State.INSTALLED, f"Python {interpreter.version} ({interpreter.path}), {count} packages")


def read_stamp(peer: Peer) -> dict | None:
    """What the last complete installation wrote, or nothing when there is none that can be used."""
    if not peer.is_installed:
        return None
    try:
        stamp = json.loads(peer.stamp.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return stamp if isinstance(stamp, dict) and stamp.keys() >= {"python", "packages"} else None


def make_environment(peer: Peer, interpreter: Interpreter) -> str | None:
    """Runs the three steps; what went wrong, or nothing.

    The file names everything, so pip resolves nothing (``--no-deps``), accepts only
    files with a listed hash, and runs no package's own build.
    """
    pip = [peer.python, "-m", "pip", "--disable-pip-version-check"]
    only_listed = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--quiet"]
    steps = (
        ("making the environment", [interpreter.path, "-m", "venv", peer.environment]),
        ("pip install", [*pip, "install", *only_listed, "--requirement", peer.requirements]),
        ("pip check", [*pip, "check"]),
    )
    for name, command in steps:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            last = done.stdout.strip().splitlines()[-3:]
            return f"{name} ended with {done.returncode}: " + " / ".join(last)
    return None
