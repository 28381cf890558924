"""HTML to readable text with links shown. Bounded whatever the page: what is not tame takes a plain linear path."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator
from typing import Any

MAX_LAID_OUT = 400_000  # characters; beyond, lines are all a reader gets
_MAX_DEPTH = 150
_MAX_TABLE_CELLS = 200_000  # width x height of a table as it would be drawn
# Private-use characters that mark the borders of a quotation while the text is laid out.
_OPEN, _CLOSE = "\uf5d0", "\uf5d1"
_DATA_URI = re.compile(r"data:[\w.+/-]{1,100}(?:;[\w=.-]{1,100}){0,4},[A-Za-z0-9+/=%\s]{200,}")
_HUGE_TAG = re.compile(r"<[a-zA-Z!?/][^<>]{20000}")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_TOKEN = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})([^<>]*)>|<[!?][^<>]*>|[^<]+|<")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "br",
        "tr",
        "li",
        "ul",
        "ol",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "pre",
        "blockquote",
        "section",
        "article",
        "header",
        "footer",
        "dt",
        "dd",
        "address",
    ]
)
_SILENT = ("script", "style", "head", "title", "template", "noscript")
_MARKUP = re.compile(r"^\s*(?:<!doctype html|<html[\s>]|<body[\s>])", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")


def is_markup(text: str) -> bool:
    """Whether a text that calls itself plain is a page of HTML."""
    return _MARKUP.match(text[:2_000]) is not None


def to_text(source: str) -> str:
    """Readable text: links as `[words](address)`, quotations marked with `> `, lists and small tables laid out."""
    source = _DATA_URI.sub("", source.replace("\0", "").replace(_OPEN, "").replace(_CLOSE, ""))
    text = ""
    if len(source) <= MAX_LAID_OUT and not _HUGE_TAG.search(source):
        text = _laid_out(source)
    if not text.strip(f" \n{_OPEN}{_CLOSE}"):
        text = _flat(source)
    return _tidy(text)


def _laid_out(source: str) -> str:
    """The page by inscriptis, or "" where it would be slow, huge or empty."""
    import lxml.html  # type: ignore[import-untyped]
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.html_engine import Inscriptis
    from inscriptis.model.config import ParserConfig
    from lxml.etree import LxmlError  # type: ignore[import-untyped]

    try:
        tree = lxml.html.document_fromstring(source.encode("utf-8", "replace"), parser=_parser())
        if not _tame(tree):
            return ""
        config = ParserConfig(css=CSS_PROFILES["strict"].copy(), display_links=True, display_images=True)
        text: str = Inscriptis(tree, config).get_text()
    except (LxmlError, ValueError, IndexError, AttributeError, TypeError, RecursionError):
        return ""
    return text


def _parser() -> Any:
    import lxml.html

    return lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)


def _tame(tree: Any) -> bool:
    """Take out what is not for reading, turn lay-out tables into blocks; False when nested too deep to draw."""
    depth = lists = 0
    doomed: list[Any] = []
    tables: list[Any] = []
    for event, node in _walk(tree):
        tag = node.tag
        if event == "end":
            depth -= 1
            lists -= tag in ("ul", "ol")
            continue
        depth += 1
        if depth > _MAX_DEPTH:
            return False
        style = node.attrib.pop("style", None)
        if tag in _SILENT or (style and _HIDDEN.search(style)) or "hidden" in node.attrib:
            doomed.append(node)
        elif tag in ("ul", "ol"):
            lists += 1
            if lists > 8:
                return False
        elif tag == "table":
            tables.append(node)
        elif tag == "a":
            _link(node)
        elif tag == "img":
            _image(node)
        elif tag == "blockquote":
            node.tag = "div"
            _mark(node)
        for name in ("align", "valign"):
            node.attrib.pop(name, None)
    for node in doomed:
        if node.getparent() is not None:
            node.drop_tree()
    for table in tables:
        if _is_layout(table):
            for node in table.iter("table", "tbody", "tr", "td", "th"):
                node.tag = "div"
    return True


def _walk(tree: Any) -> Iterator[tuple[str, Any]]:
    from lxml.etree import iterwalk

    for event, node in iterwalk(tree, events=("start", "end")):
        if isinstance(node.tag, str):
            yield event, node


def _link(node: Any) -> None:
    """Show the address of a link only where it says more than the words do."""
    href = (node.get("href") or "").strip()
    words = " ".join(node.itertext())[:2_000].strip() if len(node) < 50 else ""
    bare = re.sub(r"^(?:https?://|mailto:|tel:)", "", href).rstrip("/")
    telling = href and not href.startswith(("#", "javascript:", "data:", "cid:")) and len(href) <= 2_000
    if telling and re.sub(r"^https?://", "", words).rstrip("/") != bare and (words or node.find(".//img") is not None):
        node.set("href", _SPACE.sub("", href))
    else:
        node.attrib.pop("href", None)


def _image(node: Any) -> None:
    alt = _SPACE.sub(" ", node.get("alt") or "").strip()
    node.attrib.pop("title", None)
    if alt and node.get("width") not in ("0", "1"):
        node.set("alt", alt[:300])
    else:
        node.attrib.pop("alt", None)


def _mark(node: Any) -> None:
    from lxml.etree import Element

    opening, closing = Element("div"), Element("div")
    opening.text, closing.text = _OPEN, _CLOSE
    if node.text:
        opening.tail, node.text = node.text, None
    node.insert(0, opening)
    node.append(closing)


def _is_layout(table: Any) -> bool:
    if next(table.iterdescendants("table", "div", "p", "ul", "ol", "blockquote"), None) is not None:
        return True
    rows = 0
    widths: dict[int, int] = {}
    for row in table.iter("tr"):
        rows += 1
        for column, cell in enumerate(row):
            length = sum(map(len, cell.itertext()))
            widths[column] = max(widths.get(column, 0), length)
    return len(widths) < 2 or sum(widths.values()) > 160 or (sum(widths.values()) + 2) * rows > _MAX_TABLE_CELLS


def _flat(source: str) -> str:
    """One pass over the tags: words, line breaks at blocks, links."""
    out: list[str] = []
    silent = ""
    href = ""
    label_at = 0
    quotes = 0
    for token in _TOKEN.finditer(source):
        closing, tag, attributes = token[1], (token[2] or "").lower(), token[3] or ""
        if not tag:
            if not silent and not token[0].startswith(("<!", "<?")):
                out.append(_SPACE.sub(" ", entities.unescape(token[0])))
        elif silent:
            if closing and tag == silent:
                silent = ""
        elif tag in _SILENT and not closing:
            silent = tag
        elif tag == "a":
            if closing and href:
                words = "".join(out[label_at:]).strip()
                if words and words not in href and len(href) <= 2_000:
                    out[label_at:] = [f"[{words}]({href})"]
                href = ""
            elif not closing:
                found = _HREF.search(attributes[:4_000])
                href = entities.unescape(next(filter(None, found.groups()), "")) if found else ""
                href = href if href.startswith(("http", "mailto:", "tel:")) else ""
                label_at = len(out)
        elif tag == "blockquote" and (not closing or quotes):
            quotes += -1 if closing else 1
            out.append(f"\n{_CLOSE if closing else _OPEN}\n")
        elif tag in _BLOCKS:
            out.append("\n")
        elif tag in ("td", "th") and closing:
            out.append("  ")
    return "".join(out)


def _tidy(text: str) -> str:
    lines: list[str] = []
    depth = 0
    blank = 0
    for raw in text.split("\n"):
        opened, closed = raw.count(_OPEN), raw.count(_CLOSE)
        line = raw.replace(_OPEN, "").replace(_CLOSE, "").replace("\u00a0", " ").rstrip()
        depth = min(depth + opened, 1_000_000)
        if line.strip():
            lines.append("> " * min(depth, 6) + line if depth else line)
            blank = 0
        elif not (opened or closed):
            blank += 1
            if blank <= 1:
                lines.append(">" if depth else "")
        depth = max(0, depth - closed)
    return "\n".join(lines).strip("\n")
