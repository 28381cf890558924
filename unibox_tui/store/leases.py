"""Leases: a time-limited right to do one job, and the fence that makes a late holder harmless.

Times are CLOCK_BOOTTIME milliseconds of the boot named beside them; wall clocks jump. A lease row is never removed, so
its fence only grows.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from unibox_tui.domain.errors import Conflict
from unibox_tui.store.database import Tx

SERVICE = "service"
# Renewed three times within its life; a holder that was killed is replaced within two seconds.
TTL_MS = 1_500
RENEW_S = 0.5


class LeaseLost(Conflict):
    """Somebody else does this job now: whatever is being done must stop, and nothing of it may be written."""

    def __init__(self, name: str, fence: int, current: int | None) -> None:
        super().__init__(
            f"The lease {name!r} (fence {fence}) has passed on"
            + (f" to fence {current}." if current is not None else "."),
            hint="Another unibox service has taken over.",
            code="lease_lost",
        )
        self.name = name
        self.fence = fence


@dataclass(frozen=True, slots=True)
class Lease:
    name: str
    holder: str
    fence: int
    boot_id: str
    expires: int
    pid: int
    uid: int

    def alive(self, boot_id: str, boottime_ms: int) -> bool:
        return bool(self.holder) and self.boot_id == boot_id and self.expires > boottime_ms


def acquire(
    tx: Tx, name: str, holder: str, ttl_ms: int, *, boot_id: str, boottime_ms: int, pid: int, uid: int
) -> int | None:
    """The fence of the lease that is now `holder`'s, or None while another one's is alive.

    `holder` names one running process (a new id at each start). Taking it anew gives a new fence.
    """
    fence = tx.value(
        "INSERT INTO lease (name, holder, fence, boot_id, expires, pid, uid) "
        "VALUES (:name, :holder, 1, :boot, :expires, :pid, :uid) "
        "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fence = lease.fence + 1, "
        "boot_id = excluded.boot_id, expires = excluded.expires, pid = excluded.pid, uid = excluded.uid "
        "WHERE lease.holder = '' OR lease.holder = excluded.holder OR lease.boot_id <> excluded.boot_id "
        "OR lease.expires <= :now RETURNING fence",
        name=name,
        holder=holder,
        boot=boot_id,
        expires=boottime_ms + ttl_ms,
        now=boottime_ms,
        pid=pid,
        uid=uid,
    )
    return None if fence is None else int(fence)


def renew(tx: Tx, name: str, fence: int, ttl_ms: int, *, boottime_ms: int) -> None:
    """Prolong our lease; one that ran out but was taken by nobody is still ours. Raises LeaseLost."""
    renewed = tx.run(
        "UPDATE lease SET expires = :expires WHERE name = :name AND fence = :fence AND holder <> ''",
        expires=boottime_ms + ttl_ms,
        name=name,
        fence=fence,
    )
    if not renewed:
        raise LeaseLost(name, fence, _fence(tx, name))


def release(tx: Tx, name: str, fence: int) -> bool:
    """Give it up, so that the next one need not wait. False when it was no longer ours."""
    return bool(
        tx.run(
            "UPDATE lease SET holder = '', expires = 0 WHERE name = :name AND fence = :fence AND holder <> ''",
            name=name,
            fence=fence,
        )
    )


def check_fence(tx: Tx, name: str, fence: int) -> None:
    """Called first in every transaction that a holder writes. Raises LeaseLost."""
    held = tx.value("SELECT fence FROM lease WHERE name = :name AND holder <> ''", name=name)
    if held != fence:
        raise LeaseLost(name, fence, _fence(tx, name))


def holder(db: sqlite3.Connection, name: str) -> Lease | None:
    """Who holds or held it last; `Lease.alive` says whether it still counts. None when given up or never taken."""
    row = db.execute(
        "SELECT name, holder, fence, boot_id, expires, pid, uid FROM lease WHERE name = :name AND holder <> ''",
        {"name": name},
    ).fetchone()
    return None if row is None else Lease(**dict(row))


def _fence(tx: Tx, name: str) -> int | None:
    value = tx.value("SELECT fence FROM lease WHERE name = :name", name=name)
    return None if value is None else int(value)
