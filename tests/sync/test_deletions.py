"""Whom a request for deletion is about: found and handed on, or given to a person; nothing of it stays."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import CHAT, World
from unibox_tui.connectors.deletions import Deletion
from unibox_tui.connectors.errors import Misconfigured, Transient
from unibox_tui.host.media import MediaStore
from unibox_tui.store import asked, inboxes, raw_events
from unibox_tui.store.asked import Fate
from unibox_tui.sync.deletions import Deletions
from unibox_tui.sync.wanted import Wanted
from unibox_tui.sync.withdrawals import Withdrawals

USER, CODE = "10150000000000001", "a1" * 16


@dataclass
class Network:
    """`told`: what it says of USER; an error: that it cannot say."""

    told: list[tuple[str, str]] | Exception = field(default_factory=list)
    asked: int = 0

    def deletion(self, body: bytes) -> Deletion:
        raise AssertionError("the door has read it")

    async def known_as(self, user: str) -> list[tuple[str, str]]:
        assert user == USER
        self.asked += 1
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


@dataclass(frozen=True)
class Settings:
    app: str = "shops"


class App:
    """Two Pages of one app, and one of another."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder, self.network = world, folder, Network()
        self.pages = [world.inbox(name, CHAT, channel="messenger") for name in ("page-a", "page-b", "elsewhere")]
        (folder / "media").mkdir(exist_ok=True)
        connector: Any = self.network
        self.wanted = {
            id: Wanted(
                replace(world.db.read_now(lambda db, id=id: inboxes.by_id(db, id)), address=f"P{id}"),  # type: ignore[misc]
                Settings("shops" if id != self.pages[2] else "others"),
                connector,
            )
            for id in self.pages
        }
        self.worker = Deletions(world.db, lambda: self.wanted)
        self.withdrawals = Withdrawals(
            world.db, 1, media=MediaStore(folder / "media"), raw=folder / "raw", spool=folder / "spool"
        )

    def comes(self, code: str = CODE) -> None:
        body = json.dumps({"user": USER}).encode()
        self.world.db.write_now(
            lambda tx: raw_events.save(
                tx, self.pages[0], raw_events.DELETION, {}, body, state="quarantined", error="sought", id=code
            )
        )

    def fate(self) -> Fate | None:
        return self.world.db.read_now(lambda db: asked.fate(db, CODE))

    @property
    def row(self) -> Any:
        return self.world.db.read_now(lambda db: raw_events.get(db, CODE))

    def addresses(self) -> set[str]:
        return {row[0] for row in self.world.rows("SELECT address FROM identity")}


@pytest.fixture
def app(world: World, tmp_path: Path) -> App:
    return App(world, tmp_path)


async def test_who_is_known_at_a_page_of_the_app_is_erased(app: App) -> None:
    app.world.chat(app.pages[0], "psid-a", "bimatmatkhau")
    app.world.chat(app.pages[1], "psid-b", "xin chào")
    app.world.chat(app.pages[2], "psid-c", "ở lại")
    app.network.told = [(f"P{app.pages[0]}", "psid-a"), (f"P{app.pages[1]}", "psid-b"), (f"P{app.pages[2]}", "psid-c")]
    app.comes()
    assert app.fate() is Fate.SOUGHT
    await app.worker.step()
    assert (app.fate(), app.row["body"], app.network.asked) == (Fate.BEING_ERASED, None, 1)
    assert app.world.db.read_now(raw_events.quarantined) == []
    await app.withdrawals.step()
    assert app.fate() is Fate.ERASED
    assert app.addresses() == {"psid-c"}
    assert len(app.world.rows("SELECT 1 FROM event WHERE kind = 'contact.forgotten'")) == 2
    assert USER not in str([tuple(row) for row in app.world.rows("SELECT data FROM event")])
    app.comes()
    await app.worker.step()
    assert (app.fate(), app.network.asked) == (Fate.ERASED, 1)


async def test_an_id_that_is_the_customers_own_is_enough(app: App) -> None:
    app.world.chat(app.pages[1], USER, "em đây")
    app.network.told = Misconfigured("Meta has not granted the permission for this.")
    app.comes()
    await app.worker.step()
    await app.withdrawals.step()
    assert (app.fate(), app.addresses()) == (Fate.ERASED, set())


async def test_whom_nobody_knows_is_given_to_a_person_with_the_code(app: App) -> None:
    app.world.chat(app.pages[2], USER, "của ứng dụng khác")
    app.comes()
    await app.worker.step()
    await app.worker.step()
    assert (app.fate(), app.network.asked) == (Fate.WITH_A_PERSON, 1)
    [waits] = app.world.db.read_now(raw_events.quarantined)
    assert CODE in waits["error"]
    assert USER not in waits["error"]
    [noted] = app.world.rows(f"SELECT * FROM event WHERE kind = '{asked.UNKNOWN}'")
    assert json.loads(noted["data"]) == {"code": CODE}
    app.world.db.write_now(lambda tx: raw_events.look_up_again(tx, CODE))
    await app.worker.step()
    assert (app.fate(), app.network.asked) == (Fate.WITH_A_PERSON, 2)
    app.world.db.write_now(lambda tx: raw_events.dismiss(tx, CODE))
    assert (app.fate(), app.row["body"]) == (Fate.SETTLED, None)
    await app.withdrawals.step()
    assert app.addresses() == {USER}


async def test_an_inbox_that_was_taken_out_leaves_it_to_a_person(app: App) -> None:
    app.comes()
    app.wanted.clear()
    await app.worker.step()
    assert app.fate() is Fate.WITH_A_PERSON


async def test_a_network_that_is_not_well_is_asked_again(app: App) -> None:
    app.network.told = Transient("Meta is not well.", retry_after=0.0)
    app.world.chat(app.pages[0], "psid-a", "bimatmatkhau")
    app.comes()
    pause = await app.worker.step()
    assert app.fate() is Fate.SOUGHT
    assert pause < 1.0
    app.network.told = [(f"P{app.pages[0]}", "psid-a")]
    await app.worker.step()
    assert app.fate() is Fate.BEING_ERASED
    assert await app.worker.step() > 1.0


async def test_what_a_code_tells_outlives_other_payloads(app: App) -> None:
    app.comes()
    app.world.db.write_now(lambda tx: raw_events.dismiss(tx, CODE))
    app.world.db.write_now(lambda tx: raw_events.drop_older(tx, tx.now + 1))
    assert app.fate() is Fate.SETTLED
    assert app.world.db.read_now(lambda db: asked.fate(db, "b2" * 16)) is None
