"""Meta's requests for deletion: whose they are, and by which ids we know the person."""

from __future__ import annotations

import dataclasses

import pytest

from tests.connectors.meta.conftest import HA, OTHER, PAGE, House
from unibox_tui.connectors.errors import Misconfigured, Unparseable, WebhookForged
from unibox_tui.sandbox.providers.meta import MetaSim

ASID = "10150000000000001"


def test_a_signed_request_names_who_asks_and_a_key_that_tells_nothing(house: House) -> None:
    form = house.sim.deletion_form(ASID)
    for ours in (house.messenger(), house.instagram()):
        found = ours.deletion(form)
        assert found.user == ASID
        assert found.key.isalnum()
        assert ASID not in found.key
        assert ours.deletion(form + b"&more=1") == found
    house.sim.clock.forward(seconds=5)
    assert house.messenger().deletion(house.sim.deletion_form(ASID)).key != found.key


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"signed_request=", b"signed_request=abc", b"signed_request=.eyJ9", b"signed_request=%C3%BC.e30"],
)
def test_what_is_not_signed_by_the_app_is_forged(house: House, body: bytes) -> None:
    with pytest.raises(WebhookForged):
        house.messenger().deletion(body)


def test_another_apps_request_is_forged(house: House) -> None:
    signature, _, payload = house.sim.deletion_form(ASID).partition(b".")
    for body in (MetaSim().deletion_form(ASID), signature + b"." + payload[:-2], signature + b"A." + payload):
        with pytest.raises(WebhookForged):
            house.messenger().deletion(body)


@pytest.mark.parametrize("user", ["", "me", "../1", "１２"])
def test_a_signed_request_that_names_nobody_is_unparseable(house: House, user: str) -> None:
    with pytest.raises(Unparseable):
        house.messenger().deletion(house.sim.deletion_form(user))


def test_without_the_secret_nothing_can_be_checked(house: House) -> None:
    del house.secrets["app_secret"]
    with pytest.raises(Misconfigured):
        house.messenger().deletion(house.sim.deletion_form(ASID))


async def test_the_pages_at_which_the_person_wrote_are_told(house: House) -> None:
    pages = [house.sim.page(str(300_000_000 + number), "Shop").id for number in range(120)]
    house.sim.known_as[ASID] = {PAGE: HA.id, OTHER: "7009", **{page: f"8{page}" for page in pages}}
    for proof in (False, True):
        told = await house.messenger(appsecret_proof=proof).known_as(ASID)
        assert told[:2] == [(PAGE, HA.id), (OTHER, "7009")]
        assert len(told) == 122
    assert await house.instagram().known_as(ASID) == ()


async def test_somebody_whom_meta_does_not_tell_of(house: House) -> None:
    with pytest.raises(Misconfigured):
        await house.messenger().known_as(ASID)
    ours = house.messenger()
    ours._tools = dataclasses.replace(ours._tools, app=None)
    ours._app_id = ""
    with pytest.raises(Misconfigured):
        await ours.known_as(ASID)
