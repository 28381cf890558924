"""A Graph API of our own for Pages and Instagram accounts: one app, many endpoints, windows and tags enforced, receipts and
echoes sent, history kept, tokens that die when told to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.sandbox.providers.base import Call, Delivered, File, Handler
from unibox_tui.sandbox.providers.checks import Check, Wrong, address, by_type, flag, number, one_of, shape, text, utf8
from unibox_tui.sandbox.providers.meta_accounts import Endpoint
from unibox_tui.sandbox.providers.meta_crowd import MEDIA_MS, MetaCrowd
from unibox_tui.sandbox.providers.webhooks import Schedule

HOUR = 3_600_000
STANDARD_MS, HUMAN_MS = 24 * HOUR, 7 * 24 * HOUR
UPLOAD_BYTES = 25_000_000
TOLD_MESSAGES = 20

STICKER = File("sticker.png", b"\x89PNG sticker", "image/png")

_by_id = shape({"attachment_id": text()})
_by_url = shape({"url": address()}, {"is_reusable": flag()})


def _payload(value: Any, where: str) -> None:
    (_by_id if isinstance(value, dict) and "attachment_id" in value else _by_url)(value, where)


_FILES = ("image", "video", "audio", "file")
_ATTACHMENT = shape({"type": one_of(*_FILES), "payload": _payload})
_PAGE_FIELDS = frozenset(
    [
        "messages",
        "messaging_postbacks",
        "message_echoes",
        "message_deliveries",
        "message_reads",
        "message_reactions",
        "message_edits",
        "messaging_referrals",
        "messaging_optins",
        "messaging_handovers",
        "standby",
        "feed",
        "leadgen",
    ]
)
_ACCOUNT_FIELDS = frozenset(
    [
        "messages",
        "messaging_postbacks",
        "messaging_seen",
        "message_reactions",
        "messaging_referral",
        "messaging_optins",
        "messaging_handover",
        "standby",
        "comments",
        "mentions",
    ]
)
_LIKE = shape({"type": one_of("like_heart")})
_RECIPIENT = shape({"id": text()})
_SIGNAL = shape(
    {"recipient": _RECIPIENT, "sender_action": one_of("typing_on", "typing_off", "mark_seen", "react", "unreact")},
    {"payload": shape({"message_id": text()}, {"reaction": text()})},
)


class MetaSim(MetaCrowd):
    """One app. Endpoints are added with `page` and `instagram`; their ids are theirs at Meta."""

    channel = "messenger"
    schedule = Schedule(retries=(1.0, 5.0, 30.0, 300.0, 1_800.0), within_s=5.0, unsubscribes=True)

    def __init__(self, **more: Any) -> None:
        self.human_agent = True
        self.blocked: set[str] = set()
        self.signals: list[tuple[str, str, str]] = []  # (endpoint, guest, action)
        self.reactions: list[tuple[str, str]] = []  # (message, reaction)
        self.receipts = True  # customers' telephones say that they have it
        self._uploads: dict[str, File] = {}
        super().__init__(**more)

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        return [
            *super().routes(),
            ("POST", "/{id}/messages", self._messages),
            ("POST", "/{id}/message_attachments", self._upload),
            ("POST", "/{id}/subscribed_apps", self._subscribe),
            ("GET", "/{id}/conversations", self._conversations),
            ("GET", "/{id}", self._node),
        ]

    # -- the app's side ---------------------------------------------------------------------------------------------------

    def _sender(self, call: Call, recipient: str) -> Endpoint:
        """Of a Page and its linked Instagram account, the one that knows the recipient."""
        first = self._by_token(call)
        same = [one for one in self.endpoints.values() if one.token == first.token]
        return next((one for one in same if recipient in one.last_said), first)

    async def _messages(self, call: Call) -> dict[str, Any]:
        data = call.json()
        recipient = str(data.get("recipient", {}).get("id", "")) if isinstance(data, dict) else ""
        endpoint = self._sender(call, recipient)
        if isinstance(data, dict) and "sender_action" in data:
            return self._signalled(endpoint, recipient, data)
        self._shaped(endpoint, data)
        self._allowed(endpoint, recipient, data)
        message = data["message"]
        mid = self._mid()
        content: dict[str, Any] = {"text": message["text"]} if "text" in message else {}
        if "attachment" in message:
            content["attachments"] = [self._resolved(message["attachment"])]
        if "sticker_id" in message:
            content["attachments"] = [self._sticker(message["sticker_id"])]
        if quoted := data.get("reply_to"):
            if all(one["id"] != quoted["mid"] for one in endpoint.talks.get(recipient, ())):
                raise Wrong("value", "reply_to.mid", "is no message of this conversation")
            content["reply_to"] = {"mid": quoted["mid"]}
        self._keep(endpoint, recipient, mid, endpoint.id, content)
        self.give(Delivered(recipient, content.get("text", ""), mid, data, endpoint.id))
        echo = {"mid": mid, "is_echo": True, "app_id": int(self.app_id), **content}
        if "metadata" in message:
            echo["metadata"] = message["metadata"]
        self.event(endpoint, recipient, {"message": echo}, ours=True)
        if self.receipts and not endpoint.instagram:
            self.event(endpoint, recipient, {"delivery": {"mids": [mid], "watermark": self.clock()}})
        return {"recipient_id": recipient, "message_id": mid}

    def _shaped(self, endpoint: Endpoint, data: Any) -> None:
        words: Check = text(1_000, count=utf8) if endpoint.instagram else text(2_000)
        kinds: dict[str, Check] = {"text": words, "attachment": _ATTACHMENT, "metadata": text(1_000)}
        if endpoint.instagram:
            kinds["attachment"] = by_type("type", {**dict.fromkeys(_FILES, _ATTACHMENT), "like_heart": _LIKE})
        else:
            kinds["sticker_id"] = number(1)
        message = shape(optional=kinds)
        own_login = endpoint.instagram and not endpoint.page
        optional: dict[str, Check] = {"tag": text(), "reply_to": shape({"mid": text()})}
        required: dict[str, Check] = {"recipient": _RECIPIENT, "message": message}
        kind = one_of("RESPONSE", "UPDATE", "MESSAGE_TAG")
        (optional if own_login else required)["messaging_type"] = kind
        shape(required, optional)(data, "")
        if len({"text", "attachment", "sticker_id"} & data["message"].keys()) != 1:
            raise Wrong("value", "message", "must have either text or attachment")

    def _allowed(self, endpoint: Endpoint, recipient: str, data: Mapping[str, Any]) -> None:
        if endpoint.restricted:
            raise Wrong("restricted", why="the Page is temporarily restricted")
        said = endpoint.last_said.get(recipient)
        if said is None:
            raise Wrong("nobody", why="No matching user found")
        if recipient in self.blocked:
            raise Wrong("person", why="This person isn't available right now.")
        age = self.clock() - said
        tag = data.get("tag")
        if tag is not None and (tag != "HUMAN_AGENT" or not self.human_agent):
            raise Wrong("tag", why="the tag is not granted")
        if age > (HUMAN_MS if tag else STANDARD_MS):
            raise Wrong("window", why="This message is sent outside of allowed window.")

    def _sticker(self, id: Any) -> dict[str, Any]:
        picture = {"url": self.shelve(STICKER, lasts_ms=MEDIA_MS)}
        return (
            {"type": "sticker", "payload": {**picture, "sticker_id": id}}
            if id
            else {"type": "like_heart", "payload": picture}
        )

    def _resolved(self, attachment: Mapping[str, Any]) -> dict[str, Any]:
        if attachment["type"] == "like_heart":
            return self._sticker(None)
        payload = attachment["payload"]
        if "attachment_id" not in payload:
            return {"type": attachment["type"], "payload": {"url": payload["url"]}}
        file = self._uploads.get(payload["attachment_id"])
        if file is None:
            raise Wrong("value", "attachment_id", "is not known")
        return self._attached(file)

    def _signalled(self, endpoint: Endpoint, recipient: str, data: Any) -> dict[str, Any]:
        _SIGNAL(data, "")
        self.signals.append((endpoint.id, recipient, data["sender_action"]))
        if data["sender_action"] in ("react", "unreact"):
            payload = data.get("payload") or {}
            self.reactions.append((str(payload.get("message_id")), str(payload.get("reaction", ""))))
        return {"recipient_id": recipient}

    async def _upload(self, call: Call) -> dict[str, Any]:
        endpoint = self._by_token(call)
        if endpoint.instagram and not endpoint.page:
            raise Wrong("not_found", why="Unsupported post request")
        file, told = call.parts.get("filedata"), call.parts.get("message")
        if not isinstance(file, File) or not isinstance(told, str):
            raise Wrong("missing", "filedata", "is required")
        if len(file.content) > UPLOAD_BYTES:
            raise Wrong("length", "filedata", "is too large")
        reusable = shape(optional={"is_reusable": flag()})
        shape({"attachment": shape({"type": one_of(*_FILES), "payload": reusable})})(json.loads(told), "message")
        id = str(9_000_000_000_000_000 + next(self._ids))
        self._uploads[id] = file
        return {"attachment_id": id}

    async def _subscribe(self, call: Call) -> dict[str, Any]:
        endpoint = self._by_token(call)
        fields = [one for one in call.arg("subscribed_fields").split(",") if one]
        if not fields:
            raise Wrong("missing", "subscribed_fields", "is required")
        known = _ACCOUNT_FIELDS if endpoint.instagram and not endpoint.page else _PAGE_FIELDS
        if not known.issuperset(fields):
            raise Wrong("value", "subscribed_fields", f"must be one of {sorted(known)}")
        endpoint.subscribed = tuple(fields)
        self.hooks.subscribed = True
        return {"success": True}

    async def _conversations(self, call: Call) -> dict[str, Any]:
        endpoint = self._by_token(call)
        if endpoint.page or not endpoint.instagram:
            platform = call.arg("platform")
            if platform not in ("messenger", "instagram"):
                raise Wrong("value", "platform", "must be messenger or instagram")
            same = [one for one in self.endpoints.values() if one.token == endpoint.token]
            found = [one for one in same if one.instagram == (platform == "instagram")]
            if not found:
                return {"data": []}
            endpoint = found[0]
        limit = int(call.arg("limit", "25"))
        if not 1 <= limit <= 200:
            raise Wrong("value", "limit", "must be between 1 and 200")
        talks = sorted(endpoint.talks.items(), key=lambda talk: talk[1][-1]["created_time"], reverse=True)
        if user := call.arg("user_id"):
            talks = [talk for talk in talks if talk[0] == user]
        start = int(call.arg("after") or 0)
        page = talks[start : start + limit]
        data = [
            {
                "id": f"t_{endpoint.id}_{guest}",
                "updated_time": messages[-1]["created_time"],
                "messages": {"data": list(reversed(messages))[:TOLD_MESSAGES]},
            }
            for guest, messages in page
        ]
        paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + len(page))}}
        if start + limit < len(talks):
            paging["next"] = f"{self.base_url}{call.path}?after={start + len(page)}"
        return {"data": data, "paging": paging}

    async def _node(self, call: Call) -> dict[str, Any]:
        """`me`, or a customer's profile."""
        id = call.args["id"]
        endpoint = self._by_token(Call(call.method, call.path, {"id": "me"}, call.query, call.headers, call.body))
        if id in ("me", endpoint.id, endpoint.page):
            if endpoint.instagram and not endpoint.page:
                return {"user_id": endpoint.id, "id": endpoint.id, "username": endpoint.title}
            linked = next(
                (one for one in self.endpoints.values() if one.instagram and one.token == endpoint.token), None
            )
            account = {"instagram_business_account": {"id": linked.id, "username": linked.title}} if linked else {}
            return {"id": endpoint.page or endpoint.id, "name": endpoint.title, **account}
        guest = self.guests.get(id)
        if guest is None:
            raise Wrong("nobody", why="Unsupported get request. Object does not exist")
        last, _, first = guest.name.rpartition(" ")
        return {
            "id": id, "first_name": first, "last_name": last, "name": guest.name,
            "username": f"user{id[-4:]}", "locale": f"{guest.language}_{guest.language.upper()}",
        }  # fmt: skip
