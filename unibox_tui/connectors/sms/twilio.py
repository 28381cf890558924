"""Text messages over Twilio: posted webhooks and the pulled list, delivery reports, pictures."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.contract import (
    Batch,
    CheckReport,
    Cursor,
    Item,
    SecretOf,
    SendRequest,
    SendResult,
    Standing,
    Tools,
)
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    SendRejected,
    Transient,
    Unparseable,
    WebhookForged,
)
from unibox_tui.connectors.sms import twilio_parse as parsing
from unibox_tui.connectors.sms.settings import SmsSettings
from unibox_tui.connectors.sms.twilio_calls import MEND, Calls, words
from unibox_tui.domain.inbound import InboundEvent
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import DeliveryState

PAGE = 100
OVERLAP_MS = 3_600_000
DAY_MS = 86_400_000
CLOCKS_DIFFER_MS = 5_000
STREAM = "messages"


class TwilioConnector:
    channel = "sms"
    webhook_answer = (b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>', "text/xml")

    def __init__(self, name: str, settings: SmsSettings, secret_of: SecretOf, tools: Tools) -> None:
        self.name = name
        self.settings = settings
        self.secret_of = secret_of
        self.tools = tools
        self._calls = Calls(
            settings, secret_of, tools, tools.pace(f"twilio {name}", policy.pace("sms", "send", "twilio"))
        )

    def capabilities(self) -> Capabilities:
        # Twilio fetches pictures from an address of ours.
        able: dict[str, Any] = (
            {} if self.tools.public_url else {"attachments": False, "attachment_limit": 0, "attachment_sizes": {}}
        )
        return policy.capabilities(
            "sms",
            "twilio",
            undo_send_ms=int(self.settings.undo_send_seconds * 1000),
            extra={"files_per_message": parsing.MOST_FILES},
            **able,
        )

    # -- in ------------------------------------------------------------------------------------------------------------

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Over the address as Twilio called it and every posted field, whatever fields there are."""
        token = (self.secret_of("auth_token") or "").strip()
        if not token:
            raise CredentialsRejected("No auth token of Twilio is stored.", hint=MEND)
        given = headers.get("x-twilio-signature", "").encode("utf-8", "replace")
        url = headers.get(parsing.URL, "")
        if not any(hmac.compare_digest(signature(token, one, body), given) for one in _spellings(url)):
            raise WebhookForged("The signature does not fit.")

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        return parsing.posted(body, headers)

    async def pull(self, cursors: Mapping[str, Cursor]) -> AsyncIterator[Batch]:
        """The list of messages, again and again from a little before the newest that is known: a webhook may be lost."""
        since = reading.count(cursors.get(STREAM, {}), "since")
        wait = self.settings.poll_seconds or (300.0 if self.tools.public_url else 15.0)
        first = not since
        if first:
            since = self.tools.now() - self.settings.backfill_days * DAY_MS
        while True:
            started = self.tools.now()
            async for page in self._pages(since - (0 if first else OVERLAP_MS)):
                rows = [row for row in reading.some(page, "messages") if self._is_ours(row)]
                items = tuple(_item(row) for row in reversed(rows))
                yield Batch(STREAM, items, inert=first, phase="history" if first else "")
            since, first = started, False
            yield Batch(STREAM, cursor={"since": since}, phase="polling")
            await asyncio.sleep(wait)

    async def _pages(self, since: int) -> AsyncIterator[Mapping[str, Any]]:
        """Pages from the newest back; the paths of the next ones are Twilio's own."""
        params: dict[str, str] | None = {"DateSent>": _moment(since), "PageSize": str(PAGE)}
        path = "Messages.json"
        while path:
            page = await self._calls.get(path, params)
            yield page
            path, params = reading.word(page, "next_page_uri"), None
            if path and not path.startswith("/"):
                raise Unparseable("Twilio names a next page elsewhere.")

    def _is_ours(self, row: Mapping[str, Any]) -> bool:
        """The list is of the whole account; other numbers of it are other inboxes."""
        inbound = reading.word(row, "direction") == "inbound"
        numbers = {self.settings.number} - {""}
        if (
            self.settings.messaging_service
            and reading.word(row, "messaging_service_sid") == self.settings.messaging_service
        ):
            return True
        return not numbers or reading.word(row, "to" if inbound else "from") in numbers

    async def fetch(self, remote: Mapping[str, Any], limit: int) -> bytes:
        if url := reading.word(remote, "url"):
            return await self._calls.media(url, limit)
        sid, index = reading.ident(remote, "message"), reading.count(remote, "index")
        listed = reading.some(await self._calls.get(f"Messages/{sid}/Media.json"), "media_list")
        if index >= len(listed):
            raise Unparseable("Twilio does not have this picture any more.")
        path = reading.ident(listed[index], "uri").removesuffix(".json")
        return await self._calls.media(self._calls.url(path), limit)

    # -- out -----------------------------------------------------------------------------------------------------------

    async def send(self, request: SendRequest) -> SendResult:
        limit = self.capabilities().text_limit
        if not request.text and not request.files:
            raise SendRejected("There is nothing to send.", code="empty")
        if len(request.files) > parsing.MOST_FILES:
            raise SendRejected(say("Twilio takes {limit} files at once.", limit=parsing.MOST_FILES), code="too_many")
        if limit is not None and len(request.text) > limit:
            raise SendRejected(say("Twilio takes {limit} characters at once.", limit=limit), code="too_long")
        form = [("To", request.destination), *self._sender()]
        if request.text:
            form.append(("Body", request.text))
        form.extend(("MediaUrl", self.tools.publish(file)) for file in request.files)
        if self.settings.status_callbacks and self.tools.public_url:
            form.append(("StatusCallback", f"{self.tools.public_url}?{parsing.REF}={request.client_ref}"))
        return _result(await self._calls.post("Messages.json", form, request.before_first_byte))

    def _sender(self) -> list[tuple[str, str]]:
        if self.settings.messaging_service:
            return [("MessagingServiceSid", self.settings.messaging_service)]
        return [("From", self.settings.number)]

    async def reconcile(self, request: SendRequest, started_at: int) -> SendResult | None:
        """Look for it in the list. It may be there before it has a time of sending, so days are not asked for."""
        params = {"To": request.destination, "PageSize": str(PAGE)}
        try:
            page = await self._calls.get("Messages.json", params)
        except Transient:
            raise
        except ConnectorError as error:
            raise Transient(error.message, code=error.code) from None
        found = [
            row
            for row in reading.some(page, "messages")
            if reading.word(row, "direction") != "inbound"
            and reading.word(row, "body") == request.text
            and _created(row) >= started_at - CLOCKS_DIFFER_MS
        ]
        # The newest first: an earlier one of the same words has had its own answer.
        return _result(found[0]) if found else None

    # -- how it stands -------------------------------------------------------------------------------------------------

    async def check(self) -> CheckReport:
        if not self.settings.account or not (self.settings.number or self.settings.messaging_service):
            return CheckReport(False, notes=("`account` and `number` (or `messaging_service`) are needed.",))
        try:
            account = await self._calls.get(f"/2010-04-01/Accounts/{self.settings.account}.json")
        except ConnectorError as error:
            return CheckReport(False, notes=(error.message, *((error.hint,) if error.hint else ())))
        status = reading.word(account, "status")
        notes = [f"{reading.word(account, 'friendly_name')}: {status}"]
        if reading.word(account, "type") == "Trial":
            notes.append("A trial account: it sends only to verified numbers.")
        if not self.tools.public_url:
            notes.append("No public address: messages are asked for instead, and delivery is known later.")
        else:
            notes.append(f'In Twilio\'s console, at the number, "A message comes in": {self.tools.public_url}')
        notes.extend((await self.standing()).notes)
        address = self.settings.number or self.settings.messaging_service
        return CheckReport(status == "active", address=address, notes=tuple(notes))

    async def standing(self) -> Standing:
        balance = await self._calls.get("Balance.json")
        amount, currency = reading.word(balance, "balance"), reading.word(balance, "currency")
        if not amount:
            return Standing()
        return Standing(notes=(f"Balance: {amount} {currency}",), extra={"balance": amount, "currency": currency})

    async def aclose(self) -> None:
        return None


def signature(token: str, url: str, body: bytes) -> bytes:
    """What Twilio writes into X-Twilio-Signature for this form and address."""
    pairs = sorted(set(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
    signed = url + "".join(name + value for name, value in pairs)
    digest = hmac.new(token.encode(), signed.encode("utf-8", "replace"), hashlib.sha1).digest()
    return base64.b64encode(digest)


def _spellings(url: str) -> list[str]:
    """Twilio signs the address now with the usual port, now without."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return [url]
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    if parts.hostname is None or usual is None:
        return [url]
    if port == usual:
        return [url, parts._replace(netloc=parts.netloc.rpartition(":")[0]).geturl()]
    return [url, parts._replace(netloc=f"{parts.netloc}:{usual}").geturl()] if port is None else [url]


def _item(row: Mapping[str, Any]) -> Item:
    """A row that cannot be read is put aside; the next one comes all the same."""
    try:
        return Item(tuple(parsing.row_facts(row)))
    except Unparseable as error:
        raw = json.dumps({"messages": [row]}, ensure_ascii=False).encode("utf-8", "replace")
        return Item(raw=raw, place=reading.word(row, "sid"), error=error.message)


def _result(row: Mapping[str, Any]) -> SendResult:
    status = reading.word(row, "status")
    state = parsing.STATES.get(status, DeliveryState.SENT)
    if state is DeliveryState.FAILED:
        # Taken and then refused: the report says why, and nobody sends it again by itself.
        code = reading.word(row, "error_code")
        raise SendRejected(words(code), code=code)
    extra = parsing.cost(row)
    return SendResult(reading.word(row, "sid"), DeliveryState.SENT, extra=extra)


def _created(row: Mapping[str, Any]) -> int:
    try:
        return parsing.date_of({"date_created": row.get("date_created")}) or 0
    except Unparseable:
        return 0


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(max(ms, 0) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _claims(connector: TwilioConnector) -> None:
    from unibox_tui.connectors import contract

    _core: contract.Connector = connector
    _pulls: contract.PullsEvents = connector
    _parses: contract.ParsesRaw = connector
    _verifies: contract.VerifiesWebhooks = connector
    _answers: contract.AnswersWebhooks = connector
    _media: contract.FetchesMedia = connector
    _reconciles: contract.Reconciles = connector
    _standing: contract.TellsStanding = connector
