"""What a key sends down the line. Bytes do not depend on how busy the machine is, so these are bounds, not wishes.

neomutt sends about 275 bytes for `j`, alot 10,500 for a page and 5,400 for a thread on the same screen (benchmarks/RESULTS.md).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.pty_driver import Program

pytestmark = pytest.mark.server
ROOT = Path(__file__).parents[2]
QUIET_S = 0.4
J, PAGE, OPEN, BACK, LETTER = 90, 2_800, 1_700, 90, 45


@pytest.fixture(scope="module")
def app() -> Iterator[Program]:
    env = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLORTERM": "",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": str(ROOT),
    }
    with Program([sys.executable, "-m", "tests.support.run_app", "400", "preview=no"], env) as program:
        program.wait_for("help")
        program.settle(1.0)
        yield program


def test_the_next_row(app: Program) -> None:
    assert max(app.press("j", quiet=QUIET_S).size for _ in range(6)) <= J


def test_the_next_page(app: Program) -> None:
    assert max(app.press("\x1b[6~", quiet=QUIET_S).size for _ in range(3)) <= PAGE


def test_opening_and_leaving_a_thread(app: Program) -> None:
    assert app.press("\r", quiet=QUIET_S).size <= OPEN
    assert app.press("h", quiet=QUIET_S).size <= BACK


def test_a_letter_typed(app: Program) -> None:
    app.press("r", quiet=QUIET_S)
    app.press("Dạ em ", quiet=QUIET_S)
    spent = [app.press(letter, quiet=QUIET_S).size for letter in "kiểm"]
    assert sorted(spent)[1] <= LETTER, spent  # one of them may meet the word that the draft is saved
