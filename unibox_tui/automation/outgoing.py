"""Our webhooks: what happens is posted to the systems of the configuration, signed, in order, at least once.

Each target has a cursor of its own in the log; it moves when the other side has answered with success. What fails is tried
again, later and later, and nothing overtakes it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from unibox_tui.store import following_reading, outgoing
from unibox_tui.store.database import Database
from unibox_tui.views import following

log = logging.getLogger(__name__)

AT_ONCE = 50
SECONDS = 15.0
RETRY_S = (2, 5, 15, 60, 300, 900, 3600)
LOOK_S = 30.0


@dataclass(frozen=True, slots=True)
class Target:
    """`secret` None: it has none yet, so nothing is sent. `events`: none means all kinds."""

    name: str
    url: str
    secret: str | None
    events: tuple[str, ...] = ()
    words: bool = False


Post = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""(url, headers, body) -> status; raises OSError or ConnectorError when nobody answered."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What stands in X-Unibox-Signature: `sha256=` and the HMAC of TIMESTAMP.BODY in hex."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class Outgoing:
    """`targets` is asked at every step, so that a change of the configuration counts at once."""

    def __init__(self, db: Database, targets: Callable[[], Awaitable[Mapping[str, Target]]], post: Post) -> None:
        self.db = db
        self.targets = targets
        self.post = post
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._rung.clear()
            waits = [await self.step(target) for target in (await self.targets()).values()]
            due = min((wait for wait in waits if wait is not None), default=LOOK_S)
            if due <= 0:
                continue
            try:
                async with asyncio.timeout(min(due, LOOK_S)):
                    await self._rung.wait()
                    # What happens together goes together.
                    await asyncio.sleep(0.05)
            except TimeoutError:
                continue

    async def step(self, target: Target) -> float | None:
        """Send what is new to one target; seconds until it is to be tried again, 0 for at once, None when it has all."""
        row = await self.db.read(partial(following_reading.cursor, name=target.name))
        if row is None:
            # From now on: what was before is in an export.
            seq = await self.db.read(following_reading.head)
            await self.db.write(lambda tx: outgoing.move(tx, target.name, seq))
            return None
        now = self.db.now()
        if row["retry_at"] is not None and row["retry_at"] > now:
            return float((row["retry_at"] - now) / 1000)
        found = await self.db.read(
            partial(following.batch, after=row["seq"], kinds=target.events, words=target.words, limit=AT_ONCE)
        )
        if not found.documents:
            if found.seq != row["seq"]:
                await self.db.write(lambda tx: outgoing.move(tx, target.name, found.seq))
            return 0.0 if found.full else None
        error = await self._send(target, found)
        if not error:
            await self.db.write(lambda tx: outgoing.move(tx, target.name, found.seq))
            return 0.0 if found.full else None
        attempts = int(row["attempts"]) + 1
        wait_s = RETRY_S[min(attempts, len(RETRY_S)) - 1]
        log.warning("webhook %s: %s Tried again in %s s.", target.name, error, wait_s)
        await self.db.write(
            lambda tx: outgoing.failed(tx, target.name, row["seq"], attempts, self.db.now() + wait_s * 1000, error)
        )
        return float(wait_s)

    async def _send(self, target: Target, found: following.Batch) -> str:
        """What went wrong, in words without anything of the content; "" when it was taken."""
        if not target.secret:
            return "It has no secret. `unibox system secret NAME` makes one."
        body = json.dumps({"events": found.documents}, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = str(self.db.now() // 1000)
        headers = {
            "Content-Type": "application/json",
            "X-Unibox-Timestamp": timestamp,
            "X-Unibox-Delivery": f"{target.name}-{found.documents[0]['seq']}-{found.documents[-1]['seq']}",
            "X-Unibox-Signature": signature(target.secret, timestamp, body),
        }
        try:
            async with asyncio.timeout(SECONDS):
                status = await self.post(target.url, headers, body)
        except TimeoutError:
            return f"No answer within {SECONDS:.0f} s."
        except Exception as error:
            return f"Nobody answered ({type(error).__name__})."
        return "" if 200 <= status < 300 else f"The answer was HTTP {status}."
