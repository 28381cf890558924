"""What the provider says of one customer, and everything else that deciding what they may be sent needs.

Facts of a standing, all optional: `follows` (bool), `blocked` (bool), `agreed` (list of words, as "call"),
`last_interaction` (epoch ms), `quota` ({name: {"left": int, "total": int}}; "total" may be absent), `consent` ({"state":
agreed, asked, rejected, blocked, expired or none, "at": epoch ms, "until": epoch ms or absent}) to being called. What was
agreed to for a time is agreed to until then. `tags`: all that the shop has put on them at the network, as last heard.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from unibox_tui.domain.policy import Capabilities, Facts, Quota, Said
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.reading import marks

# What a customer did, as connectors call it in WindowOpened, and what it says of their standing.
_SAYS: dict[str, dict[str, Any]] = {
    "follow": {"follows": True, "blocked": False},
    "unfollow": {"follows": False},
    "block": {"blocked": True},
    "unblock": {"blocked": False},
    "stop": {"blocked": True},
    "start": {"blocked": False},
}
# Nothing a customer does that opens a window.
CLOSING = frozenset(("unfollow", "block", "stop"))


def standing_of(db: sqlite3.Connection, identity_id: int) -> dict[str, Any]:
    """What was said last; each fact may be absent."""
    row = db.execute("SELECT facts FROM identity_standing WHERE identity_id = :id", {"id": identity_id}).fetchone()
    return {} if row is None else dict(json.loads(row[0]))


def set_standing(tx: Tx, identity_id: int, facts: Mapping[str, Any], *, at: int | None = None) -> bool:
    """Lay these facts over what is known; a fact of None is forgotten. `at` (epoch ms): when the provider said so. Returns
    whether anything is different. Unknown names and wrong types raise ValueError."""
    clean = _checked(facts)
    when = tx.now if at is None else at
    if quota := clean.get("quota"):
        clean["quota"] = {name: {**one, "at": one.get("at", when)} for name, one in quota.items()}
    if clean.get("last_interaction") is not None:
        clean["interaction_said_at"] = when
    old = standing_of(tx.db, identity_id)
    if (consent := clean.get("consent")) and (was := old.get("consent")) and was["state"] == consent["state"]:
        later = consent.get("until", was.get("until")) != was.get("until")
        clean["consent"] = consent if later else was  # the same once more: since when, and until when, stays
    merged = {**old, **clean}
    if clean.get("quota"):
        merged["quota"] = {**(old.get("quota") or {}), **clean["quota"]}
    merged = {name: value for name, value in merged.items() if value is not None}
    if merged == old:
        return False
    tx.run(
        "INSERT INTO identity_standing (identity_id, follows, agreed, facts, at) VALUES (:id, :follows, :agreed, :facts, "
        ":at) ON CONFLICT (identity_id) DO UPDATE SET follows = excluded.follows, agreed = excluded.agreed, "
        "facts = excluded.facts, at = excluded.at",
        id=identity_id,
        follows=None if merged.get("follows") is None else int(merged["follows"]),
        agreed=json.dumps(merged.get("agreed", []), ensure_ascii=False),
        facts=json.dumps(merged, ensure_ascii=False, sort_keys=True),
        at=when,
    )
    return True


def did(tx: Tx, identity_id: int, what: str) -> None:
    """The customer followed, blocked … : what that says of them."""
    if what in _SAYS:
        set_standing(tx, identity_id, _SAYS[what])


def conversations_of(db: sqlite3.Connection, identity_id: int) -> list[int]:
    """Those that an answer to this identity may continue, which must be refreshed when its standing is different."""
    rows = db.execute(
        "SELECT id FROM conversation WHERE last_identity_id = :id AND contact_id IN "
        "(SELECT contact_id FROM identity WHERE id = :id) AND status <> 'resolved'",
        {"id": identity_id},
    )
    return [int(row[0]) for row in rows]


def looked_at(db: sqlite3.Connection, inbox_ids: Sequence[int], since: int) -> list[Row]:
    """(identity_id, inbox_id, address, last_n) of the customers of these inboxes whose conversation a colleague has had open
    since then (epoch ms): whom an answer goes to, and a number of theirs that was asked and has not answered yet."""
    open_now = (
        "SELECT d.id AS identity_id, d.inbox_id, d.address, coalesce(c.last_n, 0) AS last_n FROM presence p "
        "JOIN conversation c ON c.id = p.conversation_id {whom} WHERE p.at > :since AND p.doing <> 'idle' "
        f"AND p.session NOT LIKE 'visitor:%' AND d.inbox_id IN ({','.join(str(int(id)) for id in inbox_ids)})"
    )
    asked = (
        "CROSS JOIN identity d ON d.contact_id = c.contact_id AND d.kind = 'phone' JOIN identity_standing s ON "
        "s.identity_id = d.id AND json_extract(s.facts, '$.consent.state') = 'asked'"
    )
    return db.execute(
        f"{open_now.format(whom='CROSS JOIN identity d ON d.id = c.last_identity_id')} UNION {open_now.format(whom=asked)}",
        {"since": since},
    ).fetchall()


_TYPES: dict[str, type] = {
    "follows": bool,
    "blocked": bool,
    "agreed": list,
    "last_interaction": int,
    "quota": dict,
    "consent": dict,
    "tags": list,
}


def _checked(facts: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in facts.items():
        if name not in _TYPES:
            raise ValueError(f"a standing has no fact {name!r}")
        if value is not None and type(value) is not _TYPES[name]:
            raise ValueError(f"{name} of a standing must be {_TYPES[name].__name__}")
    for name, one in (facts.get("quota") or {}).items():
        if not isinstance(one, Mapping) or type(one.get("left")) is not int:
            raise ValueError(f"quota {name!r} of a standing lacks a whole number `left`")
    consent = facts.get("consent")
    if consent is not None and (not isinstance(consent.get("state"), str) or type(consent.get("at")) is not int):
        raise ValueError("consent of a standing lacks `state` or `at`")
    if "agreed" in facts and facts["agreed"] is not None:
        return {**facts, "agreed": sorted({str(word) for word in facts["agreed"]})}
    return dict(facts)


# -- facts -------------------------------------------------------------------------------------------------------------


def facts_of(
    db: sqlite3.Connection,
    identity_ids: Sequence[int],
    able: Mapping[int, Capabilities],
    *,
    now: int,
    before: int | None = None,
) -> dict[int, Facts]:
    """identity -> what is known. `able`: inbox id -> its capabilities; only what their rules ask for is counted. `before`: the
    `n` of the message that is about to leave; it and what is newer do not count."""
    if not identity_ids:
        return {}
    rows = db.execute(
        "SELECT d.id, d.kind, d.inbox_id, s.facts, h.package, h.quota_left, h.quota_total, h.standing_at FROM identity d "
        "LEFT JOIN identity_standing s ON s.identity_id = d.id LEFT JOIN inbox_health h ON h.inbox_id = d.inbox_id "
        f"WHERE d.id IN ({marks(identity_ids)})",
        list(identity_ids),
    ).fetchall()
    windows = _windows(db, identity_ids)
    counted = [row["id"] for row in rows if row["inbox_id"] in able and able[row["inbox_id"]].is_counted]
    upto = before if before is not None else 1 << 62
    answers = _answers(db, counted, upto)
    said = _said(db, counted, upto)
    month = {
        inbox: _month(db, inbox, able[inbox], now, upto) for inbox in {row["inbox_id"] for row in rows} if inbox in able
    }
    return {
        row["id"]: _facts(db, row, windows.get(row["id"], {}), answers.get(row["id"], {}), said.get(row["id"]), upto,
                          month.get(row["inbox_id"], {}), counted=row["id"] in counted, now=now)
        for row in rows
    }  # fmt: skip


def _facts(
    db: sqlite3.Connection,
    row: Row,
    windows: Mapping[str, int],
    answers: Mapping[str, int],
    said: Said | None,
    upto: int,
    month: Mapping[str, int],
    *,
    counted: bool,
    now: int,
) -> Facts:
    known: dict[str, Any] = json.loads(row["facts"] or "{}")
    quotas = {
        name: Quota(one["left"], one.get("total"), one["at"], _since(db, row["id"], one["at"], upto) if counted else 0)
        for name, one in (known.get("quota") or {}).items()
    }
    if row["quota_left"] is not None and counted:
        at = row["standing_at"] or 0
        quotas["inbox"] = Quota(row["quota_left"], row["quota_total"], at, _of_quota(db, row["inbox_id"], at, upto))
    last = known.get("last_interaction")
    return Facts(
        windows=windows,
        answers=answers,
        follows=known.get("follows"),
        blocked=known.get("blocked"),
        agreed=_agreed(known, now),
        last_interaction=None if last is None else (last, known.get("interaction_said_at", last)),
        quotas=quotas,
        said=said,
        package=row["package"] or "",
        kind=row["kind"],
        month=month,
    )


def _agreed(known: Mapping[str, Any], now: int) -> frozenset[str]:
    words = frozenset(known.get("agreed", ()))
    until = (known.get("consent") or {}).get("until")
    return words - {"call"} if until is not None and now >= until else words


def _windows(db: sqlite3.Connection, identity_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    ids = list(identity_ids)
    found: dict[int, dict[str, int]] = {}
    rows = db.execute(f"SELECT identity_id, what, at FROM reply_window WHERE identity_id IN ({marks(ids)})", ids)
    for row in rows:
        if row["what"] not in CLOSING:
            found.setdefault(int(row["identity_id"]), {})[row["what"]] = int(row["at"])
    return found


# A message of ours that left or may still leave, and is no template.
_ANSWER = (
    "m.identity_id = d.id AND m.direction = 'out' AND m.state NOT IN ('failed', 'cancelled') AND m.n < {upto} AND NOT EXISTS "
    "(SELECT 1 FROM message_cost k WHERE k.n = m.n AND k.kind = 'template')"
)


def _answers(db: sqlite3.Connection, identity_ids: Sequence[int], upto: int) -> dict[int, dict[str, int]]:
    """identity -> event kind -> answers since; "message" by the order of the thread, others by their time."""
    if not identity_ids:
        return {}
    answer = _ANSWER.format(upto=int(upto))
    found: dict[int, dict[str, int]] = {}
    for row in db.execute(
        f"SELECT d.id, (SELECT count(*) FROM message m WHERE {answer} AND m.n > coalesce((SELECT l.n FROM message l "
        f"WHERE l.identity_id = d.id AND l.direction = 'in' ORDER BY l.n DESC LIMIT 1), 0)) AS answers "
        f"FROM identity d WHERE d.id IN ({marks(identity_ids)})",
        list(identity_ids),
    ):
        found[int(row["id"])] = {"message": int(row["answers"])}
    for row in db.execute(
        f"SELECT d.identity_id AS id, d.what, (SELECT count(*) FROM message m WHERE {answer.replace('d.id', 'd.identity_id')} "
        "AND m.received_at >= d.at) AS answers FROM reply_window d "
        f"WHERE d.identity_id IN ({marks(identity_ids)}) AND d.what <> 'message'",
        list(identity_ids),
    ):
        found[int(row["id"])][row["what"]] = int(row["answers"])
    return found


def _said(db: sqlite3.Connection, identity_ids: Sequence[int], upto: int) -> dict[int, Said]:
    """identity -> what the provider said of the last answer it told the cost of."""
    found: dict[int, Said] = {}
    for id in identity_ids:
        row = db.execute(
            "SELECT k.n, k.said_free, k.said_charged, k.said_quota, m.received_at FROM message m JOIN message_cost k ON "
            "k.n = m.n WHERE m.identity_id = :id AND m.n < :upto AND k.kind <> 'template' AND k.said_free IS NOT NULL "
            "ORDER BY m.n DESC LIMIT 1",
            {"id": id, "upto": upto},
        ).fetchone()
        if row is not None:
            after = db.execute(
                f"SELECT count(*) FROM message m, identity d WHERE d.id = :id AND {_ANSWER.format(upto=int(upto))} AND m.n > :n",
                {"id": id, "n": row["n"]},
            ).fetchone()[0]
            found[id] = Said(bool(row["said_free"]), int(row["received_at"]), int(after), row["said_quota"] or "")
    return found


def _since(db: sqlite3.Connection, identity_id: int, at: int, upto: int) -> int:
    return int(
        db.execute(
            f"SELECT count(*) FROM message m, identity d WHERE d.id = :id AND {_ANSWER.format(upto=int(upto))} "
            "AND m.received_at > :at",
            {"id": identity_id, "at": at},
        ).fetchone()[0]
    )


def _of_quota(db: sqlite3.Connection, inbox_id: int, at: int, upto: int) -> int:
    """Messages of the inbox that used its quota since."""
    return int(
        db.execute(
            "SELECT count(*) FROM message_cost k JOIN message m ON m.n = k.n WHERE k.inbox_id = :inbox AND k.at > :at "
            "AND k.quota = 'inbox' AND k.n < :upto AND m.state NOT IN ('failed', 'cancelled')",
            {"inbox": inbox_id, "at": at, "upto": upto},
        ).fetchone()[0]
    )


def _month(db: sqlite3.Connection, inbox_id: int, can: Capabilities, now: int, upto: int) -> dict[str, int]:
    """rule -> messages by it in this calendar month (UTC), for rules that hold only for so many."""
    names = [rule.name for rule in can.rules if rule.per_month is not None]
    if not names:
        return {}
    day = datetime.fromtimestamp(now / 1000, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = db.execute(
        "SELECT k.rule, count(*) FROM message_cost k JOIN message m ON m.n = k.n WHERE k.inbox_id = ? AND k.at >= ? AND "
        f"k.n < ? AND m.state NOT IN ('failed', 'cancelled') AND k.rule IN ({marks(names)}) GROUP BY k.rule",
        [inbox_id, int(day.timestamp() * 1000), upto, *names],
    )
    return {str(row[0]): int(row[1]) for row in rows}
