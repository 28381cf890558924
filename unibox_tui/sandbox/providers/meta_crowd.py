"""The customers and colleagues of the simulated Meta: what they say and do, as its webhooks and its history tell it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from unibox_tui.sandbox.providers.base import File, Guest
from unibox_tui.sandbox.providers.meta_accounts import Endpoint, MetaAccounts
from unibox_tui.sandbox.providers.webhooks import Attempt

MEDIA_MS = 48 * 3_600_000


class MetaCrowd(MetaAccounts):
    def __init__(self, **more: Any) -> None:
        self.guests: dict[str, Guest] = {}
        self._ids = itertools.count(1)
        super().__init__(**more)

    def sign(self, body: bytes, url: str, attempt: int) -> Mapping[str, str]:
        right = hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={right}"}

    async def says(self, guest: Guest, text: str, files: Sequence[File] = (), *, account: str = "") -> str:
        content: dict[str, Any] = {"text": text} if text else {}
        if files:
            content["attachments"] = [self._attached(file) for file in files]
        return self.message(guest, content, account=account)

    def message(self, guest: Guest, content: Mapping[str, Any], *, account: str = "") -> str:
        """A message of any content; gives its mid."""
        endpoint = self._endpoint(account)
        mid = self._mid()
        self.guests[guest.id] = guest
        endpoint.last_said[guest.id] = self.clock()
        self._keep(endpoint, guest.id, mid, guest.id, content)
        self.event(endpoint, guest.id, {"message": {"mid": mid, **content}})
        return mid

    def event(self, endpoint: Endpoint, guest: str, content: Mapping[str, Any], *, ours: bool = False) -> None:
        """Any messaging event; `ours`: we are its sender."""
        sender, recipient = (endpoint.id, guest) if ours else (guest, endpoint.id)
        self._post(
            endpoint,
            {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": self.clock(), **content},
        )

    def acts(self, guest: Guest, content: Mapping[str, Any], *, account: str = "") -> None:
        """A tap, a reaction, a referral: opens the window as Meta counts it."""
        endpoint = self._endpoint(account)
        self.guests[guest.id] = guest
        endpoint.last_said[guest.id] = self.clock()
        self.event(endpoint, guest.id, content)

    def colleague(self, guest: Guest, text: str, *, account: str = "", app_id: str = "263902") -> str:
        """Somebody answers in Meta's own inbox; we learn it by the echo."""
        endpoint = self._endpoint(account)
        mid = self._mid()
        content = {"text": text}
        self._keep(endpoint, guest.id, mid, endpoint.id, content)
        self.event(
            endpoint, guest.id, {"message": {"mid": mid, "is_echo": True, "app_id": int(app_id), **content}}, ours=True
        )
        return mid

    def reads(self, guest: Guest, *, account: str = "") -> None:
        """The customer has read everything until now."""
        endpoint = self._endpoint(account)
        if endpoint.instagram:
            ours = [one for one in endpoint.talks.get(guest.id, ()) if one["from"]["id"] == endpoint.id]
            if ours:
                self.event(endpoint, guest.id, {"read": {"mid": ours[-1]["id"]}})
            return
        self.event(endpoint, guest.id, {"read": {"watermark": self.clock()}})

    async def asks_deletion(self, user: str) -> Attempt:
        """Somebody whom the app knows as `user` wants to be erased; gives the first answer of our door."""
        url, before = f"{self.hooks.url}/deletion", len(self.hooks.log)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self.hooks.post(self.deletion_form(user), url=url, headers=headers)
        async with asyncio.timeout(10):
            while not (told := [one for one in self.hooks.log[before:] if one.url == url]):  # noqa: ASYNC110 - a log sets no Event
                await asyncio.sleep(0.01)
        return told[0]

    def deletion_form(self, user: str, **more: Any) -> bytes:
        data = {"user_id": user, "algorithm": "HMAC-SHA256", "issued_at": self.clock() // 1000, **more}
        payload = _base64url(json.dumps(data).encode())
        signature = hmac.new(self.app_secret.encode(), payload.encode(), hashlib.sha256).digest()
        return f"signed_request={_base64url(signature)}.{payload}".encode()

    def _endpoint(self, account: str) -> Endpoint:
        return self.endpoints[account] if account else next(iter(self.endpoints.values()))

    def _mid(self) -> str:
        return f"m_{next(self._ids):08d}{secrets.token_urlsafe(6)}"

    def _attached(self, file: File) -> dict[str, Any]:
        kind = file.media_type.partition("/")[0]
        kind = kind if kind in ("image", "video", "audio") else "file"
        return {"type": kind, "payload": {"url": self.shelve(file, lasts_ms=MEDIA_MS)}}

    def _post(self, endpoint: Endpoint, event: Mapping[str, Any]) -> None:
        if not self.hooks.url:
            return
        entry = {"id": endpoint.id, "time": self.clock(), "messaging": [event]}
        body = {"object": "instagram" if endpoint.instagram else "page", "entry": [entry]}
        self.hooks.post(json.dumps(body, ensure_ascii=False).encode())

    def _keep(self, endpoint: Endpoint, guest: str, mid: str, sender: str, content: Mapping[str, Any]) -> None:
        known = self.guests.get(guest)
        people = {endpoint.id: endpoint.title, guest: known.name if known else ""}
        other = guest if sender == endpoint.id else endpoint.id
        message: dict[str, Any] = {
            "id": mid,
            "created_time": _stamp(self.clock()),
            "from": {"id": sender, "name": people[sender]},
            "to": {"data": [{"id": other, "name": people[other]}]},
            "message": str(content.get("text", "")),
        }
        if quoted := content.get("reply_to"):
            message["reply_to"] = dict(quoted)
        if files := content.get("attachments"):
            message["attachments"] = {"data": [_in_history(one, mid) for one in files]}
        endpoint.talks.setdefault(guest, []).append(message)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _stamp(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _in_history(attachment: Mapping[str, Any], mid: str) -> dict[str, Any]:
    url = attachment["payload"]["url"]
    kind = attachment["type"]
    if kind in ("image", "video"):
        return {"id": mid, "mime_type": f"{kind}/{'jpeg' if kind == 'image' else 'mp4'}", f"{kind}_data": {"url": url}}
    return {"id": mid, "name": url.rpartition("/")[2], "file_url": url}
