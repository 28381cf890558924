"""Networks that misbehave in every way at once, a real service that is killed in the midst of it, and what both have in the end:
every word of a customer once, every answer at most once, and what nobody can know is said to be unknown."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.connectors.cases.chatwoot import ChatwootCase
from tests.connectors.cases.line import LineCase
from tests.connectors.cases.telegram import TelegramCase
from tests.connectors.cases.whatsapp import WhatsAppCase
from tests.connectors.conformance import Case
from tests.e2e.test_channels import APP, inbox_lines
from tests.processes.running import Nursery, Place, until_async
from tests.support.ports import free_port
from unibox_tui.connectors.settings import InboxSettings, secret_owner
from unibox_tui.host.secrets import Secrets
from unibox_tui.sandbox.providers.base import Guest, Simulator
from unibox_tui.sandbox.providers.chatwoot import ChatwootSim
from unibox_tui.sandbox.providers.line import LineSim
from unibox_tui.sandbox.providers.line_parts import line_id
from unibox_tui.sandbox.providers.server import ProviderServer
from unibox_tui.store.database import Tx

pytestmark = pytest.mark.slow
SECONDS = float(os.environ.get("UNIBOX_WEATHER_S", "3"))
PEOPLE = 4
WAITING = "SELECT 1 FROM outbox WHERE state IN ('held', 'queued', 'sending')"


class FreeReplies(LineCase):
    name = "line-replies"
    replies = True


CASES: tuple[Case, ...] = (WhatsAppCase(), LineCase(), FreeReplies(), TelegramCase(), ChatwootCase())


def guests(case: Case) -> list[Guest]:
    """People with ids of the network's own form."""

    def id(n: int) -> str:
        match case.channel:
            case "line":
                return line_id("U", f"guest-{n}")
            case "telegram":
                return str(700_100_500 + n)
            case "whatsapp":
                return f"8490000100{n}"
        return f"guest-{n}"

    return [Guest(id(n), f"Khách {n}", "vi") for n in range(PEOPLE)]


@dataclass
class Weather:
    case: Case
    sim: Simulator
    place: Place
    secrets: Secrets
    dice: random.Random
    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)

    async def asks(self, guest: Guest) -> None:
        text = f"hỏi {len(self.asked)} của {guest.name}"
        self.asked.append(text)
        await self.sim.says(guest, text)

    def answers(self) -> None:
        rows = self.place.rows("SELECT id FROM conversation ORDER BY id")
        if rows:
            text = f"đáp {len(self.answered)} ạ"
            self.answered.append(text)
            self.place.reply(int(self.dice.choice(rows)["id"]), text)

    def turns(self) -> None:
        """One more thing goes wrong."""
        faults, on = self.sim.faults, self.dice.choice([self.case.send_path, self.case.send_path, ""])
        bad: list[Callable[[], None]] = [
            lambda: faults.drop_answer(on=on),
            lambda: faults.cut(on=on),
            lambda: faults.delay(self.dice.uniform(0.1, 0.8), on=on),
            lambda: faults.storm429(self.dice.randint(1, 4), retry_after=1.0, on=on),
            lambda: faults.truncate_json(on=on),
            lambda: faults.refuse(self.dice.randint(1, 3), status=self.dice.choice([500, 502, 503]), on=on),
            lambda: self.sim.hooks.duplicate(3),
            lambda: self.sim.hooks.disorder(3),
        ]
        if isinstance(self.sim, ChatwootSim):
            bad.append(self.sim.hang_up)
        self.dice.choice(bad)()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_what_both_sides_have_in_the_end(case: Case, nursery: Nursery, place: Callable[..., Place]) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    async with ProviderServer() as server:
        sim = server.mount(case.simulator(), case.name)
        sim.hooks.hurry()
        await case.prepare(sim)
        settings = dataclasses.replace(case.settings(sim), undo_send_seconds=0.0)
        lines = ["[web]", f'listen = "127.0.0.1:{port}"', f'public_url = "{base}"', "[secrets]", "keyring = false"]
        home = place("\n".join([*lines, *inbox_lines(settings, sim, "shop", APP)]) + "\n")
        secrets = Secrets(home.home.config_folder, use_keyring=False)
        for name, value in case.secrets(sim).items():
            secrets.store(secret_owner("shop", settings, name), name, value)
        sim.hooks.url = case.webhook(
            sim, f"{base}/a/{APP}" if getattr(settings, "app", "") else f"{base}/h/shop", "shop"
        )
        pid = await asyncio.to_thread(nursery.start, home)
        sim.clock.forward(seconds=2)
        weather = Weather(case, sim, home, secrets, random.Random(case.name))
        people = guests(case)
        for guest in people:
            await weather.asks(guest)
        await until_async(lambda: home.count("conversation") >= PEOPLE, what="all who wrote")
        loop = asyncio.get_running_loop()
        began, killed = loop.time(), False
        while (gone := loop.time() - began) < SECONDS:
            await weather.asks(weather.dice.choice(people))
            weather.answers()
            weather.turns()
            await asyncio.sleep(0.12)
            if not killed and gone > SECONDS / 2:
                killed = True
                nursery.kill(pid)
                await weather.asks(people[0])
                pid = await asyncio.to_thread(nursery.start, home)
        sim.faults.clear()
        sim.hooks.release()
        await _another_token(weather, settings)
        await _calm(weather)
    _once_each(weather)


async def _another_token(weather: Weather, settings: InboxSettings) -> None:
    """The provider takes the old one no more: the inbox waits for a person, and goes on when they have stored the new one."""
    sim, home, new = weather.sim, weather.place, "100000:another-token-0002"
    if isinstance(sim, LineSim):
        sim.default.token = new
        sim.accounts = {new: sim.default}
    else:
        setattr(sim, "token", new)  # noqa: B010  each of them has one
    sim.received.hide(new)
    weather.answers()
    await until_async(lambda: home.state_of("shop") == "broken", what="the dead token is found")
    weather.answers()
    name = next(one for one in ("access_token", "token") if one in type(settings).SECRETS)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "unibox_tui", "--home", str(home.home.root), "inbox", "secret", "shop", name),
        *("--secret-stdin", "--no-check"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate(new.encode())
    assert process.returncode == 0, out.decode()
    await until_async(lambda: home.state_of("shop") == "on", what="it goes on")


async def _calm(weather: Weather) -> None:
    """Until all is said on both sides; what waits for its next try need not wait so long here."""
    home = weather.place

    def hurry(tx: Tx) -> None:
        tx.run("UPDATE outbox SET retry_at = 0 WHERE state = 'queued'")

    for _ in range(60 + 8 * int(SECONDS)):  # a network's pace may leave much to say
        home.db.write_now(hurry)
        if not home.rows(WAITING) and _heard(weather) >= set(weather.asked):
            break
        await asyncio.sleep(0.5)
    await weather.sim.hooks.settle(20)
    await until_async(lambda: not home.rows("SELECT 1 FROM raw_event WHERE state = 'new'"), what="all is parsed")


def _heard(weather: Weather) -> set[str]:
    rows = weather.place.rows("SELECT b.text FROM message m JOIN message_body b ON b.n = m.n WHERE m.direction = 'in'")
    return {row["text"] for row in rows}


def _once_each(weather: Weather) -> None:
    home, sim = weather.place, weather.sim
    rows = home.rows(
        "SELECT b.text, m.direction, m.state, m.reason FROM message m JOIN message_body b ON b.n = m.n "
        "WHERE m.direction IN ('in', 'out') AND m.inert = 0"
    )
    heard = Counter(row["text"] for row in rows if row["direction"] == "in")
    assert {text: heard[text] for text in weather.asked} == dict.fromkeys(weather.asked, 1)
    assert not home.rows("SELECT 1 FROM raw_event WHERE state = 'quarantined'")
    said = Counter(row["text"] for row in rows if row["direction"] == "out")
    assert said == Counter(weather.answered)  # an echo is the answer itself
    got = Counter(sim.texts())
    wrong = []
    for row in rows:
        if row["direction"] != "out":
            continue
        arrived = got[row["text"]]
        fits = {
            "sent": arrived == 1, "delivered": arrived == 1, "read": arrived == 1, "failed": arrived == 0,
            "unknown": arrived <= 1,
        }  # fmt: skip
        if not fits.get(row["state"], False):
            wrong.append((row["text"], row["state"], row["reason"], arrived))
    assert wrong == []
    states = Counter(row["state"] for row in rows if row["direction"] == "out")
    print(f"\n{weather.case.name}: {len(weather.asked)} asked, {dict(states)}, {sum(got.values())} arrived")
