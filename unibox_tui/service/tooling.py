"""What connectors of web APIs work with: one HTTP pool, paces they share, locks over processes, places for their tokens."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING

from unibox_tui.config.model import Config
from unibox_tui.connectors.contract import App, Http, Paced, SecretOf, SendFile, Tools
from unibox_tui.connectors.errors import Misconfigured
from unibox_tui.connectors.settings import AppSettings, InboxSettings, secret_owner
from unibox_tui.domain.errors import Conflict
from unibox_tui.domain.ids import now_ms
from unibox_tui.host.files import PRIVATE_FOLDER, make_folder
from unibox_tui.host.locks import FileLock
from unibox_tui.host.paths import Home
from unibox_tui.host.secrets import Secrets

if TYPE_CHECKING:
    from unibox_tui.connectors.http import HttpClient

LOCK_WAIT_S = 40.0
KeepSecret = Callable[[str, str], object]


class Toolbox:
    """Made once for a service or a verb; `aclose` when all connectors are closed."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._client: HttpClient | None = None
        self._paces: dict[str, Paced] = {}

    def tools(
        self, name: str, settings: InboxSettings, config: Config, keep_secret: KeepSecret, app_id: str = ""
    ) -> Tools:
        """For the connector of inbox `name`. `keep_secret(name, value)` raises when it cannot keep it. `app_id`: of an app
        that the configuration does not have yet."""
        app = getattr(settings, "app", "")
        known = config.apps.get(app)
        if known is None and app and app_id:
            known = AppSettings(channel=settings.channel, id=app_id)

        def keep(key: str, value: str) -> None:
            keep_secret(key, value)

        return Tools(
            http=self._http(),
            keep_secret=keep,
            lock=lambda what: self._lock(f"{name}.{what}"),
            now=now_ms,
            pace=self.pace,
            publish=functools.partial(self._publish, config.web.public_url),
            app=App(app, known.channel, known.id, known.api) if known is not None else None,
            public_url=webhook_url(config, name, app),
        )

    def pace(self, key: str, limits: Sequence[tuple[float, float]]) -> Paced:
        from unibox_tui.connectors.pace import Pace

        return self._paces.setdefault(key, Pace(limits))

    def _http(self) -> Http:
        # httpx takes a third of a second to import: only where something speaks HTTP.
        from unibox_tui.connectors.http import HttpClient

        if self._client is None:
            self._client = HttpClient()
        return self._client

    def _publish(self, public_url: str, file: SendFile) -> str:
        from unibox_tui.service.door import web_key
        from unibox_tui.web.tokens import file_link

        if not public_url:
            raise Misconfigured(
                "This channel fetches files from us, and there is no public address.", hint="Set [web] public_url."
            )
        path = file_link(web_key(self.home), file.sha256, file.name, file.media_type, now_ms())
        return f"{public_url.rstrip('/')}{path}"

    @contextlib.asynccontextmanager
    async def _lock(self, name: str) -> AsyncIterator[None]:
        folder = self.home.config_folder / "secrets"
        await asyncio.to_thread(make_folder, folder, PRIVATE_FOLDER)
        # Waited for here: a cancelled thread would take the lock and never give it back.
        for _ in range(int(LOCK_WAIT_S / 0.05)):
            held = FileLock.take(folder / f"{name}.lock")
            if held is not None:
                break
            await asyncio.sleep(0.05)
        else:
            raise Conflict(f"{name} is held by another process.", hint="`unibox doctor` names it.", code="locked")
        try:
            yield
        finally:
            held.release()

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def webhook_url(config: Config, name: str, app: str = "") -> str:
    """Where a provider posts to; empty without a public address."""
    base = config.web.public_url.rstrip("/")
    if not base:
        return ""
    return f"{base}/a/{app}" if app else f"{base}/h/{name}"


def secrets_of(secrets: Secrets, name: str, settings: InboxSettings) -> SecretOf:
    """The secrets of an inbox and, by the same names, of its app."""
    return lambda key: secrets.secret_of(secret_owner(name, settings, key), key)
