"""What every connector of a web API is held to. A channel registers a `Case` in tests/connectors/cases/<channel>.py:

    class LineCase(Case):
        name = channel = "line"
        payloads = "line"                       # tests/connectors/payloads/line/*.json (a body each), *.form, *.headers.json
        destination = GUEST.id                  # somebody who may be written to, after `prepare`
        guest = GUEST                           # the customer who writes
        send_path = "/v2/bot/message/"          # part of the path of calls that make a message

        def simulator(self, **kinds): return LineSim(**kinds)
        def settings(self, sim): return LineSettings(api=sim.base_url)
        def secrets(self, sim): return {"access_token": …, "channel_secret": …}
        async def prepare(self, sim): sim.befriend(GUEST)

    CASES = [LineCase()]

`cannot` names tests that do not fit a channel, each with the reason; a test that fits is never left out.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import random
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from unibox_tui.connectors import registry
from unibox_tui.connectors.contract import Paced, SendRequest, Tools
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.http import HttpClient
from unibox_tui.connectors.pace import Pace
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.domain import inbound
from unibox_tui.domain.inbound import InboundEvent, MessageReceived
from unibox_tui.sandbox.providers.base import Call, Guest, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import Wrong
from unibox_tui.sandbox.providers.server import ProviderServer

PAYLOADS = Path(__file__).parent / "payloads"
MUTATIONS = 350
ODD: tuple[Any, ...] = (None, [], {}, [1], {"a": 1}, "", "x", -1, 2**70, True, 1.5, "\ud800", [[]], 32503680000000)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A body as it was posted or pulled, and its headers in lower case."""

    name: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Case:
    """See the module. The defaults are what most channels need."""

    name: ClassVar[str]
    channel: ClassVar[str]
    payloads: ClassVar[str] = ""
    destination: ClassVar[str]
    guest: ClassVar[Guest]
    send_path: ClassVar[str] = ""
    door: ClassVar[str] = "h"  # the first part of the path of our web door
    text: ClassVar[str] = "Dạ còn hàng ạ, สวัสดีค่ะ"
    nobody: ClassVar[str] = ""  # an address the provider refuses
    options: ClassVar[Mapping[str, Any]] = {}
    pulls: ClassVar[bool] = False  # whether what `says` gives is found by pulling
    quoted_at: ClassVar[tuple[str, ...]] = ()  # where a message of ours names the one it quotes
    quotes_by_id: ClassVar[bool] = True  # or by a word that the provider gave with it
    cannot: ClassVar[Mapping[str, str]] = {}

    def simulator(self, **kinds: Any) -> Simulator:
        raise NotImplementedError

    def settings(self, sim: Simulator) -> InboxSettings:
        raise NotImplementedError

    def secrets(self, sim: Simulator) -> dict[str, str]:
        raise NotImplementedError

    def webhook(self, sim: Simulator, url: str, inbox: str) -> str:
        """The address that the provider is given for this inbox."""
        return url

    async def prepare(self, sim: Simulator) -> None:
        """Whatever must have happened before `destination` may be written to."""

    def kill_token(self, sim: Simulator, secrets: dict[str, str]) -> None:
        """From now on the provider refuses our token for good."""
        for name in secrets:
            secrets[name] = f"dead-{name}-0000"

    def quotes(self, raw: Any) -> str:
        """What a message that the provider got says of the one it quotes; empty: it quotes none."""
        found = raw
        for key in self.quoted_at:
            found = found.get(key) if isinstance(found, dict) else None
        return "" if found is None else str(found)

    def recorded(self) -> list[Recorded]:
        return load_payloads(self.payloads)


@dataclass
class Rig:
    """A connector against its simulator. `public_url` is a door that catches what the simulator posts."""

    case: Case
    sim: Simulator
    door: CatchingDoor
    connector: Any
    secrets: dict[str, str]
    kept: dict[str, str]
    server: ProviderServer

    def request(self, ref: str = "01JREQUEST0000000000000001", **more: Any) -> tuple[SendRequest, list[int]]:
        """A request, and a list that gets the number of sending calls seen whenever the first byte is about to leave."""
        asked: list[int] = []

        async def before() -> None:
            asked.append(len(self.sending_calls()))

        values: dict[str, Any] = {
            "destination": self.case.destination,
            "text": self.case.text,
            "options": self.case.options,
            "before_first_byte": before,
        }
        return SendRequest(client_ref=ref, **{**values, **more}), asked

    def sending_calls(self) -> list[Any]:
        return self.sim.received.calls(self.case.send_path, "POST")

    def got(self) -> list[str]:
        """Texts that the customer has from us."""
        return self.sim.texts(self.case.destination)


class CatchingDoor(Simulator):
    """Stands where unibox's door is: takes everything and keeps it as the door would hand it on."""

    channel = "door"

    def __init__(self) -> None:
        self.caught: list[Recorded] = []
        super().__init__()

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        return [("POST", "/{rest:path}", self.take), ("GET", "/{rest:path}", self.take)]

    async def take(self, call: Call) -> Reply:
        query = urlencode(call.query)
        url = f"{self.base_url}{call.path}" + (f"?{query}" if query else "")
        body = call.body if call.method == "POST" else query.encode()
        self.caught.append(
            Recorded("caught", body, {**call.headers, "x-unibox-url": url, "x-unibox-method": call.method})
        )
        return Reply(200, b"", "text/plain")

    def wrong(self, error: Wrong) -> Reply:
        return Reply(404)


@contextlib.asynccontextmanager
async def rig(case: Case) -> AsyncIterator[Rig]:
    async with ProviderServer() as server:
        client = HttpClient()
        door = server.mount(CatchingDoor())
        sim = server.mount(case.simulator(http=client, retry_factor=0.0), case.name)
        sim.hooks.url = case.webhook(sim, f"{door.base_url}/h/conformance", "conformance")
        secrets, kept = case.secrets(sim), {}
        locks: dict[str, asyncio.Lock] = {}
        paces: dict[str, Paced] = {}

        @contextlib.asynccontextmanager
        async def lock(name: str) -> AsyncIterator[None]:
            async with locks.setdefault(name, asyncio.Lock()):
                yield

        def keep(name: str, value: str) -> None:
            kept[name] = secrets[name] = value

        tools = Tools(
            http=client,
            keep_secret=keep,
            lock=lock,
            now=sim.clock,
            pace=lambda key, limits: paces.setdefault(key, Pace(limits)),
            publish=lambda file: f"https://inbox.shop-a.example/m/{file.sha256 or 'x'}/{file.size}",
            public_url=f"{door.base_url}/h/conformance",
        )
        connector = registry.build("conformance", case.settings(sim), secrets.get, keep, lambda: tools)
        await case.prepare(sim)
        await sim.hooks.settle()
        door.caught.clear()
        try:
            yield Rig(case, sim, door, connector, secrets, kept, server)
        finally:
            await connector.aclose()
            await client.aclose()


# -- what was recorded, and what it can be turned into ------------------------------------------------------------------


def load_payloads(folder: str) -> list[Recorded]:
    """Each `x.json` or `x.form` is a body; `x.headers.json` its headers, `headers.json` those of all."""
    place = PAYLOADS / folder
    shared = _headers(place / "headers.json")
    return [
        Recorded(path.stem, path.read_bytes().rstrip(b"\n"), {**shared, **_headers(path.with_suffix(".headers.json"))})
        for path in sorted(place.iterdir())
        if path.suffix in (".json", ".form") and "headers" not in path.name
    ]


def _headers(path: Path) -> dict[str, str]:
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def mutations(
    recorded: Sequence[Recorded], *, seed: int = 7, most: int = MUTATIONS
) -> Iterator[tuple[str, bytes, Mapping[str, str]]]:
    """Bodies with one thing wrong: another type, a missing field, an id as a number, a time of the year 3000."""
    chance = random.Random(seed)
    made = [change for one in recorded for change in _changes(one)]
    chance.shuffle(made)
    yield from made[:most]
    headers = recorded[0].headers if recorded else {}
    for body in (
        b"",
        b"[]",
        b"{}",
        b"null",
        b"1",
        b'"x"',
        b"\xff\xfe",
        b"[" * 5_000,
        b'{"a":' * 5_000,
        b"a=b",
        b"%",
        b"=&=&",
    ):
        yield f"garbage {body[:12]!r}", body, headers


def _changes(one: Recorded) -> Iterator[tuple[str, bytes, Mapping[str, str]]]:
    try:
        data = json.loads(one.body)
    except ValueError:
        yield from _form_changes(one)
        return
    for path in _paths(data):
        where = f"{one.name} at {'.'.join(map(str, path))}"
        for odd in ODD:
            yield f"{where} = {odd!r}", _dump(_with(data, path, odd)), one.headers
        yield f"{where} removed", _dump(_without(data, path)), one.headers


def _form_changes(one: Recorded) -> Iterator[tuple[str, bytes, Mapping[str, str]]]:
    pairs = parse_qsl(one.body.decode(), keep_blank_values=True)
    for index, (name, value) in enumerate(pairs):
        rest = pairs[:index] + pairs[index + 1 :]
        yield f"{one.name} without {name}", urlencode(rest).encode(), one.headers
        for odd in ("", "-1", "x" * 5_000, "32503680000000", "\x00", value + value):
            yield f"{one.name} {name} = {odd[:12]!r}", urlencode([*rest, (name, odd)]).encode(), one.headers


def _paths(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield (*path, key)
        yield from _paths(value, (*path, key))


def _with(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(data)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return changed


def _without(data: Any, path: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(data)
    at = changed
    for key in path[:-1]:
        at = at[key]
    del at[path[-1]]
    return changed


def _dump(data: Any) -> bytes:
    return json.dumps(data).encode()


# -- facts ------------------------------------------------------------------------------------------------------------


def parsed(connector: Any, body: bytes, headers: Mapping[str, str]) -> list[InboundEvent] | None:
    """The facts of a body, None when it is Unparseable; any other exception is the connector's fault."""
    try:
        return list(connector.parse(body, headers))
    except Unparseable:
        return None


def keys_of(events: Sequence[InboundEvent]) -> set[tuple[Any, ...]]:
    """What makes each fact itself, however often and in whatever order it comes."""
    found: set[tuple[Any, ...]] = set()
    for event in events:
        match event:
            case MessageReceived():
                found.add(("message", event.provider_id))
            case inbound.Receipt():
                found.add(("receipt", str(event.state), event.provider_id, event.client_ref, event.until))
            case inbound.Reaction():
                found.add(("reaction", event.provider_id, event.person_address, event.emoji))
            case inbound.MessageEdited() | inbound.MessageUnsent():
                found.add((type(event).__name__, event.provider_id))
            case inbound.WindowOpened() | inbound.ProfileSeen():
                found.add((type(event).__name__, event.person.address, getattr(event, "what", "")))
            case _:
                found.add((type(event).__name__, repr(event)))
    return found


def check_fact(event: InboundEvent) -> None:
    """What ingest may take for granted."""
    times = [getattr(event, name, 0) for name in ("at", "sent_at")]
    assert all(isinstance(at, int) and not isinstance(at, bool) and 0 <= at < 2**62 for at in times), event
    for person in (getattr(event, "person", None), getattr(event, "group", None)):
        if person is not None:
            assert isinstance(person.address, str), event
            assert person.address, event
            assert isinstance(person.name, str), event
    for name in ("provider_id", "text", "author_name", "emoji", "reason"):
        value = getattr(event, name, "")
        assert value is None or isinstance(value, str), (name, event)
        (value or "").encode()
    if isinstance(event, MessageReceived):
        assert event.provider_id, event
        assert event.text or event.attachments or event.extra or event.subject, event
        json.dumps(event.extra)
        for file in event.attachments:
            assert isinstance(file.name, str), event
            assert isinstance(file.size, int), event
            assert 0 <= file.size < 2**62, event
            json.dumps(file.remote)
