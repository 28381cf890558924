"""Calls by Zalo's own app: whether a number lets us call it, asking it to, links that begin a call, the call centre."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import SendRequest, SendResult
from unibox_tui.connectors.errors import Misconfigured, SendRejected, Transient
from unibox_tui.connectors.zalo.calls import HOUR_MS, Calls, object_of
from unibox_tui.connectors.zalo.sending import CURRENCY, is_customer, is_phone
from unibox_tui.connectors.zalo.settings import Hosts, ZaloSettings
from unibox_tui.text.keys import normal_phone

NUMBERS = range(22)  # what consent is answered with instead of an error
AGREED, ASKED = (0, 1), (2, 8)
STATES = {
    **dict.fromkeys(AGREED, "agreed"),
    **dict.fromkeys(ASKED, "asked"),
    3: "rejected",
    4: "blocked",
    16: "expired",
}
ALLOWED_ALREADY, NEVER_ASKED = 1, 20
ANSWER_MS, LINK_MS = 24 * HOUR_MS, 48 * HOUR_MS
REASONS = {"consult": 101, "order": 103, "delivery": 105, "flight": 106, "update": 107}
_REFUSED = {
    3: "They have declined to be called.",
    4: "They have blocked calls from this Official Account.",
    5: "They were asked too often; Zalo lets nobody ask again for now.",
    6: "The app does not have the permission for calls.",
    7: "Zalo wants a reason for the call.",
    9: "They have never been in touch with the Official Account.",
    18: "Zalo asks for consent during the day only.",
    19: "Zalo asks for consent during the day only.",
    21: "They do not take calls from Official Accounts.",
}


@dataclass(frozen=True, slots=True)
class Centre:
    """Zalo's Mini Call Center as it is set up there: (id, name) of each."""

    agents: tuple[tuple[str, str], ...] = ()
    branches: tuple[tuple[str, str], ...] = ()


class Phoning:
    def __init__(self, calls: Calls, hosts: Hosts, settings: ZaloSettings, now: Callable[[], int]) -> None:
        self._calls, self._hosts, self._settings, self._now = calls, hosts, settings, now

    async def consent(self, number: str) -> Mapping[str, Any]:
        """Whether we may call this number, as facts of a standing."""
        found, answer = await self._calls.numbered(
            "GET", f"{self._hosts.api}/v2.0/oa/call/checkconsent", {"phone": self._digits(number)}, NUMBERS
        )
        if found not in STATES and found != NEVER_ASKED:
            # A failure of theirs, or that we may not ask just now, says nothing of what they have agreed to.
            return {}
        return self._standing(STATES.get(found, "none"), _until(answer))

    async def ask(self, request: SendRequest) -> SendResult:
        """They have a day to answer; each asking costs."""
        wish = reading.maybe(request.options, "call")
        if not is_phone(request.destination):
            raise SendRejected("Consent is asked of a telephone number.", code="consent")
        body = {
            "phone": self._digits(request.destination),
            "call_type": self._settings.call_type,
            "reason_code": REASONS.get(reading.word(wish, "reason"), REASONS["consult"]),
        }
        url = f"{self._hosts.api}/v2.0/oa/call/requestconsent"
        found, answer = await self._calls.numbered("POST", url, body, NUMBERS, request.before_first_byte)
        now = self._now()
        if found == ALLOWED_ALREADY:
            cost = {"amount": 0, "currency": CURRENCY, "free": True, "charged": False}
            return SendResult("", at=now, extra={"cost": cost, "standing": self._standing("agreed", _until(answer))})
        if found not in (0, *ASKED):
            said = _REFUSED.get(found, f"Zalo could not ask them (answer {found}).")
            raise SendRejected(said, code=f"consent {found}")
        cost = {"currency": CURRENCY, "free": False, "charged": True}
        standing = self._standing("asked", _until(answer) or now + ANSWER_MS)
        return SendResult("", at=now, extra={"cost": cost, "standing": standing})

    def _standing(self, state: str, until: int | None) -> dict[str, Any]:
        said: dict[str, Any] = {"state": state, "at": self._now(), **({} if until is None else {"until": until})}
        return {"agreed": ["call"] if state == "agreed" else [], "consent": said}

    async def link(self, request: SendRequest) -> SendResult:
        """Made as often as it is asked for: a link calls nobody."""
        wish = reading.maybe(request.options, "call")
        if self._now() > (reading.count(wish, "until") or reading.LATEST_MS):
            raise SendRejected("It is too late for this link: the wish was a while ago.", code="too_late")
        body: dict[str, Any] = {"call_type": self._settings.call_type}
        if agent := self._settings.call_agents.get(reading.word(wish, "agent")):
            body["agent_id"] = agent
        inward = reading.word(wish, "how") == "invite"
        if inward:
            if self._settings.call_branch:
                body["branch_id"] = self._settings.call_branch
        elif is_customer(request.destination):
            body["user_id"] = request.destination
        else:
            raise SendRejected("Links call customers whom Zalo knows by an id.", code="link")
        way = "inbound" if inward else "outbound"
        data = object_of(await self._calls.post(f"{self._hosts.api}/v3.0/oa/call/{way}", body))
        url = reading.word(data, "call_link")
        if not url.startswith("https://"):
            raise Transient("Zalo gave no link for the call.")
        lives = reading.count(data, "ttl") * 1000 or LINK_MS
        return SendResult("", at=self._now(), extra={"call": {"link": url, "link_until": self._now() + lives}})

    async def centre(self) -> Centre | None:
        """None: calls are not granted to the app, or not part of the package."""
        try:
            data = object_of(await self._calls.get(f"{self._hosts.api}/v3.0/oa/call/getmccinfo"))
        except (SendRejected, Misconfigured):
            return None
        return Centre(_named(data, "agents", "agent"), _named(data, "branches", "branch"))

    def _digits(self, number: str) -> str:
        return (normal_phone(number, self._settings.region) or number).removeprefix("+")


def _named(data: Mapping[str, Any], key: str, one: str) -> tuple[tuple[str, str], ...]:
    rows: Sequence[Mapping[str, Any]] = reading.some(data, key)
    found = (
        (
            reading.word(row, f"{one}_id") or reading.word(row, "id"),
            reading.word(row, f"{one}_name") or reading.word(row, "name") or reading.word(row, "display_name"),
        )
        for row in rows
    )
    return tuple((id, name) for id, name in found if id)


def _until(answer: Mapping[str, Any]) -> int | None:
    for place in (answer, object_of(answer)):
        at = reading.count(place, "expired_time")
        if reading.EARLIEST_MS <= at <= reading.LATEST_MS:
            return at
    return None
