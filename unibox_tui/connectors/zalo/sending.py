"""Messages on their way to Zalo: to a customer, an anonymous visitor, a group, or (templates) a telephone number."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.contract import SendFile, SendRequest, SendResult
from unibox_tui.connectors.errors import ConnectorError, OutcomeUnknown, SendRejected, Transient
from unibox_tui.connectors.zalo.calls import EXPIRED_FILE, FAILED, Calls, object_of
from unibox_tui.connectors.zalo.history import History
from unibox_tui.connectors.zalo.parse import ANONYMOUS, GROUPS
from unibox_tui.connectors.zalo.settings import Hosts
from unibox_tui.text.keys import normal_phone

CHANNEL = "zalo"
CURRENCY = "VND"
PHONE_DIGITS = 13
TITLE, SUBTITLE = 100, 500
EVERYBODY = "everybody"  # who follows the account: the address of broadcasts
_PICTURES = ("image/jpeg", "image/png")


class Sending:
    def __init__(self, calls: Calls, hosts: Hosts, history: History, now: Callable[[], int], *, region: str) -> None:
        self._calls, self._hosts, self._history, self._now = calls, hosts, history, now
        self._region = region

    async def send(self, request: SendRequest) -> SendResult:
        if request.options.get("template"):
            return await self._template(request)
        if is_phone(request.destination):
            raise SendRejected("A telephone number takes templates only.", code="phone")
        if request.destination == EVERYBODY:
            raise SendRejected("All who follow the account get articles only.", code="broadcast")
        message = await self._message(request)
        try:
            return await self._sent(request, message)
        except SendRejected as error:
            if error.code != EXPIRED_FILE or not request.files:
                raise
            return await self._sent(request, await self._message(request))

    async def _sent(self, request: SendRequest, message: Mapping[str, Any]) -> SendResult:
        group = request.destination.startswith(GROUPS)
        url = f"{self._hosts.api}/v3.0/oa/{'group/message' if group else 'message/cs'}"
        body = {"recipient": recipient(request.destination), "message": message}
        started = self._now()
        try:
            answer = await self._calls.post(url, body, leaving=request.before_first_byte)
        except OutcomeUnknown as error:
            if error.code != FAILED:
                raise
            answer = await self._again(request, url, body, started)
        if "found" in answer:
            return SendResult(str(answer["found"]))
        data = object_of(answer)
        return SendResult(reading.word(data, "message_id"), extra={} if group else self._costs(data))

    async def _again(self, request: SendRequest, url: str, body: Mapping[str, Any], started: int) -> Mapping[str, Any]:
        """Zalo failed in sending: once more, when its own history says that nothing was sent."""
        try:
            found = await self.find(request, started)
        except ConnectorError:
            raise _failed() from None
        if found is not None:
            return {"found": found}
        if not _can_be_found(request):
            raise _failed()
        return await self._calls.post(url, body, leaving=request.before_first_byte)

    async def find(self, request: SendRequest, started: int) -> str | None:
        """The id under which Zalo has this message. Files have no words to know them by: their echo tells."""
        if not _can_be_found(request):
            return None
        return await self._history.sent_since(request.destination, started, request.text)

    # -- what is sent ---------------------------------------------------------------------------------------------------

    async def _message(self, request: SendRequest) -> dict[str, Any]:
        form, sticker = request.options.get("request_info"), request.options.get("sticker")
        if isinstance(form, Mapping):
            return _template_of("request_user_info", [_form(form)])
        if isinstance(sticker, str) and sticker:
            return _template_of("media", [{"media_type": "sticker", "attachment_id": sticker}])
        if len(request.files) > 1 or (request.files and request.text):
            raise SendRejected("A message on Zalo holds either a text or one file.", code="one_file")
        if request.files:
            return await self._file(request.files[0])
        text = unicodedata.normalize("NFC", request.text)
        if not text.strip():
            raise SendRejected("There is nothing to send.", code="empty")
        policy.refuse_too_long(text, CHANNEL)
        return {"text": text, **({"quote_message_id": request.answers} if _quotable(request) else {})}

    async def _file(self, file: SendFile) -> dict[str, Any]:
        """Uploaded first, which makes no message, and then named."""
        most = policy.limits(CHANNEL).files.get(file.media_type)
        if most is None:
            raise SendRejected("Zalo takes JPEG, PNG, GIF, PDF, Word and CSV files.", code="type")
        if file.size > most:
            raise SendRejected(f"Zalo takes this kind of file up to {most // 1_000_000} MB.", code="size")
        kind = "image" if file.media_type in _PICTURES else "gif" if file.media_type == "image/gif" else "file"
        content = await file.read()
        size = dict(zip(("width", "height"), gif_size(content), strict=True)) if kind == "gif" else {}
        answer = await self._calls.upload(
            f"{self._hosts.api}/v2.0/oa/upload/{kind}", named(file.name, file.media_type), content, file.media_type
        )
        data = object_of(answer)
        id = reading.word(data, "token" if kind == "file" else "attachment_id")
        if not id:
            raise Transient("Zalo took the file and gave no name for it.")
        if kind == "file":
            return {"attachment": {"type": "file", "payload": {"token": id}}}
        return _template_of("media", [{"media_type": kind, "attachment_id": id, **size}])

    async def _template(self, request: SendRequest) -> SendResult:
        """By user id, or by number: there our reference comes back with the receipt."""
        chosen = request.options["template"]
        if not isinstance(chosen, Mapping):
            raise SendRejected("The template is not understood.", code="template")
        values = chosen.get("values")
        data = {str(key): str(value) for key, value in values.items()} if isinstance(values, Mapping) else {}
        body: dict[str, Any] = {"template_id": str(chosen.get("id", "")), "template_data": data}
        if is_phone(request.destination):
            phone = (normal_phone(request.destination, self._region) or request.destination).removeprefix("+")
            body |= {"phone": phone, "tracking_id": request.client_ref}
            url = f"{self._hosts.business}/message/template"
        elif not is_customer(request.destination):
            raise SendRejected("Templates go to one customer whom Zalo knows.", code="template")
        else:
            body["recipient"] = {"user_id": request.destination}
            url = f"{self._hosts.api}/v3.0/oa/message/template"
        told = object_of(await self._calls.post(url, body, leaving=request.before_first_byte))
        cost = {"currency": CURRENCY, "free": False, "charged": True}
        return SendResult(reading.word(told, "msg_id") or reading.word(told, "message_id"), extra={"cost": cost})

    def _costs(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Zalo says what a message was taken from; one that was taken from nothing is charged."""
        quota = reading.maybe(data, "quota")
        if not quota:
            return {"cost": {"currency": CURRENCY, "free": False, "charged": True}}
        kind = reading.word(quota, "quota_type") or "reply"
        found: dict[str, Any] = {
            "cost": {"amount": 0, "currency": CURRENCY, "free": True, "charged": False, "quota": kind}
        }
        if "remain" in quota and (kind != "reply" or policy.believed(CHANNEL, "remain", self._now())):
            left: dict[str, int] = {"left": reading.count(quota, "remain")}
            if "total" in quota:
                left["total"] = reading.count(quota, "total")
            found["standing"] = {"quota": {kind: left}}
        return found


def recipient(destination: str) -> dict[str, str]:
    if destination.startswith(GROUPS):
        return {"group_id": destination.removeprefix(GROUPS)}
    if destination.startswith(ANONYMOUS):
        id, _, conversation = destination.removeprefix(ANONYMOUS).partition("/")
        return {"anonymous_id": id, "conversation_id": conversation}
    return {"user_id": destination}


def _quotable(request: SendRequest) -> bool:
    """A message of Zalo's own; calls and forms have ids of our making."""
    return bool(request.answers) and ":" not in str(request.answers) and not request.destination.startswith(GROUPS)


def _can_be_found(request: SendRequest) -> bool:
    plain = not (request.options.keys() & {"template", "call", "broadcast"})
    return plain and bool(request.text) and is_customer(request.destination)


def is_customer(destination: str) -> bool:
    """Somebody with a Zalo account of their own, whom Zalo knows by an id."""
    return not (destination.startswith((ANONYMOUS, GROUPS)) or destination == EVERYBODY or is_phone(destination))


def is_phone(destination: str) -> bool:
    """Zalo's own ids are digits too: sixteen and more."""
    plain = destination.removeprefix("+").replace(" ", "")
    return destination.startswith(("+", "0")) or (plain.isdigit() and len(plain) <= PHONE_DIGITS)


def _failed() -> OutcomeUnknown:
    return OutcomeUnknown("Zalo says that it could not send the message.", code=FAILED)


def _template_of(kind: str, elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": {"template_type": kind, "elements": elements}}}


def _form(form: Mapping[str, Any]) -> dict[str, Any]:
    title, subtitle, picture = (str(form.get(key) or "").strip() for key in ("title", "subtitle", "image_url"))
    if not title or not subtitle or not picture:
        raise SendRejected("A form needs a title, a line below it and the address of a picture.", code="form")
    if len(title) > TITLE or len(subtitle) > SUBTITLE:
        raise SendRejected(f"A form's title may have {TITLE} characters and its line {SUBTITLE}.", code="too_long")
    return {"title": title, "subtitle": subtitle, "image_url": picture}


_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
    "application/msword": ".doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "text/csv": ".csv",
}


def named(name: str, media_type: str) -> str:
    """Without an ending Zalo takes the file and says nothing."""
    return name if "." in name.strip(".") else f"{name or 'file'}{_ENDINGS.get(media_type, '.bin')}"


def gif_size(content: bytes) -> tuple[int, int]:
    """(width, height). Raises SendRejected."""
    if content[:6] not in (b"GIF87a", b"GIF89a") or len(content) < 10:
        raise SendRejected("This is no GIF.", code="type")
    return int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little")
