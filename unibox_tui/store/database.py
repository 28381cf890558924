"""The narrow waist: `read(fn)`, `write(fn)`, `wait_for_change(after, timeout)`.

A transaction is a plain function that cannot await, run inside BEGIN IMMEDIATE on one thread; nobody can hold the write
lock across a network call. Readers are query-only. After a commit that changed rows the bell is rung once.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from unibox_tui.domain.errors import Conflict, Refused
from unibox_tui.domain.ids import new_id, now_ms
from unibox_tui.domain.saying import say
from unibox_tui.store import dialect, schema, sidefiles
from unibox_tui.store.trouble import BUSY, StoreMoved, StoreUnwritable

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

T = TypeVar("T")
Row = sqlite3.Row
Params = Mapping[str, Any]


class Bell(Protocol):
    """Wakes the other processes that hold this store open."""

    def ring(self) -> None: ...


class Tx:
    """One transaction. `now` is fixed for its length; `changed()` and `event()` write the two logs."""

    def __init__(self, db: sqlite3.Connection, now: int) -> None:
        self.db = db
        self.now = now
        self.rang = False

    def run(self, sql: str, params: Params | None = None, /, **named: Any) -> int:
        """Execute; returns the number of rows changed."""
        return self.db.execute(sql, params or named).rowcount

    def many(self, sql: str, rows: Iterable[Params]) -> None:
        self.db.executemany(sql, rows)

    def one(self, sql: str, params: Params | None = None, /, **named: Any) -> Row | None:
        row: Row | None = self.db.execute(sql, params or named).fetchone()
        return row

    def all(self, sql: str, params: Params | None = None, /, **named: Any) -> list[Row]:
        return self.db.execute(sql, params or named).fetchall()

    def value(self, sql: str, params: Params | None = None, /, **named: Any) -> Any:
        """First column of the first row, or None."""
        row = self.db.execute(sql, params or named).fetchone()
        return None if row is None else row[0]

    def next_number(self, name: str) -> int:
        """A number that is never given twice, counted in this transaction."""
        row = self.db.execute(
            "INSERT INTO counter (name, value) VALUES (:name, 1) "
            "ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value",
            {"name": name},
        ).fetchone()
        return int(row[0])

    def broken_by(self, error: BaseException) -> bool:
        """Whether the machine failed and not the one row: the whole transaction is to be given up."""
        return dialect.trouble(error) is not None or not self.db.in_transaction

    def changed(self, kind: str, id: int | str) -> None:
        """Tell screens and service that this row is new or different."""
        self.db.execute("INSERT INTO change_log (kind, id, at) VALUES (?, ?, ?)", (kind, str(id), self.now))
        self.rang = True


class Database:
    """One SQLite file. `write` is serial in this process and over all; `read` runs on a small pool of query-only connections."""

    def __init__(self, path: Path, *, bell: Bell | None = None, readers: int = 2, checkpoints: bool = False) -> None:
        self.path = path
        self._bell = bell
        self._checkpoints = checkpoints
        self._local = threading.local()
        self._reader_connections: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._readers_wanted = readers
        self._pool: ThreadPoolExecutor | None = None
        self._writer: sqlite3.Connection | None = None
        self._write_lock = threading.RLock()
        self._closing = False
        self._writing = 0  # the thread that is inside a transaction
        self._after: list[Callable[[], None]] = []
        self._jobs: queue.SimpleQueue[tuple[Callable[[Tx], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.now: Callable[[], int] = now_ms
        self._open_writer()

    # -- opening -------------------------------------------------------------------------------------------------

    def _open_writer(self) -> None:
        refuse_links(self.path)
        if not self.path.exists():
            descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o660)
            folder = self.path.parent.stat().st_mode
            shared = folder & stat.S_IWGRP and folder & (stat.S_ISGID | stat.S_ISVTX)  # a loose umask is no team
            os.fchmod(descriptor, 0o660 if shared else 0o600)
            os.close(descriptor)
        self._writer = self._connect()
        for pragma in dialect.WRITER_PRAGMAS:
            self._writer.execute(pragma)
        self._writer.execute("PRAGMA journal_mode=WAL")
        if not self._checkpoints:
            self._writer.execute(dialect.NO_CHECKPOINTS)
        schema.migrate(self._writer)
        opened = os.stat(self.path, follow_symlinks=False)
        self._file = (opened.st_dev, opened.st_ino)

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=5)
        db.row_factory = sqlite3.Row
        for pragma in dialect.COMMON_PRAGMAS:
            db.execute(pragma)
        return db

    def _reader(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if db is None:
            self._still_there()  # SQLite would make an empty file in its place
            with self._told_apart():
                db = self._connect()
            for pragma in dialect.READER_PRAGMAS:
                db.execute(pragma)
            self._local.reader = db
            with self._guard:
                self._reader_connections.append(db)
        return db

    # -- plain use (command line, tests, worker threads) -----------------------------------------------------------

    def read_now(self, fn: Callable[[sqlite3.Connection], T]) -> T:
        """Run `fn` on this thread's query-only connection, on one snapshot."""
        db = self._reader()
        if db.in_transaction:
            return fn(db)
        db.execute("BEGIN")
        try:
            return fn(db)
        finally:
            db.execute("ROLLBACK")

    def write_now(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` in one immediate transaction. It may be called again when the lock was busy, never after a commit."""
        try:
            with self._write_lock:
                if self._writer is None:
                    raise Conflict("The store is closed.", code="store_closed")
                self._writing = threading.get_ident()
                try:
                    with self._told_apart():
                        result, rang = self._transact(self._writer, fn)
                finally:
                    self._writing = 0
        finally:
            self._afterwards()
        if rang and self._bell is not None:
            self._bell.ring()
        return result

    def _transact(self, db: sqlite3.Connection, fn: Callable[[Tx], T]) -> tuple[T, bool]:
        for attempt in range(6):
            try:
                db.execute(dialect.BEGIN_WRITE)
                break
            except sqlite3.OperationalError as error:
                if not dialect.is_busy(error):
                    raise
                if attempt == 5 or self._closing:
                    raise Conflict(
                        "The store is busy: another process holds its lock.",
                        hint="`unibox doctor` names the process.",
                        code=BUSY,
                    ) from error
        try:
            self._still_there()
            tx = Tx(db, self.now())
            result = fn(tx)
            if isinstance(result, CoroutineType):
                result.close()
                raise TypeError("a transaction is a plain function")
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        return result, tx.rang

    @contextlib.contextmanager
    def _told_apart(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            why = dialect.trouble(error)
            if why is None:
                raise
            raise StoreUnwritable(
                say("The store {path} cannot be written: {why}.", path=self.path, why=why),
                hint="`unibox doctor` explains.",
            ) from error

    def _still_there(self) -> None:
        """SQLite goes on writing into a file that was removed or replaced; nobody would ever see it again."""
        try:
            named = os.stat(self.path, follow_symlinks=False)
        except OSError:
            named = None
        if named is None or (named.st_dev, named.st_ino) != self._file:
            raise StoreMoved(
                say("The store {path} was removed or replaced while it was open.", path=self.path),
                hint="Put it back and start again.",
                code="store_moved",
            )

    def when_quiet(self, fn: Callable[[], None]) -> None:
        """Run `fn` while no transaction of this process is open: at once, after another thread's, or, called from within
        one (a signal's handler), right after it. Nobody may be stopped inside a transaction: it locks the whole team out.
        """
        if self._writing == threading.get_ident():
            self._after.append(fn)
            return
        with self._write_lock:
            fn()

    def _afterwards(self) -> None:
        while self._after:
            self.when_quiet(self._after.pop())

    # -- from the event loop -----------------------------------------------------------------------------------------

    async def read(self, fn: Callable[[sqlite3.Connection], T]) -> T:
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self._readers_wanted, thread_name_prefix="store-read")
        import asyncio

        return await asyncio.get_running_loop().run_in_executor(self._pool, self.read_now, fn)

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """As `write_now`, on the writer thread. A cancelled caller does not undo what was committed."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_loop, name="store-write", daemon=True)
            self._thread.start()
        import asyncio
        from concurrent.futures import Future

        done: Future[T] = Future()
        self._jobs.put((fn, done))
        return await asyncio.wrap_future(done)

    def _write_loop(self) -> None:
        while (job := self._jobs.get()) is not None:
            fn, done = job
            if not done.set_running_or_notify_cancel():
                continue
            try:
                done.set_result(self.write_now(fn))
            except BaseException as error:
                done.set_exception(error)

    # -- upkeep ------------------------------------------------------------------------------------------------------

    def checkpoint(self) -> None:
        """Move the log into the file; the service's job alone."""
        with self._write_lock:
            if self._writer is not None:
                with self._told_apart():
                    self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def compact(self, *, patience_s: float = 10.0) -> bool:
        """Write the file anew, so that nothing deleted is left in it, and empty the log; False when others kept it.

        Nobody can write meanwhile. It needs as much free disk as the file is large.
        """
        with self._write_lock:
            if self._writer is None:
                raise Conflict("The store is closed.", code="store_closed")
            with self._told_apart():
                self._still_there()
                return dialect.compact(self._writer, patience_s)

    def close(self) -> None:
        self._closing = True
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join(timeout=10)
            self._thread = None
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None
        with self._guard:
            for db in self._reader_connections:
                db.close()
            self._reader_connections.clear()
        self._local = threading.local()
        with self._write_lock, contextlib.suppress(sqlite3.Error):
            if self._writer is not None:
                self._writer.close()
                sidefiles.leave_ours(self.path)
            self._writer = None

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def refuse_links(path: Path) -> None:
    """A planted link would lead our writes elsewhere."""
    for candidate in (path, *sidefiles.beside(path)):
        if candidate.is_symlink():
            raise Refused(
                say("{candidate} is a link; the store is opened only as a plain file.", candidate=candidate),
                hint="`unibox doctor` explains.",
            )


def new_action_id() -> str:
    return new_id()
