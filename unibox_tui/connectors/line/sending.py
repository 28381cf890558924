"""Answers: by the reply token while it lives, else pushed with a retry key, so that LINE takes each message once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import Answer, SendFile, SendRequest, SendResult
from unibox_tui.connectors.errors import ConnectorError, OutcomeUnknown, SendRejected, Transient, Unparseable
from unibox_tui.connectors.line.calls import Calls, refuse, said
from unibox_tui.connectors.line.memory import Memory, ReplyToken
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import DeliveryState

_KEYS = uuid.UUID("6f1c3a52-7d0e-4f0b-9a3e-0c1d8f2b5e64")
PICTURES = ("image/jpeg", "image/png")
MOST_MESSAGES = 5
_REPLY, _PUSH = "reply", "push"
KEY_LIVES_MS = 24 * 3_600_000


class Sending:
    def __init__(
        self,
        api: str,
        calls: Calls,
        memory: Memory,
        *,
        reply_tokens: bool,
        text_limit: int | None,
        picture_limits: Mapping[str, int],
    ) -> None:
        self._api = api
        self._calls = calls
        self._memory = memory
        self._reply_tokens = reply_tokens
        self._text_limit = text_limit
        self._picture_limits = picture_limits
        self._pushed: set[str] = set()  # of unknown fate, and certainly not by a reply token

    async def send(self, request: SendRequest) -> SendResult:
        messages = self._messages(request)
        token = self._memory.reply_token(request.destination) if self._reply_tokens else None
        if token is not None:
            found = await self._reply(request, messages, token)
            if found is not None:
                return found
        return await self._push(request, messages)

    async def _reply(
        self, request: SendRequest, messages: list[dict[str, Any]], token: ReplyToken
    ) -> SendResult | None:
        """None: the token is dead, and nothing was sent."""
        body = {"replyToken": token.word, "messages": messages}
        url = f"{self._api}/v2/bot/message/reply"
        try:
            answer = await self._calls.post(url, body, before_first_byte=request.before_first_byte)
        except Transient:
            self._memory.give_back(request.destination, token)
            raise
        except OutcomeUnknown:
            answer = await self._again(url, body)
            if _is_dead(answer) and self._memory.used_by_this_attempt(token):
                return SendResult("", DeliveryState.SENT, extra={"way": _REPLY, "free": True})
            if answer.status != 200:
                raise
        if answer.status == 200:
            return self._sent(answer, _REPLY)
        if not _is_dead(answer):
            refuse(answer)
        return None

    async def _again(self, url: str, body: Mapping[str, Any]) -> Answer:
        """A reply token is good for one message: to repeat it is harmless, and tells what became of it."""
        try:
            return await self._calls.post(url, body)
        except ConnectorError as error:
            raise OutcomeUnknown(
                "LINE was sent the answer, and does not say what became of it.", code=error.code
            ) from None

    async def _push(self, request: SendRequest, messages: list[dict[str, Any]]) -> SendResult:
        try:
            answer = await self._calls.post(
                f"{self._api}/v2/bot/message/push",
                {"to": request.destination, "messages": messages},
                headers={"X-Line-Retry-Key": retry_key(request.client_ref)},
                before_first_byte=request.before_first_byte,
            )
        except OutcomeUnknown:
            self._pushed.add(request.client_ref)
            raise
        if answer.status not in (200, 409):
            refuse(answer)
        return self._sent(answer, _PUSH)

    async def reconcile(self, request: SendRequest, started_at: int, now: int) -> SendResult | None:
        """The same push with the same key: LINE answers 409 when it took the first one, else it takes this one. What may
        have left by a reply token is never pushed after it."""
        if now - started_at >= KEY_LIVES_MS or (self._reply_tokens and request.client_ref not in self._pushed):
            return None
        answer = await self._calls.post(
            f"{self._api}/v2/bot/message/push",
            {"to": request.destination, "messages": self._messages(request)},
            headers={"X-Line-Retry-Key": retry_key(request.client_ref)},
        )
        if answer.status not in (200, 409):
            raise Transient("LINE does not say what became of the message.", code=str(answer.status))
        self._pushed.discard(request.client_ref)
        return self._sent(answer, _PUSH)

    def _messages(self, request: SendRequest) -> list[dict[str, Any]]:
        """Text first, then each file: a picture as such, everything else as the address where it lies."""
        made: list[dict[str, Any]] = []
        sticker = request.options.get("sticker")
        if isinstance(sticker, Mapping):
            ids = {"packageId": str(sticker.get("package", "")), "stickerId": str(sticker.get("sticker", ""))}
            made.append({"type": "sticker", **ids})
        if request.text:
            if self._text_limit is not None and len(request.text.encode("utf-16-le")) // 2 > self._text_limit:
                raise SendRejected(
                    say("LINE takes {limit} characters at once.", limit=self._text_limit), code="too_long"
                )
            made.append({"type": "text", "text": request.text})
        quoted = request.options.get("quote_token") or (request.answers and self._memory.quote_token(request.answers))
        if quoted and made:
            made[0]["quoteToken"] = str(quoted)
        made.extend(self._file(file) for file in request.files)
        if not made:
            raise SendRejected("There is nothing to send.", code="empty")
        if len(made) > MOST_MESSAGES:
            raise SendRejected(say("LINE takes {limit} texts and files at once.", limit=MOST_MESSAGES), code="too_many")
        return made

    def _file(self, file: SendFile) -> dict[str, Any]:
        url = self._calls.tools.publish(file)
        if file.media_type in PICTURES and file.size <= self._picture_limits.get(file.media_type, 0):
            return {"type": "image", "originalContentUrl": url, "previewImageUrl": url}
        return {"type": "text", "text": f"{file.name}\n{url}"}

    def _sent(self, answer: Answer, way: str) -> SendResult:
        """409 names the messages of the first time."""
        try:
            sent = reading.objects(_data(answer), "sentMessages")
            id, quote = reading.ident(sent[0], "id"), reading.word(sent[0], "quoteToken")
        except (Unparseable, IndexError):
            # It is sent for certain; only its number is not known.
            return SendResult("", DeliveryState.SENT, extra={"way": way, "free": way == _REPLY})
        if quote:
            self._memory.wrote(id, quote)
        extra: dict[str, Any] = {"way": way, "free": way == _REPLY}
        if quote:
            extra["_quote_token"] = quote
        if len(sent) > 1:
            extra["_ids"] = [reading.word(one, "id") for one in sent]
        return SendResult(id, DeliveryState.SENT, extra=extra)


def _is_dead(answer: Answer) -> bool:
    """The reply token is used or has ended; LINE does not say which."""
    return answer.status == 400 and "reply token" in said(answer).lower()


def retry_key(client_ref: str) -> str:
    """The UUID by which LINE knows a message of ours; the same for each attempt."""
    return str(uuid.uuid5(_KEYS, client_ref))


def _data(answer: Answer) -> Mapping[str, Any]:
    data = answer.json()
    if not isinstance(data, dict):
        raise Unparseable("LINE answered something else than an object.")
    return data
