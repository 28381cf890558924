"""What the configuration says about inboxes becomes rows, running connectors and doors."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Mapping

from unibox_tui.config.model import Config
from unibox_tui.config.reading import load
from unibox_tui.config.watching import watch
from unibox_tui.connectors import registry
from unibox_tui.connectors.contract import (
    AnswersWebhooks,
    Connector,
    Handshakes,
    ParsesRaw,
    PullsEvents,
    Splits,
    TakesPosts,
    VerifiesWebhooks,
)
from unibox_tui.connectors.deletions import TakesDeletions
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.domain.errors import UniboxError
from unibox_tui.domain.words import InboxState
from unibox_tui.host.paths import Home
from unibox_tui.host.secrets import Secrets
from unibox_tui.service.tooling import Toolbox, secrets_of
from unibox_tui.store import inboxes
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.trouble import passes, words_for
from unibox_tui.sync.engine import Engine, Wanted
from unibox_tui.sync.facts import Rules
from unibox_tui.sync.patience import Patience
from unibox_tui.sync.registering import register, rules_of
from unibox_tui.web.inboxes import WebInbox, WebInboxes

log = logging.getLogger("unibox")


class ConfiguredInboxes:
    """`config` is the one in use: always the last good one. `engine` is set before the first `apply`."""

    engine: Engine

    def __init__(self, home: Home, config: Config, db: Database) -> None:
        self.home = home
        self.config = config
        self.db = db
        self.doors = WebInboxes()
        self.toolbox = Toolbox(home)
        self._built: dict[str, tuple[InboxSettings, Connector]] = {}
        self._secrets = _secrets(home, config)

    def rules_of(self, group: str) -> Rules:
        return rules_of(group, self.config)

    async def apply(self, config: Config) -> None:
        """Make rows, connectors and doors what `config` says. Raises before anything has changed, or not at all."""
        if _secret_places(config) != _secret_places(self.config):
            self._secrets = _secrets(self.home, config)
            self._built.clear()
        elif (config.apps, config.web) != (self.config.apps, self.config.web):
            self._built.clear()
        built = {name: self._connector(name, settings, config) for name, settings in config.inboxes.items()}
        able = {name: connector.capabilities() for name, (_, connector) in built.items()}

        def write(tx: Tx) -> dict[str, InboxRow]:
            rows = {name: register(tx, name, settings, config, able[name]) for name, settings in config.inboxes.items()}
            for row in inboxes.all_inboxes(tx.db):
                if row.name not in rows:
                    inboxes.set_state(tx, row.id, InboxState.REMOVED)
            return rows

        rows = await self.db.write(write)
        self.config, self._built = config, built
        wanted = {rows[name].id: Wanted(rows[name], *built[name]) for name in built}
        await self.engine.use(wanted)
        self.doors.replace(self._doors(wanted))

    async def follow(self, stop: asyncio.Event, changed: asyncio.Event) -> None:
        """A changed file takes effect at once; a wrong one is reported and the last good one goes on."""
        async for _ in watch(self.home.config, stop=stop):
            await self._read_anew(changed)

    async def _read_anew(self, changed: asyncio.Event) -> None:
        patience = Patience("the new configuration")
        while True:
            try:
                await self.apply(await asyncio.to_thread(load, self.home.config, inboxes=True))
            except Exception as error:
                if passes(error):
                    await asyncio.sleep(patience.wait_s(error))
                    continue
                log.error("the new configuration is not used: %s", words_for(error))
                return
            changed.set()
            log.info("the configuration has changed: %s inboxes", len(self.config.inboxes))
            return

    def _connector(self, name: str, settings: InboxSettings, config: Config) -> tuple[InboxSettings, Connector]:
        old = self._built.get(name)
        if old is not None and old[0] == settings:
            return old
        secrets = self._secrets
        connector: Connector = registry.build(
            name,
            settings,
            secrets_of(secrets, name, settings),
            lambda key, value: _keep(secrets, name, key, value),
            lambda: self.toolbox.tools(name, settings, config, functools.partial(secrets.store, name)),
        )
        return settings, connector

    def _doors(self, wanted: Mapping[int, Wanted]) -> list[WebInbox]:
        """The inboxes that the web edge answers for: those whose connector reads what is posted."""
        doors = []
        for id, inbox in wanted.items():
            connector, settings = inbox.connector, inbox.settings
            posted = isinstance(connector, VerifiesWebhooks) or not isinstance(connector, PullsEvents)
            if isinstance(connector, ParsesRaw) and posted:
                doors.append(
                    WebInbox(
                        id,
                        inbox.row.name,
                        inbox.row.channel,
                        settings,
                        secrets_of(self._secrets, inbox.row.name, settings),
                        connector.verify if isinstance(connector, VerifiesWebhooks) else None,
                        connector.handshake if isinstance(connector, Handshakes) else None,
                        connector.split if isinstance(connector, Splits) else None,
                        connector.webhook_answer if isinstance(connector, AnswersWebhooks) else (b"", "text/plain"),
                        getattr(settings, "app", ""),
                        inbox.row.address,
                        connector.accept if isinstance(connector, TakesPosts) else None,
                        connector.deletion if isinstance(connector, TakesDeletions) else None,
                    )
                )
        return doors


def _keep(secrets: Secrets, inbox: str, key: str, value: str) -> None:
    """What cannot be kept is used until the service ends; the log says that somebody must look."""
    try:
        secrets.store(inbox, key, value)
    except (UniboxError, OSError) as error:
        log.error("the new %s of inbox %s cannot be kept: %s", key, inbox, words_for(error))


def _secret_places(config: Config) -> tuple[object, ...]:
    return (config.secret_commands, config.secrets)


def _secrets(home: Home, config: Config) -> Secrets:
    return Secrets(home.config_folder, commands=config.secret_commands, use_keyring=config.secrets.keyring)
