"""What a fresh interpreter loads: the screen stays out of the service, heavy libraries out of the verbs."""

from __future__ import annotations

import subprocess
import sys

import pytest


def loaded_by(code: str) -> set[str]:
    script = f"{code}\nimport sys\nprint(' '.join(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


HEAVY = {"textual", "httpx", "imapclient", "starlette", "uvicorn", "phonenumbers", "keyring", "lxml", "babel"}


@pytest.mark.parametrize(
    ("code", "never"),
    [
        ("import unibox_tui.sync.engine", {"textual", "httpx", "starlette"}),
        ("import unibox_tui.desk.actions", HEAVY),
        ("import unibox_tui.views.lists, unibox_tui.views.thread, unibox_tui.views.panel", HEAVY),
        ("import unibox_tui.actions", HEAVY | {"sqlite3"}),
        ("import unibox_tui.text.safe, unibox_tui.text.search", HEAVY | {"sqlite3", "rich"}),
        ("import unibox_tui.cli.main", HEAVY),
        (
            "from unibox_tui.connectors import registry; registry.settings_class('livechat')",
            {"imapclient", "aiosmtplib", "lxml", "textual"},
        ),
    ],
)
def test_fresh_interpreter(code: str, never: set[str]) -> None:
    assert not loaded_by(code) & never
