from __future__ import annotations

import base64
import dataclasses
import importlib.util
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.cases.api import MAI, ApiCase
from tests.connectors.conformance import Rig, load_payloads, rig
from tests.support.ports import free_port
from unibox_tui.connectors import registry
from unibox_tui.connectors.api import signing
from unibox_tui.connectors.api.parse import Terms, events, named
from unibox_tui.connectors.api.settings import ApiSettings, origin
from unibox_tui.connectors.contract import Answer, SendFile
from unibox_tui.connectors.errors import (
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    SendRejected,
    Unparseable,
    WebhookForged,
)
from unibox_tui.domain.inbound import ARRIVAL, MessageEdited, MessageReceived, ProfileSeen, Receipt
from unibox_tui.domain.words import Author, DeliveryState, Direction
from unibox_tui.sandbox.providers.api import ShopAppSim

RECORDED = {one.name: one.body for one in load_payloads("api")}
TERMS = Terms("shop-a", frozenset({"https://files.shop-a.example"}))
EXAMPLE = Path(__file__).parents[3] / "examples" / "api_client.py"


def only(name: str) -> Any:
    (found,) = events(RECORDED[name], {}, TERMS)
    return found


def message(**more: Any) -> Any:
    body = {"id": "m", "contact": {"id": "c"}, "text": "hi", **more}
    return events(json.dumps(body).encode(), {}, TERMS)[0]


@pytest.fixture
async def parts() -> AsyncIterator[Rig]:
    async with rig(ApiCase()) as found:
        yield found


def shop(parts: Rig) -> ShopAppSim:
    assert isinstance(parts.sim, ShopAppSim)
    return parts.sim


# -- reading --------------------------------------------------------------------------------------------------------------


def test_a_customers_message_with_what_the_shop_knows_of_them() -> None:
    found = only("text")
    assert isinstance(found, MessageReceived)
    assert (found.provider_id, found.direction, found.sent_at) == ("m-1", Direction.IN, 1772332200000)
    person = found.person
    assert (person.address, person.name, person.language, person.email) == (
        "cust-1042",
        "Mai Trần",
        "vi",
        "mai@khach.example",
    )
    # Only what the shop says it has checked may join customers.
    assert person.vouched == (("phone", "+84 5555 01042"), ("platform", "api:shop-a/cust-1042"))
    assert found.extra["fields"] == [["order", "SO-1042"], ["screen", "cart"]]


def test_ids_may_be_numbers_beyond_what_floats_hold() -> None:
    found = only("number_ids")
    assert (found.provider_id, found.answers, found.person.address) == (
        "9007199254740993",
        ("9007199254740991",),
        "1042",
    )
    assert found.sent_at == ARRIVAL


def test_times_with_a_zone_files_groups_and_echoes() -> None:
    assert only("text_thai").sent_at == 1772332200000
    (file,) = only("file_inside").attachments
    assert (file.name, file.media_type, file.content[:2]) == ("áo.jpg", "image/jpeg", b"\xff\xd8")
    assert only("group").group.address == "room-7"
    assert only("group").mentions_us
    assert (only("echo_agent").author, only("echo_agent").author_name) == (Author.AGENT, "Lan")
    assert (only("echo_bot").author, only("echo_bot").direction) == (Author.BOT, Direction.OUT)


def test_receipts_edits_and_profiles() -> None:
    delivered = only("receipt_delivered")
    assert isinstance(delivered, Receipt)
    assert (delivered.state, delivered.provider_id) == (DeliveryState.DELIVERED, "shown-1")
    assert delivered.extra["cost"] == {"amount": "55", "currency": "VND", "charged": True}
    assert only("receipt_failed").reason == "app removed"
    assert (only("receipt_until").person_address, only("receipt_until").until) == ("cust-1042", 1772332400000)
    assert only("edit") == MessageEdited("m-1", "Shop ơi, còn size L không ạ?", 1772332420000)
    profile = only("contact")
    assert isinstance(profile, ProfileSeen)
    assert profile.source == "App profile"


@pytest.mark.parametrize(
    ("change", "named_field"),
    [
        ({"contact": {}}, "contact.id"),
        ({"contact": "c"}, "contact"),
        ({"text": ""}, "text"),
        ({"text": "x" * 100_001}, "text"),
        ({"id": "x" * 201}, "id"),
        ({"type": "massage"}, "type"),
        ({"author": "me"}, "author"),
        ({"at": "2026-03-01 09:30"}, "at"),
        ({"files": [{"name": "a"}]}, "files[0]"),
        ({"files": [{"content": "%%%"}]}, "files[0].content"),
        ({"files": [{}] * 11}, "files"),
        ({"files": [{"url": "https://elsewhere.example/a.jpg"}]}, "files[0].url"),
        ({"files": [{"url": "https://files.shop-a.example@10.0.0.1/a.jpg"}]}, "files[0].url"),
        ({"contact": {"id": "c", "attributes": [1]}}, "contact.attributes"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], named_field: str) -> None:
    with pytest.raises(Unparseable) as caught:
        message(**change)
    assert f"`{named_field}`" in caught.value.message


def test_the_key_is_the_id_of_a_message_that_has_none() -> None:
    body = json.dumps({"contact": {"id": "c"}, "text": "hi"}).encode()
    headers = {"idempotency-key": "cart-77"}
    (found,) = events(body, headers, TERMS)
    assert isinstance(found, MessageReceived)
    assert found.provider_id == named(body, headers) == "cart-77"
    with pytest.raises(Unparseable):
        events(body, {}, TERMS)


def test_an_origin_has_one_spelling() -> None:
    assert origin("https://Files.Shop-A.example:443/x") == "https://files.shop-a.example"
    assert origin("ftp://files.shop-a.example") == origin("https://files.shop-a.example:99999") == ""


def test_addresses_that_others_could_read_on_the_way_are_refused() -> None:
    with pytest.raises(ValueError, match="https"):
        ApiSettings(callback="http://shop-a.example/unibox")
    ApiSettings(callback="http://127.0.0.1:8000/unibox")


# -- the signature --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("moved_s", "code"), [(299, ""), (301, "stale"), (-301, "stale")])
def test_old_signatures_are_worth_nothing(moved_s: int, code: str) -> None:
    now = 1772332200000
    headers = {name.lower(): value for name, value in signing.signed("word", now, b"{}").items()}
    if not code:
        signing.verify("word", now + moved_s * 1000, b"{}", headers)
        return
    with pytest.raises(WebhookForged) as caught:
        signing.verify("word", now + moved_s * 1000, b"{}", headers)
    assert caught.value.code == code


def test_another_time_needs_another_signature() -> None:
    now = 1772332200000
    headers = {name.lower(): value for name, value in signing.signed("word", now, b"{}").items()}
    headers["x-unibox-timestamp"] = str(now // 1000 + 5)
    with pytest.raises(WebhookForged):
        signing.verify("word", now, b"{}", headers)


# -- sending --------------------------------------------------------------------------------------------------------------


async def test_one_key_is_taken_once(parts: Rig) -> None:
    request, _ = parts.request()
    first = await parts.connector.send(request)
    assert (await parts.connector.send(request)).provider_id == first.provider_id
    assert parts.got() == [parts.case.text]


async def test_files_go_inside_and_quotes_along(parts: Rig) -> None:
    async def read() -> bytes:
        return b"%PDF-1.4 bill"

    file = SendFile("hóa đơn.pdf", "application/pdf", 13, read)
    request, _ = parts.request(files=(file,), answers="m-1")
    await parts.connector.send(request)
    raw = parts.sim.delivered[0].raw
    assert raw["answers"] == "m-1"
    assert base64.b64decode(raw["files"][0]["content"]) == b"%PDF-1.4 bill"


async def test_files_as_links(parts: Rig) -> None:
    async def read() -> bytes:
        raise AssertionError("a link needs no bytes")

    parts.connector.settings = dataclasses.replace(parts.connector.settings, send_files="link")
    request, _ = parts.request(files=(SendFile("a.pdf", "application/pdf", 13, read, "ab" * 32),))
    await parts.connector.send(request)
    assert parts.sim.delivered[0].raw["files"][0]["url"].startswith("https://inbox.shop-a.example/")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, SendRejected),
        (409, SendRejected),
        (302, Misconfigured),
        (404, Misconfigured),
        (401, CredentialsRejected),
        (502, OutcomeUnknown),
    ],
)
async def test_what_an_answer_means(parts: Rig, status: int, error: type[Exception]) -> None:
    parts.sim.faults.refuse(status=status, on="/callback")
    request, _ = parts.request()
    with pytest.raises(error):
        await parts.connector.send(request)


class Answers:
    """A callback that says the same to everything."""

    def __init__(self, status: int, body: bytes, kind: str) -> None:
        self.answer = Answer(status, {"content-type": kind}, body)

    async def request(self, method: str, url: str, *, before_first_byte: Any = None, **_: Any) -> Answer:
        if before_first_byte is not None:
            await before_first_byte()
        return self.answer


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (204, b"", ""),
        (202, b" ", "application/json"),
        (200, b"OK", "text/plain; charset=utf-8"),
        (200, b"{}", "application/json"),
        (200, b'{"ok": true}', ""),
        (200, b"true", "application/json"),
        (200, b'{"id": "' + b"x" * 201 + b'"}', "application/json"),
    ],
)
async def test_whoever_takes_the_key_has_the_message_and_knows_it_by_our_id(
    parts: Rig, status: int, body: bytes, kind: str
) -> None:
    parts.connector._tools = dataclasses.replace(parts.connector._tools, http=Answers(status, body, kind))
    request, _ = parts.request()
    result = await parts.connector.send(request)
    assert (result.provider_id, result.state) == (request.client_ref, DeliveryState.SENT)


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b'{"id": "sho', "application/json", OutcomeUnknown),
        (b"<html>Log in to the guest network", "text/html", OutcomeUnknown),
        (b'{"error": {"code": "unknown_contact"}}', "application/json", SendRejected),
    ],
)
async def test_what_is_no_answer_of_a_program_or_a_no_is_not_sent(
    parts: Rig, body: bytes, kind: str, error: type[Exception]
) -> None:
    parts.connector._tools = dataclasses.replace(parts.connector._tools, http=Answers(200, body, kind))
    with pytest.raises(error):
        await parts.connector.send(parts.request()[0])


async def test_seen_typing_and_reactions_are_told(parts: Rig) -> None:
    parts.sim.faults.refuse(status=503, on="/callback")
    await parts.connector.mark_read(MAI.id, "m-1")  # lost once, told again
    await parts.connector.typing(MAI.id, True)
    await parts.connector.react(MAI.id, "m-1", "👍")
    assert shop(parts).read == ["m-1"]
    assert shop(parts).typing == [(MAI.id, True)]
    assert shop(parts).reactions == [("m-1", "👍")]


async def test_without_a_callback_it_only_hears(parts: Rig) -> None:
    deaf = registry.build("c", ApiSettings(), parts.secrets.get)
    assert not deaf.capabilities().rules
    report = await deaf.check()
    assert report.ok
    assert any("callback" in note for note in report.notes)


# -- the example ----------------------------------------------------------------------------------------------------------


def example() -> Any:
    spec = importlib.util.spec_from_file_location("api_client", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_examples_callback_takes_an_answer_once(parts: Rig) -> None:
    shown: list[Any] = []
    port = free_port()
    server = example().serve(port, parts.secrets["signing_secret"], shown.append)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        parts.connector.settings = ApiSettings(callback=f"http://127.0.0.1:{port}/")
        assert (await parts.connector.check()).ok
        request, _ = parts.request()
        first = await parts.connector.send(request)
        assert await parts.connector.send(request) == first
        parts.secrets["signing_secret"] = "another-word"
        assert not (await parts.connector.check()).ok
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
    assert [(one["to"], one["text"]) for one in shown] == [(MAI.id, parts.case.text)]
