"""Behind the demo's screen: makes the workspace, catches its mails, runs its service and its customers.

`python -m unibox_tui.sandbox.backstage PARENT`, with an Order on the first line of stdin. It answers `{"ready": …}`, at the
end `{"counts": …}`, or `{"error": …}`. When stdin closes, on SIGTERM, or when its parent dies, all of it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from unibox_tui.domain.errors import Refused, UniboxError
from unibox_tui.domain.ids import now_ms
from unibox_tui.host.bell import BellFile, BellListener
from unibox_tui.host.children import die_with_parent, end_child, start_child
from unibox_tui.host.locks import is_taken
from unibox_tui.host.paths import Home
from unibox_tui.host.processes import open_log
from unibox_tui.sandbox import history, workspace
from unibox_tui.sandbox.arrivals import Arrivals
from unibox_tui.sandbox.colleagues import Colleagues
from unibox_tui.sandbox.networks import Networks
from unibox_tui.sandbox.order import Order
from unibox_tui.sandbox.smtp import SmtpSink
from unibox_tui.sandbox.traffic import Traffic
from unibox_tui.sandbox.workspace import BRANDS, Workspace
from unibox_tui.service.door import web_key
from unibox_tui.store import counting, health_reading, raw_events
from unibox_tui.store.database import Database
from unibox_tui.web.tokens import Tokens

SERVICE_WITHIN_S = 30.0
HISTORY_WITHIN_S = 20.0
SETTLE_S = 3.0
LOOK_S = 0.5


def main(argv: list[str]) -> int:
    die_with_parent(int(argv[0]), number=signal.SIGTERM, grace=15.0)
    signal.signal(signal.SIGTERM, _leave)  # until the loop has its own
    order = Order.from_line(sys.stdin.buffer.readline())
    try:
        return asyncio.run(_run(order))
    except UniboxError as error:
        tell(error={"message": error.message, "hint": error.hint})
        return 1
    finally:
        if not order.keep:
            shutil.rmtree(order.home, ignore_errors=True)


def tell(**said: Any) -> None:
    """One line to the demo; nobody may be listening any more."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
        sys.stdout.flush()


async def _run(order: Order) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(sys.stdin.fileno(), _line_closed, stop)
    began = time.monotonic()
    async with SmtpSink() as sink:
        home = Home.find(order.home)
        place = await asyncio.to_thread(workspace.make, home, web=order.port or free_port(), smtp=sink.port)
        sink.log = place.outgoing
        made = history.Made()
        if not home.database.exists():
            made = await asyncio.to_thread(history.seed, place, order.me, now=now_ms())
        if stop.is_set():
            return 0
        async with Networks(place) as networks:
            await asyncio.to_thread(networks.furnish)
            async with _service(place, stop):
                if not stop.is_set():
                    await _play(order, place, sink, networks, made, stop, began)
    return 0


async def _play(
    order: Order,
    place: Workspace,
    sink: SmtpSink,
    networks: Networks,
    made: history.Made,
    stop: asyncio.Event,
    began: float,
) -> None:
    bell = BellFile(place.home.bell)
    listener = BellListener(place.home.bell)
    db = Database(place.home.database, bell=bell)
    try:
        await _mailboxes_read(db, stop)
        before = await db.read(counting.messages_by_channel)
        arrivals = Arrivals(db)
        tokens = Tokens(web_key(place.home))
        # In a home that is opened again the same people would send the same mails again.
        anew = {} if made.threads else {"seed": now_ms(), "first": now_ms() // 1000}
        chosen = {"seed": order.seed, **anew}
        traffic = Traffic(
            place,
            arrivals,
            made.threads,
            tokens=tokens,
            rate=order.rate,
            patience=order.patience,
            networks=networks,
            **chosen,
        )
        sink.taken = traffic.taken

        def answerable() -> list[Any]:
            return [*traffic.threads, *made.threads] if order.headless else traffic.threads[::2]

        colleagues = Colleagues(
            db, order.me, answerable, every=order.answer_every, hold_ms=0 if order.headless else None
        )
        tell(
            ready={
                "home": str(place.home.config_folder),
                "pages": {brand.chat: place.page(brand.chat) for brand in BRANDS},
                "log": str(place.outgoing / "sent.log"),
                "seconds": round(time.monotonic() - began, 2),
            }
        )
        following = asyncio.create_task(arrivals.follow(listener))
        customers, team = asyncio.create_task(traffic.run()), asyncio.create_task(colleagues.run())
        failed = await _until(stop, order.seconds, customers, team, following)
        for task in (customers, team):
            task.cancel()
        await asyncio.gather(customers, team, return_exceptions=True)
        if order.headless and not failed:
            await arrivals.settle(SETTLE_S)
            tell(counts=await _counts(db, order, sink, arrivals, traffic, colleagues, before))
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        if failed:
            raise failed
    finally:
        db.close()
        listener.close()
        bell.close()


async def _until(stop: asyncio.Event, seconds: float | None, *parts: asyncio.Task[None]) -> BaseException | None:
    """Wait for the end; the error when a part ended by itself."""
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({stopping, *parts}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    return next((task.exception() for task in done if task is not stopping and task.exception()), None)


async def _counts(
    db: Database,
    order: Order,
    sink: SmtpSink,
    arrivals: Arrivals,
    traffic: Traffic,
    colleagues: Colleagues,
    before: dict[str, dict[str, int]],
) -> dict[str, Any]:
    after = await db.read(counting.messages_by_channel)
    none = {"in": 0, "out": 0}
    return {
        "seconds": order.seconds,
        "conversations": await db.read(counting.conversations),
        "messages": after,
        "during": {
            channel: {way: number[way] - before.get(channel, none)[way] for way in number}
            for channel, number in after.items()
        },
        "requests": len(traffic.threads),
        "arrived": dict(arrivals.sent),
        "stored": len(arrivals.took),
        "missing": len(arrivals.waiting),
        "answered": colleagues.answered,
        "mails_sent": len(sink.mails),
        "quarantined": len(await db.read(raw_events.quarantined)),
        "stored_within_ms": {"p50": arrivals.share(0.5), "p95": arrivals.share(0.95)},
    }


@contextlib.asynccontextmanager
async def _service(place: Workspace, stop: asyncio.Event) -> AsyncIterator[None]:
    """The real service, up and answering; one that dies is started anew, as a system would."""
    running = [_start_service(place)]
    keeping = asyncio.create_task(_keep_running(place, running))
    try:
        await _answers(place, running[0], stop)
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await asyncio.to_thread(end_child, running[0], grace=5.0)


def _start_service(place: Workspace) -> subprocess.Popen[bytes]:
    log = open_log(place.home)
    try:
        return start_child("unibox_tui.sandbox.serve", [str(place.home.config_folder)], log=log)
    finally:
        os.close(log)


async def _keep_running(place: Workspace, running: list[subprocess.Popen[bytes]]) -> None:
    while True:
        await asyncio.sleep(LOOK_S)
        # An app may have been quicker: then its service serves, and leaves with it.
        if running[0].poll() is not None and not await asyncio.to_thread(is_taken, place.home.service_lock):
            running[0] = _start_service(place)


async def _answers(place: Workspace, process: subprocess.Popen[bytes], stop: asyncio.Event) -> None:
    ends = time.monotonic() + SERVICE_WITHIN_S
    while not stop.is_set():
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", place.web)
            writer.close()
            return
        if process.poll() is not None or time.monotonic() > ends:
            raise Refused("The demo's service did not start.", hint=_last_words(place.home.service_log))
        await asyncio.sleep(0.05)


async def _mailboxes_read(db: Database, stop: asyncio.Event) -> None:
    """What lies in a mailbox when the service sees it first is history: new mail is for later."""
    ends = time.monotonic() + HISTORY_WITHIN_S
    while not stop.is_set() and time.monotonic() < ends:
        rows = await db.read(health_reading.inboxes)
        if all(row["phase"] == "listening" for row in rows if row["channel"] == "email"):
            return
        await asyncio.sleep(0.05)


def _last_words(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    return lines[-1] if lines else ""


def _line_closed(stop: asyncio.Event) -> None:
    """The demo says nothing more; that its end of the line closes means that it is gone."""
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stop.set()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _leave(*_: object) -> None:
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
