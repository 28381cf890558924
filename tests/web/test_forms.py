from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from tests.web.conftest import SECRETS, World
from unibox_tui.domain.ids import now_ms

HOA = {"name": "Hoa", "email": "hoa@khach.example", "message": "Shop có giao về Huế không?"}
JSON = {"Accept": "application/json"}


@pytest.fixture
async def client(world: World) -> Any:
    await world.start()
    async with httpx.AsyncClient(base_url=world.url) as client:
        yield client


def text(world: World) -> str:
    return str(world.rows("SELECT text FROM message_body ORDER BY n DESC LIMIT 1")[0][0])


async def test_json_urlencoded_and_multipart_become_the_same(world: World, client: httpx.AsyncClient) -> None:
    posts: list[dict[str, Any]] = [
        {"json": HOA},
        {"data": HOA},
        {"data": HOA, "files": {"photo": ("lỗi.jpg", b"\xff\xd8", "image/jpeg")}},
    ]
    for number, post in enumerate(posts):
        answer = await client.post("/f/form", headers={**JSON, "Idempotency-Key": str(number)}, **post)
        assert answer.json() == {"ok": True, "id": f"s:{number}"}
    await world.until(lambda: len(world.said()) == 3)
    assert set(world.said()) == {("in", HOA["message"])}
    (identity,) = world.rows("SELECT kind, address, name FROM identity")
    assert tuple(identity) == ("form", "mail:hoa@khach.example", "Hoa")
    (file,) = world.rows("SELECT name, state, size FROM attachment")
    assert tuple(file) == ("lỗi.jpg", "held", 2)


async def test_fields_are_mapped_and_the_unknown_ones_kept_and_shown(world: World, client: httpx.AsyncClient) -> None:
    world.configure(form={"fields": {"name": "ho-ten", "message": "noi-dung", "order": "ma-don"}})
    fields = {
        "ho-ten": "Hoa",
        "noi-dung": "Chưa nhận được hàng",
        "ma-don": "DH-1024",
        "size": ["M", "L"],
        "gift": True,
        "utm_source": "zalo",
        "page": "https://shop.example/lien-he",
    }
    assert (await client.post("/f/form", json=fields, headers={"Referer": "https://shop.example/"})).status_code == 200
    await world.until(world.said)
    assert text(world) == "Chưa nhận được hàng\n\norder: DH-1024\nsize: M\nsize: L\ngift: true"
    extra = json.loads(world.rows("SELECT extra FROM message_body")[0][0])
    assert extra["fields"] == [["order", "DH-1024"], ["size", "M"], ["size", "L"], ["gift", "true"]]
    assert extra["utm"] == {"utm_source": "zalo"}
    assert (extra["page"], extra["referrer"]) == ("https://shop.example/lien-he", "https://shop.example/")


async def test_the_same_post_twice_is_one_message(world: World, client: httpx.AsyncClient) -> None:
    ids = set()
    for _ in range(3):
        ids.add((await client.post("/f/form", json=HOA)).json()["id"])
        await world.until(world.said)
        doors = next(route for route in world.app.routes if getattr(route, "path", "") == "/f/{inbox}")
        doors.endpoint.__self__._posted._seen.clear()  # as after a restart
    assert len(ids) == 1
    await client.post("/f/form", json={**HOA, "submission_id": "a"})
    await client.post("/f/form", json={**HOA, "submission_id": "a"})
    await client.post("/f/form", json={**HOA, "submission_id": "b"})
    world.clock_shift += 11 * 60_000
    await client.post("/f/form", json=HOA)
    await world.until(lambda: len(world.said()) == 4)
    assert len(world.said()) == 4


async def test_a_browser_is_sent_to_the_settings_page_alone(world: World, client: httpx.AsyncClient) -> None:
    answer = await client.post("/f/form", data={**HOA, "redirect": "https://evil.example"})
    assert answer.status_code == 200
    assert "Cảm ơn" in answer.text
    world.configure(form={"redirect": "https://shop.example/thanks"})
    answer = await client.post("/f/form", data={**HOA, "message": "2", "redirect": "https://evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (303, "https://shop.example/thanks")


@pytest.mark.parametrize(
    ("post", "status", "code", "field"),
    [
        ({"json": {"name": "x"}}, 422, "missing", "message"),
        ({"json": {**HOA, "email": "hoa at khach"}}, 422, "not_an_email", "email"),
        ({"json": {}}, 400, "empty", None),
        ({"json": [1]}, 400, "not_an_object", None),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "not_json", None),
        ({"content": b"\xff", "headers": {"Content-Type": "application/json"}}, 400, "not_json", None),
        ({"content": b"hi", "headers": {"Content-Type": "text/plain", **JSON}}, 415, "media_type", None),
        (
            {"content": b"message=Ch\xe0o", "headers": {"Content-Type": "application/x-www-form-urlencoded", **JSON}},
            400,
            "not_utf8",
            None,
        ),
        (
            {"content": b"message=%E0", "headers": {"Content-Type": "application/x-www-form-urlencoded", **JSON}},
            400,
            "not_utf8",
            None,
        ),
        ({"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}}, 400, "not_json", None),
        ({"content": b"--", "headers": {"Content-Type": "multipart/form-data", **JSON}}, 400, "not_a_form", None),
        ({"json": {**HOA, "x": "y" * 300_000}}, 413, "too_large", None),
        ({"json": {f"f{n}": "x" for n in range(101)}}, 400, "too_many_fields", None),
    ],
)
async def test_what_is_wrong_is_named(
    world: World, client: httpx.AsyncClient, post: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    answer = await client.post("/f/form", **post)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert (error["code"], error.get("field")) == (code, field)
    assert error["message"]
    assert world.rows("SELECT 1 FROM raw_event") == []


async def test_a_filled_honeypot_is_thanked_and_set_aside(world: World, client: httpx.AsyncClient) -> None:
    answer = await client.post("/f/form", json={**HOA, "website": "https://spam.example"})
    assert answer.json()["ok"] is True
    (row,) = world.rows("SELECT state, error FROM raw_event")
    assert tuple(row) == ("dismissed", "honeypot")


async def test_quicker_than_anybody_types_is_refused(world: World, client: httpx.AsyncClient) -> None:
    assert (await client.post("/f/form", json={**HOA, "_started": str(now_ms())})).status_code == 429
    assert (await client.post("/f/form", json={**HOA, "_started": str(now_ms() - 5_000)})).status_code == 200
    await world.until(world.said)
    assert "_started" not in text(world)


async def test_an_address_that_posts_too_often_waits(world: World, client: httpx.AsyncClient) -> None:
    world.configure(form={"posts_per_minute": 3})
    answers = [await client.post("/f/form", json={**HOA, "n": n}) for n in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_cap_holds_while_streaming(world: World, client: httpx.AsyncClient) -> None:
    world.configure(form={"size_limit": 10_000})

    async def body() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 1000
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b", **JSON}
    assert (await client.post("/f/form", content=body(), headers=headers)).status_code == 413


def signed(body: bytes, at: int, secret: str = SECRETS["signing_secret"]) -> dict[str, str]:
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Unibox-Signature": f"t={at},v1={mac}"}


async def test_a_signature_is_checked_over_the_raw_body(world: World, client: httpx.AsyncClient) -> None:
    world.configure(form={"signed_only": True})
    now = now_ms() // 1000
    body, kind = json.dumps(HOA).encode(), {"Content-Type": "application/json"}
    assert (await client.post("/f/form", content=body, headers=kind)).status_code == 401
    for wrong in (
        signed(body + b" ", now),
        signed(body, now, "x"),
        signed(body, now - 400),
        {"X-Unibox-Signature": "v1="},
    ):
        assert (await client.post("/f/form", content=body, headers={**kind, **wrong})).json()["error"][
            "code"
        ] == "forged"
    assert world.rows("SELECT forged FROM inbox_health")[0][0] == 4
    assert (await client.post("/f/form", content=body, headers={**kind, **signed(body, now)})).status_code == 200
    encoded = b"message=hi&name=Hoa"
    headers = {"Content-Type": "application/x-www-form-urlencoded", **JSON, **signed(encoded, now)}
    assert (await client.post("/f/form", content=encoded, headers=headers)).status_code == 200


async def test_only_allowed_sites_may_post(world: World, client: httpx.AsyncClient) -> None:
    world.configure(form={"origins": ("https://shop.example",)})
    assert (await client.post("/f/form", json=HOA, headers={"Origin": "https://evil.example"})).status_code == 403
    answer = await client.post("/f/form", json=HOA, headers={"Origin": "https://shop.example"})
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    preflight = await client.options("/f/form", headers={"Origin": "https://shop.example"})
    assert preflight.status_code == 204


async def test_unescaped_utf8_stays_what_it_is_and_marks_are_composed(world: World, client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", **JSON}
    await client.post("/f/form", content="message=Cha\u0300o shop%00%0D%0Anhé&name=Hoà".encode(), headers=headers)
    await world.until(world.said)
    assert text(world) == "Chào shop\nnhé"
    assert world.rows("SELECT name FROM identity")[0][0] == "Hoà"
