"""The door of the shop's own programs: told at once what is wrong, once for each key, durable when it says so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.connectors.api.test_api import example
from unibox_tui.connectors.api.connector import ApiConnector
from unibox_tui.connectors.api.settings import ApiSettings
from unibox_tui.connectors.api.signing import signed
from unibox_tui.connectors.contract import Answer
from unibox_tui.connectors.http import HttpClient
from unibox_tui.connectors.offline import offline_tools
from unibox_tui.domain.ids import now_ms
from unibox_tui.host.media import MediaStore
from unibox_tui.store import inboxes
from unibox_tui.store.database import Database
from unibox_tui.web.app import create
from unibox_tui.web.inboxes import WebInbox, WebInboxes
from unibox_tui.web.server import serving

WORD = "a-word-both-sides-have"
HELLO = {"id": "m-1", "contact": {"id": "cust-1042", "name": "Mai"}, "text": "Còn size M không ạ?"}


@dataclass
class Door:
    http: HttpClient
    base: str
    db: Database

    @property
    def url(self) -> str:
        return f"{self.base}/c/app"

    async def post(self, said: Any, key: str = "", *, word: str = WORD, name: str = "app") -> Answer:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        headers = {**signed(word, now_ms(), body), **({"Idempotency-Key": key} if key else {})}
        return await self.http.request("POST", f"{self.base}/c/{name}", content=body, headers=headers)

    def kept(self) -> list[bytes]:
        rows = self.db.read_now(lambda c: c.execute("SELECT body FROM raw_event ORDER BY id").fetchall())
        return [bytes(row["body"]) for row in rows]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    db = Database(tmp_path / "unibox.db")
    settings = ApiSettings(size_limit=5_000, posts_per_minute=30)
    connector = ApiConnector("app", settings, {"signing_secret": WORD}.get, offline_tools())
    id = db.write_now(lambda tx: inboxes.ensure(tx, "app", "api", "Shop", "App", "app", connector.capabilities()))
    found = WebInbox(id, "app", "api", settings, lambda name: None, connector.verify, accept=connector.accept)
    plain = WebInbox(id, "plain", "line", settings, lambda name: None, connector.verify)
    app = create(db, WebInboxes([found, plain]), media=MediaStore(tmp_path / "media"), token_key=b"k" * 32)
    http = HttpClient()
    async with serving(app) as base:
        yield Door(http, base, db)
    await http.aclose()
    db.close()


def said(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()
    return found


async def test_what_is_acknowledged_is_kept(door: Door) -> None:
    answer = await door.post(HELLO, "k-1")
    assert (answer.status, said(answer)) == (200, {"ok": True, "id": "m-1"})
    assert json.loads(door.kept()[0]) == HELLO


async def test_one_key_is_one_event(door: Door) -> None:
    await door.post(HELLO, "k-1")
    again = await door.post(HELLO, "k-1")
    assert (again.status, said(again)) == (200, {"ok": True, "id": "m-1", "repeated": True})
    other = await door.post({**HELLO, "text": "other"}, "k-1")
    assert (other.status, said(other)["error"]["code"]) == (409, "key_reused")
    assert len(door.kept()) == 1


async def test_what_is_wrong_is_said_and_not_kept(door: Door) -> None:
    for wrong, status, code in (
        (b"nonsense", 400, "bad_request"),
        (b"[]", 400, "bad_request"),
        ({"text": "from nobody"}, 400, "bad_request"),
        ({**HELLO, "text": "x" * 6_000}, 413, "too_large"),
    ):
        answer = await door.post(wrong)
        assert (answer.status, said(answer)["error"]["code"]) == (status, code)
        assert said(answer)["error"]["message"]
    assert (await door.post(HELLO, "k" * 201)).status == 400
    assert door.kept() == []


async def test_a_forged_post_is_refused_and_counted(door: Door) -> None:
    answer = await door.post(HELLO, word="not ours")
    assert (answer.status, said(answer)["error"]["code"]) == (401, "forged")
    bare = await door.http.request("POST", door.url, content=b"{}")
    assert said(bare)["error"]["code"] == "missing_signature"
    assert door.kept() == []
    rows = door.db.read_now(lambda c: c.execute("SELECT forged FROM inbox_health").fetchall())
    assert [row["forged"] for row in rows] == [2]


async def test_only_inboxes_of_programs_have_this_door(door: Door) -> None:
    for name in ("plain", "nobody"):
        answer = await door.post(HELLO, name=name)
        assert (answer.status, said(answer)["error"]["code"]) == (404, "no_inbox")


async def test_too_many_posts_are_told_to_wait(door: Door) -> None:
    answers = [await door.post({**HELLO, "id": f"m-{number}"}) for number in range(40)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert int(refused[0].headers["retry-after"]) >= 1
    assert len(door.kept()) == 40 - len(refused)


async def test_the_example_posts(door: Door) -> None:
    post = example().post
    assert (await asyncio.to_thread(post, door.url, WORD, HELLO))["id"] == "m-1"
    assert (await asyncio.to_thread(post, door.url, WORD, HELLO))["repeated"] is True
    with pytest.raises(HTTPError) as caught:
        await asyncio.to_thread(post, door.url, "not ours", HELLO)
    assert caught.value.code == 401
    caught.value.close()
    assert len(door.kept()) == 1
