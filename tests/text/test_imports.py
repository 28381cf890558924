from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("textual", "phonenumbers", "rich", "httpx", "sqlite3")


@pytest.mark.parametrize("module", ["safe", "fold", "search", "width", "names", "language", "found"])
def test_nothing_heavy_is_loaded_before_it_is_used(module: str) -> None:
    program = f"import sys, unibox_tui.text.{module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
