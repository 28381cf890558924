"""The front door: one process per store, signals, the log."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from typing import Any

from unibox_tui.config.model import Config
from unibox_tui.config.reading import load
from unibox_tui.domain.errors import Refused
from unibox_tui.host.checks import refuse_if_unsafe
from unibox_tui.host.locks import FileLock
from unibox_tui.host.paths import Home, agent_name
from unibox_tui.service.running import Service
from unibox_tui.store.trouble import words_for

log = logging.getLogger("unibox")


def main(home: Home, *, once: bool = False, with_apps: bool = False) -> int:
    """Run until a signal. `once`: fetch, send what is due, stop. `with_apps`: stop when no app holds the store any more.

    Raises Conflict naming the process when a service runs already, Refused for an unsafe home.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    for chatty in ("uvicorn", "uvicorn.access", "uvicorn.error", "watchfiles", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    config = load(home.config, inboxes=True)
    home = home.with_store(config.workspace.store)
    home.prepare()
    refuse_if_unsafe(home)
    _refuse_others(home)
    with FileLock.take_or_fail(home.service_lock, "The service lock of this store") as lock:
        lock.write_note(f"pid {os.getpid()}")
        service = asyncio.run(_run(home, config, once=once, with_apps=with_apps))
    # An app that opens now waits for this lock, finds no service and starts one.
    if service.apps_lock is not None:
        service.apps_lock.release()
    return service.failed


def _refuse_others(home: Home) -> None:
    """A service with another account's configuration would take every inbox out of the team's store."""
    if not home.owned_by_us():
        owner = agent_name(home.store.stat().st_uid)
        raise Refused(
            f"{home.store} belongs to {owner}, and only {owner} may serve it.",
            hint="Start the system's service, as in: systemctl start unibox",
            code="not_ours",
        )


async def _run(home: Home, config: Config, *, once: bool, with_apps: bool) -> Service:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_unexpected)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    service = Service(home, config, stop)
    async with service:
        if once:
            await service.once()
        else:
            if with_apps:
                service.start("apps", service.leave_with_apps)
            await service.until_stopped()
    return service


def _unexpected(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What no task waited for. Its own words may quote a customer, so only its kind and place are logged."""
    error = context.get("exception")
    log.error("unexpected in the loop: %s", words_for(error) if error is not None else context.get("message", ""))
