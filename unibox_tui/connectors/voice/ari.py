"""Calls of an Asterisk: its events over a socket, calls begun from unibox, recordings.

A call of ours is two channels whose ids we choose, so it is rung at most once and can be looked up: first the agent's own
phone, and when it is picked up the customer's; then both go into one bridge. Whoever hangs up ends both.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.contract import (
    OUTAGE,
    Batch,
    CheckReport,
    Cursor,
    Item,
    SecretOf,
    SendRequest,
    SendResult,
    Standing,
    Tools,
    failed_check,
)
from unibox_tui.connectors.errors import ConnectorError, SendRejected, Transient, Unparseable
from unibox_tui.connectors.voice import ari_parse as parsing
from unibox_tui.connectors.voice import numbers
from unibox_tui.connectors.voice.ari_call import reading_list
from unibox_tui.connectors.voice.ari_calls import AriCalls
from unibox_tui.connectors.voice.settings import VoiceSettings
from unibox_tui.domain.inbound import CallChanged, InboundEvent
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.words import DeliveryState

log = logging.getLogger(__name__)
STREAM = "events"
QUIET_S = 30.0
GAP_MS = 3_000


class AriConnector:
    channel = "voice"

    def __init__(self, name: str, settings: VoiceSettings, secret_of: SecretOf, tools: Tools) -> None:
        self.name = name
        self.settings = settings
        self.tools = tools
        self._calls = AriCalls(name, settings, secret_of, tools, tools.pace(f"ari {name}", policy.pace("voice")))
        self._tracker = parsing.Tracker(settings)
        self._heard_at: int | None = None
        self._gaps: deque[tuple[int, int]] = deque(maxlen=5)

    def capabilities(self) -> Capabilities:
        extra: dict[str, Any] = {"calls": sorted(self.settings.agents), "redelivery_ms": 0}
        if self.settings.carries:
            extra["calls_for"] = self.settings.carries
        return policy.capabilities("voice", undo_send_ms=0, extra=extra)

    # -- in ------------------------------------------------------------------------------------------------------------

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        return parsing.events(body, self.settings)

    async def pull(self, cursors: Mapping[str, Cursor]) -> AsyncIterator[Batch]:
        from unibox_tui.connectors.voice import socket

        opened = socket.opened(
            self.settings.api, self.settings.stasis, self.settings.user, self._calls.password, self._calls.mend
        )
        self._tracker.restore(reading.maybe(cursors.get(STREAM, {}), "calls"))
        async with opened as line:
            self._note_gap(cursors)
            yield await self._present()
            while True:
                raw = await line.heard(QUIET_S)
                now = self.tools.now()
                self._heard_at = now
                if raw is None:
                    yield Batch(STREAM, cursor=self._place(), phase="listening")
                    continue
                item, event = self._read(raw)
                if item.events or item.error:
                    yield Batch(STREAM, (item,), cursor=self._place(), phase="listening")
                for step in await self._drive(event):
                    yield Batch(STREAM, (Item((step,)),), cursor=self._place(), phase="listening")

    def _place(self) -> Cursor:
        """When something was heard last, and the calls that went on then: a restart finds out what became of them."""
        return {"heard": self._heard_at, "calls": self._tracker.kept()}

    def _note_gap(self, cursors: Mapping[str, Cursor]) -> None:
        """Asterisk repeats nothing: what it said while nobody listened is lost, and is told of where health is."""
        now = self.tools.now()
        outage = reading.count(cursors.get(OUTAGE, {}), "from")
        since = self._heard_at or outage or reading.count(cursors.get(STREAM, {}), "heard")
        if since and now - since > GAP_MS:
            self._gaps.append((since, now))

    async def _present(self) -> Batch:
        """What stands at the exchange as we begin to listen. A phone of ours that waits for a customer whom nobody will
        ring now is let go."""
        channels = await self._calls.channels()
        now = self.tools.now()
        self._heard_at = now
        steps = self._tracker.present(channels, now)
        there = {reading.word(one, "id") for one in channels}
        for id in there:
            ours = parsing.OURS.fullmatch(id)
            if ours and ours[2] == "a" and parsing.customer_leg(ours[1]) not in there:
                await self._let_go(id)
        return Batch(STREAM, (Item(tuple(steps)),) if steps else (), cursor=self._place(), phase="listening")

    def _read(self, raw: bytes) -> tuple[Item, Mapping[str, Any]]:
        event: Mapping[str, Any] = {}
        try:
            event = reading.load(raw, "An event of Asterisk")
            steps = self._tracker.feed(event)
        except Unparseable as error:
            return Item(raw=raw, place=reading.word(event, "type") or "event", error=error.message), event
        if (
            reading.word(event, "type") == "ApplicationReplaced"
            and reading.word(event, "application") == self.settings.stasis
        ):
            raise Transient(
                "Another program took this Stasis application over.", hint="Give each a name of its own: `stasis`."
            )
        return Item(tuple(steps), raw=raw), event

    # -- calls of ours ---------------------------------------------------------------------------------------------------

    async def _drive(self, event: Mapping[str, Any]) -> list[CallChanged]:
        """What a call of ours needs next. Each part may be asked for twice without harm: the ids are chosen."""
        kind, channel = reading.word(event, "type"), reading.maybe(event, "channel")
        ours = parsing.OURS.fullmatch(reading.word(channel, "id"))
        if ours is None:
            return []
        ref, side = ours[1], ours[2]
        other = parsing.customer_leg(ref) if side == "a" else parsing.agent_leg(ref)
        try:
            if kind == "StasisStart" and side == "a":
                await self._ring_customer(ref, reading_list(event, "args"))
            elif kind == "StasisStart":
                await self._connect(ref)
            elif kind == "ChannelDestroyed":
                await self._let_go(other)
                if side == "b":
                    await self._calls.do("DELETE", f"/bridges/ub-{ref}")
        except ConnectorError as error:
            log.warning("inbox %s: a call could not go on: %s", self.name, error.message)
            await self._let_go(parsing.agent_leg(ref))
            await self._let_go(parsing.customer_leg(ref))
            call = self._tracker.calls.get(parsing.agent_leg(ref))
            return self._tracker._over(call, self.tools.now(), "unreachable") if call is not None else []
        return []

    async def _ring_customer(self, ref: str, args: Sequence[str]) -> None:
        number = args[2] if len(args) >= 3 and args[0] == "dial" else ""
        dialled = self._dialled(number)
        if not dialled:
            raise SendRejected("The number cannot be dialled.", code="bad_number")
        await self._calls.originate(
            {
                "endpoint": self.settings.dial.replace("{number}", dialled),
                "app": self.settings.stasis,
                "appArgs": f"dialled,{ref}",
                "timeout": str(self.settings.ring_seconds),
                "channelId": parsing.customer_leg(ref),
                **({"callerId": self.settings.number} if self.settings.number else {}),
            }
        )

    def _dialled(self, number: str) -> str:
        settings = self.settings
        return numbers.formed(number, settings.number_form, settings.region, ids=bool(settings.carries))

    async def _connect(self, ref: str) -> None:
        bridge = f"ub-{ref}"
        both = f"{parsing.agent_leg(ref)},{parsing.customer_leg(ref)}"
        await self._calls.do("POST", "/bridges", {"type": "mixing", "bridgeId": bridge})
        if not await self._calls.do("POST", f"/bridges/{bridge}/addChannel", {"channel": both}):
            raise Transient("Asterisk did not bring the two together.")
        if self.settings.record:
            await self._calls.do("POST", f"/bridges/{bridge}/record", {"name": bridge, "format": "wav"})

    async def _let_go(self, id: str) -> None:
        try:
            await self._calls.do("DELETE", f"/channels/{id}", {"reason": "normal"})
        except ConnectorError as error:
            log.warning("inbox %s: a phone could not be hung up: %s", self.name, error.message)

    # -- out -----------------------------------------------------------------------------------------------------------

    async def send(self, request: SendRequest) -> SendResult:
        if not isinstance(request.options.get("call"), Mapping):
            raise SendRejected("The telephone carries no text.", code="no_text", hint="Call, or answer another way.")
        return await self.call(request)

    async def call(self, request: SendRequest) -> SendResult:
        wish = request.options["call"]
        agent, until = reading.word(wish, "agent"), reading.count(wish, "until")
        phone = self.settings.agents.get(agent, "")
        if not phone:
            raise SendRejected(
                "This agent has no phone here.", code="no_phone", hint="Name it in `agents` of the inbox."
            )
        if not self._dialled(request.destination):
            raise SendRejected("This is no number that can be dialled.", code="bad_number")
        if until and self.tools.now() > until:
            raise SendRejected(
                "It was too late to ring: the wish was a while ago.", code="too_late", hint="Call again."
            )
        if not await self._calls.there_is(f"/applications/{self.settings.stasis}"):
            raise Transient("Nobody listens to the exchange at this moment, so the call could not be connected.")
        whom = numbers.carried(request.destination) or numbers.clean(request.destination)
        ref = request.client_ref
        id = parsing.agent_leg(ref)
        self._tracker.begin(ref, request.destination, agent)
        try:
            given = await self._calls.originate(
                {
                    "endpoint": phone,
                    "app": self.settings.stasis,
                    "appArgs": f"dial,{ref},{whom},{agent}",
                    "callerId": whom,
                    "timeout": str(self.settings.ring_seconds),
                    "channelId": id,
                    "otherChannelId": f"{id}2",
                },
                request.before_first_byte,
            )
        except (Transient, SendRejected):
            self._tracker.calls.pop(id, None)
            raise
        return SendResult(given, DeliveryState.SENT, self.tools.now())

    async def reconcile(self, request: SendRequest, started_at: int) -> SendResult | None:
        """A channel of the id we chose is the call. One that is over has told of itself by its events."""
        id = parsing.agent_leg(request.client_ref)
        return SendResult(id) if await self._calls.there_is(f"/channels/{id}") else None

    async def fetch(self, remote: Mapping[str, Any], limit: int) -> bytes:
        return await self._calls.file(reading.ident(remote, "name"), limit)

    # -- how it stands -------------------------------------------------------------------------------------------------

    async def check(self) -> CheckReport:
        try:
            channels = await self._calls.channels()
            listening = await self._calls.there_is(f"/applications/{self.settings.stasis}")
        except ConnectorError as error:
            return failed_check(error)
        notes = [f"Asterisk answers; {len(channels)} channels are up."]
        notes.append("The service listens to its events." if listening else "Nobody listens yet: `unibox serve` does.")
        if not self.settings.trunk:
            notes.append("`trunk` is empty: no call is known to be a customer's. Name the endpoints to the outside.")
        if not self.settings.agents:
            notes.append("`agents` is empty: nobody can call from unibox.")
        return CheckReport(bool(self.settings.trunk), address=self.settings.number, notes=tuple(notes))

    async def standing(self) -> Standing:
        return Standing(
            notes=tuple(
                f"Nobody listened to the exchange from {_clock(start)} to {_clock(end)} UTC; calls of that time may be missing."
                for start, end in self._gaps
            )
        )

    async def aclose(self) -> None:
        return None


def _clock(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _claims(connector: AriConnector) -> None:
    from unibox_tui.connectors import contract

    _core: contract.Connector = connector
    _pulls: contract.PullsEvents = connector
    _parses: contract.ParsesRaw = connector
    _media: contract.FetchesMedia = connector
    _reconciles: contract.Reconciles = connector
    _standing: contract.TellsStanding = connector
    _originates: contract.Originates = connector
