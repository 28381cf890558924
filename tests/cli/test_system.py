"""Following the log and other systems on the command line."""

from __future__ import annotations

from tests.cli.conftest import Unibox


def test_following_from_where_one_was(shop: Unibox, numbers: list[str]) -> None:
    # What was imported is inert: nothing of it is told.
    assert shop.ok("follow", "--after", "0", "--once", "--json").lines == []
    shop.ok("order", "new", numbers[0], "--set", "amount=590k")
    shop.ok("label", numbers[0], "vip")
    told = shop.ok("follow", "--after", "0", "--once", "--json").lines
    assert [line["kind"] for line in told] == ["order", "label"]
    last = str(told[0]["seq"])
    assert [line["kind"] for line in shop.ok("follow", "--after", last, "--once").lines] == ["label"]
    assert shop.ok("follow", "--after", "0", "--once", "--kind", "order").lines == told[:1]
    assert shop("follow", "--kind", "parcel", "--once").status == 2


def test_tokens_and_secrets_are_made_once_and_kept_privately(shop: Unibox) -> None:
    config = shop.folder / "config.toml"
    config.write_text(config.read_text() + '\n[systems.pos]\n[outgoing.crm]\nurl = "https://crm.example/h"\n')
    assert shop("system", "token", "nobody").status != 0
    token = shop.ok("system", "token", "pos").out.strip()
    assert len(token) > 30
    kept = shop.folder / "secrets" / "system.pos.token"
    assert kept.read_text().strip() == token
    assert kept.stat().st_mode & 0o077 == 0
    shop.ok("system", "secret", "crm", "--stdin", stdin=b"given-by-the-other-side\n")
    listed = shop.ok("system", "list", "--json").lines
    assert listed[0] == {"kind": "system", "name": "pos", "has_token": True}
    assert listed[1]["has_secret"] is True
    assert token not in shop.ok("system", "list", "--json").out
    assert shop.ok("system", "skip", "crm", "--json").one["seq"] == 0
    assert shop("system", "secret", "crm", "--stdin", stdin=b"short\n").status == 2


def test_a_bad_section_is_named(shop: Unibox) -> None:
    config = shop.folder / "config.toml"
    good = config.read_text()
    for text, word in (
        ('[outgoing.crm]\nurl = "crm"\n', "url"),
        ('[fields.size]\ntype = "choice"\n', "choices"),
        ('[panels.x]\nurl = "https://x.example"\ncommand = ["x"]\n', "url"),
        ('[systems.pos]\ntoken = "abc"\n', "token"),
    ):
        config.write_text(f"{good}\n{text}")
        ran = shop("config", "check")
        assert ran.status != 0
        assert word in ran.out + ran.err
