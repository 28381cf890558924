"""What the service needs for the systems outside: their tokens, where our webhooks go, and the one way out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from unibox_tui.automation.outgoing import Outgoing, Target
from unibox_tui.config.model import Config
from unibox_tui.config.outside import field_rules
from unibox_tui.domain.errors import UniboxError
from unibox_tui.host.paths import Home
from unibox_tui.host.secrets import Secrets
from unibox_tui.store.database import Database

if TYPE_CHECKING:
    from unibox_tui.connectors.http import HttpClient
    from unibox_tui.web.api import ApiSettings

SECRETS_FOR_S = 60.0  # how long a looked-up secret is believed
TOKEN, SECRET = "token", "secret"  # names in the chain, not values


class Outside:
    """`config` gives the current configuration. `aclose` closes the way out, if it was ever opened."""

    def __init__(self, home: Home, db: Database, config: Callable[[], Config]) -> None:
        self.home = home
        self.config = config
        self.outgoing = Outgoing(db, self.targets, self._post)
        self._http: HttpClient | None = None
        self._kept: dict[tuple[str, str], tuple[float, str | None]] = {}
        self._for: Config | None = None

    @property
    def wanted(self) -> bool:
        """Whether a system may come in through the web door."""
        return bool(self.config().systems)

    async def targets(self) -> Mapping[str, Target]:
        found = {}
        for name, one in self.config().outgoing.items():
            secret = await self._secret(f"outgoing.{name}", SECRET)
            found[name] = Target(name, one.url, secret, one.events, one.words)
        return found

    async def api(self) -> ApiSettings:
        from unibox_tui.web.api import ApiSettings, ApiSystem

        config = self.config()
        systems = []
        for name, one in config.systems.items():
            token = await self._secret(f"system.{name}", TOKEN)
            systems.append(ApiSystem(name, token or "", one.shop or name, one.contacts, one.orders))
        return ApiSettings(tuple(systems), field_rules(config), config.workspace.region)

    async def _secret(self, owner: str, name: str) -> str | None:
        config = self.config()
        if config is not self._for:
            self._kept.clear()
            self._for = config
        now = asyncio.get_running_loop().time()
        kept = self._kept.get((owner, name))
        if kept is not None and kept[0] > now and kept[1] is not None:
            return kept[1]
        secrets = Secrets(self.home.config_folder, commands=config.secret_commands, use_keyring=config.secrets.keyring)
        try:
            value = await asyncio.to_thread(secrets.secret_of, owner, name)
        except UniboxError:
            value = None
        self._kept[owner, name] = (now + SECRETS_FOR_S, value)
        return value

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.config().require_trusted("A signed webhook")
        if self._http is None:
            from unibox_tui.connectors.http import HttpClient

            self._http = HttpClient(connections=4)
        answer = await self._http.request("POST", url, headers=headers, content=body, limit=100_000)
        return answer.status

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()
