"""Finds Python interpreters on this machine without being told where they are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROBE = "import ensurepip, sys, venv; print('.'.join(map(str, sys.version_info[:3])))"
PROBE_SECONDS = 20


@dataclass(frozen=True)
class Interpreter:
    path: Path
    version: str

    @property
    def minor(self) -> str:
        """For example ``3.12``."""
        return ".".join(self.version.split(".")[:2])


def find_interpreter(minors: tuple[str, ...]) -> Interpreter | None:
    """The first working interpreter of the first of these minor versions that has one.

    One that cannot make a virtual environment does not count: a version manager's
    shim without an active version behind it, a distribution's Python without ``ensurepip``.
    """
    for minor in minors:
        for candidate in candidates(minor):
            found = probe(candidate)
            if found is not None and found.minor == minor:
                return found
    return None


def candidates(minor: str) -> Iterator[Path]:
    """Where a Python of this minor version may be: here, on the path, under pyenv, in the usual folders."""
    if "{}.{}".format(*sys.version_info[:2]) == minor:
        yield Path(sys.executable)
    on_path = shutil.which(f"python{minor}")
    if on_path is not None:
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{minor}.*/bin/python{minor}"), key=patch_level, reverse=True)
    for folder in ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"):
        yield Path(folder, f"python{minor}")


def patch_level(path: Path) -> int:
    """12 for ``.../versions/3.11.12/bin/python3.11``; -1 for a pre-release such as ``3.14.0rc1``."""
    patch = path.parent.parent.name.split(".")[-1]
    return int(patch) if patch.isdigit() else -1


def probe(path: Path) -> Interpreter | None:
    """What this file is, or nothing when it is not a Python that can make environments."""
    try:
        done = subprocess.run(
            [path, "-I", "-c", PROBE], capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = done.stdout.strip()
    answered = done.returncode == 0 and re.fullmatch(r"\d+\.\d+\.\d+", version)
    return Interpreter(path, version) if answered else None
