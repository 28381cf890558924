"""Runs pytest with the given arguments. What failed, if it is little, runs once more by itself: a wait may run out while
the machine is busy with something else. Both runs are printed; a second failure is a failure.

A test that something leaves or arrives exactly once gets no second run: there a failure now and then is the fault itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

FAILED = 1  # pytest: tests were run and some failed; anything else (interrupted, cannot collect) is not tried again
FEW = 3
ONCE = ("tests/processes/test_kill", "tests/processes/test_once.py", "tests/connectors/test_replayed.py")
LAST_FAILED = Path(".pytest_cache/v/cache/lastfailed")


def main(arguments: list[str]) -> int:
    pytest = [sys.executable, "-m", "pytest"]
    LAST_FAILED.unlink(missing_ok=True)
    ended = subprocess.call([*pytest, *arguments])
    if ended != FAILED:
        return ended
    failed = json.loads(LAST_FAILED.read_text("utf-8"))
    if len(failed) > FEW or any(name.startswith(ONCE) for name in failed):
        return ended
    print("\nOnce more, alone:", *failed, sep="\n  ", flush=True)
    return subprocess.call([*pytest, "--last-failed", "--last-failed-no-failures=none"])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
