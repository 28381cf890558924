"""Texts that providers have approved, as they listed them last."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.store.database import Row, Tx


@dataclass(frozen=True, slots=True)
class KnownTemplate:
    """`fields`: the names of its blanks, which stand in `text` as {{name}}."""

    inbox_id: int
    id: str
    name: str
    language: str
    text: str
    fields: tuple[str, ...] = ()
    status: str = "approved"
    price: int = 0
    currency: str = ""
    reached_by: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        return self.status in ("approved", "enabled", "active")


def replace(tx: Tx, inbox_id: int, listed: Sequence[KnownTemplate]) -> None:
    """These and no others belong to the inbox; rings when something is different."""
    if of_inbox(tx.db, inbox_id) == sorted(listed, key=_order):
        return
    tx.run("DELETE FROM template WHERE inbox_id = :id", id=inbox_id)
    tx.many(
        "INSERT INTO template (inbox_id, id, name, language, text, fields, status, price, currency, reached_by, extra, "
        "updated_at) VALUES (:inbox, :id, :name, :language, :text, :fields, :status, :price, :currency, :by, :extra, :now) "
        "ON CONFLICT (inbox_id, id) DO NOTHING",
        [
            {
                "inbox": inbox_id,
                "id": one.id,
                "name": one.name,
                "language": one.language,
                "text": one.text,
                "fields": json.dumps(list(one.fields), ensure_ascii=False),
                "status": one.status,
                "price": one.price,
                "currency": one.currency,
                "by": json.dumps(list(one.reached_by)),
                "extra": json.dumps(dict(one.extra), ensure_ascii=False),
                "now": tx.now,
            }
            for one in listed
        ],
    )
    tx.changed("inbox", inbox_id)


def of_inbox(db: sqlite3.Connection, inbox_id: int) -> list[KnownTemplate]:
    rows = db.execute("SELECT * FROM template WHERE inbox_id = :id", {"id": inbox_id})
    return sorted((_template(row) for row in rows), key=_order)


def _order(template: KnownTemplate) -> tuple[str, str, str]:
    return template.name.casefold(), template.language, template.id


def _template(row: Row) -> KnownTemplate:
    return KnownTemplate(
        inbox_id=row["inbox_id"],
        id=row["id"],
        name=row["name"],
        language=row["language"],
        text=row["text"],
        fields=tuple(json.loads(row["fields"])),
        status=row["status"],
        price=row["price"],
        currency=row["currency"],
        reached_by=tuple(json.loads(row["reached_by"])),
        extra=json.loads(row["extra"]),
    )
