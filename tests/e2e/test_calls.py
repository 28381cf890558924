"""A call the whole way: Asterisk's events over its socket, the service, the screen, a call back, and what was lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.connectors.cases.voice import LAN, AriCase, GenericCase
from tests.e2e.test_channels import Place, _config, at_the_desk, says
from tests.support.ports import free_port
from tests.support.screen_text import settle, type_text
from unibox_tui.config.reading import load
from unibox_tui.connectors.voice.settings import VoiceSettings
from unibox_tui.host.paths import Home
from unibox_tui.host.secrets import Secrets
from unibox_tui.sandbox.providers.asterisk import SILENCE, AriSim
from unibox_tui.sandbox.providers.base import File
from unibox_tui.sandbox.providers.callposter import CallPosterSim
from unibox_tui.sandbox.providers.server import ProviderServer
from unibox_tui.service import Service

pytestmark = pytest.mark.slow
asterisk = pytest.mark.parametrize("place", [AriCase()], indirect=True, ids=["ari"])
generic = pytest.mark.parametrize("place", [GenericCase()], indirect=True, ids=["generic"])


@pytest.fixture
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    case = request.param
    port = free_port()
    async with ProviderServer() as server:
        sim = server.mount(AriSim() if case.name == "voice-ari" else CallPosterSim(retry_factor=0.05), case.name)
        if isinstance(sim, AriSim):
            settings = VoiceSettings(
                provider="ari", api=sim.base_url, trunk=["PJSIP/carrier"], agents={"an": "PJSIP/101"}, number="19000000", record=True
            )  # fmt: skip
        else:
            settings = VoiceSettings(recordings=[sim.base_url], number="19000000")
        home = Home.find(tmp_path / "home")
        home.prepare()
        home.config.write_text(_config(settings, sim, port), "utf-8")
        home.config.chmod(0o600)
        secrets = Secrets(home.config_folder, use_keyring=False)
        for name, value in case.secrets(sim).items():
            secrets.store("shop", name, value)
        sim.hooks.url = f"http://127.0.0.1:{port}/h/shop"
        async with Service(home, load(home.config, inboxes=True), asyncio.Event()) as service:
            found = Place(case, sim, home, service)
            if isinstance(sim, CallPosterSim):
                await found.until("the service listens", lambda: service.web_address is not None)
            if isinstance(sim, AriSim):
                await found.until("the socket is open", lambda: bool(sim.listeners.get("unibox")))
            yield found


def state(place: Place) -> list[str]:
    return [row["state"] for row in place.rows("SELECT state FROM call ORDER BY n")]


@asterisk
async def test_a_call_rings_is_missed_and_called_back(place: Place) -> None:
    sim = place.sim
    assert isinstance(sim, AriSim)
    async with at_the_desk(place) as (app, pilot):
        call = sim.rings(LAN)
        sim.tries(call, "PJSIP/101")
        await place.until("the toast", lambda: says(app, "Lan is calling", "19000000", "goes there"))
        await pilot.press("b")
        await place.until("the card", lambda: says(app, "Ringing …", "rang: an"))
        sim.hangs_up(call)
        await place.until("missed", lambda: says(app, "Missed call"))
        assert place.rows("SELECT 1 FROM conversation WHERE waiting_since IS NOT NULL")
        await pilot.press("g", "m")
        await place.until("my phone rings", lambda: sim.texts(LAN.phone) == ["☎"])
        mine = sim.delivered[0].id
        theirs = mine[:-1] + "b"
        sim.pick_up(mine)
        await place.until("theirs rings", lambda: theirs in sim.up)
        assert sim.up[theirs].name.startswith("PJSIP/carrier-")
        sim.pick_up(theirs)
        await place.until("both talk", lambda: [mine, theirs] in list(sim.bridges.values()))
        await place.until("going on", lambda: says(app, "Call going on"))
        await place.until(
            "nobody waits", lambda: not place.rows("SELECT 1 FROM conversation WHERE waiting_since IS NOT NULL")
        )
        await place.until("it is recorded", lambda: bool(sim.recording))
        sim.hang_up(theirs)
        await place.until("mine is let go", lambda: mine not in sim.up)
        await place.until("over", lambda: says(app, "Call from us, 0:0", "is over", "says what it was about"))
        await pilot.press("g", "q")
        await settle(pilot, 0.2)
        await type_text(pilot, "đổi size")
        await pilot.press("enter")
        await place.until("the reason", lambda: says(app, "reason: đổi size"))
        held = "SELECT size FROM attachment WHERE state = 'held'"
        await place.until("the recording is here", lambda: [row["size"] for row in place.rows(held)] == [len(SILENCE)])
    assert state(place) == ["missed", "ended"]
    assert [row["state"] for row in place.rows("SELECT state FROM outbox")] == ["sent"]
    assert sim.texts(LAN.phone) == ["☎"]


@asterisk
async def test_a_phone_that_nobody_picks_up_makes_no_call(place: Place) -> None:
    sim = place.sim
    assert isinstance(sim, AriSim)
    sim.hangs_up(sim.rings(LAN))
    async with at_the_desk(place) as (app, pilot):
        await place.until("the call", lambda: says(app, "[missed call]"))
        await pilot.press("enter")
        await place.until("the thread", lambda: says(app, "Missed call"))
        await pilot.press("g", "m")
        await place.until("my phone rings", lambda: len(sim.delivered) == 1)
        mine = sim.delivered[0].id
        sim.hang_up(mine, 19)
        await place.until("told", lambda: says(app, "Call not answered", "our own phone was not picked up"))
    assert not [one for one in sim.up if one.startswith("ub-")]
    assert place.rows("SELECT 1 FROM conversation WHERE waiting_since IS NOT NULL")


@asterisk
async def test_what_ended_while_nobody_listened_is_not_called_answered(place: Place) -> None:
    sim = place.sim
    assert isinstance(sim, AriSim)
    call = sim.rings(LAN)
    await place.until("heard", lambda: state(place) == ["ringing"])
    await sim.drop_listeners()
    await place.until("the line is gone", lambda: not sim.listeners.get("unibox"))
    sim.hangs_up(call)
    stays = sim.rings(type(LAN)("+15005570012", "Nam", phone="+15005570012"))
    await place.until("both are known", lambda: state(place) == ["missed", "ringing"], 20)
    card = place.rows("SELECT b.extra FROM message_body b JOIN call k USING (n) WHERE k.state = 'missed'")[0]["extra"]
    assert "line_lost" in card
    sim.takes(stays, "PJSIP/101")
    await place.until("and the next events are heard", lambda: state(place) == ["missed", "answered"])


@generic
async def test_posted_calls_come_in_any_order_and_bring_their_recording(place: Place) -> None:
    sim = place.sim
    assert isinstance(sim, CallPosterSim)
    url = sim.shelve(File("rec.wav", b"RIFF-spoken", "audio/wav"), lasts_ms=60_000)
    sim.hooks.disorder(3)
    sim.hooks.duplicate()
    now = sim.clock()
    sim.tells("pbx-1", LAN, "ringing", at=now - 60_000, extension="101")
    sim.tells("pbx-1", LAN, "answered", at=now - 50_000, extension="101")
    sim.tells("pbx-1", LAN, "ended", at=now, billsec=50, recording_url=url)
    await sim.hooks.settle()
    await place.until("one card", lambda: state(place) == ["ended"])
    await place.until("its recording", lambda: bool(place.rows("SELECT 1 FROM attachment WHERE state = 'held'")))
    (row,) = place.rows("SELECT waiting_since, message_count FROM conversation")
    assert (row["waiting_since"], row["message_count"]) == (None, 1)
