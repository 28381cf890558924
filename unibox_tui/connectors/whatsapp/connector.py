"""A WhatsApp number as an inbox, by Meta's Cloud API. It has no history to ask for: what is missed comes again for seven days."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.addresses import can_be_called
from unibox_tui.connectors.contract import (
    CheckReport,
    Connector,
    Discovered,
    Discovers,
    FetchesMedia,
    Handshakes,
    ListsTemplates,
    MarksRead,
    ParsesRaw,
    Reacts,
    SecretOf,
    SendFile,
    SendRequest,
    SendResult,
    ShowsTyping,
    Splits,
    Standing,
    SubscribesWebhooks,
    TellsStanding,
    Template,
    Tools,
    VerifiesWebhooks,
    failed_check,
)
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    SendRejected,
    Transient,
    Unparseable,
)
from unibox_tui.connectors.meta import hook
from unibox_tui.connectors.meta.graph import MEDIA_S, Graph
from unibox_tui.connectors.whatsapp import checking, parse
from unibox_tui.connectors.whatsapp.refusals import of_one, refusal
from unibox_tui.connectors.whatsapp.settings import WhatsAppSettings
from unibox_tui.connectors.whatsapp.templates import described, filled
from unibox_tui.domain.inbound import InboundEvent
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.saying import say

PAGE = 100
STICKER = "image/webp"


class WhatsAppConnector:
    NEEDS_TOOLS = True
    channel = "whatsapp"

    def __init__(self, name: str, settings: WhatsAppSettings, secret_of: SecretOf, tools: Tools) -> None:
        self.name, self.settings = name, settings
        self._secret_of, self._tools = secret_of, tools
        app = tools.app
        pace = "shared_number" if settings.shared_with_phone else "send"
        self._graph = Graph(
            tools.http,
            settings.api or (app.api if app is not None else "") or settings.default_api,
            self._token,
            secret_of,
            tools.pace(f"whatsapp:{settings.phone_id}", policy.pace("whatsapp", pace)),
            mend=f"A system user's token: `unibox inbox secret {name} access_token` stores it.",
            proof=settings.appsecret_proof,
            refusal=refusal,
        )
        self._asked_by: dict[str, str] = {}  # customer -> the last message, which a typing sign must name

    async def _token(self) -> str:
        token = ((await asyncio.to_thread(self._secret_of, "access_token")) or "").strip()
        if not token:
            raise CredentialsRejected(
                "No token is stored.", hint=say("`unibox inbox secret {name} access_token` stores one.", name=self.name)
            )
        return token

    def capabilities(self) -> Capabilities:
        return policy.capabilities(
            "whatsapp",
            starts=True,
            undo_send_ms=int(self.settings.undo_send_seconds * 1000),
            extra={
                "files_per_message": 1,
                "reactions": True,
                "files_alone": ["audio/*"],
                "redelivery_ms": policy.limits("whatsapp").redelivery_ms,
            },
        )

    # -- receiving --------------------------------------------------------------------------------------------------------

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        return parse.events(body)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        hook.verify(body, headers, self._secret_of)

    def handshake(self, query: Mapping[str, str]) -> bytes:
        return hook.handshake(query, self._secret_of)

    def split(self, body: bytes) -> Sequence[tuple[str, bytes]]:
        return hook.split(body)

    async def fetch(self, remote: Mapping[str, Any], limit: int) -> bytes:
        """The address of a file is good for five minutes and wants the token too."""
        try:
            data = await self._graph.get(reading.ident(remote, "id"), {"phone_number_id": self.settings.phone_id})
        except Misconfigured as error:
            raise Unparseable("WhatsApp does not have this file any more.", code=error.code) from None
        url = reading.word(data, "url") if isinstance(data, dict) else ""
        if not url:
            raise Transient("WhatsApp gave no address for the file.")
        headers = {"Authorization": f"Bearer {await self._token()}"}
        answer = await self._tools.http.request(
            "GET", url, headers=headers, limit=limit, timeout_s=MEDIA_S, redirects=True
        )
        if answer.status != 200:
            raise Transient("WhatsApp does not give the file now.", code=str(answer.status))
        return answer.body

    async def subscribe(self) -> None:
        await self._graph.post(f"{self.settings.waba_id}/subscribed_apps")

    # -- sending ----------------------------------------------------------------------------------------------------------

    async def send(self, request: SendRequest) -> SendResult:
        if len(request.files) > 1:
            raise SendRejected("A WhatsApp message holds one file.", code="too_many")
        template = request.options.get("template")
        body = self._addressed(request)
        if isinstance(template, Mapping):
            body |= {"type": "template", "template": filled(template)}
        elif request.files:
            body |= await self._file(request.files[0], request.text)
        else:
            policy.refuse_too_long(request.text, "whatsapp")
            body |= {"type": "text", "text": {"body": request.text, "preview_url": False}}
        data = await self._graph.post(
            f"{self.settings.phone_id}/messages", body, before_first_byte=request.before_first_byte
        )
        sent = reading.some(data if isinstance(data, dict) else {}, "messages")
        id = reading.word(sent[0], "id") if sent else ""
        if not id:
            raise OutcomeUnknown("WhatsApp took the message and gave no id for it.")
        return SendResult(id)

    def _addressed(self, request: SendRequest) -> dict[str, Any]:
        body: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "biz_opaque_callback_data": request.client_ref,
        }
        to = request.destination.removeprefix("+")
        # Somebody who hides the number is known by the id that WhatsApp gives the business.
        body["to" if to.isascii() and to.isdigit() else "recipient"] = to
        if request.answers is not None and request.answers.startswith("wamid."):
            body["context"] = {"message_id": request.answers}
        return body

    async def _file(self, file: SendFile, caption: str) -> dict[str, Any]:
        kind = _kind(file, bare=not caption)
        if kind == "audio" and caption:
            raise SendRejected("A sound takes no text with it.", code="caption")
        if len(caption) > (policy.limits("whatsapp").caption or 0):
            raise SendRejected("The text below the file is longer than WhatsApp takes.", code="too_long")
        if file.size > policy.limits("whatsapp").files.get("*", 0):
            raise SendRejected("The file is larger than WhatsApp takes.", code="too_large")
        data = await self._graph.post(
            f"{self.settings.phone_id}/media",
            form={"messaging_product": "whatsapp", "type": file.media_type},
            files={"file": (file.name, await file.read(), file.media_type)},
        )
        id = reading.word(data, "id") if isinstance(data, dict) else ""
        if not id:
            raise Transient("WhatsApp took the file and gave no id for it.")
        media: dict[str, Any] = {"id": id}
        if caption:
            media["caption"] = caption
        if kind == "document":
            media["filename"] = file.name
        return {"type": kind, kind: media}

    async def typing(self, destination: str, on: bool) -> None:
        """Shown together with the mark of reading, and only under a message: without one there is nothing to show it by."""
        asked = self._asked_by.get(destination)
        if on and asked is not None:
            await self._read(asked, typing=True)

    async def mark_read(self, destination: str, provider_id: str) -> None:
        self._asked_by[destination] = provider_id
        if len(self._asked_by) > 5_000:
            self._asked_by.pop(next(iter(self._asked_by)))
        await self._read(provider_id)

    async def _read(self, id: str, *, typing: bool = False) -> None:
        body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": id}
        if typing:
            body["typing_indicator"] = {"type": "text"}
        await self._graph.post(f"{self.settings.phone_id}/messages", body)

    async def react(self, destination: str, provider_id: str, emoji: str) -> None:
        to = destination.removeprefix("+")
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to" if to.isascii() and to.isdigit() else "recipient": to,
            "type": "reaction",
            "reaction": {"message_id": provider_id, "emoji": emoji},
        }
        try:
            await self._graph.post(f"{self.settings.phone_id}/messages", body)
        except Misconfigured as error:
            raise of_one(error) from None

    # -- what the account has ---------------------------------------------------------------------------------------------

    async def templates(self) -> Sequence[Template]:
        found: list[Template] = []
        after = ""
        while True:
            params = {
                "fields": "id,name,language,status,category,components",
                "limit": str(PAGE),
                **({"after": after} if after else {}),
            }
            data = await self._graph.get(f"{self.settings.waba_id}/message_templates", params)
            data = data if isinstance(data, dict) else {}
            found += [one for entry in reading.some(data, "data") if (one := described(entry)) is not None]
            paging = reading.maybe(data, "paging")
            after = reading.word(reading.maybe(paging, "cursors"), "after") if reading.word(paging, "next") else ""
            if not after:
                return found

    async def standing(self) -> Standing:
        data = await self._number()
        quality = reading.word(data, "quality_rating")
        notes = []
        if quality in ("YELLOW", "RED"):
            notes.append(f"WhatsApp rates the quality of this number {quality}.")
        if (status := reading.word(data, "status")) not in ("", "CONNECTED"):
            notes.append(f"WhatsApp says the number is {status}.")
        return Standing(notes=tuple(notes), package=reading.word(data, "messaging_limit_tier"))

    async def _number(self) -> Mapping[str, Any]:
        fields = "display_phone_number,verified_name,quality_rating,status,name_status,messaging_limit_tier"
        data = await self._graph.get(self.settings.phone_id, {"fields": fields})
        return data if isinstance(data, dict) else {}

    async def discover(self) -> Sequence[Discovered]:
        if not self.settings.waba_id:
            raise Misconfigured("The WhatsApp Business account is not named.", hint="--set waba_id=…")
        token = await self._token()
        data = await self._graph.get(
            f"{self.settings.waba_id}/phone_numbers", {"fields": "id,display_phone_number,verified_name,status"}
        )
        return [
            Discovered(
                reading.word(one, "id"),
                f"{reading.word(one, 'verified_name')} {reading.word(one, 'display_phone_number')}".strip(),
                {"phone_id": reading.word(one, "id"), "waba_id": self.settings.waba_id},
                {"access_token": token},
                "" if reading.word(one, "status") in ("", "CONNECTED") else "the number is not registered",
            )
            for one in reading.some(data if isinstance(data, dict) else {}, "data")
        ]

    async def check(self) -> CheckReport:
        try:
            data = await self._number()
            app, waba = self._tools.app, self.settings.waba_id
            missing, known = await checking.of_account(self._graph, waba, app.id if app else "") if waba else ([], [])
        except ConnectorError as error:
            return failed_check(error)
        notes = [f"{reading.word(data, 'verified_name')}, {reading.word(data, 'display_phone_number')}"]
        lacks, more = checking.of_number(data)
        lacks = [*lacks, *missing, *await self._lacks_here()]
        return CheckReport(not lacks, self.settings.phone_id, (*notes, *more, *known, *lacks))

    async def _lacks_here(self) -> list[str]:
        lacks = []
        if not self.settings.waba_id:
            lacks.append("waba_id is missing: without it neither webhooks nor templates can be asked for.")
        if not can_be_called(self._tools.public_url):
            lacks.append("WhatsApp has no history to ask for: it needs [web] public_url, with https.")
        missing = [
            secret
            for secret in ("app_secret", "verify_token")
            if not ((await asyncio.to_thread(self._secret_of, secret)) or "").strip()
        ]
        return lacks + [f"`unibox inbox secret {self.name} {secret}` stores what is missing." for secret in missing]

    async def aclose(self) -> None:
        return None


def _kind(file: SendFile, *, bare: bool) -> str:
    """How it goes: as what it is where WhatsApp takes it so, else as a document. A sticker goes without a text."""
    limits, main = policy.limits("whatsapp").files, file.media_type.partition("/")[0]
    if file.size > limits.get(file.media_type, 0):
        return "document"
    if file.media_type == STICKER:
        return "sticker" if bare else "document"
    return main if main in ("image", "video", "audio") else "document"


if TYPE_CHECKING:

    def _claims(
        connector: WhatsAppConnector,
    ) -> tuple[
        Connector, ParsesRaw, VerifiesWebhooks, Handshakes, Splits, FetchesMedia, ShowsTyping, MarksRead, Reacts,
        ListsTemplates, TellsStanding, SubscribesWebhooks, Discovers,
    ]:  # fmt: skip
        return (connector,) * 13
