"""Tools for connectors that only parse (replay, import, capabilities): whatever would leave the machine is refused."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any, NoReturn

from unibox_tui.connectors.contract import Answer, Paced, SendFile, Tools
from unibox_tui.connectors.errors import Misconfigured
from unibox_tui.domain.ids import now_ms


class _NoHttp:
    async def request(self, method: str, url: str, **_: Any) -> Answer:
        _refuse()


class _NoPace:
    async def turn(self) -> None:
        _refuse()

    def hold(self, seconds: float) -> None:
        return None


def _refuse() -> NoReturn:
    raise Misconfigured("This connector was made to read, not to speak with its provider.")


def _keep(name: str, value: str) -> None:
    _refuse()


@contextlib.asynccontextmanager
async def _lock(name: str) -> AsyncIterator[None]:
    yield


def _pace(key: str, limits: Sequence[tuple[float, float]]) -> Paced:
    return _NoPace()


def _publish(file: SendFile) -> str:
    _refuse()


def offline_tools() -> Tools:
    return Tools(http=_NoHttp(), keep_secret=_keep, lock=_lock, now=now_ms, pace=_pace, publish=_publish)
