"""Recorded webhooks of every channel through the real door, signed, shuffled, in parallel, again and again.

    python -m benchmarks.webhooks [--times 100] [--parallel 16]

Each channel's inbox has its connector's own checks. What was taken is parsed while more comes in. Afterwards there are the
messages that the same bodies make once and in order, each once, and no state has run backwards; the time of the acknowledgement is printed beside a tenth of what the provider
waits.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import random
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.connectors.cases import all_cases
from tests.connectors.conformance import Case, Recorded
from unibox_tui.connectors import contract, policy, registry
from unibox_tui.connectors.contract import App
from unibox_tui.connectors.errors import ConnectorError, Unparseable
from unibox_tui.connectors.offline import offline_tools
from unibox_tui.domain.inbound import MessageReceived, Person, Receipt
from unibox_tui.domain.words import RECEIPT_ORDER, Author, DeliveryState, Direction
from unibox_tui.host.media import MediaStore
from unibox_tui.service.running import CHECKPOINT_S
from unibox_tui.store import inboxes, raw_events
from unibox_tui.store.database import Database
from unibox_tui.sync.facts import Rules, prepare
from unibox_tui.sync.ingest import ingest
from unibox_tui.sync.raw import RawEvents
from unibox_tui.web import app as web_app
from unibox_tui.web.inboxes import WebInbox, WebInboxes

PUBLIC = "https://inbox.shop-a.example"


@dataclass
class Channel:
    case: Case
    sim: Any
    connector: Any
    inbox: int
    posts: list[tuple[str, str, bytes, Mapping[str, str]]] = field(
        default_factory=list
    )  # (method, path, body, headers)
    ids: set[str] = field(default_factory=set)  # of the messages that they tell of

    @property
    def limit_ms(self) -> int | None:
        return policy.limits(self.case.channel, _variant(self.connector)).answer_within_ms


@dataclass
class Report:
    """`took`: channel -> milliseconds of each acknowledgement. `backwards`: (from, to) of states that ran so."""

    posts: int = 0
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    limits: dict[str, int | None] = field(default_factory=dict)
    refused: list[tuple[str, int]] = field(default_factory=list)
    found: dict[str, set[str]] = field(default_factory=dict)  # channel -> ids of its messages
    messages: int = 0  # from and to customers
    backwards: list[tuple[str, str]] = field(default_factory=list)
    moved: int = 0

    def lines(self) -> list[str]:
        found = []
        for name in sorted(self.took):
            took = sorted(self.took[name])
            limit = self.limits[name]
            tenth = f"{limit / 10:.0f} ms" if limit else "not known"
            p50, p99 = (took[min(int(len(took) * part), len(took) - 1)] for part in (0.5, 0.99))
            found.append(
                f"{name}: {len(took)} posts, acknowledged p50 {p50:.1f}, p99 {p99:.1f} ms; a tenth of the limit: {tenth}"
            )
        return found


def _variant(connector: Any) -> str:
    return str(connector.capabilities().extra.get("policy", ("", ""))[1])


async def replay(folder: Path, *, times: int, parallel: int, seed: int = 5) -> Report:
    db, media = Database(folder / "unibox.db"), MediaStore(folder / "media")
    channels = [channel for n, case in enumerate(all_cases()) if (channel := _channel(db, case, n)) is not None]
    doors = WebInboxes([_door(one) for one in channels])
    connectors = {one.inbox: one.connector for one in channels}

    async def change() -> None:
        await asyncio.sleep(0.02)

    app = web_app.create(db, doors, media=media, token_key=b"k" * 32, wait_for_change=change, public_url=PUBLIC)
    worker = RawEvents(db, connectors.get, lambda group: Rules(), media.put)
    _watch_states(db)
    report = Report(limits={one.case.name: one.limit_ms for one in channels})
    posts = [(one, post) for one in channels for post in one.posts] * times
    if parallel > 1:
        random.Random(seed).shuffle(posts)
    report.posts = len(posts)
    queue = iter(posts)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=PUBLIC) as client, _running(app):

        async def sender() -> None:
            for channel, (method, path, body, headers) in queue:
                began = time.perf_counter()
                answer = await client.request(method, path, content=body, headers=dict(headers))
                report.took[channel.case.name].append((time.perf_counter() - began) * 1000)
                if answer.status_code != 200:
                    report.refused.append((channel.case.name, answer.status_code))

        async def ringing() -> None:
            while True:
                worker.ring()
                await asyncio.sleep(0.02)

        async def checkpoints() -> None:
            while True:
                await asyncio.sleep(CHECKPOINT_S)
                await asyncio.to_thread(db.checkpoint)

        helpers = [asyncio.create_task(one) for one in (worker.run(), ringing(), checkpoints())]
        await asyncio.gather(*(sender() for _ in range(parallel)))
        while await db.read(lambda connection: bool(raw_events.pending(connection, 1))):
            await asyncio.sleep(0.05)
        for task in helpers:
            task.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
    _judge(db, channels, report)
    db.close()
    return report


@contextlib.asynccontextmanager
async def _running(app: Any) -> Any:
    async with app.router.lifespan_context(app):
        yield


def method_of(recorded: Recorded) -> str:
    return recorded.headers.get("x-unibox-method", "POST")


def _channel(db: Database, case: Case, n: int) -> Channel | None:
    """None for one that takes no webhooks at our doors."""
    if case.door != "h":
        return None
    sim = case.simulator()
    sim.base_url = f"https://provider.example/{case.name}"
    secrets = case.secrets(sim)
    settings: Any = case.settings(sim)
    app = App(settings.app, case.channel, getattr(sim, "app_id", "")) if getattr(settings, "app", "") else None

    tools = dataclasses.replace(offline_tools(), app=app)
    connector: Any = registry.build(case.name, settings, secrets.get, tools=lambda: tools)
    able = connector.capabilities()
    if not hasattr(connector, "verify"):
        return None
    inbox = db.write_now(
        lambda tx: inboxes.ensure(tx, case.name, case.channel, "main", case.name, settings.address, able)
    )
    channel = Channel(case, sim, connector, inbox)
    known: dict[str, str | None] = {}
    for recorded in case.recorded():
        # Our own references are ours alone: no two channels have the same.
        ours = re.sub(rb"01J(?=[0-9A-Z]{3,})", f"{n:02}J".encode(), recorded.body)
        one = recorded if method_of(recorded) == "GET" else dataclasses.replace(recorded, body=ours)
        method = method_of(one)
        query = urlsplit(one.headers.get("x-unibox-url", "")).query
        url = case.webhook(sim, f"{PUBLIC}/h/{case.name}", case.name)
        url += f"{'&' if '?' in url else '?'}{query}" if query else ""
        signed = {key.lower(): value for key, value in sim.sign(one.body, url, 0).items()}
        kept = {key: value for key, value in one.headers.items() if not key.startswith("x-unibox-")}
        headers = {**kept, **signed}
        if method == "GET":
            url = f"{url}?{one.body.decode()}"
        try:
            connector.verify(one.body, {**headers, "x-unibox-url": url, "x-unibox-method": method})
            facts = connector.parse(one.body, {**headers, "x-unibox-url": url})
        except (ConnectorError, Unparseable):
            continue  # not what is posted: a page of a list, say
        for fact in facts:
            if isinstance(fact, MessageReceived):
                channel.ids.add(fact.provider_id)
            elif isinstance(fact, Receipt) and fact.provider_id:
                known[fact.provider_id] = fact.client_ref
        parts = urlsplit(url)
        path = f"{parts.path}{'?' + parts.query if parts.query else ''}"
        channel.posts.append((method, path, b"" if method == "GET" else one.body, headers))
    _sent_before(db, channel, known)
    return channel


def _sent_before(db: Database, channel: Channel, known: Mapping[str, str | None]) -> None:
    """What the reports are about has left."""
    row = db.read_now(lambda connection: inboxes.by_id(connection, channel.inbox))
    person = Person(channel.case.destination, "customer")
    facts = [
        MessageReceived(
            id, person, 1_790_000_000_000 + number, f"dạ {number}",
            direction=Direction.OUT, author=Author.AGENT, client_ref=ref,
        )
        for number, (id, ref) in enumerate(known.items())
        if id not in channel.ids
    ]  # fmt: skip
    ready = [prepare(fact, row, Rules(), lambda data: ("0" * 64, len(data))) for fact in facts]
    db.write_now(lambda tx: ingest(tx, channel.inbox, ready, Rules(), inert=False, cause="test"))
    channel.ids.update(fact.provider_id for fact in facts)


def _door(one: Channel) -> WebInbox:
    connector: Any = one.connector
    answer = connector.webhook_answer if isinstance(connector, contract.AnswersWebhooks) else (b"", "text/plain")
    return WebInbox(
        one.inbox,
        one.case.name,
        one.case.channel,
        connector.settings,
        lambda name: None,
        connector.verify,
        None,
        None,
        answer,
    )


def _watch_states(db: Database) -> None:
    def write(tx: Any) -> None:
        tx.run("CREATE TABLE moved (old TEXT, new TEXT)")
        tx.run(
            "CREATE TRIGGER watch_states AFTER UPDATE OF state ON message WHEN old.state IS NOT new.state "
            "BEGIN INSERT INTO moved VALUES (old.state, new.state); END"
        )

    db.write_now(write)


def _judge(db: Database, channels: Sequence[Channel], report: Report) -> None:
    def rows(sql: str) -> list[Any]:
        return db.read_now(lambda connection: connection.execute(sql).fetchall())

    moves = [(DeliveryState(old), DeliveryState(new)) for old, new in rows("SELECT old, new FROM moved")]
    report.moved = len(moves)
    last = {DeliveryState.FAILED, DeliveryState.CANCELLED}
    for old, new in moves:
        if new not in last and RECEIPT_ORDER.get(new, 0) < RECEIPT_ORDER.get(old, 0):
            report.backwards.append((str(old), str(new)))
    found: dict[int, set[str]] = defaultdict(set)
    for inbox, id in rows("SELECT m.inbox_id, k.provider_id FROM message_key k JOIN message m ON m.n = k.n"):
        found[inbox].add(id)
    report.found = {one.case.name: found[one.inbox] for one in channels}
    report.messages = int(rows("SELECT count(*) FROM message WHERE direction IN ('in', 'out')")[0][0])


def _made(folder: str, name: str) -> Path:
    path = Path(folder) / name
    path.mkdir()
    return path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--parallel", type=int, default=16)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        once = asyncio.run(replay(_made(folder, "once"), times=1, parallel=1))
        report = asyncio.run(replay(_made(folder, "again"), times=given.times, parallel=given.parallel))
    print(f"{report.posts} posts, {given.parallel} at a time; {report.moved} states moved")
    print("\n".join(report.lines()))
    wrong = {name: value for name in ("refused", "backwards") if (value := getattr(report, name))}
    if report.messages != once.messages:
        wrong["messages"] = (once.messages, report.messages)
    if report.found != once.found:
        wrong["found"] = {
            name: ids ^ report.found[name] for name, ids in once.found.items() if ids != report.found[name]
        }
    print(f"WRONG: {wrong}" if wrong else "each message once, no state backwards, nothing refused")


if __name__ == "__main__":
    main()
