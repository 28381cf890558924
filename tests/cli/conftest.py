"""Calls of the command line in this process, in a home of their own, with one mail inbox and some mails in it."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from unibox_tui.cli.main import main
from unibox_tui.host.paths import agent_name

ME = agent_name()


@dataclass
class Ran:
    status: int
    out: str
    err: str

    @property
    def one(self) -> Any:
        """The one JSON document."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> Any:
        assert self.out == ""
        return json.loads(self.err)["error"]


@dataclass
class Unibox:
    """`unibox("ls", "--json")`. `folder` is the workspace's home."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, *args: str, stdin: bytes = b"") -> Ran:
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self.capsys.readouterr()
        status = main(["--home", str(self.folder), *args])
        captured = self.capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    def ok(self, *args: str, stdin: bytes = b"") -> Ran:
        ran = self(*args, stdin=stdin)
        assert ran.status == 0, ran.err
        return ran


def letter(number: int, text: str, *, subject: str = "Đơn giao thiếu", sender: str = "ha@khach.example") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Nguyễn Thị Hà <{sender}>", "hello@shop-a.example"
    mail["Subject"], mail["Message-ID"] = subject, f"<m{number}@khach.example>"
    mail["Date"] = f"Mon, 05 Jan 2026 10:{number:02d}:00 +0700"
    mail.set_content(text)
    return mail.as_bytes()


@pytest.fixture
def unibox(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Unibox:
    """A workspace without inboxes."""
    for name in ("UNIBOX_DEBUG", "UNIBOX_HOME", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    made = Unibox(tmp_path / "home", capsys, monkeypatch)
    made.ok("init")
    config = made.folder / "config.toml"
    config.write_text(config.read_text().replace("# keyring = true", "keyring = false"))
    return made


@pytest.fixture
def shop(unibox: Unibox, tmp_path: Path) -> Unibox:
    """With a mail inbox and the mails of three customers."""
    unibox.ok(
        "inbox", "add", "shop", "--channel", "email", "--no-check",
        "--set", "address=hello@shop-a.example", "--set", "source=maildir", "--set", f"maildir={tmp_path / 'Mail'}",
        "--set", "sendmail=true --", "--set", "group=Shop A", "--set", "undo_send_seconds=0",
    )  # fmt: skip
    mails = tmp_path / "mails"
    mails.mkdir()
    (mails / "1.eml").write_bytes(letter(1, "Shop ơi em nhận thiếu 1 áo, đơn DH20381"))
    (mails / "2.eml").write_bytes(letter(2, "พัสดุยังไม่ถึงเลยครับ", subject="พัสดุ", sender="somchai@mail.example"))
    (mails / "3.eml").write_bytes(letter(3, "Where is my parcel?", subject="Parcel", sender="tom@mail.example"))
    unibox.ok("import", str(mails), "--inbox", "shop")
    return unibox


@pytest.fixture
def numbers(shop: Unibox) -> list[str]:
    """Of the three conversations, oldest first."""
    return [str(row["id"]) for row in reversed(shop.ok("ls", "--json").lines)]
