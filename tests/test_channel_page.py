"""docs/channels.md says what the connectors say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from unibox_tui.connectors import registry

ROOT = Path(__file__).resolve().parent.parent


def test_the_page_of_channels_is_current() -> None:
    checked = subprocess.run([sys.executable, "tools/channels.py", "--check"], cwd=ROOT, check=False)
    assert checked.returncode == 0, "run: python tools/channels.py"


def test_every_channel_has_a_page() -> None:
    assert [name for name in registry.CHANNELS if not (ROOT / "docs" / "channels" / f"{name}.md").exists()] == []


def test_files_that_need_a_public_address_are_on_the_page() -> None:
    sends = (ROOT / "docs" / "channels.md").read_text("utf-8").partition("## What goes out")[2]
    files = {
        row.split("|")[1].split("]")[0].strip(" ["): row.split("|")[3].strip()
        for row in sends.partition("##")[0].splitlines()
        if row.startswith("| [")
    }
    assert "image/jpeg" in files["line"]
    assert "image/jpeg" in files["sms (twilio)"]
    assert files["sms (esms)"] == files["form"] == "·"
