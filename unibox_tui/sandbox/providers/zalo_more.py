"""What the simulated Zalo has besides messages: calls by its own app and the consent to them, tags, articles for everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unibox_tui.sandbox.providers.base import Call, Delivered, Guest, Handler, Reply
from unibox_tui.sandbox.providers.checks import Wrong, anything, one_of, shape, text
from unibox_tui.sandbox.providers.zalo_crowd import ZaloCrowd
from unibox_tui.sandbox.providers.zalo_parts import DAY, HOUR, ID, REACTION, Oa, good, message_id

PHONE = text(pattern=r"84\d{9}")
KIND = one_of("audio", "video", "audio_and_video")
ASKING = shape({"phone": PHONE, "call_type": KIND, "reason_code": one_of(101, 103, 105, 106, 107)})
OUTBOUND = shape({"user_id": ID, "call_type": KIND}, {"agent_id": text(20)})
INBOUND = shape({"call_type": KIND}, {"agent_id": text(20), "branch_id": text(20)})
TAG = shape({"user_id": ID, "tag_name": text(50)})
LINK_MS, CONSENT_MS, ANSWER_MS = 48 * HOUR, 30 * DAY, 24 * HOUR
WITHIN_MS = 30 * DAY
VIETNAM_MS = 7 * HOUR
_CODES = {"ages", "gender", "locations", "cities", "platform"}


@dataclass(slots=True)
class Consent:
    """`state`: 0 allowed, 2 asked, 3 declined, 4 blocked."""

    state: int
    until: int


def _codes(value: Any, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Wrong("type", where, "must be a number, or numbers with commas")
    text(40, pattern=r"\d{1,4}(,\d{1,4})*")(str(value), where)


ARTICLE = shape(
    {
        "recipient": shape({"target": shape({}, dict.fromkeys(sorted(_CODES), _codes))}),
        "message": shape(
            {
                "attachment": shape(
                    {
                        "type": one_of("template"),
                        "payload": shape({"template_type": one_of("media"), "elements": anything()}),
                    }
                )
            }
        ),
    }
)
ELEMENT = shape({"media_type": one_of("article"), "attachment_id": text(60)})


class ZaloMore(ZaloCrowd):
    """Without tokens and messages."""

    reactions: list[tuple[str, str]]

    def more_routes(self) -> Sequence[tuple[str, str, Handler]]:
        return [
            ("POST", "/v2.0/oa/message", self._react_or_broadcast),
            ("GET", "/v2.0/oa/call/checkconsent", self._may_call),
            ("POST", "/v2.0/oa/call/requestconsent", self._ask_consent),
            ("POST", "/v3.0/oa/call/outbound", self._call_out),
            ("POST", "/v3.0/oa/call/inbound", self._call_in),
            ("GET", "/v3.0/oa/call/getmccinfo", self._centre),
            ("POST", "/v2.0/oa/tag/tagfollower", self._tag),
            ("POST", "/v2.0/oa/tag/rmfollowerfromtag", self._untag),
        ]

    def _caller(self, call: Call) -> Oa:
        raise NotImplementedError

    def _data(self, call: Call) -> dict[str, Any]:
        raise NotImplementedError

    # -- reactions, and articles to everybody -----------------------------------------------------------------------------

    async def _react_or_broadcast(self, call: Call) -> dict[str, Any]:
        oa, body = self._caller(call), call.json()
        if isinstance(body, dict) and "target" in (body.get("recipient") or {}):
            return self._broadcast(oa, body)
        REACTION(body, "")
        action = body["sender_action"]
        if action["react_message_id"] not in {row["message_id"] for row in oa.rows}:
            raise Wrong("value", "react_message_id", "is invalid")
        self.reactions.append((action["react_message_id"], action["react_icon"]))
        return good({"message_id": action["react_message_id"], "user_id": body["recipient"]["user_id"]})

    def _broadcast(self, oa: Oa, body: Mapping[str, Any]) -> dict[str, Any]:
        ARTICLE(body, "")
        elements = body["message"]["attachment"]["payload"]["elements"]
        if not isinstance(elements, list) or len(elements) != 1:
            raise Wrong("value", "elements", "must have one article")
        ELEMENT(elements[0], "elements[0]")
        title = oa.articles.get(elements[0]["attachment_id"])
        if title is None:
            raise Wrong("value", "attachment_id", "is no article of this account")
        local = (self.clock() + VIETNAM_MS) % DAY
        if not 6 * HOUR <= local < 22 * HOUR:
            raise Wrong("night", why="Promotion is not allowed at this hour")
        if oa.broadcasts_left <= 0:
            raise Wrong("quota", why="Out of quota")
        oa.broadcasts_left -= 1
        id = message_id(self.next())
        self.give(Delivered("everybody", title, id, dict(body), oa.id))
        return good({"message_id": id})

    # -- calls ------------------------------------------------------------------------------------------------------------

    async def _may_call(self, call: Call) -> Reply:
        oa, data = self._caller(call), self._data(call)
        PHONE(data.get("phone"), "phone")
        found = oa.consents.get(data["phone"])
        if found is None:
            return _numbered(20)
        if self.clock() >= found.until and found.state in (0, 2):
            return _numbered(16, found.until)
        return _numbered(8 if found.state == 2 else found.state, found.until)

    async def _ask_consent(self, call: Call) -> Reply:
        oa, body = self._caller(call), call.json(ASKING)
        phone, now = body["phone"], self.clock()
        found = oa.consents.get(phone)
        if found is not None and (found.state == 4 or (now < found.until and found.state in (0, 2))):
            return _numbered({0: 1, 2: 2, 4: 4}[found.state], found.until)
        oa.consents[phone] = Consent(2, now + ANSWER_MS)
        told = {"phone": phone, "request_type": "SENT", "create_time": now, "expired_time": now + ANSWER_MS}
        self._post(oa, {"event_name": "oa_send_consent", "oa_id": oa.id, **told})
        self.give(Delivered(f"+{phone}", "[consent to calls]", f"consent-{self.next()}", body, oa.id))
        return _numbered(0, now + ANSWER_MS)

    def answers_consent(self, phone: str, yes: bool, *, account: str = "") -> None:
        """The customer answers what `requestconsent` asked."""
        oa, digits, now = self._of(account), phone.removeprefix("+"), self.clock()
        oa.consents[digits] = Consent(0, now + CONSENT_MS) if yes else Consent(4, now)
        told: dict[str, Any] = {
            "phone": digits,
            "user_consent": "ALLOW" if yes else "USER_BLOCKED",
            "confirmed_time": now,
        }
        if yes:
            told["expired_time"] = now + CONSENT_MS
        self._post(oa, {"event_name": "user_reply_consent", "oa_id": oa.id, **told})

    async def _call_out(self, call: Call) -> dict[str, Any]:
        oa, body = self._caller(call), call.json(OUTBOUND)
        if body["user_id"] not in oa.guests:
            raise Wrong("value", "user_id", "is invalid")
        if self.clock() - oa.last.get(body["user_id"], 0) > WITHIN_MS:
            raise Wrong("window", why="The user has not interacted")
        return self._link(oa, body)

    async def _call_in(self, call: Call) -> dict[str, Any]:
        return self._link(self._caller(call), call.json(INBOUND))

    def _link(self, oa: Oa, body: Mapping[str, Any]) -> dict[str, Any]:
        if body.get("agent_id", "") not in ("", *oa.agents) or body.get("branch_id", "") not in ("", *oa.branches):
            raise Wrong("value", "agent_id", "is invalid")
        id = self.next(width=8)
        oa.links[id] = dict(body)
        url = f"https://zalo.example/call/{id}"
        return good({"call_link": url, "qr_code": f"{url}.png", "ttl": LINK_MS // 1000})

    async def _centre(self, call: Call) -> dict[str, Any]:
        oa = self._caller(call)
        agents = [{"agent_id": id, "agent_name": name} for id, name in oa.agents.items()]
        branches = [{"branch_id": id, "branch_name": name} for id, name in oa.branches.items()]
        return good({"agents": agents, "branches": branches})

    # -- tags -------------------------------------------------------------------------------------------------------------

    async def _tag(self, call: Call) -> dict[str, Any]:
        oa, body = self._tagged(call)
        had = oa.tags.setdefault(body["user_id"], [])
        if body["tag_name"] not in had:
            had.append(body["tag_name"])
            self._tells(oa, "add_user_to_tag", body)
        return good({})

    async def _untag(self, call: Call) -> dict[str, Any]:
        oa, body = self._tagged(call)
        had = oa.tags.get(body["user_id"], [])
        if body["tag_name"] in had:
            had.remove(body["tag_name"])
            self._tells(oa, "remove_user_from_tag", body)
        return good({})

    def _tagged(self, call: Call) -> tuple[Oa, dict[str, Any]]:
        oa, body = self._caller(call), call.json(TAG)
        if body["user_id"] not in oa.guests:
            raise Wrong("value", "user_id", "is invalid")
        return oa, body

    def tags(self, guest: Guest, name: str, on: bool = True, *, account: str = "") -> None:
        """A colleague in Zalo's own tool."""
        oa = self._of(account)
        had = oa.tags.setdefault(guest.id, [])
        if on == (name in had):
            return
        (had.append if on else had.remove)(name)
        self._tells(oa, "add_user_to_tag" if on else "remove_user_from_tag", {"user_id": guest.id, "tag_name": name})

    def _tells(self, oa: Oa, name: str, body: Mapping[str, Any]) -> None:
        self._post(oa, {"event_name": name, "oa_id": oa.id, **body})


def _numbered(error: int, until: int | None = None) -> Reply:
    said = {
        "error": error,
        "message": "Success" if not error else "",
        **({} if until is None else {"expired_time": until}),
    }
    return Reply.json(said)
