"""The customer behind a conversation."""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from unibox_tui.domain.inbound import Upstream
from unibox_tui.locale import _
from unibox_tui.store import contact_reading, given, groups, mirrors, reading
from unibox_tui.store.attention import FRESH_MS
from unibox_tui.store.database import Row
from unibox_tui.text.safe import safe, safe_line
from unibox_tui.views import panel_news
from unibox_tui.views.models import FoundLine, IdentityLine, Other, Panel, Source
from unibox_tui.views.people import first_words, inbox_name, json_object, mark, shown_address

MOST_OTHERS = 20
MOST_FOUND = 30


def panel(
    db: sqlite3.Connection, conversation: int, *, me: str, now: int, titles: Mapping[str, str] | None = None
) -> Panel:
    """Of a joined conversation: of the one it is shown in. `found` holds what was read out of the texts, and what the
    customer stated elsewhere with the confidence "stated" or "verified". `titles`: names for people of the workspace's own
    fields. Raises NotFound."""
    ids = reading.joined_set(db, conversation)
    head = reading.head(db, ids[0])
    contacts = contact_reading.contacts_of(db, ids)
    identities = contact_reading.identities(db, contacts)
    found = contact_reading.found(db, ids, MOST_FOUND)
    keys = contact_reading.keys(db, contacts)
    ends = contact_reading.ends(db, [row["id"] for row in identities])
    read = list(panel_news.found_now(db, ids))
    phones = [str(row["value"]) for row in (*found, *keys) if row["kind"] == "phone"]
    known = {n for _line, n in read}
    known |= {row["n"] for row in (*found, *keys) if row["n"] is not None} | {n for pair in ends.values() for n in pair}
    sources = contact_reading.sources(db, sorted(known))
    return Panel(
        contact_id=head["person_id"] or head["contact_id"],
        name=safe_line(head["person_name"] or ""),
        title=safe_line(head["person_title"] or ""),
        language=head["person_language"] or "",
        note=safe(head["person_note"] or ""),
        identities=tuple(_identity(row, ends.get(row["id"], (None, None)), sources) for row in identities),
        labels=tuple(
            (safe_line(row["name"]), safe_line(row["colour"])) for row in contact_reading.contact_labels(db, contacts)
        ),
        attributes=tuple(
            (safe_line((titles or {}).get(str(key), str(key))), safe_line(str(value)))
            for key, value in json_object(head["person_attributes"]).items()
            if value not in (None, "")
        )
        + tuple((_("group"), safe_line(row["name"])) for row in groups.of_contacts(db, contacts))
        + tuple(_upstream(mirrors.states(db, ids))),
        given=_given(given.of_contacts(db, contacts), {row["address"].casefold() for row in identities}),
        found=(
            *_found(found, keys, identities, sources),
            *(replace(line, source=_source(sources, n)) for line, n in read),
        ),
        others=tuple(
            Other(
                row["id"],
                first_words(row["subject"], row["snippet"]),
                row["status"],
                row["last_at"],
                mark(row["channel"]),
            )
            for row in contact_reading.others(db, contacts, ids[0], MOST_OTHERS)
        ),
        first_seen_at=head["person_first_seen_at"],
        last_seen_at=head["person_last_seen_at"],
        conversations=contact_reading.conversation_count(db, contacts),
        looking=tuple(safe_line(row["display"]) for row in contact_reading.looking(db, ids, me, now - FRESH_MS)),
        news=panel_news.news(db, contacts, identities, phones, ids[0]),
    )


def _upstream(states: Iterable[Upstream]) -> Iterator[tuple[str, str]]:
    """What a helpdesk has of these conversations and there is no place for here, each once."""
    told: dict[tuple[str, str], None] = {}
    for state in states:
        if state.team:
            told[_("team"), safe_line(state.team)] = None
        for name, value in (state.fields or {}).items():
            told[safe_line(name), safe_line(value)] = None
    return iter(told)


def _source(sources: Mapping[int, Row], n: int | None) -> Source | None:
    row = sources.get(n) if n is not None else None
    if row is None:
        return None
    text = first_words(row["text"], row["subject"], cells=200)
    return Source(row["n"], row["conversation_id"], row["sent_at"], mark(row["channel"]), text)


def _given(rows: Iterable[Row], addresses: Container[str]) -> tuple[tuple[str, str, str, int], ...]:
    """Each thing once, by who told it last; addresses stand above already."""
    found: dict[tuple[str, str], tuple[str, str, str, int]] = {}
    for row in rows:
        said = str(row["value"]).casefold()
        if said in addresses:
            continue
        told = (safe_line(row["name"]), safe_line(row["value"]), safe_line(row["source"]), int(row["at"]))
        before = found.get((told[0], said))
        if before is None or before[3] < told[3]:
            found[(told[0], said)] = told
    return tuple(found.values())


def _identity(row: Row, ends: tuple[int | None, int | None], sources: Mapping[int, Row]) -> IdentityLine:
    return IdentityLine(
        id=row["id"],
        inbox=inbox_name(row),
        channel=row["channel"],
        mark=mark(row["channel"]),
        address=safe_line(shown_address(row["address"], inbox_name(row))),
        name=safe_line(row["name"]),
        verified=bool(row["verified"]),
        last_seen_at=row["last_seen_at"],
        first_seen_at=row["first_seen_at"],
        source=_source(sources, ends[0]),
        last=_source(sources, ends[1]),
    )


def _found(
    found: Sequence[Row], keys: Sequence[Row], identities: Sequence[Row], sources: Mapping[int, Row]
) -> Iterator[FoundLine]:
    """No value twice: what is an identity already is shown there, what was stated is surer than what was read."""
    seen = {row["address"].casefold() for row in identities}
    where = {row["value"].casefold(): row["n"] for row in found}
    for row in keys:
        if row["kind"] != groups.KIND and (value := row["value"].casefold()) not in seen:
            seen.add(value)
            sure = "verified" if row["verified"] else "stated"
            source = _source(sources, row["n"] if row["n"] is not None else where.get(value))
            yield FoundLine(safe_line(row["kind"]), safe_line(row["value"]), sure, source, row["since"])
    for row in found:
        if (value := row["value"].casefold()) not in seen:
            seen.add(value)
            source = _source(sources, row["n"])
            yield FoundLine(safe_line(row["kind"]), safe_line(row["value"]), row["confidence"], source)
