"""What a Page and an Instagram account do alike: webhooks, history, files, receipts, what the provider says of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.contract import (
    Batch,
    Cursor,
    SecretOf,
    SendFile,
    SendRequest,
    SendResult,
    Standing,
    Tools,
)
from unibox_tui.connectors.deletions import Deletion
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    NoConsent,
    SendRejected,
    Transient,
    Unparseable,
)
from unibox_tui.connectors.meta import hook, parse
from unibox_tui.connectors.meta.graph import MEDIA_S, Graph
from unibox_tui.connectors.meta.history import Conversations, Where
from unibox_tui.connectors.meta.settings import MetaSettings
from unibox_tui.domain.inbound import InboundEvent
from unibox_tui.domain.policy import Capabilities

POLL_S = 15.0
FILL_S = 900.0  # with a webhook, history is only asked to fill what it missed


class MetaEndpoint:
    """Subclasses say where they write to (`_outbox`), how a file or sticker goes into a message and what is subscribed."""

    NEEDS_TOOLS = True
    channel = ""
    kind = ""  # of the customers' ids
    fields: Sequence[str] = ()  # of the webhook subscription
    scopes: Sequence[str] = ()
    by_page = True  # what it sends goes through a Page, which wants the kind named and gives our reference back

    def __init__(self, name: str, settings: MetaSettings, secret_of: SecretOf, tools: Tools) -> None:
        self.name, self.settings = name, settings
        self._secret_of, self._tools = secret_of, tools
        app = tools.app
        self._app_id = app.id if app is not None else ""
        self.mend = f"`unibox inbox reconnect {name}` asks for consent again."
        self.graph = Graph(
            tools.http,
            settings.api or (app.api if app is not None else "") or self._host(),
            self._token,
            secret_of,
            tools.pace(f"{self.channel}:{settings.address}", policy.pace(self.channel)),
            mend=self.mend,
            proof=settings.appsecret_proof,
            refusal=refusal,
        )
        self._reading = Graph(
            tools.http,
            settings.api or (app.api if app is not None else "") or self._host(),
            self._token,
            secret_of,
            tools.pace(f"{self.channel}:{settings.address}:history", policy.pace(self.channel, "history")),
            mend=self.mend,
            proof=settings.appsecret_proof,
        )
        self._slow = tools.pace(f"{self.channel}:{settings.address}:media", policy.pace(self.channel, "media"))
        self._side = parse.Side(self.kind, settings.address, self._app_id, self._space())
        self._history = Conversations(self._reading, self._where(), self._side, tools.now)

    # -- what differs ---------------------------------------------------------------------------------------------------

    def _host(self) -> str:
        return self.settings.DEFAULT_API

    def _where(self) -> Where:
        raise NotImplementedError

    def _outbox(self) -> str:
        raise NotImplementedError

    def _space(self) -> str:
        """Ids of customers are one's own per Page and Instagram account, so they join nothing by themselves."""
        return ""

    async def _token(self) -> str:
        token = ((await asyncio.to_thread(self._secret_of, "access_token")) or "").strip()
        if not token:
            raise NoConsent("No token is stored.", hint=self.mend)
        return token

    # -- receiving --------------------------------------------------------------------------------------------------------

    def capabilities(self) -> Capabilities:
        limits = policy.limits(self.channel)
        return policy.capabilities(
            self.channel,
            undo_send_ms=int(self.settings.undo_send_seconds * 1000),
            extra={
                "files_per_message": 1,
                "text_with_files": False,
                "redelivery_ms": limits.redelivery_ms,
                "sends": ["text", "attachment", "sticker"],
                "sticker": ["id"],
            },
        )

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        return parse.events(body, self._side)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        hook.verify(body, headers, self._secret_of)

    def handshake(self, query: Mapping[str, str]) -> bytes:
        return hook.handshake(query, self._secret_of)

    def split(self, body: bytes) -> Sequence[tuple[str, bytes]]:
        return hook.split(body)

    def deletion(self, body: bytes) -> Deletion:
        return hook.deletion(body, self._secret_of)

    async def known_as(self, user: str) -> Sequence[tuple[str, str]]:
        """Meta tells it of Pages alone."""
        return ()

    async def pull(self, cursors: Mapping[str, Cursor]) -> AsyncIterator[Batch]:
        every = POLL_S if self.settings.ways == "poll" else FILL_S
        async for batch in self._history.pull(cursors, every_s=every, history_days=self.settings.history_days):
            yield batch

    async def fetch(self, remote: Mapping[str, Any], limit: int) -> bytes:
        answer = await self._tools.http.request(
            "GET", reading.ident(remote, "url"), limit=limit, redirects=True, timeout_s=MEDIA_S
        )
        if answer.status == 200:
            return answer.body
        if answer.status in (403, 404, 410):
            raise Unparseable("Meta's link to the file has expired.", code=str(answer.status))
        raise Transient("Meta does not give the file now.", code=str(answer.status))

    async def subscribe(self) -> None:
        if self.settings.ways != "webhook":
            return
        await self.graph.post(
            f"{self._subscribed()}/subscribed_apps", params={"subscribed_fields": ",".join(self.fields)}
        )

    def _subscribed(self) -> str:
        return self._outbox()

    # -- sending ----------------------------------------------------------------------------------------------------------

    async def send(self, request: SendRequest) -> SendResult:
        if request.files and request.text:
            raise SendRejected("A message holds either a text or a file.")
        if len(request.files) > 1:
            raise SendRejected("A message holds one file.")
        policy.refuse_too_long(request.text, self.channel)
        message = await self._content(request)
        if request.files and request.files[0].media_type.startswith(("audio/", "video/")):
            await self._slow.turn()
        body = self._wrapped(request, message)
        data = await self.graph.post(f"{self._outbox()}/messages", body, before_first_byte=request.before_first_byte)
        return SendResult(reading.word(data, "message_id") if isinstance(data, dict) else "")

    async def _content(self, request: SendRequest) -> dict[str, Any]:
        if sticker := str(request.options.get("sticker") or "").strip():
            return self._sticker(sticker)
        return await self._file(request.files[0]) if request.files else {"text": request.text}

    def _sticker(self, id: str) -> dict[str, Any]:
        raise NotImplementedError

    def _wrapped(self, request: SendRequest, message: dict[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {"recipient": {"id": request.destination}, "message": message}
        if tag := str(request.options.get("tag") or ""):
            body |= {"messaging_type": "MESSAGE_TAG", "tag": tag}
        elif self.by_page:
            body["messaging_type"] = "RESPONSE"
        if self.by_page:
            message["metadata"] = request.client_ref
        if request.answers and not request.answers.startswith(parse.NAMELESS):
            body["reply_to"] = {"mid": request.answers}
        return body

    async def _file(self, file: SendFile) -> dict[str, Any]:
        raise NotImplementedError

    async def reconcile(self, request: SendRequest, started_at: int) -> SendResult | None:
        """By the last messages of the conversation. A file has no text to know it by; its echo tells."""
        if not request.text:
            return None
        found = await self._history.sent_since(request.destination, started_at, request.text)
        return None if found is None else SendResult(found)

    async def typing(self, destination: str, on: bool) -> None:
        await self._signal(destination, "typing_on" if on else "typing_off")

    async def mark_read(self, destination: str, provider_id: str) -> None:
        await self._signal(destination, "mark_seen")

    async def _signal(self, destination: str, action: str, **more: Any) -> None:
        body = {"recipient": {"id": destination}, "sender_action": action, **more}
        await self.graph.post(f"{self._outbox()}/messages", body)

    # -- how it stands ----------------------------------------------------------------------------------------------------

    async def standing(self) -> Standing:
        """What Meta says about the token: until when it is good and what it may."""
        app_secret = ((await asyncio.to_thread(self._secret_of, "app_secret")) or "").strip()
        if not self._app_id or not app_secret:
            return Standing()
        data = await self._reading.get(
            "debug_token", {"input_token": await self._token()}, token=f"{self._app_id}|{app_secret}"
        )
        told = reading.maybe(data if isinstance(data, dict) else {}, "data")
        if told.get("is_valid") is False:
            raise CredentialsRejected("Meta says that the token is not valid any more.", hint=self.mend)
        scopes = told.get("scopes")
        granted = {one for one in scopes if isinstance(one, str)} if isinstance(scopes, list) else None
        missing = [] if granted is None else [scope for scope in self.scopes if scope not in granted]
        ends = reading.count(told, "expires_at")
        return Standing(
            token_expires_at=ends * 1000 or None,
            notes=(f"Not granted: {', '.join(missing)}.",) if missing else (),
        )

    async def aclose(self) -> None:
        return None


def refusal(code: int, sub: int, sends: bool) -> ConnectorError | None:
    """What the Send API's own codes mean."""
    if not sends:
        return None
    if code == 10 and sub == 2018278:
        return SendRejected("The time in which Meta allows an answer is over.")
    if code == 10 and sub == 2018065:
        return SendRejected("Meta has not granted this app the tag the message needs.", hint="App Review: Human Agent.")
    if code == 10 and sub == 1893063:
        return Misconfigured("Meta keeps this Page from sending for a while.", hint="Look into the Page's quality.")
    if (code, sub) == (551, 1545041) or code == 551 or sub == 2018108:
        return SendRejected("The customer cannot be reached: blocked, gone, or messages are off.")
    if code == 100 and sub == 2018001:
        return SendRejected("Meta knows no customer by this id here.")
    return None
