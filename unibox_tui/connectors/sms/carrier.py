"""What eSMS and SpeedSMS have in common: texts without files at one address of theirs, whose answers are JSON objects with
codes of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.contract import (
    Answer,
    CheckReport,
    SecretOf,
    SendRequest,
    Standing,
    Tools,
    failed_check,
)
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    OutcomeUnknown,
    RateLimited,
    SendRejected,
    Transient,
    Unparseable,
)
from unibox_tui.connectors.pace import retry_after
from unibox_tui.connectors.sms.settings import SmsSettings
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.saying import say


class Carrier:
    """`title`: as people know it. `mend`: how somebody gets the keys. `closed`: statuses that say that the keys are wrong."""

    channel = "sms"
    provider: ClassVar[str]
    title: ClassVar[str]
    base: ClassVar[str]
    mend: ClassVar[str]
    closed: ClassVar[tuple[int, ...]] = (401, 403)

    def __init__(self, name: str, settings: SmsSettings, secret_of: SecretOf, tools: Tools) -> None:
        self.name = name
        self.settings = settings
        self.secret_of = secret_of
        self.tools = tools
        self._api = (settings.api or self.base).rstrip("/")
        self._pace = tools.pace(f"{self.provider} {name}", policy.pace("sms", "send", self.provider))

    def capabilities(self) -> Capabilities:
        return policy.capabilities(
            "sms", self.provider, undo_send_ms=int(self.settings.undo_send_seconds * 1000), **self.able()
        )

    def able(self) -> Mapping[str, Any]:
        """What is otherwise than the policy file says."""
        return {}

    async def standing(self) -> Standing:
        raise NotImplementedError

    def door_notes(self) -> list[str]:
        """What `check` says of what comes in."""
        raise NotImplementedError

    async def check(self) -> CheckReport:
        try:
            standing = await self.standing()
        except ConnectorError as error:
            return failed_check(error)
        notes = list(standing.notes)
        if not self.settings.number:
            notes.append(
                say("No sender name (`number`): {carrier} sends from a number of its own.", carrier=self.title)
            )
        balance = reading.decimal(standing.extra, "balance")
        funded = balance is None or balance > 0
        if not funded:
            notes.append(say("There is no money left at {carrier}: no text leaves.", carrier=self.title))
        return CheckReport(funded, address=self.settings.address, notes=(*notes, *self.door_notes()))

    async def aclose(self) -> None:
        return None

    # -- asking ----------------------------------------------------------------------------------------------------------

    def sendable(self, request: SendRequest, phone: str) -> None:
        """Raises SendRejected before anything leaves."""
        if not request.text:
            raise SendRejected("There is nothing to send.", code="empty")
        if request.files:
            raise SendRejected(say("A text message of {carrier} carries no files.", carrier=self.title), code="files")
        if not phone.isdigit():
            raise SendRejected("This is no telephone number.", code="number")

    async def request(
        self,
        method: str,
        path: str,
        *,
        before_first_byte: Callable[[], Awaitable[None]] | None = None,
        **said: Any,
    ) -> Answer:
        """In its pace. Raises what the status of any call of theirs means. `said`: as `Http.request` takes it."""
        await self._pace.turn()
        answer = await self.tools.http.request(
            method, f"{self._api}/{path}", before_first_byte=before_first_byte, **said
        )
        if answer.status == 429:
            wait = retry_after(answer.headers)
            self._pace.hold(wait)
            raise RateLimited(say("{carrier} wants fewer requests.", carrier=self.title), code="429", retry_after=wait)
        if answer.status in self.closed:
            raise CredentialsRejected(
                say("{carrier} does not take the keys.", carrier=self.title), code=str(answer.status), hint=self.mend
            )
        return answer

    def told(self, answer: Answer, otherwise: str) -> Mapping[str, Any]:
        """Of a question. Raises Transient, whose words are `otherwise`, and Unparseable."""
        if answer.status != 200:
            raise Transient(otherwise, code=str(answer.status))
        return self.object(answer)

    def taken(self, answer: Answer) -> Mapping[str, Any]:
        """Of a message. Raises OutcomeUnknown for an answer that does not say what became of it."""
        if answer.status >= 500:
            raise OutcomeUnknown(
                say("{carrier} had an error of its own and may have sent it.", carrier=self.title),
                code=str(answer.status),
            )
        try:
            return self.object(answer)
        except Unparseable:
            raise OutcomeUnknown(
                say("{carrier} took the message, and its answer cannot be read.", carrier=self.title), code="unreadable"
            ) from None

    def object(self, answer: Answer) -> Mapping[str, Any]:
        data = answer.json()
        if not isinstance(data, dict):
            raise Unparseable(say("{carrier} answered something else than an object.", carrier=self.title))
        return data

    def refused(self, code: str, known: Mapping[str, str]) -> SendRejected:
        """In words where the code is known; of what is none nothing is repeated."""
        shown = code if code.isascii() and code.isalnum() and len(code) <= 12 else "unknown"
        return SendRejected(
            known.get(code, say("{carrier} refused the message (code {code}).", carrier=self.title, code=shown)),
            code=shown,
        )
