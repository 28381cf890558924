"""Quoted history and signatures found in a mail's text, to be folded away and never deleted.

One pass over the lines with a bounded look ahead. English, Vietnamese and Thai; answers written between quoted lines
stay visible, and so does what somebody forwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["text", "quote", "signature"]

_HEADER_LINE = 400  # no header that a mail program writes is longer
_QUOTED = re.compile(r"^[ \t]{0,3}>")
_ATTRIBUTION_START = re.compile(
    r"^[ \t]{0,3}(?:On\b|Am\b|Le\b|Vào\b|Lúc\b|Ngày\b|Trong\b|เมื่อ|ในวันที่|วันที่|\d{1,4}[-/.年]\d{1,2}|[^\s:]{1,60}@|.{0,100}<[^<>\s]{1,100}@)",
    re.IGNORECASE,
)
_ATTRIBUTION_END = re.compile(
    r"(?:\bwrote|\bwrites|đã viết|viết|đã gửi|เขียนว่า|ได้เขียนว่า|เขียน|\ba écrit|\bschrieb(?:[^:]{0,80})?)[ \t]*[:：][ \t]*$",
    re.IGNORECASE,
)
_TELLING = re.compile(r"\d|@")
_ORIGINAL = re.compile(
    r"^[ \t>]{0,6}-{2,}[ \t]*(?:Original (?:Message|Appointment|Email)|Thư gốc|Tin nhắn gốc|Thông điệp gốc|Email gốc"
    r"|ข้อความต้นฉบับ|ข้อความเดิม|ต้นฉบับ)[ \t]*-{2,}[ \t]*$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"^[ \t]{0,3}(?:-{2,}[ \t]*(?:Forwarded (?:message|mail|by\b.{0,200})|Tin nhắn (?:được )?chuyển tiếp|Thư (?:được )?chuyển tiếp"
    r"|Thông điệp (?:được )?chuyển tiếp|ข้อความที่ส่งต่อ|ข้อความส่งต่อ)[ \t]*-{0,80}"
    r"|Begin forwarded message:|Bắt đầu thư (?:được )?chuyển tiếp:|Bắt đầu tin nhắn (?:được )?chuyển tiếp:|เริ่มข้อความที่ส่งต่อ:)[ \t]*$",
    re.IGNORECASE,
)
_FROM = re.compile(r"^[ \t]{0,3}\*{0,2}(?:From|Từ|Người gửi|จาก)[ \t]*:[ \t]*\*{0,2}[ \t]*\S", re.IGNORECASE)
_SENT = re.compile(
    r"^[ \t]{0,3}\*{0,2}(?:Sent|Date|Đã gửi|Đã gửi lúc|Ngày|Ngày gửi|Gửi|Thời gian|ส่ง|ส่งเมื่อ|วันที่)[ \t]*:", re.IGNORECASE
)
_TO = re.compile(
    r"^[ \t]{0,3}\*{0,2}(?:To|Cc|Subject|Đến|Tới|Gửi đến|Người nhận|Chủ đề|Tiêu đề|ถึง|เรื่อง|หัวเรื่อง|หัวข้อ|สำเนา)[ \t]*:",
    re.IGNORECASE,
)
_RULE = re.compile(r"^[ \t]{0,3}[_\u2500-]{8,200}[ \t]*$")
_DEVICE = re.compile(
    r"^[ \t]{0,3}(?:Sent (?:from|via|using) .{1,60}|Get Outlook for .{1,40}|Sent with .{1,40} secure email\.?"
    r"|(?:Được )?Gửi (?:từ|bằng) .{1,60}|Đã gửi từ .{1,60}|Tải Outlook (?:cho|dành cho) .{1,40}|Lấy Outlook (?:cho|dành cho) .{1,40}"
    r"|ส่งจาก.{1,60}|(?:รับ|ดาวน์โหลด) Outlook สำหรับ.{1,40})[ \t]*$",
    re.IGNORECASE,
)
_SHORT_SIGNATURE = 15  # lines under a bare "--"; more than that is text under a ruled line


class Span(NamedTuple):
    """`text[start:end]` in code points, line breaks included."""

    start: int
    end: int
    kind: Kind


class Quoted(NamedTuple):
    """Every line of the text is in exactly one of the two, in order."""

    visible: str
    hidden: str


def split_quotes(text: str, *, forwarded: bool = False) -> Quoted:
    """Part what the sender wrote from quoted history and signatures. Blank lines at the outer edges are dropped.

    With `forwarded` (the subject says so) a header block without a mark counts as the forwarded mail, not as history.
    If nothing would remain visible, nothing is hidden.
    """
    visible: list[str] = []
    hidden: list[str] = []
    for span in quote_spans(text, forwarded=forwarded):
        (visible if span.kind == "text" else hidden).append(text[span.start : span.end])
    return Quoted(_trim("".join(visible)), _trim("".join(hidden)))


def quote_spans(text: str, *, forwarded: bool = False) -> tuple[Span, ...]:
    """The whole text as neighbouring spans, for folding in place."""
    lines = text.splitlines(keepends=True) if "\r" in text else text.split("\n")
    if "\r" not in text:
        lines = [line + "\n" for line in lines[:-1]] + [lines[-1]]
    kinds = _kinds([line.rstrip("\r\n") for line in lines], forwarded)
    if not any(kind == "text" and line.strip() for kind, line in zip(kinds, lines, strict=True)):
        return (Span(0, len(text), "text"),) if text else ()
    return tuple(_merge(lines, kinds))


def _merge(lines: list[str], kinds: list[Kind]) -> Iterator[Span]:
    start = at = 0
    for index, line in enumerate(lines):
        at += len(line)
        if index + 1 == len(lines) or kinds[index + 1] != kinds[index]:
            if at > start:
                yield Span(start, at, kinds[index])
            start = at


def _trim(text: str) -> str:
    lines = text.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    last = next((index for index in range(len(lines), first, -1) if lines[index - 1].strip()), first)
    return "\n".join(lines[first:last])


def _kinds(lines: list[str], forwarded: bool) -> list[Kind]:
    kinds: list[Kind] = ["text"] * len(lines)
    index = 0
    while index < len(lines):
        line = lines[index]
        if not line or (len(line) > _HEADER_LINE and not _QUOTED.match(line)):
            index += 1
            continue
        if _FORWARD.match(line):
            break
        if _QUOTED.match(line):
            index = _hide_quote(lines, kinds, index)
        elif after := _attribution(lines, index):
            index = _hide_attributed(lines, kinds, index, after)
        elif _ORIGINAL.match(line) or _outlook(lines, index):
            if forwarded:
                break
            _fill(kinds, index, len(lines), "quote")
            break
        elif line.rstrip() in ("--", "\u2014") or line == "-- ":
            index = _hide_signature(lines, kinds, index)
        elif _DEVICE.match(line) and _ends_text(lines, index + 1):
            kinds[index] = "signature"
            index += 1
        else:
            index += 1
    return kinds


def _fill(kinds: list[Kind], start: int, end: int, kind: Kind) -> None:
    kinds[start:end] = [kind] * (end - start)


def _hide_quote(lines: list[str], kinds: list[Kind], start: int) -> int:
    """Quoted lines, with the blank lines between them."""
    end = last = start
    while end < len(lines) and (_QUOTED.match(lines[end]) or not lines[end].strip()):
        if lines[end].strip():
            last = end
        end += 1
    _fill(kinds, start, last + 1, "quote")
    return last + 1


def _attribution(lines: list[str], start: int) -> int:
    """The line after "On … wrote:", which may be folded over four lines; 0 if there is none here."""
    if not _ATTRIBUTION_START.match(lines[start]):
        return 0
    whole = ""
    for index in range(start, min(start + 4, len(lines))):
        line = lines[index]
        if not line.strip() or len(line) > _HEADER_LINE or _QUOTED.match(line):
            return 0
        whole += line + " "
        if _ATTRIBUTION_END.search(line):
            return index + 1 if _TELLING.search(whole) else 0
    return 0


def _hide_attributed(lines: list[str], kinds: list[Kind], start: int, after: int) -> int:
    following = after
    while following < len(lines) and not lines[following].strip():
        following += 1
    if following < len(lines) and _QUOTED.match(lines[following]):
        _fill(kinds, start, following, "quote")
        return _hide_quote(lines, kinds, following)
    # Unmarked history: it reaches to the end, there is no telling answers from it.
    _fill(kinds, start, len(lines), "quote")
    return len(lines)


def _outlook(lines: list[str], start: int) -> bool:
    """A block of From, Sent, To, Subject, perhaps under a ruled line."""
    at = start
    if _RULE.match(lines[at]):
        at += 1
        while at < min(start + 3, len(lines)) and not lines[at].strip():
            at += 1
    if at >= len(lines) or len(lines[at]) > _HEADER_LINE or not _FROM.match(lines[at]):
        return False
    block = [line[:_HEADER_LINE] for line in lines[at + 1 : at + 7]]
    return any(map(_SENT.match, block)) and any(map(_TO.match, block))


def _hide_signature(lines: list[str], kinds: list[Kind], start: int) -> int:
    end = start + 1
    written = 0
    while end < len(lines):
        line = lines[end]
        if _QUOTED.match(line) or _FORWARD.match(line) or _attribution(lines, end):
            break
        if _ORIGINAL.match(line) or _outlook(lines, end):
            break
        written += bool(line.strip())
        end += 1
    exact = lines[start] == "-- "
    if written == 0 or (not exact and written > _SHORT_SIGNATURE):
        return end if not exact else start + 1
    _fill(kinds, start, end, "signature")
    return end


def _ends_text(lines: list[str], start: int) -> bool:
    """Whether only blank lines stand between `start` and the end, a quotation or a signature."""
    for index in range(start, min(start + 6, len(lines))):
        line = lines[index]
        if line.strip():
            quoted = _QUOTED.match(line) or _ORIGINAL.match(line) or _RULE.match(line) or line.rstrip() == "--"
            return bool(quoted or _attribution(lines, index) or _outlook(lines, index))
    return start + 6 >= len(lines) or not any(line.strip() for line in lines[start : start + 50])
