"""Verbs that speak with a provider, or stand in for one: `inbox discover`, `inbox reconnect`, `webhook replay`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.conftest import Unibox
from tests.cli.test_contact import database
from tests.support.providers import provider
from unibox_tui.cli.provider import name_for
from unibox_tui.config.editing import set_value
from unibox_tui.domain.words import InboxState
from unibox_tui.sandbox.providers.meta import MetaSim
from unibox_tui.sandbox.providers.zalo import ZaloSim
from unibox_tui.sandbox.providers.zalo_parts import Oa
from unibox_tui.store import inboxes, raw_events
from unibox_tui.store.database import Tx
from unibox_tui.sync.importing.parting import NOBODY

PAGES = {"100200300400501": "Shop Áo Đẹp", "100200300400502": "Shop Áo Đẹp", "100200300400503": "ร้านมะลิ"}


@pytest.fixture
def meta() -> Iterator[MetaSim]:
    sim = MetaSim(app_secret="an-app-secret-of-a-test")
    for id, title in PAGES.items():
        sim.page(id, title)
    with provider(sim):
        yield sim


def words(sim: MetaSim) -> bytes:
    return f"user_token={sim.user_token}\napp_secret={sim.app_secret}\nverify_token=a-word\n".encode()


def find(unibox: Unibox, sim: MetaSim, *more: str, known: bool = False) -> Any:
    args = ["inbox", "discover", "--channel", "messenger", "--app", "shops", "--set", f"api={sim.base_url}"]
    args += ["--set", "ways=poll", *more]
    if known:
        return unibox(*args)
    return unibox(*args, "--app-id", sim.app_id, "--secret-stdin", stdin=words(sim))


@pytest.fixture
def pages(unibox: Unibox, meta: MetaSim) -> MetaSim:
    """All Pages are inboxes."""
    ran = find(unibox, meta, "--add")
    assert ran.status == 0, ran.err
    return meta


# -- discover ------------------------------------------------------------------------------------------------------------------


def test_what_a_token_can_see_is_listed_and_nothing_is_kept(unibox: Unibox, meta: MetaSim) -> None:
    before = (unibox.folder / "config.toml").read_bytes()
    ran = find(unibox, meta, "--json")
    assert [(row["address"], row["title"], row["state"]) for row in ran.lines] == [
        (id, title, "new") for id, title in PAGES.items()
    ]
    assert (unibox.folder / "config.toml").read_bytes() == before
    assert not list(unibox.folder.glob("secrets/*messenger*"))
    assert meta.user_token not in ran.out + ran.err


def test_all_are_added_once_each_with_its_own_token(unibox: Unibox, pages: MetaSim) -> None:
    again = find(unibox, pages, "--json", known=True)
    assert again.status == 0, again.err
    rows = again.lines
    assert {row["state"] for row in rows} == {"there"}
    names = {row["address"]: row["inbox"] for row in rows}
    assert names["100200300400501"] == "shop-ao-dep"
    assert names["100200300400502"] == "shop-ao-dep-2"
    assert len(set(names.values())) == 3
    for name in names.values():
        assert unibox.ok("inbox", "check", name, "--json").one["ok"]
    config = (unibox.folder / "config.toml").read_text()
    assert config.count("[apps.shops]") == 1
    for secret in (pages.user_token, pages.app_secret, *(one.token for one in pages.endpoints.values())):
        assert secret not in config


def test_only_those_that_match(unibox: Unibox, meta: MetaSim) -> None:
    ran = find(unibox, meta, "--match", "ao dep", "--add", "--json")
    assert [row["state"] for row in ran.lines] == ["added", "added"]
    listed = unibox.ok("inbox", "list", "--json")
    assert len(listed.lines) == 2
    rest = find(unibox, meta, "--json", known=True)
    assert [row["state"] for row in rest.lines] == ["there", "there", "new"]


def test_a_page_added_later_is_the_only_new_one(unibox: Unibox, pages: MetaSim) -> None:
    pages.page("100200300400504", "Shop Túi")
    ran = find(unibox, pages, "--add", "--json", known=True)
    assert [(row["inbox"], row["state"]) for row in ran.lines][-1] == ("shop-tui", "added")
    assert [row["state"] for row in ran.lines].count("added") == 1


def test_a_dead_token_of_a_person_adds_nothing(unibox: Unibox, meta: MetaSim) -> None:
    old, meta.user_token = meta.user_token, "EAAanother"
    before = (unibox.folder / "config.toml").read_bytes()
    args = ("--set", f"api={meta.base_url}", "--app-id", meta.app_id, "--secret-stdin", "--add", "--json")
    ran = unibox(
        "inbox", "discover", "--channel", "messenger", "--app", "shops", *args,
        stdin=f"user_token={old}\napp_secret={meta.app_secret}".encode(),
    )  # fmt: skip
    assert ran.status != 0
    assert old not in ran.err
    assert (unibox.folder / "config.toml").read_bytes() == before


def test_an_app_nobody_knows_and_a_channel_that_lists_nothing(unibox: Unibox) -> None:
    ran = unibox("inbox", "discover", "--channel", "messenger", "--app", "none", "--json")
    assert ran.status != 0
    assert "--app-id" in ran.error["hint"]
    ran = unibox("inbox", "discover", "--channel", "line", "--json")
    assert ran.status != 0
    assert "cannot list" in ran.error["message"]
    assert unibox("inbox", "discover", "--channel", "smoke").status != 0


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Shop Áo Đẹp", "shop-ao-dep"),
        ("ร้านมะลิ", "messenger"),
        ("A" * 80, "a" * 40),
        ("../../etc", "etc"),
        ("--", "messenger"),
        ("app.x", "app-x"),
    ],
)
def test_a_name_the_configuration_takes(title: str, name: str) -> None:
    assert name_for(title, "messenger", ()) == name


# -- reconnect -----------------------------------------------------------------------------------------------------------------


def test_an_account_that_waits_for_consent_is_added_as_the_manual_says(unibox: Unibox) -> None:
    sim = ZaloSim([Oa("388613280878808645", "Shop A")])
    with provider(sim):
        path = unibox.folder / "config.toml"
        set_value(path, ("web", "public_url"), "https://inbox.shop-a.example")
        set_value(path, ("apps", "zalo-app"), {"channel": "zalo", "id": sim.app_id, "api": sim.base_url})
        given = ("oa_id=388613280878808645", "app=zalo-app", "redirect=https://shop-a.example/zalo")
        sets = [word for one in given for word in ("--set", one)]
        added = unibox.ok("inbox", "add", "shop-zalo", "--channel", "zalo", *sets)
        assert "`unibox inbox reconnect shop-zalo`" in added.out
        for name, word in (("app_secret", sim.app_secret), ("oa_secret", sim.oa_secret)):
            unibox.ok("inbox", "secret", "shop-zalo", name, "--secret-stdin", stdin=word.encode())
        checked = unibox("inbox", "check", "shop-zalo")
        assert checked.status == 1
        found = re.search(r"code challenge ([\w-]+)", checked.out)
        assert found, checked.out
        sim.challenge = found[1]
        assert unibox.ok("inbox", "reconnect", "shop-zalo", "--code", sim.consents(), "--json").one["ok"]
        assert unibox.ok("inbox", "check", "shop-zalo", "--json").one["ok"]


def test_the_link_and_then_the_code(unibox: Unibox, pages: MetaSim) -> None:
    name = "shop-ao-dep"
    old = pages.endpoints["100200300400501"].token
    pages.endpoints["100200300400501"].token = "EAAfresh-token-of-the-page"
    assert unibox("inbox", "check", name).status != 0
    url = unibox.ok("inbox", "reconnect", name, "--json").one["url"]
    asked = parse_qs(urlsplit(url).query)
    assert asked["client_id"] == [pages.app_id]
    state = asked["state"][0]
    assert unibox.ok("inbox", "reconnect", name, "--json").one["url"] == url  # the same in a second call
    came = f"https://www.facebook.com/connect/login_success.html?code={pages.code}&state={state}"
    done = unibox.ok("inbox", "reconnect", name, "--code", came, "--json").one
    assert done["ok"]
    assert unibox.ok("inbox", "check", name, "--json").one["ok"]
    assert old not in done["notes"]
    assert pages.code not in json.dumps(done)


def test_what_was_mended_is_not_told_any_more(unibox: Unibox, pages: MetaSim, tmp_path: Path) -> None:
    unibox.ok(*REPLAY, "--no-verify", *write(tmp_path, "one.json", body((ONE, "m_1", "một"))))
    with database(unibox) as db:

        def breaks(tx: Tx) -> None:
            inbox = inboxes.named(tx.db, "shop-ao-dep").id
            inboxes.failed(tx, inbox, "Meta does not take the token: it has expired.", "mend it")
            inboxes.set_state(tx, inbox, InboxState.BROKEN)

        db.write_now(breaks)
    unibox.ok("inbox", "reconnect", "shop-ao-dep", "--code", pages.code)
    [row] = [one for one in unibox.ok("inbox", "list", "--json").lines if one["name"] == "shop-ao-dep"]
    assert (row["state"], row["error"], row["hint"]) == ("on", "", "")


def test_the_code_alone_is_enough(unibox: Unibox, pages: MetaSim) -> None:
    ran = unibox.ok("inbox", "reconnect", "shop-ao-dep", "--code", pages.code)
    assert "connected again" in ran.out


@pytest.mark.parametrize(
    "said",
    [
        "https://www.facebook.com/x?code=good&state=somebody-elses",
        "https://www.facebook.com/x?error=denied",
        "https://www.facebook.com/x",
    ],
)
def test_another_requests_answer_is_not_taken(unibox: Unibox, pages: MetaSim, said: str) -> None:
    calls = len(pages.received.calls("/oauth/access_token"))
    ran = unibox("inbox", "reconnect", "shop-ao-dep", "--code", said, "--json")
    assert ran.status != 0
    assert ran.error["hint"]
    assert len(pages.received.calls("/oauth/access_token")) == calls


def test_each_inbox_has_its_own_state(unibox: Unibox, pages: MetaSim) -> None:
    urls = [unibox.ok("inbox", "reconnect", name, "--json").one["url"] for name in ("shop-ao-dep", "shop-ao-dep-2")]
    states = {parse_qs(urlsplit(url).query)["state"][0] for url in urls}
    assert len(states) == 2
    assert all(re.fullmatch(r"[0-9a-f]{32}", state) for state in states)


def test_a_wrong_code_keeps_the_token_that_is_there(unibox: Unibox, pages: MetaSim) -> None:
    secrets = {path.name: path.read_bytes() for path in (unibox.folder / "secrets").glob("shop-*")}
    assert secrets
    ran = unibox("inbox", "reconnect", "shop-ao-dep", "--code", "wrong", "--json")
    assert ran.status != 0
    assert {path.name: path.read_bytes() for path in (unibox.folder / "secrets").glob("shop-*")} == secrets


def test_a_channel_without_consent_says_so(shop: Unibox) -> None:
    ran = shop("inbox", "reconnect", "shop", "--json")
    assert ran.status != 0
    assert "no consent" in ran.error["message"]
    assert shop("inbox", "reconnect", "nobody").status != 0


# -- webhook replay ------------------------------------------------------------------------------------------------------------


def body(*said: tuple[str, str, str]) -> bytes:
    """(Page, mid, text)"""
    entries = [
        {
            "id": page,
            "time": 1795000000000,
            "messaging": [
                {
                    "sender": {"id": "7001002003004001"},
                    "recipient": {"id": page},
                    "timestamp": 1795000000000,
                    "message": {"mid": mid, "text": text},
                }
            ],
        }
        for page, mid, text in said
    ]
    return json.dumps({"object": "page", "entry": entries}, ensure_ascii=False).encode()


def write(folder: Path, name: str, content: bytes, headers: Mapping[str, str] | None = None) -> list[str]:
    """Arguments for a file and its headers."""
    path = folder / name
    path.write_bytes(content)
    if headers is None:
        return [str(path)]
    lines = folder / f"{name}.headers"
    lines.write_text("".join(f"{key}: {value}\n" for key, value in headers.items()), "utf-8")
    return [str(path), "--headers", str(lines)]


ONE, TWO = "100200300400501", "100200300400502"
REPLAY = ("webhook", "replay", "--inbox", "shop-ao-dep", "--json")


def test_a_recorded_body_becomes_rows_and_says_which(unibox: Unibox, pages: MetaSim, tmp_path: Path) -> None:
    content = body((ONE, "m_1", "Shop ơi còn size M không"))
    args = write(tmp_path, "one.json", content, pages.sign(content, "", 0))
    (row,) = unibox.ok(*REPLAY, *args).lines
    assert (row["inbox"], row["outcome"], row["file"]) == ("shop-ao-dep", "new", args[0])
    (event,) = row["events"]
    assert event["kind"] == "MessageReceived"
    assert event["facts"]["text"] == "Shop ơi còn size M không"
    assert event["message"]
    (again,) = unibox.ok(*REPLAY, *args).lines
    assert again["events"][0]["outcome"] != "new"
    assert again["events"][0]["message"] == event["message"]
    (conversation,) = unibox.ok("ls", "--json").lines
    assert not conversation.get("unread")


def test_parts_go_to_the_inboxes_they_are_for(unibox: Unibox, pages: MetaSim, tmp_path: Path) -> None:
    content = body((ONE, "m_1", "một"), (TWO, "m_2", "hai"), ("999", "m_3", "ba"))
    args = write(tmp_path, "three.json", content, pages.sign(content, "", 0))
    ran = unibox(*REPLAY, *args)
    found = {row["inbox"]: row["outcome"] for row in ran.lines}
    assert found == {"shop-ao-dep": "new", "shop-ao-dep-2": "new", "": "quarantined"}
    assert ran.status == 1


def test_an_echo_of_another_page_is_ours_all_the_same(unibox: Unibox, pages: MetaSim, tmp_path: Path) -> None:
    data = json.loads(body((TWO, "m_9", "dạ còn ạ")))
    event = data["entry"][0]["messaging"][0]
    event["sender"], event["recipient"] = event["recipient"], event["sender"]
    event["message"] |= {"is_echo": True, "app_id": 263902}
    args = write(tmp_path, "echo.json", json.dumps(data).encode())
    (row,) = unibox.ok(*REPLAY, "--no-verify", *args).lines
    facts = row["events"][0]["facts"]
    assert (row["inbox"], facts["direction"]) == ("shop-ao-dep-2", "out")
    assert facts["person"]["address"] == "7001002003004001"


def test_a_forged_body_leaves_no_row(unibox: Unibox, pages: MetaSim, tmp_path: Path) -> None:
    content = body((ONE, "m_1", "một"))
    signed = pages.sign(content, "", 0)
    args = write(tmp_path, "forged.json", content.replace(b"m_1", b"m_2"), signed)
    ran = unibox(*REPLAY, *args)
    assert ran.status != 0
    assert "--no-verify" in ran.error["hint"]
    assert unibox(*REPLAY, *write(tmp_path, "bare.json", content)).status != 0
    assert unibox.ok("ls", "--json").lines == []
    (row,) = unibox.ok(*REPLAY, "--no-verify", *args[:1]).lines
    assert row["outcome"] == "new"


def test_what_waits_in_quarantine_is_read_again_by_the_inbox_it_is_for(unibox: Unibox, pages: MetaSim) -> None:
    nobody = "999"
    whole, lost = body((ONE, "m_1", "một"), (TWO, "m_2", "hai"), (nobody, "m_3", "ba")), body((nobody, "m_4", "bốn"))
    unibox.ok(*REPLAY, "--no-verify", *write(unibox.folder, "zero.json", body((ONE, "m_0", "không"))))
    with database(unibox) as db:

        def comes(tx: Tx) -> None:
            inbox = inboxes.named(tx.db, "shop-ao-dep").id
            for content in (whole, lost):
                raw_events.save(tx, inbox, "webhook", {}, content, state="quarantined", error="parting it failed: X")

        db.write_now(comes)
    ran = unibox("quarantine", "replay", "--all", "--json")
    assert ran.status == 1
    assert sorted((one["outcome"], len(one["message_ids"])) for one in ran.lines) == [
        ("quarantined", 0),
        ("quarantined", 2),
    ]
    said = {one["snippet"]: one["inboxes"][0] for one in unibox.ok("ls", "--json").lines}
    assert said == {"một": "shop-ao-dep", "hai": "shop-ao-dep-2"}
    waiting = unibox.ok("quarantine", "list", "--json").lines
    assert [(one["inbox"], one["error"]) for one in waiting] == [("shop-ao-dep", NOBODY)] * 2
    added = ("--channel", "messenger", "--set", f"page_id={nobody}", "--set", "app=shops", "--no-check")
    unibox.ok("inbox", "add", "shop-c", *added)
    assert {one["outcome"] for one in unibox.ok("quarantine", "replay", "--all", "--json").lines} == {"new"}
    assert [one["message_count"] for one in unibox.ok("ls", "inbox:shop-c", "--json").lines] == [2]
    assert unibox.ok("quarantine", "list", "--json").lines == []


@pytest.mark.parametrize("content", [b"[]", b"{", b'{"object": "page"}', b'{"object": "page", "entry": [1]}', b"\xff"])
def test_what_cannot_be_read_is_quarantined_and_the_rest_goes_on(
    unibox: Unibox, pages: MetaSim, tmp_path: Path, content: bytes
) -> None:
    bad = write(tmp_path, "bad.json", content)
    good = write(tmp_path, "good.json", body((ONE, "m_1", "một")))
    ran = unibox(*REPLAY, "--no-verify", *bad, *good)
    assert ran.status == 1
    assert [row["outcome"] for row in ran.lines] == ["quarantined", "new"]
    assert ran.lines[0]["reason"]
    assert ran.lines[0]["raw_event"]


def test_headers_are_read_strictly(unibox: Unibox, pages: MetaSim, tmp_path: Path) -> None:
    args = write(tmp_path, "one.json", body((ONE, "m_1", "một")))
    lines = tmp_path / "headers"
    lines.write_text("\nX-Hub-Signature-256 sha256=00\n")
    ran = unibox(*REPLAY, *args, "--headers", str(lines))
    assert ran.status != 0
    assert ":2:" in ran.error["message"]


def test_for_people_one_line_a_file_and_one_an_event(unibox: Unibox, pages: MetaSim, tmp_path: Path) -> None:
    args = write(tmp_path, "one.json", body((ONE, "m_1", "một")))
    ran = unibox.ok("webhook", "replay", "--inbox", "shop-ao-dep", "--no-verify", *args)
    first, second = ran.out.splitlines()
    assert "shop-ao-dep  new" in first
    assert second.split()[:2] == ["MessageReceived", "new"]


def test_an_inbox_that_takes_nothing_posted(shop: Unibox, tmp_path: Path) -> None:
    ran = shop("webhook", "replay", "--inbox", "nobody", *write(tmp_path, "x", b"x"), "--json")
    assert ran.status != 0
    assert ran.error["message"]
