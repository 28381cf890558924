"""The telephone carries no text: what the suite sends is a call, and what it hears is none of a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.connectors.conformance import Case
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.connectors.voice.settings import VoiceSettings
from unibox_tui.sandbox.providers.asterisk import RING, AriSim
from unibox_tui.sandbox.providers.base import Guest, Simulator
from unibox_tui.sandbox.providers.callposter import CallPosterSim

LAN = Guest("+15005570011", "Lan", "vi", phone="+15005570011")
NO_TEXT = "a call is no message of a customer's: tests/connectors/voice reads calls"
OWN = dict.fromkeys(
    ("test_from_the_customer_to_the_screen_and_back", "test_a_lost_answer_never_makes_two"),
    "a call has its own whole way: tests/e2e/test_calls.py",
)
ONLY_HEARS = "an exchange that posts its calls is told nothing: every send is refused, as tests/connectors/voice shows"


class AriCase(Case):
    name = "voice-ari"
    channel = "voice"
    payloads = "voice-ari"
    destination = LAN.phone
    nobody = "12"
    guest = LAN
    send_path = "/channels"
    text = RING
    options: ClassVar[Mapping[str, Any]] = {"call": {"agent": "linh"}}
    cannot: ClassVar[Mapping[str, str]] = {
        "test_what_a_customer_writes_is_found_by_pulling": NO_TEXT,
        "test_files_are_fetched_and_capped": NO_TEXT,
        **OWN,
    }

    def simulator(self, **kinds: Any) -> AriSim:
        sim = AriSim(**kinds)
        sim.apps.add("unibox")
        return sim

    def settings(self, sim: Simulator) -> InboxSettings:
        return VoiceSettings(
            provider="ari", api=sim.base_url, trunk=["PJSIP/carrier"], agents={"linh": "PJSIP/101"}, number="19000000"
        )

    def secrets(self, sim: Simulator) -> dict[str, str]:
        assert isinstance(sim, AriSim)
        return {"password": sim.password}


class GenericCase(Case):
    name = "voice-generic"
    channel = "voice"
    payloads = "voice-generic"
    destination = LAN.phone
    guest = LAN
    cannot: ClassVar[Mapping[str, str]] = {
        "test_what_a_customer_writes_arrives_once_however_it_is_delivered": NO_TEXT,
        "test_files_are_fetched_and_capped": NO_TEXT,
        **OWN,
        "test_the_check_names_a_dead_token": "the secret is ours alone: nobody can refuse it",
        **dict.fromkeys(
            (
                "test_a_message_is_sent_once_after_the_first_byte_was_announced",
                "test_a_passed_deadline_sends_nothing",
                "test_a_refusal_is_certain_and_named",
                "test_too_fast_says_how_long_to_wait",
                "test_a_dead_token_needs_a_person",
                "test_a_lost_answer_is_unknown_until_it_is_found",
                "test_what_never_arrived_is_not_called_sent",
                "test_an_unreadable_answer_is_no_refusal",
                "test_an_error_of_the_providers_own_is_no_refusal",
                "test_no_connection_is_certain",
                "test_no_secret_is_logged",
            ),
            ONLY_HEARS,
        ),
    }

    def simulator(self, **kinds: Any) -> CallPosterSim:
        return CallPosterSim(**kinds)

    def settings(self, sim: Simulator) -> InboxSettings:
        return VoiceSettings(provider="generic", recordings=[sim.base_url], agents={"linh": "101"}, number="19000000")

    def secrets(self, sim: Simulator) -> dict[str, str]:
        assert isinstance(sim, CallPosterSim)
        return {"secret": sim.secret}


CASES = [AriCase(), GenericCase()]
