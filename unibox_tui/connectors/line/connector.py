"""LINE Official Accounts: webhooks in, replies and pushes out, pictures and files fetched before LINE removes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.addresses import can_be_called
from unibox_tui.connectors.contract import (
    CheckReport,
    SecretOf,
    SendRequest,
    SendResult,
    Standing,
    Tools,
    failed_check,
)
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    Transient,
    Unparseable,
    WebhookForged,
)
from unibox_tui.connectors.line import parse
from unibox_tui.connectors.line.calls import Calls, object_of
from unibox_tui.connectors.line.memory import Memory
from unibox_tui.connectors.line.sending import MOST_MESSAGES, Sending
from unibox_tui.connectors.line.settings import LineSettings
from unibox_tui.domain.inbound import InboundEvent, Person
from unibox_tui.domain.policy import Capabilities

# A little less than the minute a reply token is said to live.
REPLY_LIVES_MS = 50_000
LOADING_S = 20
_PREPARED_WITHIN_S = 5.0


class LineConnector:
    NEEDS_TOOLS = True
    channel = "line"

    def __init__(self, name: str, settings: LineSettings, secret_of: SecretOf, tools: Tools) -> None:
        self.name = name
        self.settings = settings
        self.secret_of = secret_of
        self.tools = tools
        self._api = settings.api.rstrip("/")
        self._calls = Calls(tools, secret_of, tools.pace(f"line {name}", policy.pace("line")))
        self._memory = Memory(tools.now, REPLY_LIVES_MS)
        self._sending = Sending(
            self._api,
            self._calls,
            self._memory,
            reply_tokens=settings.reply_tokens,
            text_limit=self.capabilities().text_limit,
            picture_limits=policy.limits("line").files,
        )

    def capabilities(self) -> Capabilities:
        # Of a reply nobody can say what became of it, so a repeat is never harmless in itself; a push is looked up by its
        # key. LINE fetches files from an address of ours.
        able: dict[str, Any] = (
            {} if self.tools.public_url else {"attachments": False, "attachment_limit": 0, "attachment_sizes": {}}
        )
        return policy.capabilities(
            "line",
            idempotent=False,
            undo_send_ms=int(self.settings.undo_send_seconds * 1000),
            extra={
                "group_chatter_unread": self.settings.group_chatter_unread,
                "files_per_message": MOST_MESSAGES - 1,
                "sticker": ["package", "sticker"],
            },
            **able,
        )

    # -- in ------------------------------------------------------------------------------------------------------------

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        secret = (self.secret_of("channel_secret") or "").strip()
        if not secret:
            raise CredentialsRejected("No channel secret is stored.", hint="It is in the LINE Developers Console.")
        wanted = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
        given = headers.get("x-line-signature", "").encode("utf-8", "replace")
        if not hmac.compare_digest(wanted, given):
            raise WebhookForged("The signature does not fit.")
        self._memory.hear(body)

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        return parse.events(body)

    async def fetch(self, remote: Mapping[str, Any], limit: int) -> bytes:
        if url := reading.word(remote, "url"):
            return await self._external(url, limit)
        id = quote(reading.ident(remote, "id"), safe="")
        base = f"{self.settings.data_host}/v2/bot/message/{id}/content"
        if reading.word(remote, "kind") in ("video", "audio"):
            await self._prepared(base)
        answer = await self._calls.get(base, limit=limit)
        if answer.status == 202:
            raise Transient("LINE still prepares this file.", retry_after=_PREPARED_WITHIN_S)
        if answer.status != 200:
            raise Unparseable("LINE does not have this content any more.", code=str(answer.status))
        return answer.body

    async def _prepared(self, base: str) -> None:
        answer = await self._calls.get(f"{base}/transcoding")
        if answer.status != 200:
            return  # the content itself says what is wrong
        match reading.word(object_of(answer, "the state of a file"), "status"):
            case "processing":
                raise Transient("LINE still prepares this file.", retry_after=_PREPARED_WITHIN_S)
            case "failed":
                raise Unparseable("LINE could not prepare this file.", code="transcoding")

    async def _external(self, url: str, limit: int) -> bytes:
        """A picture that another site holds: fetched without our token."""
        if urlsplit(url).scheme != "https":
            raise Unparseable("This content lies at an address that is not fetched.", code="scheme")
        answer = await self.tools.http.request("GET", url, limit=limit, redirects=True)
        if answer.status != 200:
            raise Unparseable("This content is not there any more.", code=str(answer.status))
        return answer.body

    async def profile(self, address: str) -> Person | None:
        kind = address[:1]
        if kind == "C":
            answer = await self._calls.get(f"{self._api}/v2/bot/group/{quote(address, safe='')}/summary")
            if answer.status != 200:
                return None
            data = object_of(answer, "a group")
            return Person(address, parse.GROUP, reading.word(data, "groupName"), True, attributes=_picture(data))
        if kind != "U":
            return None
        path = f"profile/{quote(address, safe='')}"
        answer = await self._calls.get(f"{self._api}/v2/bot/{path}")
        if answer.status == 404 and (group := self._memory.group_of(address)) is not None:
            answer = await self._calls.get(f"{self._api}/v2/bot/{group}/member/{quote(address, safe='')}")
        if answer.status != 200:
            return None
        data = object_of(answer, "a profile")
        attributes = _picture(data)
        if status := reading.word(data, "statusMessage"):
            attributes["status"] = status
        language = reading.word(data, "language")[:2].lower()
        return Person(
            address,
            parse.USER,
            reading.word(data, "displayName"),
            True,
            language if language in ("vi", "th", "en") else None,
            attributes=attributes,
        )

    # -- out -----------------------------------------------------------------------------------------------------------

    async def send(self, request: SendRequest) -> SendResult:
        return await self._sending.send(request)

    async def reconcile(self, request: SendRequest, started_at: int) -> SendResult | None:
        return await self._sending.reconcile(request, started_at, self.tools.now())

    async def typing(self, destination: str, on: bool) -> None:
        """LINE shows it to one person only, and takes it away by itself."""
        if on and destination.startswith("U"):
            body = {"chatId": destination, "loadingSeconds": LOADING_S}
            await self._calls.post(f"{self._api}/v2/bot/chat/loading/start", body)

    async def mark_read(self, destination: str, provider_id: str) -> None:
        token = self._memory.read_token(provider_id)
        if token is not None:
            await self._calls.post(f"{self._api}/v2/bot/chat/markAsRead", {"markAsReadToken": token})

    # -- how it stands -------------------------------------------------------------------------------------------------

    async def check(self) -> CheckReport:
        try:
            data = object_of(await self._calls.get(f"{self._api}/v2/bot/info"), "the account")
            lacks, notes = await self._hook()
            standing = await self.standing()
        except ConnectorError as error:
            return failed_check(error)
        named = f"{reading.word(data, 'displayName')} ({reading.word(data, 'basicId')})"
        if not (self.secret_of("channel_secret") or "").strip():
            lacks.append("No channel secret is stored: webhooks cannot be checked.")
        if reading.word(data, "chatMode") == "chat":
            notes.append("Chat is on in LINE's own manager: answers written there are not seen here.")
        return CheckReport(not lacks, reading.word(data, "userId"), (named, *notes, *standing.notes, *lacks))

    async def _hook(self) -> tuple[list[str], list[str]]:
        """(what is missing, what is worth knowing) of the way by which LINE's events come."""
        url = self.tools.public_url
        if not url:
            return ["LINE has no history to pull: it needs a public address (web.public_url)."], []
        hook = await self._calls.get(f"{self._api}/v2/bot/channel/webhook/endpoint")
        found = object_of(hook, "the webhook") if hook.status == 200 else {}
        if reading.word(found, "endpoint") != url:
            lacks = [] if can_be_called(url) else ["LINE posts to https addresses only: set web.public_url."]
            return lacks, [f"The webhook URL in LINE's console is not {url} yet; the service sets it when it starts."]
        if found.get("active") is not True:
            return ['"Use webhook" is off in LINE\'s console.'], []
        tried = await self._calls.post(f"{self._api}/v2/bot/channel/webhook/test", {"endpoint": url})
        told = object_of(tried, "a test of the webhook") if tried.status == 200 else {}
        if told.get("success") is not False:
            return [], []
        why = " ".join(
            part for part in (reading.word(told, "reason"), reading.word(told, "statusCode")) if part not in ("", "0")
        )
        return [f"LINE does not reach our address: {why[:120] or 'it does not say why'}."], []

    async def standing(self) -> Standing:
        quota = object_of(await self._calls.get(f"{self._api}/v2/bot/message/quota"), "the quota")
        used = object_of(await self._calls.get(f"{self._api}/v2/bot/message/quota/consumption"), "the consumption")
        total = self.settings.monthly_quota or (
            reading.count(quota, "value") if reading.word(quota, "type") == "limited" else 0
        )
        if not total:
            return Standing(notes=("No limit of messages is set at LINE.",))
        left = max(total - reading.count(used, "totalUsage"), 0)
        return Standing(
            quota_left=left, quota_total=total, notes=(f"{left} of {total} messages that cost are left this month.",)
        )

    async def subscribe(self) -> None:
        """Tells LINE our address. "Use webhook" and redelivery are switches in its console."""
        if not can_be_called(self.tools.public_url):
            raise Misconfigured("LINE posts to https addresses only.", hint="Set web.public_url.")
        url = f"{self._api}/v2/bot/channel/webhook/endpoint"
        answer = await self._calls.put(url, {"endpoint": self.tools.public_url})
        if answer.status != 200:
            raise Misconfigured("LINE does not take our webhook address.", code=str(answer.status))

    async def aclose(self) -> None:
        return None


def _picture(data: Mapping[str, Any]) -> dict[str, str]:
    url = reading.word(data, "pictureUrl")
    return {"picture": url} if url else {}


def _claims(connector: LineConnector) -> None:
    from unibox_tui.connectors import contract

    _core: contract.Connector = connector
    _parses: contract.ParsesRaw = connector
    _verifies: contract.VerifiesWebhooks = connector
    _media: contract.FetchesMedia = connector
    _profile: contract.FetchesProfile = connector
    _reconciles: contract.Reconciles = connector
    _typing: contract.ShowsTyping = connector
    _read: contract.MarksRead = connector
    _standing: contract.TellsStanding = connector
    _subscribes: contract.SubscribesWebhooks = connector
