"""`inbox add` asks only what it must, and secrets go only where they belong."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

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


def test_a_name_that_cannot_be_stores_no_secret(unibox: Unibox, tmp_path: Path) -> None:
    for name in ("Shop-A", "shop a", "../x"):
        ran = unibox(
            "inbox", "add", name, "--channel", "form", "--no-check", "--secret-stdin", stdin=b"signing_secret=geheim\n"
        )
        assert ran.status == 2, name
    assert not list(unibox.folder.glob("secrets/*"))


def test_a_name_is_asked_for_until_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter(["shop a", "shop", "shop-b"])
    monkeypatch.setattr(click, "prompt", lambda *_, **__: next(said))
    assert asking.inbox_name({"shop"}, may_ask=True) == "shop-b"


def test_what_failed_can_be_said_again(
    unibox: Unibox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("cur", "new", "tmp"):
        (tmp_path / "Mail" / part).mkdir(parents=True)
    said = {
        "address": ["a@shop-a.example"], "name": [""], "source": ["maildir"], "imap_host": [""], "smtp_host": [""],
        "maildir": [str(tmp_path / "Mial"), str(tmp_path / "Mail")], "What shall be changed?": ["mialdir", "maildir"],
    }  # fmt: skip
    monkeypatch.setattr(click, "prompt", lambda text, **_: said[re.split(r":| A ", text)[0]].pop(0))
    monkeypatch.setattr("unibox_tui.cli.adding.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    unibox.ok("inbox", "add", "shop", "--channel", "email", "--set", "sendmail=true --")
    assert not any(said.values())
    assert [row["name"] for row in unibox.ok("inbox", "list", "--json").lines] == ["shop"]
    assert unibox.ok("config", "check", "--json").one["inboxes"] == ["shop"]


def test_only_the_secrets_that_the_settings_need_are_asked_for() -> None:
    def asked(**more: object) -> tuple[str, ...]:
        return EmailSettings(address="a@b.example", imap_host="imap.b.example", **more).secrets_asked  # type: ignore[arg-type]

    assert asked() == ("password",)
    assert asked(auth="xoauth2") == ("oauth_refresh_token", "oauth_client_secret")
    assert asked(source="maildir", maildir="~/Mail", sendmail=("msmtp",)) == ()
    assert asked(source="maildir", maildir="~/Mail", smtp_host="smtp.b.example") == ("password",)


def test_another_secret_for_an_inbox_there_is(shop: Unibox) -> None:
    (shop.folder.parent / "Mail" / "cur").mkdir(parents=True)
    for part in ("new", "tmp"):
        (shop.folder.parent / "Mail" / part).mkdir()
    shop.ok("inbox", "secret", "shop", "--secret-stdin", stdin="mật khẩu mới\n".encode())
    assert (shop.folder / "secrets" / "shop.password").read_text(encoding="utf-8") == "mật khẩu mới\n"
    ran = shop("inbox", "secret", "shop", "pasword", "--secret-stdin", "--json", stdin=b"x\n")
    assert ran.status == 2
    assert "password" in ran.error["hint"]
    assert shop("inbox", "secret", "nobody", "--secret-stdin", stdin=b"x\n").status == 1
    assert shop("inbox", "secret", "shop", stdin=b"").status == 2


def test_a_secret_command_is_set_with_the_inbox(unibox: Unibox, tmp_path: Path) -> None:
    unibox.ok(
        "inbox", "add", "shop", "--channel", "form", "--set", 'secret_command=printf "%s" geheim', "--json"
    )  # fmt: skip
    config = (unibox.folder / "config.toml").read_text(encoding="utf-8")
    assert config.endswith('secret_command = ["printf", "%s", "geheim"]\n')
    assert unibox("inbox", "add", "b", "--channel", "form", "--set", "secret_command=").status == 2
