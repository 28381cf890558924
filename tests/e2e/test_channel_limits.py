"""What a channel allows, the whole way: windows and tags, templates, parts, files it does not take, what customers take back,
answers of unknown fate, a token that died."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from textual.pilot import Pilot

from tests.connectors.cases import meta, whatsapp, zalo
from tests.connectors.conformance import Case
from tests.e2e.test_channels import APP, Place, _config, _settled, at_the_desk, pytestmark, says
from tests.support.ports import free_port
from tests.support.screen_text import settle, type_text
from unibox_tui.app import UniboxApp
from unibox_tui.config.reading import load
from unibox_tui.connectors.messenger.settings import MessengerSettings
from unibox_tui.connectors.settings import InboxSettings, secret_owner
from unibox_tui.domain.ids import now_ms
from unibox_tui.host.paths import Home
from unibox_tui.host.secrets import Secrets
from unibox_tui.sandbox.providers.base import Guest
from unibox_tui.sandbox.providers.meta import MetaSim
from unibox_tui.sandbox.providers.server import ProviderServer
from unibox_tui.sandbox.providers.whatsapp import WhatsAppSim
from unibox_tui.sandbox.providers.zalo import ZaloSim
from unibox_tui.service import Service

__all__ = ["pytestmark"]
MESSENGER, OWN, WHATSAPP, ZALO = meta.MessengerCase(), meta.OwnLoginCase(), whatsapp.WhatsAppCase(), zalo.ZaloCase()
ASKED = "Shop ơi mẫu này còn size M không ạ"
ANSWER = "dạ còn ạ"
FATES = ("held", "queued", "sending")


@asynccontextmanager
async def opened(case: Case, folder: Path, more: Sequence[tuple[str, InboxSettings, str]] = ()) -> AsyncIterator[Place]:
    """`more`: further inboxes of the same app, as (name, settings, access token)."""
    port = free_port()
    async with ProviderServer() as server:
        sim = server.mount(case.simulator(retry_factor=0.05), case.name)
        settings = dataclasses.replace(case.settings(sim), undo_send_seconds=0.0)
        if isinstance(sim, MetaSim):
            for _name, one, token in more:
                sim.page(cast(Any, one).page_id, "Shop B").token = token
        home = Home.find(folder / "home")
        home.prepare()
        text = _config(settings, sim, port)
        for name, one, _token in more:
            other = dataclasses.replace(one, api=sim.base_url, undo_send_seconds=0.0)  # type: ignore[call-arg]
            text += _config(other, sim, port).partition("[inbox.shop]")[2].join((f"[inbox.{name}]", ""))
        home.config.write_text(text, "utf-8")
        home.config.chmod(0o600)
        secrets = Secrets(home.config_folder, use_keyring=False)
        for key, value in case.secrets(sim).items():
            secrets.store(secret_owner("shop", settings, key), key, value)
        for name, one, token in more:
            secrets.store(secret_owner(name, one, "access_token"), "access_token", token)
        sim.hooks.url = case.webhook(sim, f"http://127.0.0.1:{port}/a/{APP}", "shop")
        async with Service(home, load(home.config, inboxes=True), asyncio.Event()) as service:
            place = Place(case, sim, home, service)
            await place.until("the service listens", lambda: service.web_address is not None)
            sim.clock.forward(seconds=2)
            yield place


async def asked(place: Place, text: str = ASKED) -> str:
    """A customer has written; gives the provider's id of it."""
    id = await place.sim.says(place.case.guest, text)
    await place.until("the question is here", lambda: bool(place.rows("SELECT 1 FROM message WHERE inert = 0")))
    return id


def age(place: Place, hours: float) -> None:
    """Time passes, here and at the provider."""
    place.service.db.now = lambda: now_ms() + int(hours * 3_600_000)
    place.sim.clock.forward(hours=hours)


@asynccontextmanager
async def in_thread(place: Place) -> AsyncIterator[tuple[UniboxApp, Pilot[Any]]]:
    async with at_the_desk(place) as (app, pilot):
        await place.until("the row", lambda: says(app, "mẫu này còn"))
        await pilot.press("enter")
        await place.until("the thread", lambda: says(app, ASKED))
        yield app, pilot


async def answer(pilot: Pilot[Any], text: str = ANSWER) -> None:
    await pilot.press("r")
    await settle(pilot, 0.1)
    await type_text(pilot, text)
    await pilot.press("enter")
    await settle(pilot, 0.1)


def states(place: Place) -> list[str]:
    return [
        row["state"] for row in place.rows("SELECT state FROM message WHERE direction = 'out' AND inert = 0 ORDER BY n")
    ]


def fated(place: Place) -> bool:
    return bool(states(place)) and not place.rows(f"SELECT 1 FROM outbox WHERE state IN {FATES}")


# -- windows ---------------------------------------------------------------------------------------------------------------


async def test_after_a_day_messenger_takes_what_a_person_writes_with_the_tag(tmp_path: Path) -> None:
    async with opened(MESSENGER, tmp_path) as place:
        await asked(place)
        age(place, hours=30)
        async with in_thread(place) as (app, pilot):
            await pilot.press("r")
            await place.until("the head says it", lambda: says(app, "human agent tag", "5 d left"))
            await type_text(pilot, ANSWER)
            await pilot.press("enter")
            await place.until("the answer is there", lambda: ANSWER in place.sim.texts())
            await place.until("sent on the screen", lambda: says(app, ANSWER, "✓"))
        assert place.sim.texts() == [ANSWER]
        raw = place.sim.delivered[0].raw
        assert (raw["messaging_type"], raw["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")


async def test_after_a_week_messenger_takes_nothing_that_is_written(tmp_path: Path) -> None:
    async with opened(MESSENGER, tmp_path) as place:
        await asked(place)
        age(place, hours=8 * 24)
        async with in_thread(place) as (app, pilot):
            await pilot.press("r")
            await place.until("the head says it", lambda: says(app, "window closed"))
            assert not says(app, "template")
            app.inbox.pen.paste(ANSWER)
            await pilot.press("enter")
            await settle(pilot, 0.2)
            assert says(app, "Nothing can be sent this way now.")
            assert app.inbox.pen.text == ANSWER
        assert place.sim.texts() == []
        assert states(place) == []


async def test_a_closed_window_at_whatsapp_is_answered_with_a_template(tmp_path: Path) -> None:
    async with opened(WHATSAPP, tmp_path) as place:
        assert isinstance(place.sim, WhatsAppSim)
        await asked(place)
        await place.until("its templates are known", lambda: bool(place.rows("SELECT 1 FROM template")))
        age(place, hours=30)
        async with in_thread(place) as (app, pilot):
            await pilot.press("r")
            await place.until("the head says it", lambda: says(app, "window closed", "t choose a template"))
            await pilot.press("t")
            await place.until("the sheet", lambda: says(app, "don_hang"))
            assert not says(app, "tet_sale")  # paused at WhatsApp
            await pilot.press("enter")
            for value in ("DH20381", "chị Hà", "DH20381"):
                await settle(pilot, 0.1)
                await type_text(pilot, value)
                await pilot.press("enter")
            await place.until("it is there", lambda: bool(place.sim.delivered))
            await place.until("in the thread", lambda: says(app, "Chào chị Hà, đơn DH20381", "✓"))
            await _settled(place)
        [sent] = place.sim.delivered
        given = [[one["text"] for one in part["parameters"]] for part in sent.raw["template"]["components"]]
        assert (sent.raw["template"]["name"], given) == ("don_hang", [["DH20381"], ["chị Hà", "DH20381"]])


# -- parts -----------------------------------------------------------------------------------------------------------------


async def parted(case: Case, folder: Path, sentence: str, count: int) -> None:
    text = " ".join(f"{sentence} {n}." for n in range(count))
    async with opened(case, folder) as place:
        await asked(place)
        blocked = place.sim.blocked if isinstance(place.sim, MetaSim) else cast(ZaloSim, place.sim).default.blocked
        async with in_thread(place) as (app, pilot):
            await pilot.press("r")
            await settle(pilot, 0.1)
            app.inbox.pen.paste(text)
            await place.until("the head counts them", lambda: says(app, "2 parts"))
            blocked.add(case.destination)
            await pilot.press("enter")
            await place.until("nothing is left to try", lambda: states(place) == ["failed", "failed"])
            assert place.sim.delivered == []
            tried = [one for one in place.sim.received if one.path.endswith(case.send_path)]
            assert len(tried) == 1
            blocked.clear()
            await place.until("failed on the screen", lambda: says(app, "A part before it did not leave"))
            await pilot.press("G")
            await settle(pilot)
            await pilot.press("R")
            await place.until("both are there", lambda: len(place.sim.delivered) == 2)
            await _settled(place)
        assert " ".join(place.sim.texts()) == text


async def test_a_long_text_at_instagram_leaves_in_parts_and_none_past_one_that_failed(tmp_path: Path) -> None:
    await parted(OWN, tmp_path, "Dạ mẫu này bên em còn đủ size ạ", 30)


async def test_a_long_text_at_zalo_leaves_in_parts_and_none_past_one_that_failed(tmp_path: Path) -> None:
    await parted(ZALO, tmp_path, "Dạ mẫu này bên em còn đủ size và đủ màu nên chị cứ yên tâm chọn ạ", 40)


# -- files -----------------------------------------------------------------------------------------------------------------


async def test_files_that_instagram_does_not_take_are_refused_before_anything_leaves(tmp_path: Path) -> None:
    paper, picture = tmp_path / "hoa-don.pdf", tmp_path / "ao.png"
    paper.write_bytes(b"%PDF-1.4\n")
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(9_000_000))
    async with opened(OWN, tmp_path) as place:
        await asked(place)
        async with in_thread(place) as (app, pilot):
            await pilot.press("r")
            await settle(pilot, 0.1)
            app.inbox.pen.paste(ANSWER)
            for path, said in ((paper, "takes no files of the kind"), (picture, "takes at most 8 MB")):

                def refused(words: str = said) -> bool:
                    return says(app, words)

                app.inbox.pen.detach()
                app.inbox.pen.attach(str(path))
                await settle(pilot)
                await pilot.press("enter")
                await place.until(said, refused)
                assert app.inbox.pen.text == ANSWER
                assert app.inbox.pen.writing.files == (str(path),)
            app.inbox.pen.detach()
            await pilot.press("enter")
            await place.until("the text alone goes", lambda: place.sim.texts() == [ANSWER])
        assert not place.rows("SELECT 1 FROM attachment")


# -- what customers change -----------------------------------------------------------------------------------------------------


async def test_edits_reactions_and_what_is_taken_back_are_seen_in_the_thread(tmp_path: Path) -> None:
    async with opened(MESSENGER, tmp_path) as place:
        sim = cast(MetaSim, place.sim)
        first = await asked(place)
        second = await sim.says(place.case.guest, "màu đỏ nha shop")
        page = sim.endpoints[meta.PAGE]
        async with in_thread(place) as (app, pilot):
            await place.until("both", lambda: says(app, ASKED, "màu đỏ"))
            edit = {"mid": second, "text": "màu xanh nha shop", "num_edit": 1}
            sim.event(page, place.case.destination, {"message_edit": edit})
            await place.until("the edit", lambda: says(app, "màu xanh nha shop", "edited") and not says(app, "màu đỏ"))
            reaction = {"mid": second, "action": "react", "reaction": "love", "emoji": "❤️"}
            sim.event(page, place.case.destination, {"reaction": reaction})
            await place.until("the reaction", lambda: says(app, "❤"))
            sim.event(page, place.case.destination, {"message": {"mid": first, "is_deleted": True}})
            await place.until("it is gone", lambda: says(app, "taken back by its sender") and not says(app, ASKED))
            await settle(pilot)


async def test_at_instagram_too(tmp_path: Path) -> None:
    async with opened(OWN, tmp_path) as place:
        sim = cast(MetaSim, place.sim)
        first = await asked(place)
        account = sim.endpoints[meta.OWN]
        async with in_thread(place) as (app, _pilot):
            reaction = {"mid": first, "action": "react", "reaction": "love", "emoji": "❤️"}
            sim.event(account, place.case.destination, {"reaction": reaction})
            await place.until("the reaction", lambda: says(app, "❤"))
            sim.event(account, place.case.destination, {"reaction": {"mid": first, "action": "unreact"}})
            await place.until("none", lambda: not says(app, "❤"))
            sim.event(account, place.case.destination, {"message": {"mid": first, "is_deleted": True}})
            await place.until("it is gone", lambda: says(app, "taken back by its sender") and not says(app, ASKED))


async def test_a_quoted_answer_names_what_it_answers(tmp_path: Path) -> None:
    async with opened(MESSENGER, tmp_path) as place:
        first = await asked(place)
        await place.sim.says(place.case.guest, "màu đỏ nha shop")
        async with in_thread(place) as (app, _pilot):
            await place.until("both", lambda: says(app, ASKED, "màu đỏ"))
            conversation, n = app.inbox.talk.conversation, place.rows("SELECT min(n) AS n FROM message")[0]["n"]
            assert conversation is not None
            await app.workspace.perform("reply", {"text": ANSWER, "answers": n}, [conversation])
            await place.until("it is there", lambda: place.sim.texts() == [ANSWER])
            await place.until("in the thread", lambda: says(app, ANSWER))
        assert place.sim.delivered[0].raw["reply_to"] == {"mid": first}


# -- bad luck --------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def of_unknown_fate(folder: Path, *, done: bool) -> AsyncIterator[tuple[Place, UniboxApp, Pilot[Any]]]:
    """An answer whose outcome nobody tells: neither the call, nor an echo, nor history. `done`: the customer has it."""
    async with opened(MESSENGER, folder) as place:
        await asked(place)
        faults, send_path = place.sim.faults, place.case.send_path
        faults.refuse(1_000, status=503, on="/conversations")
        async with in_thread(place) as (app, pilot):
            await place.sim.hooks.settle()
            hook, place.sim.hooks.url = place.sim.hooks.url, ""
            (faults.drop_answer if done else faults.cut)(on=send_path)
            await answer(pilot)
            await place.until("nobody knows", lambda: states(place) == ["unknown"])
            await place.until("it is shown", lambda: says(app, "? may have been delivered", "R send again"))
            await asyncio.sleep(0.5)  # the house does not send it again by itself
            assert place.sim.texts() == ([ANSWER] if done else [])
            place.sim.hooks.url = hook
            await pilot.press("G")
            await settle(pilot)
            yield place, app, pilot


async def test_an_answer_of_unknown_fate_is_kept_as_sent(tmp_path: Path) -> None:
    async with of_unknown_fate(tmp_path, done=True) as (place, app, pilot):
        await pilot.press("g", "k")
        await place.until("kept", lambda: states(place) == ["sent"])
        await place.until("on the screen", lambda: says(app, ANSWER, "✓"))
        await asyncio.sleep(0.3)
        assert place.sim.texts() == [ANSWER]


async def test_an_answer_of_unknown_fate_is_sent_again_by_hand(tmp_path: Path) -> None:
    async with of_unknown_fate(tmp_path, done=False) as (place, app, pilot):
        await pilot.press("R")
        await place.until("it is there", lambda: place.sim.texts() == [ANSWER])
        await place.until("on the screen", lambda: fated(place) and says(app, ANSWER, "✓"))
        assert place.sim.texts() == [ANSWER]


async def test_a_dead_token_stops_its_own_inbox_until_there_is_another(tmp_path: Path) -> None:
    settings = MessengerSettings(page_id="100200300400501", app=APP)
    more = ("shop-b", settings, "EAApage-of-shop-b")
    other = Guest("7001002003009999", "Lê Văn Bình", "vi")
    async with opened(MESSENGER, tmp_path, [more]) as place:
        sim = cast(MetaSim, place.sim)
        await asked(place)

        def state(name: str) -> str:
            return str(place.rows(f"SELECT state FROM inbox WHERE name = '{name}'")[0]["state"])

        async with in_thread(place) as (app, pilot):
            await sim.says(other, "Shop B ơi", account=settings.page_id)
            await place.until("both are here", lambda: len(place.rows("SELECT 1 FROM conversation")) == 2)
            sim.endpoints[meta.PAGE].token = "EAApage-another"
            sim.received.hide("EAApage-another")
            await answer(pilot)
            await place.until("it needs a person", lambda: state("shop") == "broken")
            assert state("shop-b") == "on"
            found = place.rows("SELECT id FROM conversation ORDER BY id")[-1]["id"]
            await app.workspace.perform("reply", {"text": "dạ em nghe ạ"}, [found])
            await place.until("the other goes on", lambda: sim.texts(other.id) == ["dạ em nghe ạ"])
            await pilot.press("g", "h")
            await place.until("what mends it", lambda: says(app, "unibox inbox reconnect shop"))
            assert sim.texts(place.case.destination) == []
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "unibox_tui", "--home", str(place.home.root), "inbox", "secret", "shop"),
                *("access_token", "--secret-stdin", "--no-check"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            out, _ = await process.communicate(b"EAApage-another\n")
            assert process.returncode == 0, out.decode()
            await place.until("it goes on at once", lambda: sim.texts(place.case.destination) == [ANSWER], 5.0)
            await place.until("well again", lambda: state("shop") == "on")
        assert sim.texts(place.case.destination) == [ANSWER]
