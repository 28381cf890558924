"""`inbox add` asks only what it must, and secrets go only where they belong."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from tests.cli.conftest import Unibox
from unibox_tui.cli import asking
from unibox_tui.connectors.email.settings import EmailSettings
from unibox_tui.domain.errors import WrongUse


def test_settings_given_as_words_take_the_types_of_their_fields() -> None:
    given = (
        "address=a@b.example",
        "imap_port=1993",
        "watch_sent=false",
        "folders=INBOX,Đơn hàng",
        "sendmail=msmtp -a 'shop a' --",
        'aliases=["x@b.example"]',
    )
    assert asking.pairs(given, EmailSettings) == {
        "address": "a@b.example",
        "imap_port": 1993,
        "watch_sent": False,
        "folders": ["INBOX", "Đơn hàng"],
        "sendmail": ["msmtp", "-a", "shop a", "--"],
        "aliases": ["x@b.example"],
    }


def test_what_is_missing_is_asked_for_until_the_settings_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        "address": "a@b.example",
        "name": "Shop",
        "source": "maildir",
        "maildir": "/mail",
        "imap_host": "",
        "smtp_host": "",
    }
    asked: list[str] = []

    def prompt(text: str, **_: object) -> str:
        name = text.partition(":")[0]
        asked.append(name)
        return answers[name]

    monkeypatch.setattr(click, "prompt", prompt)
    found = asking.settings(EmailSettings, {"smtp_host": "smtp.b.example"}, may_ask=True)
    assert found["maildir"] == "/mail"
    assert "smtp_host" not in asked
    assert asked[-1] == "maildir"


def test_secrets_from_standard_input_by_name() -> None:
    names = ("password", "smtp_password")
    assert asking._from_lines("password=một=hai\nsmtp_password=ba\n".encode(), names) == {
        "password": "một=hai",
        "smtp_password": "ba",
    }
    assert asking._from_lines(b"only=this\n", names) == {"password": "only=this"}
    for wrong in (b"", b"a\nb\n"):
        with pytest.raises(WrongUse):
            asking._from_lines(wrong, names)


def test_a_refused_check_stores_nothing(unibox: Unibox, tmp_path: Path) -> None:
    config = unibox.folder / "config.toml"
    before = config.read_text()
    ran = unibox(
        "inbox", "add", "shop", "--channel", "email", "--secret-stdin", "--set", "address=a@shop-a.example",
        "--set", "source=maildir", "--set", f"maildir={tmp_path / 'none'}", "--set", "sendmail=true", stdin=b"geheim\n",
    )  # fmt: skip
    assert ran.status == 1
    assert "geheim" not in ran.err
    assert config.read_text() == before
    assert not list(unibox.folder.glob("secrets/*"))
    assert unibox.ok("inbox", "list", "--json").lines == []
