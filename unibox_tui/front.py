"""The front door of the screen: opens the store, sees to it that a service runs, and hands the app its workspace.

Everything heavy is imported after the store is open, so that what goes wrong is said at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from unibox_tui import prepaint
from unibox_tui.config.model import Config
from unibox_tui.config.reading import load
from unibox_tui.domain.errors import UniboxError, WrongUse
from unibox_tui.host import checks
from unibox_tui.host.bell import BellFile, BellListener
from unibox_tui.host.locks import FileLock, is_taken
from unibox_tui.host.media import MediaStore
from unibox_tui.host.paths import Home, agent_name
from unibox_tui.host.processes import start_service
from unibox_tui.host.suspend import stop_when
from unibox_tui.locale import language as current_language
from unibox_tui.locale import set_language
from unibox_tui.prepaint import Painted
from unibox_tui.store import agents, messages
from unibox_tui.store.database import Database

if TYPE_CHECKING:
    from unibox_tui.app import UniboxApp
    from unibox_tui.workspace import StoreWorkspace

DRAFTS_WITHIN_S = 2.0
STARTS_WITHIN_S = 10.0


def main(home: Home, *, language: str = "", me: str = "", painted: Painted | None = None) -> int:
    """Open the screen on this terminal until the agent leaves. Errors are UniboxErrors, before the app has the terminal.

    `painted`: the first rows may stand there already.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise WrongUse("The screen needs a terminal.", hint="The verbs work without one: `unibox --help`.")
    config = load(home.config, missing_ok=True)
    home = home.with_store(config.workspace.store)
    home.prepare()
    checks.refuse_if_unsafe(home)
    set_language(language or config.ui.language or locale_language())
    keep_time(config)
    me = me or agent_name()
    apps = FileLock.take_or_fail(home.apps_lock, "The lock of this store's apps", shared=True)
    bell = BellFile(home.bell)
    db = Database(home.database, bell=bell)
    try:
        db.write_now(lambda tx: agents.ensure(tx, me, language=language or None))
        ensure_service(home)
        return asyncio.run(_run(home, config, db, me, painted or Painted()))
    finally:
        db.close()
        bell.close()
        apps.release()


def ensure_service(home: Home) -> None:
    """Start one for a store of our own when none runs. In a team's store it is the system's."""
    if home.owned_by_us() and not is_taken(home.service_lock):
        start_service(home, ["--with-apps"])


async def keep_served(home: Home, *, soon: float = 5.0, seldom: float = 60.0) -> None:
    """Start the service again when it was killed; ever more seldom while it does not stay."""
    wait = soon
    while True:
        await asyncio.sleep(wait)
        wait = soon if is_taken(home.service_lock) else min(wait * 2, seldom)
        with contextlib.suppress(OSError, UniboxError):  # health and doctor say what is wrong
            await asyncio.to_thread(ensure_service, home)


async def _run(home: Home, config: Config, db: Database, me: str, painted: Painted) -> int:
    from unibox_tui.app import UniboxApp
    from unibox_tui.host.desktop import Desktop
    from unibox_tui.host.terminal import HangupGuard
    from unibox_tui.screens.ports import UiSettings
    from unibox_tui.views.feed import Feed
    from unibox_tui.widgets.canvas import Canvas
    from unibox_tui.widgets.palette import fitting
    from unibox_tui.workspace import StoreWorkspace, wants_notice

    listener = BellListener(home.bell)
    media = MediaStore(home.media)
    desktop = Desktop(
        media,
        lambda id: db.read_now(functools.partial(messages.file, id=id)),
        editor=config.ui.editor,
        opener=config.ui.opener,
    )
    ui = UiSettings(
        theme=fitting(
            {"high-contrast": "contrast", "16": "auto"}.get(config.ui.theme, config.ui.theme), desktop.terminal.colours
        ),
        plain=config.ui.symbols == "plain" or not desktop.terminal.unicode,
        row_lines={"comfortable": 3, "compact": 2, "dense": 1}.get(config.ui.rows, 0),
        enter_sends=config.ui.send_key == "enter",
        bell=wants_notice(config),
        own_keys={f"{context}.{id}": keys for context, of in config.keys.items() for id, keys in of.items()},
    )
    workspace = StoreWorkspace(
        db,
        Feed(db, listener),
        media,
        desktop,
        config,
        me,
        ui,
        zone_of(config),
        lambda: is_taken(home.service_lock),
        [] if home.root is None else ["--home", str(home.root)],
    )
    canvas = Canvas(painted=bool(painted), modes=painted.modes, taken=painted.taken)
    app = UniboxApp(workspace, mounted=lambda: stop_when(db.when_quiet), canvas=canvas)
    look = {
        "me": me,
        "query": workspace.views()[0].query,
        "theme": app.palette.theme,
        "plain": ui.plain,
        "row_lines": ui.row_lines,
        "language": current_language(),
        "zone": config.workspace.timezone,
    }
    loop = asyncio.get_running_loop()

    def gone() -> None:
        loop.call_soon_threadsafe(app.end)

    guard = HangupGuard(gone)
    serving = asyncio.create_task(keep_served(home))
    following = asyncio.create_task(follow_config(home, workspace, app))
    try:
        await app.run_async(mouse=config.ui.mouse)
        if app.failure is not None:
            with contextlib.suppress(Exception):  # it may be what has failed
                async with asyncio.timeout(DRAFTS_WITHIN_S):
                    await app.inbox.finish()
            raise app.failure
        await workspace.close()
        prepaint.remember(home, look)
    finally:
        serving.cancel()
        following.cancel()
        guard.close()
        listener.close()
    return app.return_code or 0


async def follow_config(home: Home, workspace: StoreWorkspace, app: UniboxApp) -> None:
    """What is changed in the configuration, the macros or the views counts at once; what is wrong in it is said."""
    from unibox_tui.config.watching import watch

    async def follow(path: Path) -> None:
        async for _ in watch(path):
            try:
                workspace.take_config(load(home.config, missing_ok=True))
            except UniboxError as error:
                app.inbox.complain(error)
            else:
                app.inbox.commands.hands.rebind()

    paths = [home.config, home.config_folder / "macros.toml", home.config_folder / "views.toml"]
    await asyncio.gather(*(follow(path) for path in paths))


def _served(home: Home) -> Callable[[], bool]:
    """Whether a service runs; one that has just been asked for is given some seconds to come up."""
    until = time.monotonic() + STARTS_WITHIN_S
    return lambda: time.monotonic() < until or is_taken(home.service_lock)


def zone_of(config: Config) -> ZoneInfo | None:
    """The workspace's time zone; None for the machine's."""
    if not config.workspace.timezone:
        return None
    try:
        return ZoneInfo(config.workspace.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UniboxError(
            f"[workspace] timezone: {config.workspace.timezone!r} is not known.", hint="As in Asia/Ho_Chi_Minh."
        ) from error


def keep_time(config: Config) -> None:
    """The screen shows and reads times in the workspace's zone, as the verbs do."""
    if zone_of(config) is not None:
        os.environ["TZ"] = config.workspace.timezone
        time.tzset()


def locale_language() -> str:
    """vi, th or en, as the terminal's locale says."""
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return named[:2] if named[:2] in ("vi", "th") else "en"
