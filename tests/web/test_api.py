"""POST /api/contacts and /api/orders: tokens, idempotency, numbers of the other system, what a person typed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.world import World
from unibox_tui.desk import orders as desk_orders
from unibox_tui.desk import people
from unibox_tui.domain.fields import FieldRule
from unibox_tui.domain.orders import OrderRules
from unibox_tui.host.media import MediaStore
from unibox_tui.web.api import ApiSettings, ApiSystem
from unibox_tui.web.app import create
from unibox_tui.web.inboxes import WebInboxes

TOKEN = "token-of-the-pos-system"
SETTINGS = ApiSettings(
    (
        ApiSystem("pos", TOKEN, "shop-a"),
        ApiSystem("carrier", "token-of-the-carrier", "shop-a", contacts=False),
        ApiSystem("broken", "", "shop-a"),
    ),
    {"size": FieldRule("size", "choice", ("S", "M"))},
)
Post = Callable[..., Any]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.at(tmp_path)
    yield made
    made.db.close()


@pytest.fixture
async def post(world: World, tmp_path: Path) -> AsyncIterator[Post]:
    async def settings() -> ApiSettings:
        return SETTINGS

    app = create(world.db, WebInboxes(), media=MediaStore(tmp_path / "media"), token_key=b"k" * 32, api=settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://unibox.example") as client:

        async def post(path: str, body: Any, token: str = TOKEN, key: str = "", **more: Any) -> httpx.Response:
            headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
            content = {"content": body} if isinstance(body, bytes) else {"json": body}
            return await client.post(path, headers=headers, **content, **more)

        yield post


async def test_a_contact_comes_and_changes_by_its_number(world: World, post: Post) -> None:
    body = {"external_id": "K1", "name": "Trần Bình", "phones": ["0903 111 224"], "attributes": {"size": "m"}}
    first = await post("/api/contacts", body)
    assert (first.status_code, first.json()["outcome"]) == (201, "created")
    id = first.json()["id"]
    again = await post("/api/contacts", body)
    assert (again.status_code, again.json()) == (200, {**again.json(), "id": id, "outcome": "same", "changed": []})
    changed = await post("/api/contacts", body | {"name": "Trần Văn Bình"})
    assert changed.json()["changed"] == ["name"]
    row = world.row("SELECT * FROM contact WHERE id = :id", id=id)
    assert (row["name"], row["attributes"]) == ("Trần Văn Bình", '{"size": "M"}')
    assert world.row("SELECT * FROM contact_key")["norm"] == "+84903111224"


async def test_what_a_person_typed_is_kept_and_named(world: World, post: Post) -> None:
    an = world.agent("an")
    id = (await post("/api/contacts", {"external_id": "K1", "name": "Binh Tran"})).json()["id"]
    world.db.write_now(lambda tx: people.set_fields(tx, an, id, {"name": "Anh Bình"}))
    answer = (await post("/api/contacts", {"external_id": "K1", "name": "Binh T."})).json()
    assert answer["conflicts"] == [{"field": "name", "kept": "Anh Bình", "given": "Binh T."}]
    assert world.row("SELECT name FROM contact WHERE id = :id", id=id)["name"] == "Anh Bình"
    assert world.row("SELECT field, system FROM outside_conflict")["system"] == "pos"
    world.db.write_now(lambda tx: people.set_fields(tx, an, id, {"name": "Binh T."}))
    assert world.rows("SELECT * FROM outside_conflict") == []


async def test_only_a_key_that_is_vouched_for_finds_a_customer(world: World, post: Post) -> None:
    from tests.desk.test_people import whatsapp, write

    chat = world.inbox("w", channel="whatsapp")
    came = write(world, chat, whatsapp("+84903111224"))
    theirs = int(world.conversation(came.conversation)["contact_id"])
    assert (await post("/api/contacts", {"external_id": "K1", "phones": ["0903111224"]})).json()["id"] == theirs
    stated = (await post("/api/contacts", {"external_id": "K2", "phones": ["0903999888"]})).json()["id"]
    other = (await post("/api/contacts", {"external_id": "K3", "phones": ["0903999888"]})).json()["id"]
    assert stated != other
    assert world.row("SELECT * FROM contact_suggestion")["state"] == "open"


async def test_an_order_from_the_shop_to_the_door(world: World, post: Post) -> None:
    body = {
        "external_id": "W1",
        "amount": 590_000,
        "items": [{"name": "Áo", "quantity": 2, "code": "AT"}],
        "state": "confirmed",
    }
    made = await post("/api/orders", body)
    assert made.status_code == 201
    id = made.json()["id"]
    moved = await post(
        "/api/orders", {"external_id": "W1", "state": "shipped", "tracking": "SPX1"}, "token-of-the-carrier"
    )
    assert moved.json()["changed"] == ["state", "tracking"]
    row = world.row("SELECT * FROM customer_order WHERE id = :id", id=id)
    assert (row["shop"], row["state"], row["tracking"], row["amount"]) == ("shop-a", "shipped", "SPX1", 590_000)
    assert row["confirmed_at"] is not None
    assert row["shipped_at"] is not None
    told = world.rows("SELECT actor_kind, actor FROM event WHERE kind = 'order.state'")
    assert [tuple(one) for one in told] == [("bot", "carrier")]


async def test_a_system_moves_an_order_on_but_never_back_over_a_person(world: World, post: Post) -> None:
    an = world.agent("an")
    id = (await post("/api/orders", {"external_id": "W1", "amount": 590_000})).json()["id"]
    world.db.write_now(lambda tx: desk_orders.set_state(tx, an, id, "shipped"))
    world.db.write_now(lambda tx: desk_orders.set_fields(tx, an, id, {"amount": "550k"}, OrderRules()))
    back = (await post("/api/orders", {"external_id": "W1", "state": "confirmed", "amount": 600_000})).json()
    assert {one["field"] for one in back["conflicts"]} == {"state", "amount"}
    on = (await post("/api/orders", {"external_id": "W1", "state": "delivered"})).json()
    assert on["changed"] == ["state"]
    world.db.write_now(lambda tx: desk_orders.set_state(tx, an, id, "cancelled"))
    ended = (await post("/api/orders", {"external_id": "W1", "state": "delivered"})).json()
    assert [one["field"] for one in ended["conflicts"]] == ["state"]


async def test_the_same_key_gets_the_same_answer_and_does_it_once(world: World, post: Post) -> None:
    body = {"emails": ["lan@khach.example"], "name": "Lan"}
    first = await post("/api/contacts", body, key="k-1")
    again = await post("/api/contacts", body, key="k-1")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len(world.rows("SELECT * FROM contact")) == 1
    other = await post("/api/contacts", body | {"name": "Mai"}, key="k-1")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "key_reused")
    elsewhere = await post("/api/orders", body, key="k-1")
    assert elsewhere.status_code in (400, 409)


@pytest.mark.parametrize(
    ("path", "body", "status", "word"),
    [
        ("/api/contacts", b"{", 400, "JSON"),
        ("/api/contacts", b'{"external_id": "K", "name": "half \\ud800"}', 400, "JSON"),
        ("/api/contacts", b"[" * 100_000 + b"]" * 100_000, 400, "JSON"),
        ("/api/contacts", [], 400, "object"),
        ("/api/contacts", {"name": "x"}, 400, "which contact"),
        ("/api/contacts", {"external_id": "K", "nam": "x"}, 400, "nam"),
        ("/api/contacts", {"external_id": "K", "attributes": {"size": "XXL"}}, 400, "size"),
        ("/api/contacts", {"external_id": "K", "phones": ["nothing"]}, 400, "phone"),
        ("/api/contacts", {"contact": 999}, 404, "999"),
        ("/api/orders", {"external_id": "W", "amount": "5k"}, 400, "amount"),
        ("/api/orders", {"external_id": "W", "state": "bay"}, 400, "bay"),
        ("/api/orders", {"external_id": "W", "conversation": 77}, 404, "77"),
        ("/api/orders", {"amount": 5}, 400, "which order"),
    ],
)
async def test_what_is_wrong_is_named(world: World, post: Post, path: str, body: Any, status: int, word: str) -> None:
    answer = await post(path, body)
    assert answer.status_code == status
    assert word in answer.json()["error"]["message"]
    assert world.rows("SELECT 1 FROM contact UNION ALL SELECT 1 FROM customer_order") == []


async def test_tokens_open_only_what_they_may(world: World, post: Post) -> None:
    good = {"external_id": "K1", "name": "x"}
    assert (await post("/api/contacts", good, "wrong")).status_code == 401
    assert (await post("/api/contacts", good, "")).status_code == 401
    assert (await post("/api/contacts", good, "token-of-the-carrier")).status_code == 403
    assert (await post("/api/contacts", b"x" * 2_000_000)).status_code == 413
    assert world.rows("SELECT 1 FROM contact") == []
