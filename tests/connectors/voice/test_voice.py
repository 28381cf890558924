"""What exchanges tell, as steps of calls."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.cases.voice import LAN, AriCase, GenericCase
from tests.connectors.conformance import rig
from unibox_tui.connectors import registry
from unibox_tui.connectors.errors import (
    CredentialsRejected,
    SendRejected,
    Transient,
    Unparseable,
    WebhookForged,
)
from unibox_tui.connectors.voice import ari_parse, generic_parse, numbers
from unibox_tui.connectors.voice.generic import signature
from unibox_tui.connectors.voice.settings import VoiceSettings
from unibox_tui.domain.calls import card, merged, words
from unibox_tui.domain.inbound import CallChanged, Person
from unibox_tui.domain.words import Direction
from unibox_tui.sandbox.providers.asterisk import AriSim

PAYLOADS = Path(__file__).parents[1] / "payloads"
ARI = VoiceSettings(
    provider="ari", trunk=["PJSIP/carrier"], agents={"linh": "PJSIP/101"}, number="19000000", region="US"
)


def told(folder: str, name: str) -> list[CallChanged]:
    body = (PAYLOADS / folder / f"{name}.json").read_bytes()
    if folder == "voice-ari":
        return ari_parse.events(body, ARI)
    return [step for step in generic_parse.events(body, "US", {"linh": "101"}) if isinstance(step, CallChanged)]


def shown(steps: list[CallChanged]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for step in steps:
        facts = merged(facts, step)
    return card(facts, id=steps[0].provider_id, direction=str(steps[0].direction))


def test_an_answered_call_of_asterisk() -> None:
    steps = told("voice-ari", "answered_call")
    found = shown(steps)
    assert {one.person.address for one in steps} == {LAN.phone}
    assert (found["state"], found["hotline"], found["menu"], found["queue"]) == ("ended", "19000000", "2", "ban-hang")
    assert (found["rang"], found["answered_by"]) == (["102", "linh"], "102")  # both at once: by name
    assert (found["waited_ms"], found["talked_ms"]) == (10_000, 25_000)
    assert [file.remote for one in steps for file in one.files] == [{"name": "call-1795000100.1"}]


def test_a_missed_call_of_asterisk() -> None:
    found = shown(told("voice-ari", "missed_call"))
    assert (found["state"], found["cause"], found["answered"]) == ("missed", "no_answer", False)


def test_a_call_of_ours_is_known_by_its_reference() -> None:
    steps = told("voice-ari", "call_of_ours")
    assert {one.client_ref for one in steps} == {"019ab0c0-0000-7000-8000-000000000001"}
    assert {one.direction for one in steps} == {Direction.OUT}
    found = shown(steps)
    assert (found["state"], found["answered_by"], found["talked_ms"]) == ("ended", "linh", 19_000)


def test_a_colleague_who_dials_on_their_own_phone() -> None:
    steps = told("voice-ari", "from_a_desk")
    assert (steps[0].person.address, steps[0].direction) == ("+15005570013", Direction.OUT)
    found = shown(steps)
    assert (found["state"], found["answered_by"], found["waited_ms"], found["talked_ms"]) == (
        "ended",
        "linh",
        9_000,
        30_000,
    )


def test_posted_steps_make_one_card_however_their_times_are_written() -> None:
    steps = [step for name in ("ended", "ringing", "answered") for step in told("voice-generic", name)]
    found = shown(steps)
    assert (found["state"], found["waited_ms"], found["talked_ms"]) == ("ended", 12_000, 125_000)
    assert (found["rang"], found["menu"], found["branch"], found["reason"]) == (["linh"], "2", "Đà Nẵng", "hỏi hàng")


def test_a_withheld_number_is_a_caller_of_its_own() -> None:
    (step,) = told("voice-generic", "missed")
    assert (step.person.kind, step.person.address) == ("withheld", "withheld:5512345678901234567")
    assert (step.provider_id, step.state, step.cause, step.rang) == (
        "5512345678901234567",
        "missed",
        "no_answer",
        ("linh", "102"),
    )


def test_an_unknown_state_is_put_aside() -> None:
    with pytest.raises(Unparseable, match="state"):
        generic_parse.events(json.dumps({"call_id": "1", "state": "parked"}).encode(), "US", {})


@pytest.mark.parametrize(
    ("form", "number", "dialled"),
    [("e164", "+84912345678", "+84912345678"), ("digits", "+84912345678", "84912345678"), ("national", "+84912345678", "0912345678"), ("e164", "0912345678", "+84912345678"), ("e164", "12", ""), ("e164", "1;x", "")],
)  # fmt: skip
def test_numbers_are_dialled_as_the_carrier_wants_them(form: str, number: str, dialled: str) -> None:
    assert numbers.formed(number, form, "VN") == dialled


async def test_an_old_signature_is_no_signature() -> None:
    async with rig(GenericCase()) as parts:
        body = b'{"call_id": "1", "state": "missed"}'
        for stamp, fits in ((parts.sim.clock() // 1000, True), (parts.sim.clock() // 1000 - 400, False)):
            headers = {
                "x-unibox-timestamp": str(stamp),
                "x-unibox-signature": signature(parts.secrets["secret"], str(stamp), body),
            }
            if fits:
                parts.connector.verify(body, headers)
            else:
                with pytest.raises(WebhookForged):
                    parts.connector.verify(body, headers)
        with pytest.raises(SendRejected) as caught:
            await parts.connector.send(parts.request()[0])
        assert caught.value.code == "no_calls"


async def test_recordings_come_over_https_or_from_where_it_is_said() -> None:
    async with rig(GenericCase()) as parts:
        with pytest.raises(Unparseable, match="https"):
            await parts.connector.fetch({"url": "http://198.51.100.7/secret"}, 1000)
        with pytest.raises(Unparseable):
            await parts.connector.fetch({"url": f"{parts.sim.base_url}/_files/gone/rec.wav"}, 1000)


async def test_a_call_that_cannot_go_on_is_refused_before_anything_rings() -> None:
    async with rig(AriCase()) as parts:
        sim = parts.sim
        for options, code in (({}, "no_text"), ({"call": {"agent": "minh"}}, "no_phone"), ({"call": {"agent": "linh", "until": 1}}, "too_late")):  # fmt: skip
            with pytest.raises(SendRejected) as caught:
                await parts.connector.send(parts.request(options=options)[0])
            assert caught.value.code == code
        sim.apps.clear()  # type: ignore[attr-defined]
        with pytest.raises(Transient, match="Nobody listens"):
            await parts.connector.send(parts.request()[0])
        assert sim.delivered == []


async def test_the_socket_needs_the_password() -> None:
    async with rig(AriCase()) as parts:
        parts.secrets["password"] = "dead-password-0000"
        with pytest.raises(CredentialsRejected) as caught:
            await anext(parts.connector.pull({}))
        assert "dead" not in repr(caught.value)


async def test_what_was_not_heard_is_told_of() -> None:
    async with rig(AriCase()) as parts:
        now = parts.sim.clock()
        await anext(parts.connector.pull({"events": {"heard": now - 60_000}}))
        (note,) = (await parts.connector.standing()).notes
        assert "may be missing" in note


async def test_a_service_that_starts_anew_finds_out_what_became_of_calls() -> None:
    """One goes on, one ended meanwhile: the connector that listens now has never heard of either."""
    async with rig(AriCase()) as parts:
        sim = parts.sim
        assert isinstance(sim, AriSim)
        first = parts.connector.pull({})
        await anext(first)
        stays, ends = sim.rings(LAN), sim.rings(replace(LAN, id="+15005570012", phone="+15005570012"))
        sim.takes(stays, "PJSIP/101")
        cursor: Any = {}
        async with asyncio.timeout(10):
            while [one["answered"] for one in cursor.get("calls", {}).values()] != [True, False]:
                cursor = (await anext(first)).cursor or cursor
        await first.aclose()
        assert "+1500557" not in json.dumps(cursor)  # whom a call is with stands on its card alone
        sim.hangs_up(ends)
        again = registry.build("conformance", parts.connector.settings, parts.secrets.get, tools=lambda: parts.connector.tools)  # fmt: skip
        listening = again.pull({"events": cursor})
        (item,) = (await anext(listening)).items
        assert [(step.provider_id, step.state, step.cause) for step in item.events] == [(ends, "ended", "line_lost")]
        sim.hangs_up(stays)
        async with asyncio.timeout(10):
            steps = [step for item in (await anext(listening)).items for step in item.events]
        assert [(step.provider_id, step.state) for step in steps] == [(stays, "ended")]
        await listening.aclose()


@pytest.mark.parametrize("real_first", [True, False])
def test_an_end_that_nobody_told_gives_way_to_the_real_one(real_first: bool) -> None:
    def step(at: int, state: str, **more: Any) -> CallChanged:
        return CallChanged("pbx-1", Person("+15005570011", "phone"), at, state, **more)

    began = [step(1_000, "ringing"), step(5_000, "answered", answered_by="linh")]
    untold = step(9_000_000, "ended", cause="untold")
    card_now = shown([*began, untold])
    assert (card_now["state"], card_now["duration_ms"], card_now["cause"]) == ("ended", 0, "untold")
    assert "talked_ms" not in card_now
    assert "not heard" in words(card_now)
    real = step(65_000, "ended")
    whole = shown([*began, real, untold] if real_first else [*began, untold, real])
    assert (whole["duration_ms"], whole.get("cause")) == (60_000, None)


def test_a_call_that_another_program_makes_is_nobodys_who_calls_us() -> None:
    tracker = ari_parse.Tracker(ARI)
    leg = {"id": "9.1", "name": "PJSIP/carrier-00000031", "state": "Down", "caller": {"number": "+15005570019"}}
    stamp = "2026-11-18T11:48:20.000+0000"
    assert tracker.feed({"type": "Dial", "timestamp": stamp, "peer": leg, "dialstatus": ""}) == []
    assert tracker.feed({"type": "ChannelStateChange", "timestamp": stamp, "channel": {**leg, "state": "Up"}}) == []
    assert tracker.feed({"type": "ChannelDestroyed", "timestamp": stamp, "channel": leg, "cause": 16}) == []
    assert tracker.present([{**leg, "id": "9.2", "state": "Up"}], 1_795_000_000_000) == []
