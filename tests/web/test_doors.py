"""Poll, files, webhooks, health, headers: the doors besides the socket."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import httpx
import pytest

from tests.web.conftest import World
from unibox_tui.connectors.errors import WebhookForged
from unibox_tui.connectors.livechat import LivechatSettings
from unibox_tui.domain.policy import Capabilities
from unibox_tui.store import inboxes as inbox_rows
from unibox_tui.web.inboxes import WebInbox


@pytest.fixture
async def client(world: World) -> Any:
    await world.start()
    async with httpx.AsyncClient(base_url=world.url, timeout=25) as client:
        yield client


async def poll(client: httpx.AsyncClient, **asked: Any) -> tuple[str, list[dict[str, Any]]]:
    answer = (await client.post("/w/chat/poll", json=asked)).json()
    return answer["session"], answer["frames"]


async def test_a_poll_says_and_hears(world: World, client: httpx.AsyncClient) -> None:
    session, (welcome,) = await poll(client, hello={"t": "hello"})
    assert welcome["t"] == "welcome"
    session, frames = await poll(
        client, session=session, frames=[{"t": "msg", "id": "message-0001", "text": "qua proxy"}]
    )
    assert {"t": "got", "id": "message-0001"} in frames
    await world.until(world.said)
    await world.reply("nghe rõ")
    heard: list[str] = [frame["text"] for frame in frames if frame["t"] == "line"]
    while "nghe rõ" not in heard:
        session, frames = await poll(client, session=session)
        heard += [frame["text"] for frame in frames if frame["t"] == "line"]
    assert heard == ["qua proxy", "nghe rõ"]


async def test_a_poll_of_an_unknown_session_is_told_to_say_hello(client: httpx.AsyncClient) -> None:
    assert await poll(client, session="made-up") == ("", [])
    assert (await client.post("/w/chat/poll", content=b"[")).status_code == 400
    assert (await client.post("/w/chat/poll", json={"frames": "x"})).status_code == 400
    assert (await client.post("/w/chat/poll", content=b"x" * 300_000)).status_code == 400


async def token_of(client: httpx.AsyncClient) -> str:
    _, (welcome,) = await poll(client, hello={"t": "hello"})
    return str(welcome["token"])


async def test_an_upload_is_cut_at_the_limit_and_belongs_to_its_visitor(
    world: World, client: httpx.AsyncClient
) -> None:
    world.configure(chat={"attachment_limit": 1000})
    token = await token_of(client)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "image/png",
        "X-File-Name": "..%2F..%2Fh%C3%ACnh.png",
    }
    assert (await client.post("/w/chat/file", content=b"x")).status_code == 401

    async def endless() -> Any:
        for _ in range(100_000):
            yield b"x" * 1000

    for content in (b"x" * 1001, endless()):
        try:
            answer = await client.post("/w/chat/file", content=content, headers=headers)
            assert answer.status_code == 413
        except (httpx.WriteError, httpx.ReadError):
            assert not isinstance(content, bytes)  # the door was shut while we were still pushing
    assert (await client.post("/w/chat/file", content=b"", headers=headers)).json() == {"code": "empty"}
    answer = await client.post("/w/chat/file", content=b"x" * 1000, headers=headers)
    reference = answer.json()["ref"]
    assert "/" not in answer.json()["name"]
    assert list(world.app.state.edge.intake.spool.folder.iterdir()) == []
    async with world.visitor() as stranger:
        assert (await stranger.write("", files=[reference]))["code"] == "file"
    async with world.visitor(token=token) as owner:
        assert (await owner.write("", files=[reference]))["t"] == "got"
        assert (await owner.hear("line"))["files"][0]["size"] == 1000


async def test_a_file_is_given_to_its_visitor_alone_and_never_runs(world: World, client: httpx.AsyncClient) -> None:
    token = await token_of(client)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/html", "X-File-Name": "page.html"}
    reference = (await client.post("/w/chat/file", content=b"<script>1</script>", headers=headers)).json()["ref"]
    async with world.visitor(token=token) as owner:
        await owner.write("", files=[reference])
        id = (await owner.hear("line"))["files"][0]["id"]
    mine = await client.get(f"/w/chat/file/{id}", headers=headers)
    assert mine.content == b"<script>1</script>"
    assert mine.headers["content-type"] == "application/octet-stream"
    assert mine.headers["content-disposition"].startswith("attachment")
    assert mine.headers["x-content-type-options"] == "nosniff"
    other = {"Authorization": f"Bearer {await token_of(client)}"}
    assert (await client.get(f"/w/chat/file/{id}", headers=other)).status_code == 404
    assert (await client.get(f"/w/chat/file/{id}")).status_code == 401
    assert (await client.get(f"/w/chat/file/{id}?token={token}")).status_code == 401


async def test_the_script_is_cached_and_speaks_the_browsers_language(world: World, client: httpx.AsyncClient) -> None:
    answer = await client.get("/w/chat.js", headers={"Accept-Language": "fr,th;q=0.8,en;q=0.5"})
    assert "เปิดแชท" in answer.text
    assert "Accept-Language" in answer.headers["vary"]
    assert (await client.get("/w/chat.js?lang=vi")).text.count("Mở chat") == 1
    again = await client.get(
        "/w/chat.js?lang=vi", headers={"If-None-Match": (await client.get("/w/chat.js?lang=vi")).headers["etag"]}
    )
    assert again.status_code == 304
    assert (await client.get("/w/form.js")).status_code == 404
    assert (await client.get("/w/nobody.js")).status_code == 404


async def test_other_sites_get_no_cors_headers(world: World, client: httpx.AsyncClient) -> None:
    world.configure(chat={"origins": ("https://shop.example",)})
    for path in ("/w/chat/poll", "/w/chat/file", "/w/chat/file/x"):
        good = await client.options(path, headers={"Origin": "https://shop.example"})
        assert (good.status_code, good.headers["access-control-allow-origin"]) == (204, "https://shop.example")
        bad = await client.options(path, headers={"Origin": "https://evil.example"})
        assert bad.status_code == 403
        assert "access-control-allow-origin" not in bad.headers


async def test_every_page_has_a_policy_and_the_demo_is_off_unless_asked_for(
    world: World, client: httpx.AsyncClient
) -> None:
    assert "script-src 'self'" in (await client.get("/demo/chat")).headers["content-security-policy"]
    for path in ("/healthz", "/w/chat.js", "/nowhere"):
        assert "default-src 'none'" in (await client.get(path)).headers["content-security-policy"]
    await world.stop_edge()
    await world.start(demo=False)
    async with httpx.AsyncClient(base_url=world.url) as later:
        assert (await later.get("/demo/chat")).status_code == 404


async def test_health_says_whether_the_store_answers(world: World, client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"ok": True, "connections": 0, "spooled": 0}


async def test_a_webhook_is_kept_raw_and_a_forged_one_is_counted(world: World, client: httpx.AsyncClient) -> None:
    def verify(body: bytes, headers: Any) -> None:
        if headers.get("x-signature") != hmac.new(b"key", body, hashlib.sha256).hexdigest():
            raise WebhookForged("no")

    id = world.db.write_now(lambda tx: inbox_rows.ensure(tx, "page", "test", "main", "Page", "1", Capabilities()))
    world.inboxes.replace([*world.inboxes, WebInbox(id, "page", "test", LivechatSettings(), {}.get, verify)])  # type: ignore[arg-type]
    body = '{"text":"xin chào\\u0000"}'.encode()
    good = {
        "X-Signature": hmac.new(b"key", body, hashlib.sha256).hexdigest(),
        "Authorization": "secret",
        "Cookie": "a=b",
    }
    assert (await client.post("/h/page", content=body, headers=good)).status_code == 200
    assert (await client.post("/h/page", content=body + b" ", headers=good)).status_code == 401
    assert (await client.post("/h/chat", content=body)).status_code == 404
    assert (await client.post("/h/page", content=b"x" * 4_194_305, headers=good)).status_code == 413
    (row,) = world.rows("SELECT * FROM raw_event")
    assert (bytes(row["body"]), row["source"]) == (body, "webhook")
    assert "secret" not in row["headers"]
    assert "a=b" not in row["headers"]
    assert world.rows("SELECT forged FROM inbox_health WHERE inbox_id = :id", id=id)[0][0] == 1
    batch = b'{"entry":"' + b"x" * 3_000_000 + b'"}'  # as much as WhatsApp puts into one
    signed = {"X-Signature": hmac.new(b"key", batch, hashlib.sha256).hexdigest()}
    assert (await client.post("/h/page", content=batch, headers=signed)).status_code == 200
