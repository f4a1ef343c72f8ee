"""Puts the acceptance package and the peers' package on the path of these tests."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
for folder in (ROOT / "scripts", ROOT / "Benchmarks" / "Peers"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
