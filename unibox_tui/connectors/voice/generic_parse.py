"""A posted call event -> a step of the call. Exchanges differ in words, not in content: the usual ones are all taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.voice import numbers
from unibox_tui.domain.calls import ANSWERED, ENDED, MISSED, RINGING, VOICEMAIL
from unibox_tui.domain.inbound import ARRIVAL, CallChanged, InboundAttachment, InboundEvent
from unibox_tui.domain.words import Direction

_STATES = {
    **dict.fromkeys(("ringing", "ring", "calling", "started", "start", "created", "dialing", "routing"), RINGING),
    **dict.fromkeys(("answered", "answer", "connected", "up", "bridged", "in_progress"), ANSWERED),
    **dict.fromkeys(("missed", "no_answer", "noanswer", "cancelled", "canceled", "cancel", "busy", "failed", "rejected", "abandoned"), MISSED),
    **dict.fromkeys(("voicemail", "voice_mail"), VOICEMAIL),
    **dict.fromkeys(("ended", "end", "hangup", "completed", "complete", "finished", "cdr"), ENDED),
}  # fmt: skip
_CAUSES = {
    "no_answer": "no_answer",
    "noanswer": "no_answer",
    "busy": "busy",
    "failed": "unreachable",
    "rejected": "rejected",
}
Q850 = {
    "1": "bad_number", "28": "bad_number", "17": "busy", "18": "no_answer", "19": "no_answer", "21": "rejected",
    "27": "unreachable", "38": "unreachable", "34": "congestion",
}  # fmt: skip
MOST = 200


def events(body: bytes, region: str, agents: Mapping[str, str]) -> Sequence[InboundEvent]:
    """One event, or several as `{"events": [...]}`."""
    data = reading.load(body, "A call event")
    if "events" in data:
        return [_one(one, region, agents) for one in reading.objects(data, "events")[:MOST]]
    return [_one(data, region, agents)]


def _one(data: Mapping[str, Any], region: str, agents: Mapping[str, str]) -> CallChanged:
    call = reading.ident(data, "call_id")[:200]
    said = reading.word(data, "state").strip().casefold().replace("-", "_").replace(" ", "_")
    state = _STATES.get(said, "")
    if not state:
        raise Unparseable("The call is in a state that is not known here.")
    out = reading.word(data, "direction", "in").casefold() in ("out", "outbound", "outgoing")
    started, answered, ended = (_time(data, name) for name in ("started_at", "answered_at", "ended_at"))
    at = _time(data, "at") or {RINGING: started, ANSWERED: answered}.get(state, ended) or ended or answered or started
    talked = _seconds(data, "billsec")
    whole = _seconds(data, "duration")
    waited = _seconds(data, "waited")
    if waited is None and talked is not None and whole is not None:
        waited = max(whole - talked, 0)
    if talked == 0 and state == ENDED:
        answered = None  # some tell the time at which they gave up as one of answering
    who = tuple(dict.fromkeys(numbers.ours(one, agents) for one in _phones(data)))
    spoke = state in (ANSWERED, ENDED) and (answered is not None or state == ANSWERED or bool(talked))
    name = reading.word(data, "name")
    number = reading.word(data, "to" if out else "from")
    hotline = reading.word(data, "hotline") or ("" if out else reading.word(data, "to"))
    url = reading.word(data, "recording_url")
    return CallChanged(
        call,
        numbers.person(number, name, region, call),
        at if at is not None else ARRIVAL,
        state,
        direction=Direction.OUT if out else Direction.IN,
        hotline=_short(hotline),
        menu=_short(reading.word(data, "menu")),
        queue=_short(reading.word(data, "queue")),
        branch=_short(reading.word(data, "branch")),
        rang=who,
        answered_by=who[-1] if spoke and who else "",
        started_at=started,
        answered_at=answered,
        ended_at=ended,
        waited_ms=waited,
        talked_ms=talked,
        cause=_cause(reading.word(data, "hangup_cause")) or _CAUSES.get(said, ""),
        tag=_short(reading.word(data, "tag"), 200),
        files=(_recording(url, call),) if url else (),
    )


def _phones(data: Mapping[str, Any]) -> list[str]:
    """`agent` or `extension` is who is meant now; `rang` all who rang, the one who is meant last."""
    many = data.get("rang")
    found = [one for one in many if isinstance(one, str) and one.strip()][:20] if isinstance(many, list) else []
    own = reading.word(data, "agent") or reading.word(data, "extension")
    return [*(one for one in found if one != own), own] if own.strip() else found


def _recording(url: str, call: str) -> InboundAttachment:
    ending = url.partition("?")[0].rpartition(".")[2].lower()
    kinds = {"mp3": "audio/mpeg", "ogg": "audio/ogg", "opus": "audio/ogg", "m4a": "audio/mp4", "gsm": "audio/x-gsm"}
    name = ending if ending in kinds else "wav"
    return InboundAttachment(f"{call}.{name}", kinds.get(ending, "audio/wav"), remote={"url": url})


def _time(data: Mapping[str, Any], name: str) -> int | None:
    """Epoch seconds, epoch milliseconds or ISO 8601; None for what is none of them, or of another century."""
    found = reading.decimal(data, name)
    if found is not None:
        at = int(found if found > 100_000_000_000 else found * 1000)
    else:
        try:
            moment = datetime.fromisoformat(reading.word(data, name).strip())
        except ValueError:
            return None
        at = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    return at if reading.EARLIEST_MS <= at <= reading.LATEST_MS else None


def _seconds(data: Mapping[str, Any], name: str) -> int | None:
    found = reading.decimal(data, name)
    return int(found * 1000) if found is not None and 0 <= found < 1_000_000 else None


def _cause(said: str) -> str:
    word = said.strip().casefold().replace(" ", "_")
    if word in ("", "16", "normal", "normal_clearing"):
        return ""
    return Q850.get(word, _short(word))


def _short(text: str, most: int = 80) -> str:
    return " ".join(text.split())[:most]
