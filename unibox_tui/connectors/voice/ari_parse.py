"""Events of Asterisk -> steps of calls. One call is several channels; the tracker knows which belong together.

A call is named by the customer's channel, or, when it was begun from unibox, by the channel of the agent's phone whose id we
chose (`ub-<client_ref>-a`; the customer's is `-b`). Asterisk repeats nothing, so what is not told is asked for (`present`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.voice import numbers
from unibox_tui.connectors.voice.ari_call import Call, reading_list
from unibox_tui.connectors.voice.generic_parse import Q850
from unibox_tui.connectors.voice.settings import VoiceSettings
from unibox_tui.domain.calls import ANSWERED, ENDED, RINGING, VOICEMAIL
from unibox_tui.domain.inbound import ARRIVAL, CallChanged, InboundAttachment, Person
from unibox_tui.domain.words import Direction

OURS = re.compile(r"ub-([0-9a-zA-Z-]{8,60})-([ab])")
MOST_LEGS = 5_000
MOST_KEPT = 500  # calls that go on at once, over a restart
VARIABLES = {
    "UNIBOX_HOTLINE": "hotline", "UNIBOX_MENU": "menu", "UNIBOX_QUEUE": "queue", "QUEUENAME": "queue",
    "UNIBOX_BRANCH": "branch", "UNIBOX_REASON": "tag",
}  # fmt: skip
RECORDING, STATE = "UNIBOX_RECORDING", "UNIBOX_STATE"


def agent_leg(ref: str) -> str:
    return f"ub-{ref}-a"


def customer_leg(ref: str) -> str:
    return f"ub-{ref}-b"


class Tracker:
    def __init__(self, settings: VoiceSettings) -> None:
        self.settings = settings
        self.calls: dict[str, Call] = {}
        self._of: dict[str, str] = {}  # channel -> call
        self._bridged: dict[str, list[str]] = {}  # bridge -> channels

    def begin(self, ref: str, number: str, agent: str) -> CallChanged | None:
        """A call of ours is about to ring; its channels are known by their ids."""
        id = agent_leg(ref)
        if id in self.calls:
            return None
        call = Call(id, self._person(number, "", id), Direction.OUT, customer_leg(ref), ref, agent)
        call.legs[id] = agent
        self._add(call, id, call.customer)
        return None

    def feed(self, event: Mapping[str, Any]) -> list[CallChanged]:
        """The steps in one event. Events that say nothing of a call give none. Raises Unparseable."""
        kind = reading.word(event, "type")
        at = moment(reading.word(event, "timestamp"))
        channel = reading.maybe(event, "channel")
        match kind:
            case "ChannelCreated" | "ChannelStateChange" | "StasisStart":
                return self._seen(channel, at, reading_list(event, "args") if kind == "StasisStart" else ())
            case "Dial":
                return self._dialled(event, at)
            case "ChannelEnteredBridge":
                return self._together(
                    reading.ident(reading.obj(event, "bridge"), "id"), reading.ident(channel, "id"), at
                )
            case "ChannelLeftBridge":
                bridge = self._bridged.get(reading.word(reading.maybe(event, "bridge"), "id"), [])
                if (id := reading.word(channel, "id")) in bridge:
                    bridge.remove(id)
            case "BridgeDestroyed":
                self._bridged.pop(reading.word(reading.maybe(event, "bridge"), "id"), None)
            case "ChannelDtmfReceived":
                return self._pressed(event, channel, at)
            case "ChannelVarset":
                return self._told(event, channel, at)
            case "ChannelHangupRequest":
                return self._cause(event, channel, at)
            case "ChannelDestroyed":
                return self._gone(event, channel, at)
            case "RecordingFinished":
                return self._recorded(reading.maybe(event, "recording"), at)
        return []

    def present(self, channels: Sequence[Mapping[str, Any]], now: int) -> list[CallChanged]:
        """After the line was down: what stands now. A call whose channel is gone ended while we did not listen; what
        became of it nobody says."""
        found: list[CallChanged] = []
        here = {reading.word(one, "id") for one in channels}
        for call in list(self.calls.values()):
            if call.customer not in here and not (call.client_ref and call.id in here):
                found.append(self._step(call, now, ENDED, cause="line_lost"))
                self._forget(call)
        for one in channels:
            if (
                reading.word(one, "id") and reading.word(one, "state") == "Ring"
            ):  # of one that is up nobody says who began it
                created = moment(reading.word(one, "creationtime"))
                found.extend(self._seen(one, created if created != ARRIVAL else now, ()))
        return found

    # -- across a restart ------------------------------------------------------------------------------------------------

    def kept(self) -> dict[str, Any]:
        """The calls that go on, as JSON."""
        return {call.id: call.kept() for call in list(self.calls.values())[-MOST_KEPT:]}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """What `kept` gave before the service was started anew; calls that are known already stay as they are."""
        for id in kept:
            call = Call.restored(id, reading.maybe(kept, id))
            if call is not None and id not in self.calls:
                self._add(call, id, call.customer, *call.legs)

    # -- one kind of event each ------------------------------------------------------------------------------------------

    def _seen(self, channel: Mapping[str, Any], at: int, args: Sequence[str]) -> list[CallChanged]:
        id, state = reading.ident(channel, "id"), reading.word(channel, "state")
        ours = OURS.fullmatch(id)
        if ours is not None:
            return self._own(ours[1], ours[2], args, at, state)
        if id in self._of or not self._is_outside(channel) or state not in ("Ring", "Up"):
            return []
        caller = reading.maybe(channel, "caller")
        person = self._person(reading.word(caller, "number"), reading.word(caller, "name"), id)
        call = Call(id, person, Direction.IN, id)
        self._add(call, id)
        exten = reading.word(reading.maybe(channel, "dialplan"), "exten")
        hotline = exten if numbers.clean(exten) and len(exten) > 2 else self.settings.number
        return [self._step(call, at, RINGING, hotline=hotline)]

    def _own(self, ref: str, side: str, args: Sequence[str], at: int, state: str) -> list[CallChanged]:
        """A channel of a call that was begun from unibox. Its first Stasis event names the number, for a tracker that has
        not seen it begin."""
        if agent_leg(ref) not in self.calls and len(args) >= 4 and args[0] == "dial":
            self.begin(ref, args[2], args[3])
        call = self.calls.get(agent_leg(ref))
        if call is None:
            return []
        if side == "a":
            return [self._step(call, at, RINGING, rang=(call.agent,), hotline=self.settings.number)]
        if state != "Up":
            return []
        call.answered = True
        return [self._step(call, at, ANSWERED, answered_by=call.agent)]

    def _dialled(self, event: Mapping[str, Any], at: int) -> list[CallChanged]:
        peer, caller = reading.obj(event, "peer"), reading.maybe(event, "caller")
        id, status = reading.ident(peer, "id"), reading.word(event, "dialstatus")
        if OURS.fullmatch(id):
            return []
        call = self.calls.get(self._of.get(reading.word(caller, "id"), ""))
        if call is None and self._is_outside(peer) and caller and not self._is_outside(caller):
            return self._from_a_desk(event, peer, caller, at, status)
        if call is None:
            if self._is_outside(peer):
                self._of[id] = ""  # somebody else's call to the outside: nobody calls us
            return []
        who = self._whose(peer)
        if id not in call.legs and id != call.customer:
            call.legs[id] = who
            self._of[id] = call.id
        if call.direction is Direction.OUT:
            return self._answered(call, call.agent, at) if status == "ANSWER" else []
        if status == "ANSWER":
            return self._answered(call, who, at)
        return [self._step(call, at, RINGING, rang=(who,))] if status in ("", "RINGING", "PROGRESS") else []

    def _from_a_desk(self, event: Mapping[str, Any], peer: Mapping[str, Any], caller: Mapping[str, Any], at: int, status: str) -> list[CallChanged]:  # fmt: skip
        """A colleague dialled a customer on their own phone."""
        id = reading.ident(peer, "id")
        call = self.calls.get(self._of.get(id, ""))
        if call is None:
            digits = re.findall(r"\+?[0-9]{6,17}", reading.word(event, "dialstring"))
            number = digits[0] if digits else reading.word(reading.maybe(caller, "dialplan"), "exten")
            call = Call(id, self._person(number, "", id), Direction.OUT, id, None, self._whose(caller))
            call.legs[reading.word(caller, "id")] = call.agent
            self._add(call, id, reading.word(caller, "id"))
        if status == "ANSWER":
            return self._answered(call, call.agent, at)
        return [self._step(call, at, RINGING, rang=(call.agent,), hotline=self.settings.number)] if not status else []

    def _together(self, bridge: str, id: str, at: int) -> list[CallChanged]:
        """Customer and one of us in one bridge talk with each other."""
        here = self._bridged.setdefault(bridge, [])
        if id not in here:
            here.append(id)
        call = next((self.calls[self._of[one]] for one in here if self._of.get(one) in self.calls), None)
        if call is None or call.customer not in here or call.answered:
            return []
        who = next((call.legs[one] for one in reversed(here) if one in call.legs), "")
        return self._answered(call, who, at) if who else []

    def _pressed(self, event: Mapping[str, Any], channel: Mapping[str, Any], at: int) -> list[CallChanged]:
        call = self.calls.get(reading.word(channel, "id"))
        if call is None or call.answered or len(call.digits) >= 20:
            return []
        call.digits += reading.word(event, "digit")[:1]
        return [self._step(call, at, "", menu=call.digits)]

    def _told(self, event: Mapping[str, Any], channel: Mapping[str, Any], at: int) -> list[CallChanged]:
        call = self.calls.get(self._of.get(reading.word(channel, "id"), ""))
        name, value = reading.word(event, "variable").lstrip("_"), " ".join(reading.word(event, "value").split())[:200]
        if call is None or not value:
            return []
        if name == RECORDING:
            call.recordings.append(value)
            return []
        if name == STATE and value == VOICEMAIL:
            return [self._step(call, at, "", cause="")] if call.answered else [self._step(call, at, VOICEMAIL)]
        return [self._step(call, at, "", **{VARIABLES[name]: value})] if name in VARIABLES else []

    def _cause(self, event: Mapping[str, Any], channel: Mapping[str, Any], at: int) -> list[CallChanged]:
        call = self.calls.get(self._of.get(reading.word(channel, "id"), ""))
        cause = Q850.get(reading.word(event, "cause"), "")
        if call is None or not cause or reading.word(channel, "id") != call.customer:
            return []
        return [self._step(call, at, "", cause=cause)]

    def _gone(self, event: Mapping[str, Any], channel: Mapping[str, Any], at: int) -> list[CallChanged]:
        id = reading.word(channel, "id")
        call = self.calls.get(self._of.get(id, ""))
        if call is None:
            self._of.pop(id, None)
            return []
        cause = Q850.get(reading.word(event, "cause"), "")
        if id == call.customer:
            return self._over(call, at, "" if call.answered else cause)
        if id == call.id:  # the agent's phone of a call of ours
            return self._over(call, at, "" if call.answered else "agent_no_answer" if cause else "")
        return []

    def _over(self, call: Call, at: int, cause: str) -> list[CallChanged]:
        files = tuple(recording(name) for name in dict.fromkeys(call.recordings))
        self._forget(call)
        return [self._step(call, at, ENDED, cause=cause, files=files)]

    def _recorded(self, told: Mapping[str, Any], at: int) -> list[CallChanged]:
        """A recording of ours is named after the call and may be ready after its end."""
        name = reading.word(told, "name")
        ours = OURS.fullmatch(f"{name}-a")
        if ours is None:
            return []
        call = self.calls.get(agent_leg(ours[1]))
        file = recording(name, reading.word(told, "format"))
        if call is not None:
            return [self._step(call, at, "", files=(file,))]
        ref = ours[1]
        target = Person(f"withheld:{agent_leg(ref)}", "withheld")  # its card is known by our own reference
        return [CallChanged(agent_leg(ref), target, at, direction=Direction.OUT, client_ref=ref, files=(file,))]

    # -- what calls are -------------------------------------------------------------------------------------------------

    def _answered(self, call: Call, who: str, at: int) -> list[CallChanged]:
        call.answered = True
        return [self._step(call, at, ANSWERED, answered_by=who)]

    def _step(self, call: Call, at: int, state: str, **facts: Any) -> CallChanged:
        return CallChanged(
            call.id, call.person, at, state, direction=call.direction, client_ref=call.client_ref, **facts
        )

    def _person(self, number: str, name: str, call: str) -> Person:
        return numbers.person(number, name, self.settings.region, call, ids=bool(self.settings.carries))

    def _whose(self, channel: Mapping[str, Any]) -> str:
        return numbers.ours(numbers.endpoint(reading.word(channel, "name")), self.settings.agents)

    def _is_outside(self, channel: Mapping[str, Any]) -> bool:
        return numbers.endpoint(reading.word(channel, "name")) in self.settings.trunk

    def _add(self, call: Call, *channels: str) -> None:
        self.calls[call.id] = call
        for one in channels:
            self._of[one] = call.id
        while len(self._of) > MOST_LEGS:
            self._of.pop(next(iter(self._of)))

    def _forget(self, call: Call) -> None:
        self.calls.pop(call.id, None)
        self._of = {channel: id for channel, id in self._of.items() if id != call.id}


def recording(name: str, kind: str = "wav") -> InboundAttachment:
    """A pointer to a recording that Asterisk keeps."""
    ending = kind if kind in ("wav", "gsm", "ogg", "mp3") else "wav"
    types = {"wav": "audio/wav", "gsm": "audio/x-gsm", "ogg": "audio/ogg", "mp3": "audio/mpeg"}
    return InboundAttachment(f"{name}.{ending}", types[ending], remote={"name": name})


def moment(said: str) -> int:
    """`2026-11-22T05:00:00.123+0000` in epoch ms; ARRIVAL for what is no time of this century."""
    try:
        at = int(datetime.fromisoformat(said).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        return ARRIVAL
    return at if reading.EARLIEST_MS <= at <= reading.LATEST_MS else ARRIVAL


def events(body: bytes, settings: VoiceSettings) -> list[CallChanged]:
    """A recorded event, or the events of a call as `{"events": [...]}`, in their order."""
    data = reading.load(body, "An event of Asterisk")
    many = reading.objects(data, "events") if "events" in data else [data]
    tracker = Tracker(settings)
    if any(not reading.word(one, "type") for one in many):
        raise Unparseable("An event has no type.")
    return [step for one in many for step in tracker.feed(one)]
