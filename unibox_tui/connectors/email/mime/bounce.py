"""Bounces: RFC 3464 reports, and the letters that mail servers write instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from unibox_tui.connectors.email.mime import identity
from unibox_tui.connectors.email.mime.mail import Bounce
from unibox_tui.connectors.email.mime.tree import Headers
from unibox_tui.connectors.email.mime.tree import parse as parse_tree
from unibox_tui.connectors.email.mime.words import decode_header

_LOOKED_AT = 65_536
_ROBOT = re.compile(
    r"^(?:mailer[-_.]?daemon|postmaster|mail[-_.]?(?:delivery|system|daemon)\S*|microsoftexchange\S*|bounces?|mdaemon)@",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|delivery (?:status notification|failure|has failed|problem|delayed)|failure notice|returned (?:mail|to sender)"
    r"|mail delivery (?:failed|system|failure)|message (?:could not be|not) delivered|delivery .{0,20}fail|non[- ]?delivery"
    r"|không (?:thể )?(?:gửi|phân phối|chuyển|giao) được|không thể gửi|gửi (?:thư )?(?:không thành công|thất bại)|thư bị trả lại|thư trả lại"
    r"|ส่งไม่(?:สำเร็จ|ถึง|ได้)|ไม่สามารถ(?:จัด)?ส่ง|การ(?:นำ|จัด)?ส่ง.{0,20}ล้มเหลว|ไม่สามารถนำส่ง|ตีกลับ",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"could(?:n't| not) be delivered|was(?:n't| not) delivered|unable to deliver|delivery .{0,40}(?:failed|delayed)|permanent (?:fatal )?error"
    r"|does(?:n't| not) exist|user unknown|no such user|unknown user|recipient.{0,40}(?:rejected|not found|unknown)|address(?: was)?n't found"
    r"|address not found|mailbox (?:is )?(?:full|unavailable|not found)|over ?quota|quota exceeded|undeliverable|could not be found"
    r"|không tồn tại|không (?:thể )?(?:gửi|phân phối|chuyển|giao) được|hộp thư (?:đã )?đầy|không tìm thấy"
    r"|ไม่มีอยู่|ไม่พบ|ไม่สามารถ(?:จัด|นำ)?ส่ง|กล่องจดหมายเต็ม|ล้มเหลว",
    re.IGNORECASE,
)
_LATE = re.compile(
    r"delayed|will (?:keep trying|be retried|retry)|temporar|warning: message|mailbox (?:is )?full|over ?quota|quota exceeded"
    r"|try again later|tạm thời|sẽ (?:thử|gửi) lại|bị (?:trì hoãn|chậm)|hộp thư (?:đã )?đầy|ชั่วคราว|ล่าช้า|กล่องจดหมายเต็ม",
    re.IGNORECASE,
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.#-])(4[2-5]\d|55\d|50\d|52\d|53\d)[ \-](?=\S)")
_ADDRESS = re.compile(r"[\w.+!#$%&'*/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_ID_LINE = re.compile(
    r"^[ \t>]*(?:Original-)?Message-ID:[ \t]*(?:\r?\n[ \t]+)?<([^<>\s]{1,990})>", re.IGNORECASE | re.MULTILINE
)
_COPY = re.compile(
    r"^[ \t]*-{2,}[^\n]{0,20}(?:below this line|original message|this is a copy|original headers|copy of (?:the|your) message"
    r"|thư gốc|ข้อความต้นฉบับ)|^original message headers:",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD = re.compile(r"^([A-Za-z-]{1,60}):[ \t]*(.*(?:\r?\n[ \t]+.*){0,20})", re.MULTILINE)


class Letter(NamedTuple):
    """What the reading of a mail knows when it asks whether the mail is a bounce. `text` is the whole readable text."""

    headers: Headers
    subject: str
    sender: str
    text: str
    reports: Sequence[bytes]
    returned: Sequence[bytes]
    answered: tuple[str, ...]


class _Failure(NamedTuple):
    recipient: str
    status: str | None
    reason: str
    hard: bool


def read_bounce(letter: Letter) -> Bounce | None:
    """The bounce a mail reports, or None. A report of successful delivery is none."""
    failures, original = _reported(letter.reports)
    if letter.reports and not failures:
        return None
    if not failures:
        failure = _told(letter)
        if failure is None:
            return None
        failures = [failure]
    text = letter.text[:_LOOKED_AT]
    original = original or _returned_id(letter.returned) or _id_in(text) or next(iter(letter.answered[::-1]), None)
    first = failures[0]
    reason = first.reason or _reason(text)
    recipients = tuple(dict.fromkeys(failure.recipient for failure in failures if failure.recipient))
    return Bounce(first.recipient, first.status, reason, first.hard, original, recipients)


def _reported(reports: Sequence[bytes]) -> tuple[list[_Failure], str | None]:
    """The failures of delivery-status parts, hard ones first, and the id they name."""
    failures: list[_Failure] = []
    original: str | None = None
    for report in reports:
        text = report[:_LOOKED_AT].decode("utf-8", "replace").replace("\r\n", "\n")
        for group in re.split(r"\n[ \t]*\n", text):
            fields = {name.lower(): " ".join(value.split()) for name, value in _FIELD.findall(group)}
            original = original or _bare(fields.get("original-message-id") or fields.get("x-original-message-id"))
            action = fields.get("action", "").partition(" ")[0].lower()
            found = _STATUS.search(fields.get("status", ""))
            status = found[1] if found else None
            if action in ("delivered", "relayed", "expanded") or not (action or status) or (status or "5")[0] == "2":
                continue
            recipient = _recipient(fields.get("original-recipient"), fields.get("final-recipient"))
            reason = fields.get("diagnostic-code", "").partition(";")
            hard = action != "delayed" and (status or "5.0.0").startswith("5")
            failures.append(_Failure(recipient, status, (reason[2] or reason[0]).strip()[:500], hard))
    return sorted(failures, key=lambda failure: not failure.hard), original


def _recipient(original: str | None, final: str | None) -> str:
    """The address as we wrote it where the report knows it."""
    for value in (original, final):
        found = _ADDRESS.search((value or "").partition(";")[2] or value or "")
        if found:
            return found[0]
    return ""


def _bare(value: str | None) -> str | None:
    return identity.one_id(value.encode("utf-8", "surrogatepass")) if value else None


def _told(letter: Letter) -> _Failure | None:
    """A bounce in words: a robot wrote it, or its subject says so, and the text names a failure."""
    named = letter.headers.get("x-failed-recipients")
    robot = _ROBOT.match(letter.sender) is not None or (letter.headers.get("return-path") or b"").strip() == b"<>"
    titled = _SUBJECT.search(letter.subject[:500]) is not None
    if named is None and not (robot or titled):
        return None
    copy = _COPY.search(letter.text[:_LOOKED_AT])
    text = letter.text[: copy.start() if copy else 16_384]
    status, code = _STATUS.search(text), _CODE.search(text)
    failed = _FAILURE.search(text) is not None
    evidence = sum((named is not None, robot, titled, failed, bool(status or code)))
    if named is None and (evidence < 3 or not (failed or status or code)):
        return None
    recipient = _recipient(decode_header(named) if named else None, None) or _first_address(text, letter.sender)
    if not recipient and evidence < 4:
        return None
    temporary = _LATE.search(text) or _LATE.search(letter.subject[:500])
    grade = status[1][0] if status else code[1][0] if code else "4" if temporary else "5"
    return _Failure(recipient, status[1] if status else None, _reason(text), grade == "5")


def _first_address(text: str, sender: str) -> str:
    for found in _ADDRESS.finditer(text):
        address = found[0].strip("'*`").rstrip(".")
        if address.lower() != sender.lower() and not _ROBOT.match(address):
            return address
    return ""


def _reason(text: str) -> str:
    """The line that says why: one with a code, else one with words of failure, else the first."""
    lines = [" ".join(line.split()) for line in text[:16_384].split("\n") if line.strip()]
    for wanted in (_STATUS, _CODE, _FAILURE):
        found = next((line for line in lines if wanted.search(line)), None)
        if found:
            return found[:500]
    return lines[0][:500] if lines else ""


def _returned_id(returned: Sequence[bytes]) -> str | None:
    for content in returned:
        head = parse_tree(content[:_LOOKED_AT].lstrip()).root.headers
        found = identity.message_id(head)
        if found:
            return found
    return None


def _id_in(text: str) -> str | None:
    found = _ID_LINE.search(text)
    return found[1] if found else None
