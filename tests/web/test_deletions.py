"""A network's requests for deletion at the app's door: durable before the answer, known by a code, told without a name."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from unibox_tui.connectors.contract import Answer
from unibox_tui.connectors.http import HttpClient
from unibox_tui.connectors.instagram.connector import InstagramConnector
from unibox_tui.connectors.instagram.settings import InstagramSettings
from unibox_tui.connectors.offline import offline_tools
from unibox_tui.domain.inbound import Person
from unibox_tui.host.media import MediaStore
from unibox_tui.sandbox.providers.meta import MetaSim
from unibox_tui.store import asked, contacts, cursors, inboxes, raw_events
from unibox_tui.store.database import Database
from unibox_tui.web.app import create
from unibox_tui.web.inboxes import WebInbox, WebInboxes
from unibox_tui.web.server import serving
from unibox_tui.web.spool import SpoolFull

USER, PUBLIC = "10150000000000001", "https://inbox.shop-a.example"


@dataclass
class Door:
    sim: MetaSim
    secrets: dict[str, str]
    base: str
    http: HttpClient
    db: Database
    app: Any
    inbox: int

    async def post(self, form: bytes, app: str = "shops") -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.http.request("POST", f"{self.base}/a/{app}/deletion", content=form, headers=headers)

    async def page(self, code: str, language: str = "en", app: str = "shops") -> Answer:
        url = f"{self.base}/a/{app}/deletion/{code}"
        return await self.http.request("GET", url, headers={"Accept-Language": language})

    def rows(self) -> list[Mapping[str, Any]]:
        return self.db.read_now(lambda c: [dict(row) for row in c.execute("SELECT * FROM raw_event ORDER BY id")])


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    db, sim = Database(tmp_path / "unibox.db"), MetaSim()
    secrets = {"app_secret": sim.app_secret}
    settings = InstagramSettings(ig_id="178414", app="shops")
    connector = InstagramConnector("insta", settings, secrets.get, offline_tools())
    able = connector.capabilities()
    id = db.write_now(lambda tx: inboxes.ensure(tx, "insta", "instagram", "Shop", "Shop A", "178414", able))
    mine = WebInbox(
        id, "insta", "instagram", settings, secrets.get, connector.verify, app="shops", deletion=connector.deletion
    )
    other = WebInbox(id, "other", "line", settings, secrets.get, connector.verify, app="line-app")
    app = create(
        db, WebInboxes([mine, other]), media=MediaStore(tmp_path / "media"), token_key=b"k" * 32, public_url=PUBLIC
    )
    http = HttpClient()
    async with serving(app) as base:
        yield Door(sim, secrets, base, http, db, app, id)
    await http.aclose()
    db.close()


def code_of(answer: Answer) -> str:
    assert answer.status == 200
    found: dict[str, str] = answer.json()
    assert found["url"] == f"{PUBLIC}/a/shops/deletion/{found['confirmation_code']}"
    return found["confirmation_code"]


async def test_a_request_is_kept_and_answered_with_its_code(door: Door) -> None:
    code = code_of(await door.post(door.sim.deletion_form(USER)))
    [row] = door.rows()
    assert (row["id"], row["inbox_id"], row["source"], row["state"]) == (code, door.inbox, "deletion", "quarantined")
    assert json.loads(row["body"]) == {"user": USER}
    assert code.isalnum()
    assert USER not in code + row["error"] + row["headers"]


async def test_a_request_that_comes_again_is_the_same(door: Door) -> None:
    form = door.sim.deletion_form(USER)
    first = code_of(await door.post(form))
    assert code_of(await door.post(form)) == first
    door.db.write_now(lambda tx: raw_events.dismiss(tx, first))
    assert code_of(await door.post(b"x=1&" + form)) == first
    [row] = door.rows()
    assert (row["state"], row["body"]) == ("dismissed", None)


async def test_a_forged_request_leaves_no_row_and_is_counted(door: Door) -> None:
    for form in (MetaSim().deletion_form(USER), b"", b"signed_request=x.y"):
        assert (await door.post(form)).status == 401
    assert door.rows() == []
    [health] = door.db.read_now(lambda c: c.execute("SELECT forged FROM inbox_health").fetchall())
    assert health["forged"] == 3


async def test_what_cannot_be_taken_is_said(door: Door) -> None:
    form = door.sim.deletion_form(USER)
    assert (await door.post(door.sim.deletion_form("nobody"))).status == 400
    assert (await door.post(b"x" * 100_000)).status == 413
    for app in ("unknown", "line-app"):
        assert (await door.post(form, app)).status == 404
    door.secrets.clear()
    assert (await door.post(form)).status == 503
    assert door.rows() == []


async def test_what_cannot_be_kept_is_not_acknowledged(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: Any, **__: Any) -> str:
        raise SpoolFull

    monkeypatch.setattr(door.app.state.edge.intake, "take", full)
    answer = await door.post(door.sim.deletion_form(USER))
    assert (answer.status, "retry-after" in answer.headers) == (503, True)


async def test_the_page_of_a_code_tells_how_far_it_is_in_the_readers_language(door: Door) -> None:
    answer = await door.post(door.sim.deletion_form(USER))
    code, path = code_of(answer), urlsplit(answer.json()["url"]).path

    async def told(language: str = "en") -> str:
        found = await door.http.request("GET", door.base + path, headers={"Accept-Language": language})
        assert (found.status, found.headers["content-security-policy"][:18]) == (200, "default-src 'none'")
        text = found.body.decode()
        assert code in text
        assert USER not in text
        return text

    assert "looking for" in await told()
    assert "Đã nhận yêu cầu" in await told("vi-VN,vi;q=0.9,en;q=0.5")
    assert "ได้รับคำขอแล้ว" in await told("th")
    row = door.db.read_now(lambda db: raw_events.get(db, code))
    door.db.write_now(lambda tx: asked.give_to_a_person(tx, row, "nobody is known"))
    assert "a person is looking" in await told()
    person = Person("7001", "igsid", "Siriporn Kaew")
    door.db.write_now(lambda tx: contacts.identity_for(tx, inboxes.by_id(tx.db, door.inbox), person, at=tx.now))
    found = door.db.read_now(lambda db: contacts.find_identity(db, door.inbox, "7001"))
    assert found is not None
    door.db.write_now(lambda tx: asked.hand_on(tx, row, [found]))
    assert "being deleted" in await told()
    head = door.db.read_now(lambda db: db.execute("SELECT max(seq) FROM event").fetchone()[0])
    door.db.write_now(lambda tx: cursors.put(tx, asked.NO_INBOX, asked.STREAM, {"seq": head}, 1))
    assert "is deleted" in await told()


async def test_a_code_that_nobody_was_given(door: Door) -> None:
    code_of(await door.post(door.sim.deletion_form(USER)))
    for code in ("0" * 32, "%3Cb%3E", "x"):
        answer = await door.page(code)
        assert (answer.status, b"no request" in answer.body, b"<b>" in answer.body) == (404, True, False)
