"""One of the shop's own programs as an inbox. It posts to /c/<inbox>; what leaves is posted to its callback.

The receiver must take one Idempotency-Key once, so a message of unknown fate is posted again by itself.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.api import parse, signing
from unibox_tui.connectors.api.settings import ApiSettings, origin
from unibox_tui.connectors.contract import (
    Answer,
    CheckReport,
    Connector,
    FetchesMedia,
    MarksRead,
    ParsesRaw,
    Reacts,
    SecretOf,
    SendFile,
    SendRequest,
    SendResult,
    ShowsTyping,
    TakesPosts,
    Tools,
    VerifiesWebhooks,
    failed_check,
)
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    RateLimited,
    SendRejected,
    Transient,
    Unparseable,
)
from unibox_tui.domain.inbound import InboundEvent
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import DeliveryState

POST_S = 20.0
READ_TRIES, READ_WAIT_S = 3, 0.4
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_STATES = {"sent": DeliveryState.SENT, "delivered": DeliveryState.DELIVERED}


class ApiConnector:
    NEEDS_TOOLS = True
    channel = "api"

    def __init__(self, name: str, settings: ApiSettings, secret_of: SecretOf, tools: Tools) -> None:
        self.name, self.settings = name, settings
        self._secret_of, self._tools = secret_of, tools
        self._terms = parse.Terms(settings.space, frozenset(map(origin, settings.files_from)))

    def capabilities(self) -> Capabilities:
        more: dict[str, Any] = {"extra": {"reactions": True}} if self.settings.callback else {"rules": ()}
        return policy.capabilities(
            "api", undo_send_ms=int(self.settings.undo_send_seconds * 1000), typing=True, seen=True, **more
        )

    # -- receiving --------------------------------------------------------------------------------------------------------

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        return parse.events(body, headers, self._terms)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        secret = (self._secret_of("signing_secret") or "").strip()
        if not secret:
            raise Misconfigured("No signing secret is stored.", hint=self._mend)
        signing.verify(secret, self._tools.now(), body, headers)

    def accept(self, body: bytes, headers: Mapping[str, str]) -> str:
        parse.events(body, headers, self._terms)
        return parse.named(body, headers)

    async def fetch(self, remote: Mapping[str, Any], limit: int) -> bytes:
        address = reading.ident(remote, "url")
        if origin(address) not in self._terms.origins:
            raise Unparseable("Files of this site are not fetched: it is not among `files_from`.")
        answer = await self._tools.http.request("GET", address, limit=limit, timeout_s=60.0)
        if answer.status == 200:
            return answer.body
        if answer.status == 429 or answer.status >= 500:
            raise Transient("The file cannot be fetched now.", code=str(answer.status), retry_after=_wait(answer))
        raise Unparseable("The file is not there.", code=str(answer.status))

    # -- sending ----------------------------------------------------------------------------------------------------------

    async def send(self, request: SendRequest) -> SendResult:
        policy.refuse_too_long(request.text, "api")
        message: dict[str, Any] = {
            "type": "message",
            "id": request.client_ref,
            "to": request.destination,
            "text": request.text,
        }
        if request.answers:
            message["answers"] = request.answers
        if request.files:
            message["files"] = [await self._file(file) for file in request.files]
        answer = await self._post(message, request.client_ref, request.before_first_byte)
        said = _said(answer)
        if said.get("error"):
            raise SendRejected("The callback refuses it.", code=_code(answer) or str(answer.status))
        id = reading.word(said, "id")
        if not id or len(id) > parse.LONGEST_ID:
            id = request.client_ref  # it took our key, which is what it knows the message by
        return SendResult(
            id, _STATES.get(reading.word(said, "state"), DeliveryState.SENT), extra=_told(reading.maybe(said, "cost"))
        )

    async def _file(self, file: SendFile) -> dict[str, Any]:
        entry: dict[str, Any] = {"name": file.name, "media_type": file.media_type, "size": file.size}
        if self.settings.send_files == "link":
            return {**entry, "url": self._tools.publish(file)}
        content = await file.read()
        return {**entry, "content": await asyncio.to_thread(lambda: base64.b64encode(content).decode())}

    async def typing(self, destination: str, on: bool) -> None:
        await self._post({"type": "typing", "to": destination, "on": on}, "")

    async def mark_read(self, destination: str, provider_id: str) -> None:
        """Read once is read: a lost post is posted again."""
        for tries in range(1, READ_TRIES + 1):
            try:
                await self._post({"type": "read", "to": destination, "message": provider_id}, f"read:{provider_id}")
                return
            except Transient:
                if tries == READ_TRIES:
                    raise
                await asyncio.sleep(READ_WAIT_S * tries)

    async def react(self, destination: str, provider_id: str, emoji: str) -> None:
        await self._post({"type": "reaction", "to": destination, "message": provider_id, "emoji": emoji}, "")

    async def _post(
        self, said: Mapping[str, Any], key: str, before_first_byte: Callable[[], Awaitable[None]] | None = None
    ) -> Answer:
        """A 2xx, whatever its body. Raises what any other answer means."""
        if not self.settings.callback:
            raise SendRejected("This inbox has no callback, so nothing can be answered through it.", code="no_callback")
        secret = ((await asyncio.to_thread(self._secret_of, "signing_secret")) or "").strip()
        if not secret:
            raise CredentialsRejected("No signing secret is stored.", hint=self._mend)
        body = json.dumps(said, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            **signing.signed(secret, self._tools.now(), body),
            **({signing.KEY: key} if key else {}),
        }
        answer = await self._tools.http.request(
            "POST",
            self.settings.callback,
            headers=headers,
            content=body,
            timeout_s=POST_S,
            limit=100_000,
            before_first_byte=before_first_byte,
        )
        if 200 <= answer.status < 300:
            return answer
        raise self._trouble(answer, sends=before_first_byte is not None)

    def _trouble(self, answer: Answer, *, sends: bool) -> ConnectorError:
        status, code = str(answer.status), _code(answer)
        match answer.status:
            case 401 | 403 if not code or code in ("forged", "stale", "missing_signature"):
                return CredentialsRejected("The callback does not accept our signature.", code=status, hint=self._mend)
            case 408 | 425 | 429:
                return RateLimited("The callback asks us to wait.", code=status, retry_after=_wait(answer) or 5.0)
            case found if found >= 500:
                if sends:
                    return OutcomeUnknown("The callback failed while it had the message.", code=status)
                return Transient("The callback failed.", code=status, retry_after=_wait(answer))
            case 404 | 405 | 410 if not code:
                return Misconfigured("There is no callback at this address.", code=status, hint="Look at `callback`.")
            case found if found < 400:
                return Misconfigured("The callback is somewhere else now.", code=status, hint="Look at `callback`.")
        return SendRejected("The callback refuses it.", code=code or status)

    @property
    def _mend(self) -> str:
        return say("`unibox inbox secret {name} signing_secret` stores it; both sides need the same.", name=self.name)

    # -- how it stands ----------------------------------------------------------------------------------------------------

    async def check(self) -> CheckReport:
        door = f"{self._tools.public_url.rpartition('/h/')[0] or 'https://YOUR-HOST'}/c/{self.name}"
        notes = [f"Messages are posted to {door}"]
        if not ((await asyncio.to_thread(self._secret_of, "signing_secret")) or "").strip():
            return CheckReport(False, self.settings.address, (*notes, "No signing secret is stored.", self._mend))
        if not self.settings.callback:
            notes.append("`callback` is empty: what comes in cannot be answered here.")
            return CheckReport(True, self.settings.address, tuple(notes))
        try:
            await self._post({"type": "ping"}, "")
        except ConnectorError as error:
            failed = failed_check(error)
            return CheckReport(False, self.settings.address, (*notes, *failed.notes))
        return CheckReport(True, self.settings.address, (*notes, "The callback answers and accepts our signature."))

    async def aclose(self) -> None:
        return None


def _said(answer: Answer) -> Mapping[str, Any]:
    """What a program that took a message says of it; nothing is enough. Raises OutcomeUnknown for what is no answer of a
    program: JSON that was cut short, a page of something that stands between."""
    if not answer.body.strip() or answer.headers.get("content-type", "").lower().startswith("text/plain"):
        return {}
    try:
        said = answer.json()
    except Unparseable:
        raise OutcomeUnknown(
            "The callback's answer cannot be read.",
            code=str(answer.status),
            hint='It answers JSON, plain text or nothing, best {"id": "…"}: docs/channels/api.md.',
        ) from None
    return said if isinstance(said, dict) else {}


def _code(answer: Answer) -> str:
    """The receiver's own word for why; nothing else of what it says is kept."""
    try:
        said = answer.json()
    except Unparseable:
        return ""
    code = reading.word(reading.maybe(said, "error"), "code") if isinstance(said, dict) else ""
    return code if _CODE.fullmatch(code) else ""


def _told(cost: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"cost": parse.costs(cost)} if cost else {}
    except Unparseable:
        return {}  # it was sent all the same


def _wait(answer: Answer) -> float | None:
    said = answer.headers.get("retry-after", "")
    return min(float(said), 3_600.0) if said.isascii() and said.isdigit() else None


if TYPE_CHECKING:

    def _claims(
        connector: ApiConnector,
    ) -> tuple[Connector, ParsesRaw, VerifiesWebhooks, TakesPosts, FetchesMedia, ShowsTyping, MarksRead, Reacts]:
        return (connector,) * 8
