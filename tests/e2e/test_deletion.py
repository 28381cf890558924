"""A customer asks at Meta to be erased: from the simulated network to the last byte, and to the person who looks for whom
nobody knows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.connectors.cases.meta import HA, PAGE, MessengerCase
from tests.e2e.test_channel_limits import opened
from tests.e2e.test_channels import Place, at_the_desk, says
from tests.e2e.test_one_customer import SECRET, bytes_with
from unibox_tui.sandbox.providers.meta import MetaSim

pytestmark = pytest.mark.slow
USER = "10150000000000001"


async def page(place: Place, url: str) -> str:
    assert isinstance(place.sim, MetaSim)
    answer = await place.sim.hooks._client().request("GET", url)
    return answer.body.decode()


async def test_who_asks_at_meta_is_erased_and_the_network_can_see_it(tmp_path: Path) -> None:
    async with opened(MessengerCase(), tmp_path) as place:
        sim = place.sim
        assert isinstance(sim, MetaSim)
        await sim.says(HA, f"Mật khẩu của em là {SECRET}")
        await place.until("the message is here", lambda: bool(place.rows("SELECT 1 FROM message WHERE inert = 0")))
        await place.until(
            "her name is known", lambda: bool(place.rows(f"SELECT 1 FROM identity WHERE name = '{HA.name}'"))
        )
        assert bytes_with(place.home.store, SECRET)
        sim.known_as[USER] = {PAGE: HA.id}
        told = await sim.asks_deletion(USER)
        url = json.loads(told.answer)["url"]
        await place.until(
            "she is erased", lambda: bool(place.rows("SELECT 1 FROM cursor WHERE stream = 'withdrawals'"))
        )
        assert "deleted" in await page(place, url)
        [noted] = place.rows("SELECT * FROM event WHERE kind = 'contact.forgotten'")
        assert (noted["actor_kind"], noted["cause"]) == ("system", "withdrawal")
        assert bytes_with(place.home.store, SECRET, HA.name, HA.id, USER) == []


async def test_whom_nobody_knows_waits_for_a_person(tmp_path: Path) -> None:
    async with opened(MessengerCase(), tmp_path) as place:
        sim = place.sim
        assert isinstance(sim, MetaSim)
        told = json.loads((await sim.asks_deletion(USER)).answer)
        code = told["confirmation_code"]
        await place.until("it waits", lambda: bool(place.rows("SELECT 1 FROM raw_event WHERE attempts = 1")))
        assert "person" in await page(place, told["url"])
        async with at_the_desk(place) as (app, pilot):
            await pilot.press("colon", *"health", "enter")
            await place.until("the inbox's line", lambda: says(app, "1 in quarantine"))
            await pilot.press("escape", "colon", *"quarantine", "enter")
            await place.until("the code", lambda: says(app, code))
