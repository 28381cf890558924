"""The example of docs/adding-a-channel.md, imported as it stands there and run by the real service."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT
from unibox_tui import service
from unibox_tui.connectors import registry
from unibox_tui.desk.actions import Call, perform
from unibox_tui.domain.words import Author
from unibox_tui.host.paths import Home
from unibox_tui.store import agents, raw_events
from unibox_tui.store.database import Database
from unibox_tui.store.events import Actor
from unibox_tui.views import lists

PAGE = (ROOT / "docs" / "adding-a-channel.md").read_text("utf-8")
CODE = next(block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "LetterboxConnector" in block)
ENTRY = re.search(r'^"letterbox": \("([\w.]+)", "(\w+)", "(\w+)"\),$', PAGE, re.MULTILINE)
WRITTEN_AT = 1_795_415_520_000


@pytest.fixture
def letterbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example in an importable place, registered as the page says; a letterbox with a good and a bad letter."""
    assert ENTRY is not None
    package, _, module = ENTRY[1].rpartition(".")
    assert package == "unibox_tui.connectors"
    (tmp_path / f"{module}.py").write_text(CODE, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(registry.CHANNELS, "letterbox", (module, ENTRY[2], ENTRY[3]))
    folder = tmp_path / "letters"
    for name in ("in", "out"):
        (folder / name).mkdir(parents=True)
    letter = {"id": "7", "from": "lan", "name": "Lan", "at": WRITTEN_AT, "text": "Đơn DH20381 tới đâu rồi ạ?"}
    (folder / "in" / "7.json").write_text(json.dumps(letter), "utf-8")
    (folder / "in" / "8.json").write_text("no letter", "utf-8")
    return folder


@pytest.mark.slow
def test_a_letter_comes_in_and_the_answer_goes_out(letterbox: Path, tmp_path: Path) -> None:
    home = Home.find(tmp_path / "home")
    home.prepare()
    home.config.write_text(
        f'[inbox.box]\nchannel = "letterbox"\nfolder = "{letterbox}"\nlook_seconds = 0.05\n', "utf-8"
    )
    assert service.main(home, once=True) == 0

    db = Database(home.database)
    try:
        page = db.read_now(lambda reader: lists.page(reader, "", me="an", now=WRITTEN_AT, limit=10))
        (row,) = page.rows
        assert (row.name, row.snippet, row.unread) == ("Lan", "Đơn DH20381 tới đâu rồi ạ?", 1)
        quarantined = db.read_now(raw_events.quarantined)
        assert [one["error"] for one in quarantined] == ["This is not a letter."]
        reply = Call("reply", {"text": "Dạ mai tới ạ."})
        db.write_now(lambda tx: agents.ensure(tx, "an"))
        db.write_now(lambda tx: perform(tx, Actor(Author.AGENT, "an", "test"), reply, [row.id]))
    finally:
        db.close()

    assert service.main(home, once=True) == 0
    (answer,) = (letterbox / "out").iterdir()
    assert answer.read_text("utf-8") == "To: lan\n\nDạ mai tới ạ.\n"


@pytest.mark.slow
def test_the_example_keeps_its_claims(letterbox: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(tmp_path / "letterbox.py")]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
