"""A Chatwoot and the real service: two teams in one account, and the line between them that breaks."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.cases.chatwoot import MAI, ChatwootCase
from tests.e2e.test_channels import Place, _config
from tests.support.ports import free_port
from unibox_tui.config.reading import load
from unibox_tui.desk import people
from unibox_tui.desk.actions import Call, perform
from unibox_tui.domain.words import Author
from unibox_tui.host.paths import Home
from unibox_tui.host.secrets import Secrets
from unibox_tui.sandbox.providers.chatwoot import ChatwootSim
from unibox_tui.sandbox.providers.server import ProviderServer
from unibox_tui.service import Service
from unibox_tui.store import agents
from unibox_tui.store.events import Actor
from unibox_tui.views.panel import panel

pytestmark = pytest.mark.slow
AN = Actor(Author.AGENT, "an", cause="key")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    case, port = ChatwootCase(), free_port()
    async with ProviderServer() as server:
        sim = server.mount(case.simulator(hooked=False), case.name)
        settings = dataclasses.replace(case.settings(sim), undo_send_seconds=0.0)
        await case.prepare(sim)
        home = Home.find(tmp_path / "home")
        home.prepare()
        home.config.write_text(_config(settings, sim, port), "utf-8")
        home.config.chmod(0o600)
        secrets = Secrets(home.config_folder, use_keyring=False)
        for name, value in case.secrets(sim).items():
            secrets.store("shop", name, value)
        async with Service(home, load(home.config, inboxes=True), asyncio.Event()) as service:
            found = Place(case, sim, home, service)
            service.db.write_now(lambda tx: agents.ensure(tx, "an"))
            await found.until("the socket is open", lambda: bool(chat(found).rooms))
            sim.clock.forward(seconds=2)
            yield found


def chat(place: Place) -> ChatwootSim:
    assert isinstance(place.sim, ChatwootSim)
    return place.sim


def does(place: Place, name: str, **args: object) -> None:
    (row,) = place.rows("SELECT id FROM conversation")
    place.service.db.write_now(lambda tx: perform(tx, AN, Call(name, args), [int(row["id"])]))


def texts(place: Place) -> list[str]:
    rows = place.rows(
        "SELECT b.text FROM message m JOIN message_body b ON b.n = m.n WHERE m.direction <> 'activity' ORDER BY m.n"
    )
    return [row["text"] for row in rows]


def labels_here(place: Place) -> list[str]:
    rows = place.rows("SELECT l.name FROM label l JOIN conversation_label c ON c.label_id = l.id ORDER BY l.folded")
    return [row["name"] for row in rows]


async def test_two_teams_in_one_account(place: Place) -> None:
    sim = chat(place)
    await sim.says(MAI, "còn size M không ạ")
    await place.until("it is here", lambda: texts(place) == ["còn size M không ạ"])
    one = sim.of(MAI)
    sim.decides(one, labels=["vip"], assignee=sim.agents[12])
    sim.answers(one, sim.agents[13], "khách quen đó", private=True)
    await place.until("what they decided is so here", lambda: labels_here(place) == ["vip"])
    await place.until("their note is here", lambda: "khách quen đó" in texts(place))
    assert place.rows("SELECT assignee FROM conversation")[0]["assignee"] == "an"
    assert sim.decided == []

    does(place, "reply", text="Dạ còn ạ")
    does(place, "note", text="giữ hàng đến 5 giờ")
    does(place, "label", labels=["Giao gấp"])
    does(place, "resolve")
    await place.until("what we decided is so there", lambda: one.status == "resolved" and "giao-gấp" in one.labels)
    await place.until("our note is there", lambda: any(message["private"] for message in one.messages[-3:]))
    await place.until("the answer is there", lambda: sim.texts("1") == ["Dạ còn ạ"])
    sim.reports(sim.delivered[0].id, "read")
    await place.until("they have read it", lambda: bool(place.rows("SELECT 1 FROM message WHERE state = 'read'")))

    await asyncio.sleep(0.5)
    assert sorted(texts(place)) == sorted(["còn size M không ạ", "khách quen đó", "Dạ còn ạ", "giữ hàng đến 5 giờ"])
    assert sorted({what for what, _, _ in sim.decided}) == ["labels", "status"]
    assert len(sim.decided) <= 3
    assert [message["content"] for message in one.messages if message["private"]] == [
        "khách quen đó",
        "an: giữ hàng đến 5 giờ",
    ]


async def test_how_urgent_and_what_is_known_of_the_customer(place: Place) -> None:
    sim = chat(place)
    await sim.says(MAI, "còn size M không ạ")
    await place.until("it is here", lambda: bool(texts(place)))
    one = sim.of(MAI)
    sim.sets(one, priority="urgent", team="Giao hàng", fields={"kho": "Thủ Đức"})
    sim.knows(one.contact, size="M", spent=100)

    def known() -> dict[str, str]:
        return dict(json.loads(place.rows("SELECT attributes FROM contact")[0]["attributes"]))

    await place.until("what they know is here", lambda: known() == {"size": "M", "spent": "100"})
    await place.until("so is how urgent it is", lambda: place.rows("SELECT priority FROM conversation")[0][0] == 2)
    (row,) = place.rows("SELECT id, contact_id FROM conversation")
    shown = place.service.db.read_now(lambda db: panel(db, row["id"], me="an", now=0)).attributes
    assert {("team", "Giao hàng"), ("kho", "Thủ Đức")} <= set(shown)

    does(place, "priority", priority="low")
    fields = {"attributes.size": "L", "attributes.spent": None}
    place.service.db.write_now(lambda tx: people.set_fields(tx, AN, int(row["contact_id"]), fields))
    await place.until(
        "what we decided is so there", lambda: one.priority == "low" and one.contact.fields == {"size": "L"}
    )
    await asyncio.sleep(0.5)
    assert sorted(what for what, _, _ in sim.decided) == ["fields", "gone", "priority"]
    assert known() == {"size": "L"}


async def test_what_was_said_while_the_line_was_broken(place: Place) -> None:
    sim = chat(place)
    await sim.says(MAI, "một")
    await place.until("it is here", lambda: texts(place) == ["một"])
    sim.faults.refuse(times=2, on="/profile")
    sim.hang_up()
    await place.until("the socket is closed", lambda: not sim.rooms)
    await sim.says(MAI, "hai")
    sim.decides(sim.of(MAI), status="pending")
    await sim.says(MAI, "ba")
    await place.until("all is here", lambda: texts(place) == ["một", "hai", "ba"], 25.0)
    await place.until(
        "and how it stands", lambda: place.rows("SELECT status FROM conversation")[0]["status"] == "pending"
    )


async def test_what_both_teams_decide_in_bad_weather_ends_alike(place: Place) -> None:
    sim, dice = chat(place), random.Random(7)
    await sim.says(MAI, "còn size M không ạ")
    await place.until("it is here", lambda: bool(texts(place)))
    one, notes = sim.of(MAI), 0
    (row,) = place.rows("SELECT id, contact_id FROM conversation")
    does(place, "label", labels=["vip", "gấp"])

    def here() -> tuple[Any, ...]:
        (found,) = place.rows("SELECT status, priority, assignee FROM conversation")
        (fields,) = place.rows(f"SELECT attributes FROM contact WHERE id = {row['contact_id']}")
        levels = {-1: "low", 0: None, 1: "high", 2: "urgent"}
        owner = {"an": "Lan", None: None}[found["assignee"]]
        return found["status"], levels[found["priority"]], owner, sorted(labels_here(place)), json.loads(fields[0])

    def there() -> tuple[Any, ...]:
        owner = one.assignee.name if one.assignee else None
        return one.status, one.priority, owner, sorted(one.labels), one.contact.fields

    def known(value: str | None) -> None:
        fields = {"attributes.size": value}
        place.service.db.write_now(lambda tx: people.set_fields(tx, AN, int(row["contact_id"]), fields))

    for step in range(50):
        ours: list[Callable[[], object]] = [
            lambda: does(place, dice.choice(["resolve", "reopen", "pending"])),
            lambda: does(place, "priority", priority=dice.choice(["low", "normal", "high", "urgent"])),
            lambda: does(place, dice.choice(["label", "unlabel"]), labels=[dice.choice(["vip", "gấp"])]),
            lambda: does(place, "assign", agent=dice.choice(["an", None])),
            lambda step=step: known(dice.choice([None, f"here {step}"])),  # type: ignore[misc]
        ]
        theirs: list[Callable[[], object]] = [
            lambda: sim.decides(one, status=dice.choice(["open", "pending", "resolved"])),
            lambda: sim.decides(one, priority=dice.choice([None, "low", "high", "urgent"])),
            lambda: sim.decides(one, labels=dice.choice([[], ["vip"], ["vip", "gấp"]])),
            lambda: sim.decides(one, assignee=dice.choice([None, sim.agents[12]])),
            lambda step=step: sim.knows(one.contact, size=dice.choice([None, f"there {step}"])),  # type: ignore[misc]
        ]
        bad: list[Callable[[], object]] = [
            lambda: sim.faults.refuse(2, status=503), sim.faults.drop_answer, sim.faults.cut, sim.faults.truncate_json,
            lambda: sim.faults.storm429(2, retry_after=1.0), lambda: sim.faults.delay(0.2), sim.hang_up,
        ]  # fmt: skip
        dice.choice(ours)()
        dice.choice(theirs)()
        dice.choice(bad)()
        if step % 10 == 0:
            notes += 1
            does(place, "note", text=f"ghi {notes}")
        await asyncio.sleep(0.06)
    sim.faults.clear()
    ends = asyncio.get_running_loop().time() + 45
    alike = 0
    while alike < 5 and asyncio.get_running_loop().time() < ends:
        place.service.db.write_now(lambda tx: tx.run("UPDATE mirror_cursor SET retry_at = 0 WHERE retry_at > 0"))
        place.service.engine.ring()
        await asyncio.sleep(0.3)
        alike = alike + 1 if here() == there() else 0
    assert here() == there()
    await place.until(
        "each note is there once",
        lambda: (
            sorted(message["content"] for message in one.messages if message["private"])
            == [f"an: ghi {n}" for n in range(1, notes + 1)]
        ),
    )
