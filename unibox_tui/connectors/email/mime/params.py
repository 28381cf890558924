"""`Content-Type` and `Content-Disposition`: the value and its parameters, with RFC 2231 and what is sent instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from unibox_tui.connectors.email.mime import charset, words

_PARAM = re.compile(r';\s*([^\s=;"]{1,100})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_SECTION = re.compile(r"^(.+?)(?:\*(\d{1,3}))?(\*)?$")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f/\\\\:\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


def parse_params(raw: bytes | None, charsets: Sequence[str] = charset.DEFAULT_CHARSETS) -> tuple[str, dict[str, str]]:
    """(lower-case main value, parameters by lower-case name, decoded). The first of two equal names wins."""
    if not raw:
        return "", {}
    value = words.unfold(raw[: words.MAX_VALUE])
    text = value.decode("ascii") if value.isascii() else charset.decode(value, None, charsets).text
    main, semicolon, rest = text.partition(";")
    params: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAM.finditer(semicolon + rest):
        section = _SECTION.match(match[1].lower())
        plain = _unquote(match[2].strip())
        if section is None or (section[2] is None and section[3] is None):
            params.setdefault(match[1].lower(), plain)
        else:
            numbered = pieces.setdefault(section[1], {})
            numbered.setdefault(int(section[2] or 0), (plain, bool(section[3])))
    for name, numbered in pieces.items():
        params[name] = _join(numbered, charsets)
    return main.strip().lower(), {name: words.decode_words(value, charsets) for name, value in params.items()}


def _unquote(value: str) -> str:
    if value.startswith('"'):
        closed = len(value) > 1 and value.endswith('"')
        return _ESCAPE.sub(r"\1", value[1:-1] if closed else value[1:])
    return value.split("(", 1)[0].strip() if " (" in value else value


def _join(numbered: dict[int, tuple[str, bool]], charsets: Sequence[str]) -> str:
    declared = ""
    data = b""
    for index in sorted(numbered):
        value, extended = numbered[index]
        if extended and index == 0 and value.count("'") >= 2:
            declared, _, value = value.split("'", 2)
        data += unquote_to_bytes(value) if extended else value.encode("utf-8", "surrogatepass")
    return charset.decode(data, declared or None, charsets).text


def file_name(name: str | None) -> str:
    """A name safe to show and to save under: no folders, no control or direction characters, 200 characters. Or ""."""
    if not name:
        return ""
    last = re.split(r"[/\\]", name)[-1] if not name.endswith(("/", "\\")) else name
    clean = " ".join(_UNSAFE.sub(" ", last).split()).strip(". ")
    if len(clean) > 200:
        stem, dot, extension = clean.rpartition(".")
        clean = f"{stem[: 199 - len(extension)]}.{extension}" if dot and len(extension) <= 20 else clean[:200]
    return clean
