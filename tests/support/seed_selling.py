"""What selling adds to a seeded workspace: orders, deals, what answers cost, standings, calls, blocked customers."""

from __future__ import annotations

import json
import random
import uuid

from tests.support.seed import AGENTS, DAY, HOUR, NOW
from unibox_tui.domain.money import MICRO, WHOLE
from unibox_tui.domain.orders import STATES
from unibox_tui.store.database import Database, Tx
from unibox_tui.text.fold import fold

REASONS = ("hỏi giá", "đổi hàng", "ติดตามพัสดุ", "")
CURRENCIES = ("VND", "THB", "USD")


def seed_selling(database: Database, *, seed: int = 3, now: int = NOW) -> None:
    rng = random.Random(seed)
    database.write_now(lambda tx: _fill(tx, rng, now))


def _fill(tx: Tx, rng: random.Random, now: int) -> None:
    talks = [int(row[0]) for row in tx.all("SELECT id FROM conversation ORDER BY id")]
    people = [int(row[0]) for row in tx.all("SELECT id FROM contact ORDER BY id")]
    messages = tx.all("SELECT n, conversation_id FROM message WHERE direction = 'in' ORDER BY n")
    tx.many(
        "INSERT INTO customer_order (uid, shop, conversation_id, agent, state, currency, amount, created_at, updated_at, removed_at) "
        "VALUES (:u, :s, :c, :a, :w, :k, :m, :t, 0, :r)",
        [_order(rng, rng.choice(talks), now) for _ in range(len(talks) // 3)],
    )
    tx.many(
        "INSERT INTO deal (conversation_id, state, agent, at) VALUES (:c, :w, 'an', 0)",
        [{"c": id, "w": rng.choice(STATES)} for id in rng.sample(talks, len(talks) // 10)],
    )
    tx.many(
        "INSERT INTO answer_terms (conversation_id, starts_at, ends_at, amount, currency, free_left) "
        "VALUES (:c, :s, :e, :a, 'VND', :f)",
        [term for id in rng.sample(talks, len(talks) // 3) for term in _terms(rng, id, now)],
    )
    tx.many(
        "INSERT INTO identity_standing (identity_id, follows, agreed, facts, at) VALUES (:i, :f, :g, :x, 0)",
        [
            {
                "i": id, "f": rng.choice((None, 0, 1)), "g": json.dumps(rng.choice(([], ["call"], ["Call", "offers"]))),
                "x": json.dumps({"last_interaction": now - rng.randrange(20 * DAY)} if rng.random() < 0.5 else {}),
            }
            for id in rng.sample(people, len(people) // 3)
        ],
    )  # fmt: skip
    calls = rng.sample(messages, len(messages) // 20)
    tx.many("UPDATE message SET kind = 'call' WHERE n = :n", [{"n": row[0]} for row in calls])
    tx.many(
        "INSERT INTO call (n, direction, state, started_at, reason, reason_folded) VALUES (:n, 'in', 'ended', 0, :r, :f)",
        [{"n": row[0], "r": said, "f": fold(said)} for row in calls for said in [rng.choice(REASONS)]],
    )
    tx.many(
        "UPDATE contact SET blocked_at = 1 WHERE id = :i", [{"i": id} for id in rng.sample(people, len(people) // 40)]
    )


def _order(rng: random.Random, conversation: int, now: int) -> dict[str, object]:
    currency = rng.choice(CURRENCIES)
    whole = rng.choice((90, 300, 1_250, 300_000, 1_000_000, 5_000_000))
    return {
        "u": str(uuid.UUID(int=rng.getrandbits(128))), "s": rng.choice(("", "shop-a", "shop-b")), "c": conversation,
        "a": rng.choice(AGENTS)[0], "w": rng.choice(STATES), "k": currency,
        "m": None if rng.random() < 0.1 else whole * (1 if currency in WHOLE else 100) + rng.choice((0, 0, 50)),
        "t": now - rng.randrange(90) * DAY, "r": 1 if rng.random() < 0.1 else None,
    }  # fmt: skip


def _terms(rng: random.Random, conversation: int, now: int) -> list[dict[str, object]]:
    """One term, or two that follow each other, the first of which may be over."""
    change = now + rng.randrange(-20 * HOUR, 20 * HOUR)
    first: dict[str, object] = {"c": conversation, "s": now - 2 * DAY, "e": change, "a": 0, "f": rng.randrange(8)}
    then: dict[str, object] = {
        "c": conversation,
        "s": change,
        "e": None,
        "a": rng.choice((None, 0, 200 * MICRO, 990 * MICRO)),
        "f": 0,
    }
    return [first, then] if rng.random() < 0.7 else [first]
