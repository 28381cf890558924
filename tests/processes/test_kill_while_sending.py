"""`kill -9` of the service in every phase of handing over a mail: none is sent twice, none is lost, doubt is shown."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.processes.running import Nursery, Place, deliver, mail, mail_inbox, make_maildir, message_id, until_async
from unibox_tui.sandbox.smtp import SmtpSink, _Cut, _Session

PHASES = ("queued", "greeting", "sender", "before 354", "after 354", "taken", "answered")


class KillingSink(SmtpSink):
    """Calls `strike` once when the phase named by `at` has come."""

    at: str = ""
    strike: Callable[[], None] = staticmethod(lambda: None)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await _KillingSession(self, reader, writer).run()
        except (OSError, asyncio.IncompleteReadError, _Cut):
            pass
        finally:
            writer.transport.abort()

    async def reached(self, phase: str, *, spread_s: float = 0.0) -> None:
        if self.at == phase:
            self.at = ""
            await asyncio.sleep(random.uniform(0, spread_s))
            self.strike()


class _KillingSession(_Session):
    sink: KillingSink

    async def _say(self, line: str) -> None:
        if line.startswith("220 "):
            await self.sink.reached("greeting")
        elif line.startswith("354"):
            await self.sink.reached("before 354")
        elif line == "250 2.0.0 taken":
            await self.sink.reached("taken")
        await super()._say(line)
        if line.startswith("354"):
            await self.sink.reached("after 354", spread_s=0.004)
        elif line == "250 2.0.0 taken":
            await self.sink.reached("answered", spread_s=0.008)

    async def _mail(self, rest: str) -> None:
        await self.sink.reached("sender")
        await super()._mail(rest)


async def killed_again_and_again(nursery: Nursery, place: Place, sink: KillingSink, kills: int, start: int) -> Counter:
    """Each round an agent answers and the service dies in the phase that is its turn."""
    service = nursery.start(place, wait=False)
    await until_async(lambda: place.count("conversation"), what="the customer's mail")
    done: Counter[str] = Counter()
    for round in range(kills):
        phase = PHASES[(start + round) % len(PHASES)]
        struck = asyncio.Event()
        victim = service

        def strike(victim: int = victim, struck: asyncio.Event = struck) -> None:
            nursery.kill(victim)
            struck.set()

        sink.strike = strike  # type: ignore[method-assign]
        sink.at = phase
        # The next one waits for the lock, as a supervisor's would.
        service = nursery.start(place, wait=False)
        await asyncio.to_thread(place.reply, 10_001, f"Dạ em gửi bù ạ {start}-{round}")
        if phase == "queued":
            await asyncio.sleep(random.uniform(0, 0.03))
            sink.at = ""
            strike()
        async with asyncio.timeout(20):
            await struck.wait()
        done[phase] += 1
    await until_async(
        lambda: place.count("outbox", "state IN ('held', 'queued', 'sending')") == 0, what="the end of the queue"
    )
    return done


async def kill_and_look(nursery: Nursery, place: Callable[..., Place], tmp_path: Path, kills: int, homes: int) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_one_home(nursery, place, tmp_path, kills // homes, home)) for home in range(homes)]
    outcomes = sum((task.result() for task in tasks), Counter[str]())
    print(f"\n{kills} kills: {dict(outcomes)}")
    assert outcomes["twice"] == outcomes["lost"] == 0
    assert outcomes["killed"] == kills // homes * homes


async def _one_home(
    nursery: Nursery, place: Callable[..., Place], tmp_path: Path, kills: int, number: int
) -> Counter[str]:
    sink = KillingSink()
    async with sink:
        box = make_maildir(tmp_path / f"mail{number}", "Sent")
        # One home learns of its copies by the folder it watches, the next by looking an unknown one up.
        more = f"watch_sent = {'true' if number % 2 else 'false'}"
        home = place(mail_inbox(box, sink.port, more=more), name=f"home{number}")
        deliver(box, "first", mail(f"first{number}"))
        done = await killed_again_and_again(nursery, home, sink, kills, number * kills)

        outcomes: Counter[str] = Counter(killed=done.total())
        at_sink = Counter(message_id(mail.body) for mail in sink.mails)
        for row in _answers(home):
            times = at_sink[row["message_id"]]
            outcomes["twice"] += times > 1
            outcomes["lost"] += row["state"] == "sent" and times == 0
            assert row["state"] in ("sent", "unknown"), dict(row)
            assert row["shown"] == row["state"], "the thread shows what the outbox knows"
            if row["state"] == "unknown":
                outcomes["unknown, arrived" if times else "unknown, not arrived"] += 1
                assert row["reason"]
            else:
                outcomes["sent"] += 1
        unknown = [row["message_id"] for row in _answers(home) if row["state"] == "unknown"]
        shown = home.value("SELECT failed FROM conversation WHERE id = 10001")
        assert shown == len(unknown), "the list marks the conversation for each answer in doubt"

        # The provider's copies turn up in Sent: those in doubt become sent, the others stay in doubt.
        for index, taken in enumerate(sink.mails):
            deliver(box / "Sent", f"copy{index}", taken.body)
        arrived = {id for id in unknown if at_sink[id]}
        await until_async(
            lambda: (
                {row["message_id"] for row in _answers(home) if row["state"] == "unknown"} == set(unknown) - arrived
            ),
            what="copies in Sent settle what was unknown",
            seconds=60,
        )
        assert len(sink.mails) == len(at_sink), "nothing was sent again meanwhile"
        outcomes["found in Sent"] += len(arrived)
        _no_words_in(home.words())
        return outcomes


def _answers(home: Place) -> list[Any]:
    return home.rows(
        "SELECT o.state, m.state AS shown, o.reason, k.provider_id AS message_id FROM outbox o JOIN message m ON m.n = o.n "
        "JOIN message_key k ON k.n = o.n"
    )


def _no_words_in(log: str) -> None:
    assert "khach.example" not in log
    assert "gửi bù" not in log
    assert "thiếu" not in log
    assert "Traceback" not in log, log


async def test_killed_in_every_phase_of_sending(nursery: Nursery, place: Callable[..., Place], tmp_path: Path) -> None:
    await kill_and_look(nursery, place, tmp_path, kills=14, homes=2)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_killed_a_hundred_times_while_sending(
    nursery: Nursery, place: Callable[..., Place], tmp_path: Path
) -> None:
    await kill_and_look(nursery, place, tmp_path, kills=100, homes=4)
