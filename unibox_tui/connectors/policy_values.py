"""How values of the policy file are written, read and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from difflib import get_close_matches
from typing import Any

from unibox_tui.domain.policy import SendRule

Wrong = tuple[tuple[str, ...], str, str]

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)", re.ASCII)


def span(said: Any) -> int:
    """ "48h" in milliseconds. Raises ValueError."""
    found = _SPAN.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise ValueError('a length of time is needed, as "48h", "7d", "90s"')
    return int(float(found[1]) * _UNITS[found[2]])


def offset(said: Any) -> int:
    """ "+07:00" in minutes. Raises ValueError."""
    found = _OFFSET.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise ValueError('a distance from UTC is needed, as "+07:00"')
    return (-1 if found[1] == "-" else 1) * (int(found[2]) * 60 + int(found[3]))


def epoch(said: Any, utc_offset: int) -> int:
    """A date as the epoch ms of its midnight there; a date with a time as itself. Raises ValueError."""
    zone = timezone(timedelta(minutes=utc_offset))
    if isinstance(said, datetime):
        return int((said if said.tzinfo else said.replace(tzinfo=zone)).timestamp() * 1000)
    if isinstance(said, date):
        return int(datetime(said.year, said.month, said.day, tzinfo=zone).timestamp() * 1000)
    raise ValueError("a date without quotes is needed, as 2026-03-01")


def hours(said: Any) -> tuple[int, int]:
    """ "06:00-22:00" as minutes after midnight. Raises ValueError."""
    found = _HOURS.fullmatch(said) if isinstance(said, str) else None
    minutes = tuple(int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3)) if found else ()
    if len(minutes) != 2 or not 0 <= min(minutes) <= max(minutes) <= 1440 or minutes[0] == minutes[1]:
        raise ValueError('hours of the day are needed, as "06:00-22:00"')
    return minutes[0], minutes[1]


def is_type(key: str) -> bool:
    """Whether a key of `attachments` is a media type."""
    return key == "*" or "/" in key


# -- kinds of values -----------------------------------------------------------------------------------------------------


def _word(said: Any) -> str:
    if not isinstance(said, str):
        raise ValueError("text in quotes is needed")
    return said


def _yes(said: Any) -> bool:
    if not isinstance(said, bool):
        raise ValueError("true or false is needed")
    return said


def _count(said: Any) -> int:
    if type(said) is not int or said < 0:
        raise ValueError("a whole number is needed")
    return said


def _price(said: Any) -> float:
    if type(said) not in (int, float) or not said >= 0:
        raise ValueError("an amount in the currency's main unit is needed, as 55 or 0.0075")
    return float(said)


def _words(said: Any) -> tuple[str, ...]:
    if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
        raise ValueError('a list of words is needed, as ["text", "attachment"]')
    return tuple(said)


def _currency(said: Any) -> str:
    if not re.fullmatch(r"[A-Z]{3}", _word(said)):
        raise ValueError('a currency of three letters is needed, as "VND"')
    return str(said)


def _date(said: Any) -> Any:
    epoch(said, 0)
    return said


def _one_of(*known: str) -> Callable[[Any], str]:
    def read(said: Any) -> str:
        if said not in known:
            raise ValueError(f"one of these is needed: {', '.join(known)}")
        return str(said)

    return read


_RULE: dict[str, Callable[[Any], Any]] = {
    "within": span, "kinds": _words, "opened_by": _words, "human_only": _yes, "tag": _word, "price": _price,
    "currency": _currency, "max_answers": _count, "from": _date, "until": _date, "counts_from": _word, "chats": _words,
    "needs": _words, "quota": _word, "only_reported": _yes, "per_month": _count, "hours": hours,
    "barred_packages": _words, "per": _one_of("message", "part"), "charged": _yes, "unsure": _yes,
    "grade": _one_of("o", "s", "c", "k"), "source": _word, "variants": _words, "rank": _count, "off": _yes,
}  # fmt: skip
_NAMES = {"within": "within_ms", "from": "valid_from", "until": "valid_until"}
_NOT_OF_RULES = frozenset(("variants", "rank", "off"))
_GRADED: dict[str, Callable[[Any], Any]] = {"grade": _RULE["grade"]}
_TEXT = {**_GRADED, "limit": _count, "unit": _one_of("characters", "bytes", "sms"), "caption": _count}
_HOOK = {**_GRADED, "answer_within": span, "redelivery": span, "tries": _count}
_CAN: dict[str, Callable[[Any], Any]] = {
    "quotes": _yes, "edits": _yes, "typing": _yes, "seen": _yes, "idempotent": _yes, "starts": _yes, "receipts": _words,
    "address_kind": _word,
}  # fmt: skip
_REPORT: dict[str, Callable[[Any], Any]] = {"from": _date, "until": _date}


def rule(name: str, row: Mapping[str, Any], utc_offset: int, source: str) -> SendRule:
    """One row. Raises ValueError naming the key."""
    read: dict[str, Any] = {}
    for key, said in row.items():
        if key in _NOT_OF_RULES:
            continue
        try:
            value = epoch(said, utc_offset) if key in ("from", "until") else _RULE[key](said)
        except KeyError:
            raise ValueError(f"{key}: there is no such key") from None
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
        read[_NAMES.get(key, key)] = value
    read.setdefault("source", source)
    if not read.get("price") and not read.get("charged"):
        read.pop("currency", None)
    return SendRule(name, utc_offset=utc_offset, **read)


def wrong(table: Mapping[str, Any]) -> Iterator[Wrong]:
    """What is not understood in the table of one channel (or of one variant of it)."""
    yield from _tables(table, {
        "text": _TEXT, "can": _CAN, "webhook": _HOOK, "defaults": _RULE,
    }, ("attachments", "pace", "rules", "reports", "variants", "source", "title", "utc_offset"))  # fmt: skip
    for key, reader in (("source", _word), ("title", _word), ("utc_offset", offset)):
        if key in table:
            yield from _value((key,), reader, table[key])
    for key, said in _entries(table, "attachments"):
        at = ("attachments", key)
        if is_type(key) or key == "any":
            yield from _value(at, _count, said)
        elif key == "ids_live":
            yield from _value(at, span, said)
        elif key == "by_url" and isinstance(said, Mapping):
            for media, size in said.items():
                yield from _value((*at, media), _count, size)
        elif key in ("uploads", "grade"):
            yield from _value(at, _pace if key == "uploads" else _RULE["grade"], said)
        else:
            yield at, "There is no such key.", 'A media type as "image/jpeg", or any, by_url, ids_live, uploads, grade.'
    for key, said in _entries(table, "pace"):
        yield from _value(("pace", key), _pace, said)
    for part, readers in (("rules", _RULE), ("reports", _REPORT)):
        for name, row in _entries(table, part):
            if isinstance(row, Mapping):
                yield from (((part, *path), what, fix) for path, what, fix in _tables({name: row}, {name: readers}, ()))
            else:
                yield (part, name), "This must be a table.", ""
    for name, own in _entries(table, "variants"):
        if isinstance(own, Mapping):
            yield from ((("variants", name, *path), what, fix) for path, what, fix in wrong(own))
        else:
            yield ("variants", name), "This must be a table.", ""


def _pace(said: Any) -> Any:
    if not isinstance(said, list) or not all(isinstance(one, list) and len(one) == 2 for one in said):
        raise ValueError('a list of pairs is needed, as [[80, "1s"]]')
    for most, per in said:
        _count(most)
        span(per)
    return said


def _entries(table: Mapping[str, Any], part: str) -> Iterator[tuple[str, Any]]:
    found = table.get(part, {})
    if isinstance(found, Mapping):
        yield from found.items()


def _tables(
    table: Mapping[str, Any], known: Mapping[str, Mapping[str, Callable[[Any], Any]]], others: tuple[str, ...]
) -> Iterator[Wrong]:
    for part, content in table.items():
        if part in known and isinstance(content, Mapping):
            readers = known[part]
            for key, said in content.items():
                if key in readers:
                    yield from _value((part, key), readers[key], said)
                else:
                    near = get_close_matches(key, readers, 1)
                    fix = f'Did you mean "{near[0]}"?' if near else f"Known: {', '.join(sorted(readers))}."
                    yield (part, key), "There is no such key.", fix
        elif part not in others:
            what = "This must be a table." if part in known else "There is no such key."
            yield (part,), what, f"Known: {', '.join(sorted((*known, *others)))}."
        elif not isinstance(content, Mapping) and part not in ("source", "title", "utc_offset"):
            yield (part,), "This must be a table.", ""


def _value(at: tuple[str, ...], reader: Callable[[Any], Any], said: Any) -> Iterator[Wrong]:
    try:
        reader(said)
    except ValueError as error:
        text = str(error)
        yield at, f"{text[:1].upper()}{text[1:]}.", ""
