"""What one call of the command line works with: the home, the store, who acts. Opened when first needed."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from unibox_tui.domain.errors import NotFound, WrongUse
from unibox_tui.host.paths import Home, agent_name

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from datetime import tzinfo

    from unibox_tui.config import Config
    from unibox_tui.host.media import MediaStore
    from unibox_tui.host.secrets import Secrets
    from unibox_tui.store.database import Database, Tx
    from unibox_tui.store.events import Actor

T = TypeVar("T")
LANGUAGES = ("vi", "th", "en")


@dataclass
class Session:
    """`home` has the store of the configuration once `config` was read."""

    bare_home: Home
    lang: str | None = None
    _closing: list[Callable[[], None]] = field(default_factory=list)

    @classmethod
    def open(cls, home: str | None, lang: str | None) -> Session:
        if lang is not None and lang not in LANGUAGES:
            raise WrongUse(f"There is no language {lang!r} here.", hint="--lang vi, th or en.")
        if lang is not None:
            from unibox_tui.locale import set_language

            set_language(lang)
        return cls(Home.find(home), lang)

    @cached_property
    def config(self) -> Config:
        """Without the inboxes' own settings; an absent file gives the defaults."""
        from unibox_tui.config import load

        return load(self.bare_home.config, missing_ok=True)

    @cached_property
    def hides_phones(self) -> bool:
        """Whether who runs this is not to see whole phone numbers."""
        from unibox_tui.config.outside import masks_phones

        return masks_phones(self.config, self.me)

    @cached_property
    def full_config(self) -> Config:
        """With the inboxes' own settings, which imports their connectors."""
        from unibox_tui.config import load

        return load(self.bare_home.config, inboxes=True, missing_ok=True)

    @cached_property
    def home(self) -> Home:
        return self.bare_home.with_store(self.config.workspace.store)

    @cached_property
    def me(self) -> str:
        return agent_name()

    @cached_property
    def zone(self) -> tzinfo | None:
        """The workspace's time zone; None: the machine's."""
        name = self.config.workspace.timezone
        if not name:
            return None
        from zoneinfo import ZoneInfo

        return ZoneInfo(name)

    @cached_property
    def db(self) -> Database:
        """The store. Raises NotFound when there is no workspace here, Refused when it is unsafe to open."""
        from unibox_tui.host.bell import BellFile
        from unibox_tui.host.checks import refuse_if_unsafe
        from unibox_tui.host.locks import is_taken
        from unibox_tui.host.suspend import stop_when
        from unibox_tui.store.database import Database

        home = self.home
        if not home.database.exists():
            if not home.config.exists():
                raise NotFound(
                    f"There is no workspace in {home.store}.", hint="`unibox init` makes one.", code="no_workspace"
                )
            home.prepare()
        refuse_if_unsafe(home)
        self._keep_time()
        bell = BellFile(home.bell)
        served = home.service_lock.exists() and is_taken(home.service_lock)
        db = Database(home.database, bell=bell, readers=1, checkpoints=not served)
        self._closing += [db.close, bell.close]
        stop_when(db.when_quiet)
        return db

    def _keep_time(self) -> None:
        """What desk and views say of a time, they say in the machine's zone: until this ends it is the workspace's."""
        if self.zone is None:
            return
        before = os.environ.get("TZ")

        def back() -> None:
            if before is None:
                os.environ.pop("TZ", None)
            else:
                os.environ["TZ"] = before
            time.tzset()

        os.environ["TZ"] = self.config.workspace.timezone
        time.tzset()
        self._closing.append(back)

    @cached_property
    def media(self) -> MediaStore:
        from unibox_tui.host.media import MediaStore

        return MediaStore(self.home.media)

    def secrets(self) -> Secrets:
        from unibox_tui.host.secrets import Secrets

        config = self.config
        return Secrets(self.home.config_folder, commands=config.secret_commands, use_keyring=config.secrets.keyring)

    @property
    def actor(self) -> Actor:
        from unibox_tui.domain.words import Author
        from unibox_tui.store.events import Actor

        return Actor(Author.AGENT, self.me, cause="cli")

    def read(self, fn: Callable[[sqlite3.Connection], T]) -> T:
        return self.db.read_now(fn)

    def write(self, fn: Callable[[Tx], T]) -> T:
        """As the agent, who is known from now on."""
        from unibox_tui.store import agents

        def work(tx: Tx) -> T:
            if agents.get(tx.db, self.me) is None:
                agents.ensure(tx, self.me)
            return fn(tx)

        return self.db.write_now(work)

    def close(self) -> None:
        for close in self._closing:
            close()
        self._closing.clear()
