"""A trunk into another network: its customers are rung, and ring, by their ids there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar

from tests.connectors.cases.voice import AriCase
from tests.connectors.conformance import rig
from unibox_tui.connectors.contract import Batch
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.connectors.voice import numbers
from unibox_tui.connectors.voice.settings import VoiceSettings
from unibox_tui.sandbox.providers.asterisk import AriSim
from unibox_tui.sandbox.providers.base import Guest, Simulator

UID = "2468458835291979221"
THAO = Guest(UID, "Trần Thu Thảo", "vi", UID)


class ZccCase(AriCase):
    destination: ClassVar[str] = UID

    def simulator(self, **kinds: object) -> AriSim:
        sim = AriSim(trunk="PJSIP/zcc", **kinds)  # type: ignore[arg-type]
        sim.apps.add("unibox")
        return sim

    def settings(self, sim: Simulator) -> InboxSettings:
        return VoiceSettings(
            provider="ari", api=sim.base_url, trunk=["PJSIP/zcc"], dial="PJSIP/{number}@zcc", carries="shop-zalo",
            agents={"linh": "PJSIP/101"}, number="388613280878808645",
        )  # fmt: skip


async def test_the_id_is_rung_after_our_own_phone() -> None:
    async with rig(ZccCase()) as parts:
        sim = parts.sim
        assert isinstance(sim, AriSim)
        assert parts.connector.capabilities().extra["calls_for"] == "shop-zalo"
        listening = parts.connector.pull({})
        await anext(listening)
        await parts.connector.send(parts.request(options={"call": {"agent": "linh"}})[0])
        sim.pick_up(next(iter(sim.up)))
        heard = asyncio.create_task(drained(listening))
        async with asyncio.timeout(10):
            while len(asked := sim.received.calls("/channels", "POST")) < 2:
                await asyncio.sleep(0.01)
        heard.cancel()
        assert [dict(one.query)["endpoint"] for one in asked] == ["PJSIP/101", f"PJSIP/{UID}@zcc"]


async def drained(listening: AsyncIterator[Batch]) -> None:
    async for _ in listening:
        pass


async def test_who_rings_is_known_by_the_id() -> None:
    async with rig(ZccCase()) as parts:
        sim = parts.sim
        assert isinstance(sim, AriSim)
        listening = parts.connector.pull({})
        await anext(listening)
        sim.rings(THAO, "388613280878808645001")
        async with asyncio.timeout(10):
            steps: list[object] = []
            while not steps:
                steps = [step for item in (await anext(listening)).items for step in item.events]
        person = steps[0].person  # type: ignore[attr-defined]
        assert (person.address, person.kind) == (UID, numbers.CARRIED)
        await listening.aclose()
