from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from unibox_tui.connectors.errors import OutcomeUnknown, Transient, Unparseable
from unibox_tui.connectors.http import HttpClient
from unibox_tui.sandbox.providers.base import Call, Delivered, File, Guest, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import Rate, Wrong, many, number, shape, text
from unibox_tui.sandbox.providers.clock import SandboxClock
from unibox_tui.sandbox.providers.server import ProviderServer
from unibox_tui.sandbox.providers.webhooks import Schedule

SEND = shape(required={"to": text(10), "texts": many(text(5), 1, 2)}, optional={"n": number(1, 9)})
TOKEN = "sim-token-1234"


class Post(Simulator):
    channel = "post"
    schedule = Schedule(retries=(30, 60), within_s=2, unsubscribes=True)

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        return [("POST", "/v1/{box}/send", self.send), ("POST", "/v1/upload", self.upload)]

    async def send(self, call: Call) -> dict[str, Any]:
        self.bearer(call, [TOKEN])
        body = call.json(SEND)
        id = self.next("m", 4)
        self.give(Delivered(body["to"], body["texts"][0], id, body, call.args["box"]))
        return {"id": id}

    async def upload(self, call: Call) -> dict[str, Any]:
        part = call.parts["file"]
        assert isinstance(part, File)
        return {"url": self.shelve(part, lasts_ms=60_000), "note": call.parts["note"]}

    def wrong(self, error: Wrong) -> Reply:
        status = {"token": 401, "rate": 429, "not_found": 404, "method": 405}.get(error.kind, 400)
        after = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
        return Reply.json({"error": error.why, "at": error.where}, status, after)

    def sign(self, body: bytes, url: str, attempt: int) -> Mapping[str, str]:
        return {"X-Attempt": str(attempt), "Content-Type": "text/plain"}

    async def says(self, guest: Guest, text: str, files: Sequence[File] = (), *, account: str = "") -> str:
        self.hooks.post(text.encode())
        return self.next()


class Door(Simulator):
    """Ours: refuses as often as it is told."""

    channel = "door"

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        return [("POST", "/h/x", self.take)]

    async def take(self, call: Call) -> Reply:
        return Reply(200, b"ok", "text/plain")

    def wrong(self, error: Wrong) -> Reply:
        return Reply(500)


@pytest.fixture
async def server() -> AsyncIterator[ProviderServer]:
    async with ProviderServer() as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    yield client
    await client.aclose()


async def nothing() -> None:
    return None


async def send(http: HttpClient, sim: Simulator, body: Any, *, token: str = TOKEN) -> Any:
    return await http.request(
        "POST",
        f"{sim.base_url}/v1/a/send",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        before_first_byte=nothing,
    )


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ([], ""),
        ({"texts": ["x"]}, "to"),
        ({"to": "a", "texts": "x"}, "texts"),
        ({"to": "a", "texts": []}, "texts"),
        ({"to": "a", "texts": ["x", "toolong"]}, "texts[1]"),
        ({"to": 7, "texts": ["x"]}, "to"),
        ({"to": "a", "texts": ["x"], "n": 10}, "n"),
        ({"to": "a", "texts": ["x"], "tetx": 1}, "tetx"),
    ],
)
async def test_a_wrong_request_is_named_and_does_nothing(
    server: ProviderServer, http: HttpClient, body: Any, at: str
) -> None:
    sim = server.mount(Post())
    answer = await send(http, sim, body)
    assert (answer.status, answer.json()["at"]) == (400, at)
    assert sim.delivered == []


async def test_what_it_took_is_given_once_and_printed_without_the_token(
    server: ProviderServer, http: HttpClient
) -> None:
    printed: list[str] = []
    sim = server.mount(Post(print=printed.append))
    given: list[Delivered] = []
    sim.on_delivered = given.append
    answer = await send(http, sim, {"to": "Lan", "texts": ["chào"]})
    assert (answer.status, answer.json()) == (200, {"id": "m0001"})
    assert [(one.to, one.text, one.account) for one in given] == [("Lan", "chào", "a")]
    (call,) = sim.received.calls("/send")
    assert call.body == {"to": "Lan", "texts": ["chào"]}
    assert "chào" in printed[0]
    assert TOKEN not in printed[0] + str(call.headers)


async def test_tokens_paths_and_methods_are_checked(server: ProviderServer, http: HttpClient) -> None:
    sim = server.mount(Post())
    assert (await send(http, sim, {"to": "a", "texts": ["x"]}, token="other")).status == 401
    assert (await http.request("GET", f"{sim.base_url}/v1/a/send")).status == 405
    assert (await http.request("GET", f"{sim.base_url}/nowhere")).status == 404
    assert (await http.request("POST", f"{sim.base_url}/v1/a/send", form={"to": "a"})).status == 401


async def test_faults(server: ProviderServer, http: HttpClient) -> None:
    sim = server.mount(Post())
    good = {"to": "a", "texts": ["x"]}
    sim.faults.drop_answer()
    with pytest.raises(OutcomeUnknown):
        await send(http, sim, good)
    assert len(sim.delivered) == 1
    sim.faults.cut()
    with pytest.raises(OutcomeUnknown):
        await send(http, sim, good)
    assert len(sim.delivered) == 1
    sim.faults.storm429(2, retry_after=3)
    for _ in range(2):
        answer = await send(http, sim, good)
        assert (answer.status, answer.headers["retry-after"]) == (429, "3")
    sim.faults.truncate_json()
    with pytest.raises(Unparseable):
        (await send(http, sim, good)).json()
    sim.faults.refuse(status=503, on="/upload")
    assert (await send(http, sim, good)).status == 200
    sim.faults.clear()
    await server.stop()
    with pytest.raises(Transient):
        await send(http, sim, good)
    await server.start()
    assert (await send(http, sim, good)).status == 200


async def test_files_expire_by_its_clock(server: ProviderServer, http: HttpClient) -> None:
    sim = server.mount(Post(clock=SandboxClock(1_790_000_000_000)))
    answer = await http.request(
        "POST",
        f"{sim.base_url}/v1/upload",
        form={"note": "n"},
        files={"file": ("ảnh.jpg", b"\xff\xd8\xff", "image/jpeg")},
    )
    url = answer.json()["url"]
    assert answer.json()["note"] == "n"
    assert (await http.request("GET", url)).body == b"\xff\xd8\xff"
    sim.clock.forward(seconds=61)
    assert (await http.request("GET", url)).status == 404


async def test_events_come_in_order_doubled_or_reversed_as_told(server: ProviderServer) -> None:
    sim, door = server.mount(Post()), server.mount(Door())
    sim.hooks.url = f"{door.base_url}/h/x"
    lan = Guest("lan", "Lan")
    for word in ("a", "b"):
        await sim.says(lan, word)
    sim.hooks.duplicate()
    await sim.says(lan, "c")
    sim.hooks.disorder(3)
    for word in ("d", "e", "f"):
        await sim.says(lan, word)
    await sim.hooks.settle()
    assert [attempt.body for attempt in sim.hooks.log] == [b"a", b"b", b"c", b"c", b"f", b"e", b"d"]
    assert {attempt.status for attempt in sim.hooks.log} == {200}


async def test_refused_events_are_repeated_and_then_the_subscription_ends(server: ProviderServer) -> None:
    sim, door = server.mount(Post(retry_factor=0.0001)), server.mount(Door())
    sim.hooks.url = f"{door.base_url}/h/x"
    door.faults.refuse(2)
    await sim.says(Guest("lan", "Lan"), "a")
    await sim.hooks.settle()
    assert [(one.attempt, one.status) for one in sim.hooks.log] == [(0, 503), (1, 503), (2, 200)]
    assert sim.hooks.log[2].headers["X-Attempt"] == "2"
    door.faults.cut(3)
    ended = asyncio.Event()
    sim.hooks.on_unsubscribed = ended.set
    await sim.says(Guest("lan", "Lan"), "b")
    await sim.hooks.settle()
    assert ended.is_set()
    assert [attempt.status for attempt in sim.hooks.log[3:]] == [0, 0, 0]
    assert sim.hooks.given_up == [b"b"]
    await sim.says(Guest("lan", "Lan"), "c")
    assert len(sim.hooks.log) == 6


def test_a_rate_is_kept_by_the_clock() -> None:
    clock = SandboxClock(1_000)
    rate = Rate(2, 1_000, clock)
    assert rate.take("a") is None
    assert rate.take("b") is None
    assert rate.take("a") is None
    with pytest.raises(Wrong) as caught:
        rate.check("a")
    assert caught.value.retry_after == 1.0
    clock.forward(seconds=1)
    assert rate.take("a") is None
