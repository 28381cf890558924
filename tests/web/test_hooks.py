"""Webhook doors: handshakes, one address for many inboxes, deliveries by GET, what a signature is checked over."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from unibox_tui.connectors.contract import Answer
from unibox_tui.connectors.errors import Unparseable, WebhookForged
from unibox_tui.connectors.form import FormSettings
from unibox_tui.connectors.http import HttpClient
from unibox_tui.domain.ids import now_ms
from unibox_tui.domain.policy import Capabilities
from unibox_tui.host.media import MediaStore
from unibox_tui.store import inboxes
from unibox_tui.store.database import Database
from unibox_tui.web.app import create
from unibox_tui.web.inboxes import WebInbox, WebInboxes
from unibox_tui.web.server import serving
from unibox_tui.web.tokens import file_link

SECRET = b"app secret"
PUBLIC = "https://inbox.shop.example"


def signed(body: bytes) -> dict[str, str]:
    return {"x-signature": hmac.new(SECRET, body, hashlib.sha256).hexdigest()}


class Seen:
    def __init__(self) -> None:
        self.headers: Mapping[str, str] = {}

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        self.headers = headers
        if headers.get("x-signature") != signed(body)["x-signature"]:
            raise WebhookForged("no")


def handshake(query: Mapping[str, str]) -> bytes:
    if query.get("token") != "ours":
        raise WebhookForged("no")
    return query["challenge"].encode()


def split(body: bytes) -> Sequence[tuple[str, bytes]]:
    try:
        entries = json.loads(body)["entry"]
    except (ValueError, KeyError):
        raise Unparseable("not what the provider sends") from None
    return [(entry["id"], json.dumps(entry).encode()) for entry in entries]


@pytest.fixture
def seen() -> Seen:
    return Seen()


def no_secret(name: str) -> str | None:
    return None


def make(db: Database, name: str) -> int:
    return db.write_now(lambda tx: inboxes.ensure(tx, name, "form", "Shop", name, name, Capabilities()))


class Caller:
    def __init__(self, http: HttpClient, base: str, db: Database) -> None:
        self.http, self.base, self.db = http, base, db

    async def get(self, path: str, params: Mapping[str, str] | None = None, **more: Any) -> Answer:
        return await self.http.request("GET", self.base + path, params=params, **more)

    async def post(self, path: str, content: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.http.request("POST", self.base + path, content=content, headers=headers)

    def kept(self) -> list[tuple[str, str, bytes]]:
        names = {inbox.id: inbox.name for inbox in self.db.read_now(inboxes.all_inboxes)}
        rows = self.db.read_now(
            lambda c: c.execute("SELECT inbox_id, state, body FROM raw_event ORDER BY id").fetchall()
        )
        return [(names[row["inbox_id"]], row["state"], bytes(row["body"])) for row in rows]


@pytest.fixture
async def client(tmp_path: Path, seen: Seen) -> AsyncIterator[Caller]:
    db = Database(tmp_path / "unibox.db")
    settings = FormSettings(channel="form")
    doors = []
    for name in ("page-a", "page-b"):
        id = make(db, name)
        answer = (b"<ok/>", "text/xml")
        doors.append(
            WebInbox(id, name, "form", settings, no_secret, seen.verify, handshake, split, answer, "app", name)
        )
    plain = make(db, "plain")
    doors.append(WebInbox(plain, "plain", "form", settings, no_secret, seen.verify))
    app = create(db, WebInboxes(doors), media=MediaStore(tmp_path / "media"), token_key=b"k" * 32, public_url=PUBLIC)
    http = HttpClient()
    async with serving(app) as base:
        yield Caller(http, base, db)
    await http.aclose()
    db.close()


async def test_a_handshake_is_answered_at_both_doors(client: Caller) -> None:
    for door in ("/h/page-a", "/a/app"):
        answer = await client.get(door, params={"token": "ours", "challenge": "1158201444"})
        assert (answer.status, answer.body) == (200, b"1158201444")
        assert (await client.get(door, params={"token": "theirs", "challenge": "1"})).status == 403
    assert (await client.get("/a/other", params={"token": "ours", "challenge": "1"})).status == 404


async def test_one_address_serves_all_inboxes_of_an_app(client: Caller) -> None:
    body = json.dumps({"entry": [{"id": "page-a", "n": 1}, {"id": "page-b", "n": 2}, {"id": "page-x", "n": 3}]})
    answer = await client.post("/a/app", content=body.encode(), headers=signed(body.encode()))
    assert (answer.status, answer.body, answer.headers["content-type"]) == (
        200,
        b"<ok/>",
        "text/xml; charset=utf-8",
    )
    rows = client.kept()
    assert [(name, state) for name, state, _ in rows] == [
        ("page-a", "new"),
        ("page-b", "new"),
        ("page-a", "quarantined"),
    ]
    assert [json.loads(body)["n"] for _, _, body in rows] == [1, 2, 3]


async def test_a_body_that_cannot_be_split_is_kept_and_answered(client: Caller) -> None:
    body = b"[]"
    assert (await client.post("/a/app", content=body, headers=signed(body))).status == 200
    assert client.kept() == [("page-a", "quarantined", b"[]")]


async def test_a_forged_body_leaves_no_row(client: Caller) -> None:
    assert (await client.post("/a/app", content=b"{}", headers={"x-signature": "0"})).status == 401
    assert (await client.post("/h/plain", content=b"{}")).status == 401
    assert client.kept() == []


async def test_the_signature_sees_the_public_address_and_all_headers(client: Caller, seen: Seen) -> None:
    body = b"From=%2B84"
    await client.post("/h/plain?x=1", content=body, headers={**signed(body), "authorization": "Basic abc"})
    assert seen.headers["x-unibox-url"] == f"{PUBLIC}/h/plain?x=1"
    assert seen.headers["authorization"] == "Basic abc"
    headers = client.db.read_now(lambda c: c.execute("SELECT headers FROM raw_event").fetchone())["headers"]
    assert "Basic" not in headers
    assert json.loads(headers)["x-unibox-method"] == "POST"


async def test_a_delivery_by_get_is_an_event_too(client: Caller) -> None:
    query = "SMSID=12&SendStatus=5"
    answer = await client.get(f"/h/plain?{query}", headers=signed(query.encode()))
    assert answer.status == 200
    assert client.kept() == [("plain", "new", query.encode())]


async def test_a_file_of_an_answer_is_fetched_by_its_link_alone(client: Caller, tmp_path: Path) -> None:
    sha, _ = MediaStore(tmp_path / "media").put(b"\x89PNG size chart")
    now = now_ms()
    path = file_link(b"k" * 32, sha, "bảng size.PNG", "image/png", now)
    answer = await client.get(path)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"\x89PNG size chart", "image/png")
    assert path.endswith("/file.png")
    assert (await client.get(path.replace("/m/", "/m/x"))).status == 404
    assert (await client.get(file_link(b"o" * 32, sha, "a.png", "image/png", now))).status == 404
    assert (await client.get(file_link(b"k" * 32, sha, "a.png", "image/png", now - 90_000_000))).status == 404
