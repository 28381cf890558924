"""From the tree of parts to one text, the attachments, and what machines wrote for machines."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from unibox_tui.connectors.email.mime import charset, html, tnef, transfer
from unibox_tui.connectors.email.mime.calendar import read_calendar
from unibox_tui.connectors.email.mime.flowed import unflow
from unibox_tui.connectors.email.mime.mail import Calendar, MailPart
from unibox_tui.connectors.email.mime.params import file_name, parse_params
from unibox_tui.connectors.email.mime.tree import Part, Tree
from unibox_tui.connectors.email.mime.words import decode_header

_META_CHARSET = re.compile(rb"<meta[^<>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_STUB = re.compile(
    r"(?:view|read|see|display|open).{0,80}(?:html|browser|online)|(?:not|n't) support.{0,40}html|html[- ](?:capable|enabled|e-?mail|version|format)"
    r"|(?:xem|đọc|mở|hiển thị).{0,80}(?:html|trình duyệt)|không hỗ trợ.{0,40}html|(?:ดู|อ่าน|เปิด).{0,80}(?:html|เบราว์เซอร์)|ไม่รองรับ.{0,40}html",
    re.IGNORECASE | re.DOTALL,
)
_ONLY_LINK = re.compile(r"^\s*<?https?://\S+\s*$")
# What mail systems write for machines, as a person names it.
_REPORT_NAMES = {
    "message/delivery-status": "delivery-status.txt",
    "message/global-delivery-status": "delivery-status.txt",
    "message/disposition-notification": "read-receipt.txt",
    "message/feedback-report": "complaint.txt",
    "text/rfc822-headers": "headers.txt",
    "message/global-headers": "headers.txt",
}
_TNEF_KINDS = ("application/ms-tnef", "application/vnd.ms-tnef")
_DISCARDED_TWINS = ("text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext")
_REPORTS = ("message/delivery-status", "message/global-delivery-status", "message/x-delivery-status")
_RETURNED = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/global-headers",
    "message/rfc822-headers",
)


@dataclass(slots=True)
class Body:
    """What was collected. `texts` are readable pieces in order; `reports` and `returned` feed the reading of bounces."""

    texts: list[str] = field(default_factory=list)
    html_present: bool = False
    attachments: list[MailPart] = field(default_factory=list)
    calendar: Calendar | None = None
    reports: list[bytes] = field(default_factory=list)
    returned: list[bytes] = field(default_factory=list)
    receipt: bool = False
    problems: dict[str, None] = field(default_factory=dict)


class Collector:
    """Walks one tree. `render_mail` turns the bytes of a forwarded mail into (subject, readable text)."""

    def __init__(
        self, tree: Tree, charsets: Sequence[str], render_mail: Callable[[bytes], tuple[str, str | None]]
    ) -> None:
        self.raw = tree.raw
        self.charsets = charsets
        self.render_mail = render_mail
        self.body = Body()

    def collect(self, part: Part, *, want_text: bool = True, related: bool = False) -> None:
        if not part.children:
            self._leaf(part, want_text, related)
        elif part.kind == "multipart/alternative":
            self._alternative(part, want_text)
        else:
            if part.kind == "multipart/encrypted":
                self.body.problems["encrypted"] = None
            root = self._related_root(part) if part.kind == "multipart/related" else None
            for child in part.children:
                self.collect(child, want_text=want_text and (root is None or child is root), related=root is not None)

    def _related_root(self, part: Part) -> Part:
        start = part.params.get("start", "").strip("<> ")
        for child in part.children:
            if start and (child.headers.get("content-id") or b"").strip(b"<> \r\n").decode("latin-1") == start:
                return child
        return part.children[0]

    def _alternative(self, part: Part, want_text: bool) -> None:
        plain = next((child for child in part.children if child.kind == "text/plain"), None)
        rich = next((child for child in reversed(part.children) if child is not plain and _holds_html(child)), None)
        self.body.html_present = self.body.html_present or rich is not None
        chosen = plain or rich or next((child for child in part.children if child.children), part.children[-1])
        if plain is not None and rich is not None and _is_stub(self._text(plain)):
            chosen = rich
        for child in part.children:
            if child.kind in _DISCARDED_TWINS or (child is not chosen and child.kind in ("text/plain", "text/html")):
                continue
            self.collect(child, want_text=want_text and child is chosen)

    def _leaf(self, part: Part, want_text: bool, related: bool) -> None:
        raw_disposition = part.headers.get("content-disposition")
        disposition, params = parse_params(raw_disposition, self.charsets) if raw_disposition else ("", {})
        name = file_name(params.get("filename") or part.params.get("name"))
        is_text = part.kind in ("text/plain", "text/html")
        as_file = disposition == "attachment" or (name and (self.body.texts or not is_text))
        if is_text and not as_file:
            self.body.html_present = self.body.html_present or part.kind == "text/html"
            if want_text:
                text = self._text(part)
                if text.strip():
                    self.body.texts.append(text)
            return
        content = self._content(part)
        if part.kind in ("text/calendar", "application/ics") and self.body.calendar is None:
            decoded = charset.decode(content, part.params.get("charset"), self.charsets)
            self.body.calendar = read_calendar(decoded.text, part.params.get("method", ""))
            if self.body.calendar is None:
                self.body.problems["calendar-unreadable"] = None
            elif disposition != "attachment" and not name:
                return
        wrapped = part.kind in _TNEF_KINDS or name.lower() == "winmail.dat"
        if wrapped and self._unwrap(content, want_text):
            return
        self._machine_parts(part.kind, content)
        self.body.attachments.append(self._file(part, content, name, disposition, related))

    def _machine_parts(self, kind: str, content: bytes) -> None:
        if kind in _REPORTS:
            self.body.reports.append(content)
        elif kind in _RETURNED:
            self.body.returned.append(content)
        elif kind == "message/disposition-notification":
            self.body.receipt = True

    def _file(self, part: Part, content: bytes, name: str, disposition: str, related: bool) -> MailPart:
        raw_id = part.headers.get("content-id")
        content_id = decode_header(raw_id[:1_000]).strip("<> ") if raw_id else ""
        text = None
        if part.kind in ("message/rfc822", "message/global"):
            subject, text = self.render_mail(content)
            name = name or file_name(subject[:80].replace("/", " ")) + ".eml"
        elif part.kind in _REPORTS or part.kind in _RETURNED:
            text = charset.decode(content[:65_536], part.params.get("charset"), self.charsets).text
        inline = disposition == "inline" or (bool(content_id) and related and disposition != "attachment")
        name = name if name.strip(".") and name != ".eml" else self._invented_name(part.kind)
        return MailPart(name, part.kind, content, len(content), content_id or None, inline, disposition or None, text)

    def _invented_name(self, kind: str) -> str:
        if kind in _REPORT_NAMES:
            return _REPORT_NAMES[kind]
        known = {"message/rfc822": ".eml", "message/global": ".eml", "text/calendar": ".ics", "image/jpeg": ".jpg"}
        extension = (
            known.get(kind) or mimetypes.guess_extension(kind) or (".txt" if kind.startswith("text/") else ".bin")
        )
        return f"attachment-{len(self.body.attachments) + 1}{extension}"

    def _unwrap(self, content: bytes, want_text: bool) -> bool:
        wrapped = tnef.unwrap(content)
        if wrapped is None:
            self.body.problems["winmail-unreadable"] = None
            return False
        for index, (found, data) in enumerate(wrapped.files, 1):
            name = file_name(found) or f"winmail-{index}.bin"
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            self.body.attachments.append(MailPart(name, kind, data, len(data)))
        if want_text and not self.body.texts:
            text = self._wrapped_text(wrapped)
            if text.strip():
                self.body.texts.append(text)
            elif not wrapped.files:
                self.body.problems["winmail-unreadable"] = None
                return False
        return True

    def _wrapped_text(self, wrapped: tnef.Wrapped) -> str:
        text = wrapped.text if isinstance(wrapped.text, str) else charset.decode(wrapped.text, None, self.charsets).text
        text = text.strip("\0 \r\n")
        if text:
            return _newlines(text)
        page = wrapped.html if isinstance(wrapped.html, str) else self._page(wrapped.html, None)
        return html.to_text(page) if page.strip() else ""

    def _content(self, part: Part) -> bytes:
        raw_encoding = part.headers.get("content-transfer-encoding")
        encoding = decode_header(raw_encoding[:200]) if raw_encoding else ""
        content = transfer.decode(self.raw[part.start : part.end], encoding, is_text=part.kind.startswith("text/"))
        if content.problem:
            self.body.problems[content.problem] = None
        return content.data

    def _text(self, part: Part) -> str:
        content = self._content(part)
        declared = part.params.get("charset")
        if part.kind == "text/html":
            return html.to_text(self._page(content, declared))
        decoded = charset.decode(content, declared, self.charsets)
        if decoded.problem:
            self.body.problems[decoded.problem] = None
        text = self._without_nul(decoded.text)
        if html.is_markup(text):
            self.body.html_present = True
            return html.to_text(text)
        text = _newlines(text)
        if part.params.get("format", "").lower() == "flowed":
            text = unflow(text, delete_space=part.params.get("delsp", "").lower() == "yes")
        return text

    def _page(self, content: bytes, declared: str | None) -> str:
        meta = None if declared else _META_CHARSET.search(content[:4_096])
        decoded = charset.decode(content, declared or (meta[1].decode("ascii") if meta else None), self.charsets)
        if decoded.problem:
            self.body.problems[decoded.problem] = None
        return self._without_nul(decoded.text)

    def _without_nul(self, text: str) -> str:
        if "\0" in text:
            self.body.problems["nul-bytes"] = None
        return text.replace("\0", "")


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _holds_html(part: Part) -> bool:
    """Whether the words of this part are HTML: itself, or the first leaf that is text."""
    todo = [part]
    while todo:
        one = todo.pop()
        if one.kind in ("text/html", "text/plain") and not one.children:
            return one.kind == "text/html"
        todo.extend(reversed(one.children))
    return False


def _is_stub(text: str) -> bool:
    """Whether a plain text only points at the HTML beside it."""
    words = text.strip()
    return not words or (len(words) < 400 and bool(_STUB.search(words) or _ONLY_LINK.match(words)))
