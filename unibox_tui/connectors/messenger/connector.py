"""A Facebook Page as an inbox."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.contract import (
    CheckReport,
    Connector,
    Consents,
    Discovered,
    Discovers,
    FetchesMedia,
    FetchesProfile,
    Handshakes,
    MarksRead,
    ParsesRaw,
    PullsEvents,
    Reconciles,
    SendFile,
    ShowsTyping,
    Splits,
    SubscribesWebhooks,
    TellsStanding,
    VerifiesWebhooks,
)
from unibox_tui.connectors.deletions import TakesDeletions
from unibox_tui.connectors.errors import Misconfigured, SendRejected, Transient
from unibox_tui.connectors.messenger.settings import MessengerSettings
from unibox_tui.connectors.meta import parse
from unibox_tui.connectors.meta.graph import following, proof
from unibox_tui.connectors.meta.history import Where
from unibox_tui.connectors.meta.pages import PageEndpoint, of_page
from unibox_tui.domain.inbound import Person
from unibox_tui.domain.saying import say

SCOPES = ("pages_show_list", "pages_messaging", "pages_manage_metadata", "pages_read_engagement")
_KINDS = {"image": "image", "video": "video", "audio": "audio"}


class MessengerConnector(PageEndpoint):
    channel = "messenger"
    kind = "psid"
    scopes = SCOPES
    stored = "The Page's token is stored."
    no_role = "The person who agreed has no role on this Page."
    settings: MessengerSettings

    def _where(self) -> Where:
        return Where(self.settings.page_id or "me", "messenger", self.settings.page_id)

    def _outbox(self) -> str:
        return self.settings.page_id or "me"

    async def _file(self, file: SendFile) -> dict[str, Any]:
        """Uploaded first, which makes no message, and then named."""
        limit = policy.limits("messenger").file
        if file.size > limit:
            raise SendRejected(say("Messenger takes files up to {limit} MB.", limit=limit // 1_000_000))
        kind = _KINDS.get(file.media_type.partition("/")[0], "file")
        wrapped = {"attachment": {"type": kind, "payload": {"is_reusable": False}}}
        data = await self.graph.post(
            f"{self._outbox()}/message_attachments",
            form={"message": json.dumps(wrapped)},
            files={"filedata": (file.name, await file.read(), file.media_type)},
        )
        id = reading.word(data, "attachment_id") if isinstance(data, dict) else ""
        if not id:
            raise Transient("Messenger took the file and gave no id for it.")
        return {"attachment": {"type": kind, "payload": {"attachment_id": id}}}

    def _sticker(self, id: str) -> dict[str, Any]:
        if not (id.isascii() and id.isdigit()):
            raise SendRejected("Messenger knows its stickers by a number.", code="sticker")
        return {"sticker_id": int(id)}

    async def profile(self, address: str) -> Person | None:
        try:
            data = await self._reading.get(address, {"fields": "first_name,last_name,profile_pic,locale"})
        except Misconfigured:
            return None  # no consent yet, or the feature is not granted
        if not isinstance(data, dict):
            return None
        name = f"{reading.word(data, 'last_name')} {reading.word(data, 'first_name')}".strip()
        locale = reading.word(data, "locale")[:2]
        if locale not in ("vi",):
            name = f"{reading.word(data, 'first_name')} {reading.word(data, 'last_name')}".strip()
        picture = reading.word(data, "profile_pic")
        return parse.person(
            address,
            self._side,
            name,
            language=locale if locale in ("vi", "th", "en") else None,
            attributes={"picture": picture} if picture else {},
        )

    async def known_as(self, user: str) -> list[tuple[str, str]]:
        """Meta joins its ids of one person where the app and its Pages are of one business."""
        secret = ((await asyncio.to_thread(self._secret_of, "app_secret")) or "").strip()
        if not self._app_id or not secret:
            raise Misconfigured("The Meta app's id or secret is missing.", hint="[apps.NAME] id = …")
        token = f"{self._app_id}|{secret}"
        found: list[tuple[str, str]] = []
        after = ""
        while True:
            params = {"appsecret_proof": proof(secret, token), "limit": "100", **({"after": after} if after else {})}
            data = await self._reading.get(f"{user}/ids_for_pages", params, token=token)
            data = data if isinstance(data, dict) else {}
            found += [
                (reading.word(reading.maybe(one, "page"), "id"), reading.word(one, "id"))
                for one in reading.some(data, "data")
            ]
            before, after = after, following(data)
            if after in ("", before):
                return found

    # -- consent, discovery, standing -------------------------------------------------------------------------------------

    def _found(self, page: Mapping[str, Any]) -> Discovered | None:
        id = reading.word(page, "id")
        return of_page(page, id, reading.word(page, "name"), {"page_id": id}, "this Page")

    async def _checked(self) -> CheckReport:
        data = await self._reading.get("me", {"fields": "id,name"})
        id = reading.word(data, "id") if isinstance(data, dict) else ""
        notes = [f"The token is of the Page {reading.word(data, 'name')}."] if id else []
        ok = bool(id)
        if self.settings.page_id and id != self.settings.page_id:
            ok = False
            notes.append(f"The setting page_id says {self.settings.page_id}, the token {id}.")
        notes += (await self.standing()).notes
        return CheckReport(ok, id, tuple(notes))


if TYPE_CHECKING:

    def _claims(
        connector: MessengerConnector,
    ) -> tuple[
        Connector, PullsEvents, ParsesRaw, VerifiesWebhooks, Handshakes, Splits, Reconciles, FetchesMedia, FetchesProfile,
        ShowsTyping, MarksRead, TellsStanding, SubscribesWebhooks, Consents, Discovers, TakesDeletions,
    ]:  # fmt: skip
        return (connector,) * 16
