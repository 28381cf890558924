"""A conversation as a thread: a window of its entries, from all channels and all conversations joined into it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unibox_tui.domain.words import PRIORITY_OF_RANK, Author, DeliveryState, Direction
from unibox_tui.locale import _
from unibox_tui.store import doings, groups, reactions_owed, reading
from unibox_tui.store.database import Row
from unibox_tui.text.safe import safe, safe_line
from unibox_tui.views import calls, phrases, ways
from unibox_tui.views.models import Entry, FileLine, Thread
from unibox_tui.views.people import address_line, addresses, author_name, first_words, inbox_name, json_object, mark
from unibox_tui.views.reasons import why

LIMIT = 60
_SHOWN_ELSEWHERE = frozenset({"call", "fields", "problems"})


def thread(
    db: sqlite3.Connection,
    conversation: int,
    *,
    me: str,
    now: int,
    around_n: int | None = None,
    before_n: int | None = None,
    after_n: int | None = None,
    limit: int = LIMIT,
) -> Thread:
    """At most `limit` entries: those before `before_n`, after `after_n`, or around `around_n`.

    Without any of the three it opens around the first entry this agent (account name) has not read, else at the end. A
    conversation that is joined into another gives the one it is shown in. Raises NotFound.
    """
    ids = reading.joined_set(db, conversation)
    head = reading.head(db, ids[0])
    unread = reading.first_unread(db, ids, me)
    window = _window(db, ids, around_n=around_n or unread, before_n=before_n, after_n=after_n, limit=limit)
    total, last_n = reading.extent(db, ids)
    suggested = head["suggest_join"]
    if suggested is not None and (suggested := reading.roots(db, [suggested])[suggested]) in ids:
        suggested = None
    return Thread(
        id=ids[0],
        subject=safe_line(head["subject"]),
        status=head["status"],
        assignee=None if head["assignee"] is None else safe_line(head["assignee"]),
        assignee_display=safe_line(head["assignee_display"] or head["assignee"] or ""),
        priority=PRIORITY_OF_RANK[head["priority"]].value,
        spam=bool(head["spam"]),
        snoozed_until=head["snoozed_until"],
        waiting_since=head["waiting_since"],
        contact_id=head["person_id"] or head["contact_id"],
        contact_name=safe_line(head["person_name"] or ""),
        contact_title=safe_line(head["person_title"] or ""),
        language=head["person_language"],
        inboxes=tuple(safe_line(row["title"] or row["name"]) for row in reading.inboxes(db, ids)),
        labels=tuple((safe_line(row["name"]), safe_line(row["colour"])) for row in reading.labels(db, ids)),
        entries=entries(db, window.ns, me=me),
        older=window.older,
        newer=window.newer,
        first_unread_n=unread,
        last_n=last_n,
        suggest_join=suggested,
        joined=ids[1:],
        ways=ways.ways(db, ids[0], now=now),
        total=total,
    )


@dataclass(frozen=True, slots=True)
class _Window:
    ns: list[int]
    older: bool
    newer: bool


def _window(
    db: sqlite3.Connection,
    ids: Sequence[int],
    *,
    around_n: int | None,
    before_n: int | None,
    after_n: int | None,
    limit: int,
) -> _Window:
    """One entry more than wanted is asked for on each side: it tells whether there is more."""
    if after_n is not None:
        ns = reading.from_(db, ids, after_n + 1, limit + 1)
        return _Window(ns[:limit], bool(reading.before(db, ids, after_n + 1, 1)), len(ns) > limit)
    if before_n is not None or around_n is None:
        ns = reading.before(db, ids, before_n, limit + 1)
        newer = before_n is not None and bool(reading.from_(db, ids, before_n, 1))
        return _Window(ns[-limit:], len(ns) > limit, newer)
    above = reading.before(db, ids, around_n, limit + 1)
    below = reading.from_(db, ids, around_n, limit + 1)
    kept_above = min(len(above), max(limit // 3, limit - len(below)))
    kept_below = min(len(below), limit - kept_above)
    ns = above[len(above) - kept_above :] + below[:kept_below]
    return _Window(ns, len(above) > kept_above, len(below) > kept_below)


def entries(db: sqlite3.Connection, ns: Sequence[int], *, me: str) -> tuple[Entry, ...]:
    """The entries with these `n`, ascending, in a fixed number of queries."""
    if not ns:
        return ()
    files, reactions = reading.attachments(db, ns), reading.reactions(db, ns)
    owed = reactions_owed.of_messages(db, list(ns))
    rows = reading.entries(db, ns)
    names = reading.agents(db) if any(row["direction"] == Direction.ACTIVITY for row in rows) else {}
    writers = {row["n"]: member for row in rows if (member := groups.member_of(row["extra"])) is not None}
    members = groups.names(db, sorted(set(writers.values())))
    held = [row["n"] for row in rows if row["state"] == DeliveryState.HELD]
    leaving = doings.leaving(db, held) if held else {}
    unmoved = _on_the_same_page(rows)
    return tuple(
        _entry(
            row,
            files.get(row["n"], []),
            reactions.get(row["n"], []),
            owed.get(row["n"]),
            me=me,
            names=names,
            member=members.get(writers.get(row["n"], 0), ""),
            leaves_at=leaving.get(row["n"]),
            unsaid=("page",) if row["n"] in unmoved else (),
        )
        for row in rows
    )


def _entry(
    row: Row,
    files: list[Row],
    reactions: list[Row],
    owed: Row | None,
    *,
    me: str,
    names: Mapping[str, str],
    member: str = "",
    leaves_at: int | None = None,
    unsaid: Sequence[str] = (),
) -> Entry:
    """`member`: who of a group wrote it. `unsaid`: facts of the channel that an entry above has said already."""
    extra, email = json_object(row["extra"]), json_object(row["email"])
    extra = {name: value for name, value in extra.items() if name not in unsaid}
    return Entry(
        n=row["n"],
        id=row["id"],
        conversation_id=row["conversation_id"],
        direction=row["direction"],
        kind=row["kind"],
        author_kind=row["author_kind"],
        author=safe_line(member) if member else author_name(row),
        mine=row["author_kind"] == Author.AGENT and row["author"] == me,
        inbox=inbox_name(row),
        channel=row["channel"] or "",
        mark=mark(row["channel"]),
        to=safe_line(row["identity_address"] or "") if row["direction"] == Direction.OUT else "",
        sent_at=row["sent_at"],
        received_at=row["received_at"],
        state=row["state"],
        reason=why(row["reason"]),
        text=_text(row, extra, names),
        hidden_text=safe(row["hidden_text"] or ""),
        subject=safe_line(row["subject"] or ""),
        files=tuple(_file(file) for file in files),
        reactions=_reactions(reactions, owed),
        automatic=bool(row["automatic"]),
        unsure=bool(row["author_unsure"]),
        unsent=row["unsent_at"] is not None,
        edited=row["edited_at"] is not None,
        quoted=first_words(row["quoted_text"], row["quoted_subject"], row["quoted_file"]),
        people=tuple(
            (field, address_line(name, address))
            for field in ("from", "to", "cc")
            for name, address in addresses(email.get(field))
        ),
        leaves_at=leaves_at,
        extra=() if row["direction"] == Direction.ACTIVITY else tuple(_extra(extra, email, row["text"] or "")),
    )


def _text(row: Row, extra: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """An activity line is said in the reader's language where its code is known; its own text is plain English. So is what
    became of a call."""
    if isinstance(call := extra.get("call"), Mapping):
        told = call.get("via", "line") != "line"
        lost = row["state"] in (DeliveryState.FAILED, DeliveryState.CANCELLED)
        return f"{calls.words(call)}\n{safe(row['text'])}" if told else calls.words({**call, "failed": lost})
    if row["direction"] == Direction.ACTIVITY and isinstance(code := extra.get("code"), str):
        data = {key: value for key, value in extra.items() if key != "code"}
        said = phrases.sentence(code, data, names)
        if said is not None:
            return said
        return safe(row["text"]) if row["text"] else phrases.generic(code, data, names)
    return safe(row["text"] or "")


def _file(row: Row) -> FileLine:
    return FileLine(
        row["id"],
        safe_line(row["name"]),
        safe_line(row["media_type"]),
        row["size"],
        row["state"],
        row["sha256"],
        why(row["reason"]) if row["state"] != "held" else "",
    )


def _reactions(rows: list[Row], owed: Row | None) -> tuple[str, ...]:
    """Ours that the provider has not taken yet with `…`, one it does not take with `!`."""
    counted = Counter(safe_line(row["emoji"]) for row in rows)
    shown = [emoji if count == 1 else f"{emoji} {count}" for emoji, count in counted.items()]
    if owed is not None:
        failed = owed["state"] == "failed"
        emoji = safe_line(owed["emoji"])
        mark = f"! {why(owed['reason'])}".rstrip() if failed else "…"
        shown = [f"{one}{mark}" if one == emoji else one for one in shown] if emoji else [*shown, f"–{mark}"]
    return tuple(shown)


def _on_the_same_page(rows: Sequence[Row]) -> set[int]:
    """`n` of messages written on the page on which the same person wrote the one before."""
    pages: dict[int | None, Any] = {}
    same: set[int] = set()
    for row in rows:
        if row["direction"] == Direction.IN and "page" in (row["extra"] or ""):
            page = json_object(row["extra"]).get("page")
            url = page.get("url") if isinstance(page, Mapping) else page
            if url and pages.get(row["identity_id"]) == url:
                same.add(row["n"])
            pages[row["identity_id"]] = url
    return same


def _extra(extra: Mapping[str, Any], email: Mapping[str, Any], text: str) -> Iterator[tuple[str, str]]:
    """Form fields in their order unless the text has them, then the channel's facts, then what is wrong with a mail."""
    said = {safe_line(line) for line in text.split("\n")}
    if isinstance(call := extra.get("call"), Mapping):
        yield from calls.lines(call)
    yield from (pair for pair in _pairs(extra.get("fields")) if ": ".join(pair) not in said)
    yield from _pairs({key: value for key, value in extra.items() if key not in _SHOWN_ELSEWHERE and key[:1] != "_"})
    if email.get("list_id"):
        yield _("mailing list"), safe_line(str(email["list_id"]))
    bounce = email.get("bounce")
    if isinstance(bounce, Mapping):
        parts = (bounce.get("recipient"), bounce.get("status"), bounce.get("reason"))
        yield _("not delivered"), safe_line(" ".join(str(part) for part in parts if part))
    for problem in [*_listed(extra.get("problems")), *_listed(email.get("problems"))]:
        yield _("problem"), safe_line(str(problem))


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    """(name, value) lines of a mapping or of a list of [name, value]; one level of nesting is opened."""
    pairs = value.items() if isinstance(value, Mapping) else _listed(value)
    for pair in pairs:
        if isinstance(pair, Mapping):
            pair = (pair.get("name", ""), pair.get("value", ""))
        if not isinstance(pair, list | tuple) or len(pair) != 2 or pair[1] in (None, "", [], {}):
            continue
        name, content = pair
        if isinstance(content, Mapping):
            yield from ((f"{safe_line(str(name))} {key}", text) for key, text in _pairs(content))
        elif isinstance(content, list | tuple):
            yield safe_line(str(name)), safe_line(", ".join(str(item) for item in content))
        else:
            yield safe_line(str(name)), safe(str(content)).strip()


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value] if value else []
