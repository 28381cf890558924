"""What a channel says so that its requests and webhooks can be held against the provider's public description.

A module in tests/contract/cases/ has `CONTRACTS`, a list of these. `drive` makes the connector ask for everything it can,
and the simulator post everything that it posts; what then was received is checked call by call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.connectors.conformance import Case, Recorded, Rig
from tests.contract.openapi import OpenApi
from tests.contract.telegram_spec import TelegramSpec
from unibox_tui.sandbox.providers.journal import Received


@dataclass(frozen=True)
class Contract:
    """`requests(specs, call)` and `webhooks(specs, recorded)` give what is wrong; `webhooks` None: no public description.

    `operations`: parts of paths of which each must have been asked for, so that nothing is left out unseen.
    `quirks`: words of a problem that is the description's own fault, with the reason.
    """

    case: Case
    drive: Callable[[Rig], Awaitable[None]]
    requests: Callable[[Path, Received], Iterator[str]]
    operations: tuple[str, ...]
    webhooks: Callable[[Path, Recorded], Iterator[str]] | None = None
    quirks: Mapping[str, str] = field(default_factory=dict)


def openapi_requests(
    file: str, path: Callable[[str], str] = lambda path: path
) -> Callable[[Path, Received], Iterator[str]]:
    """Against an OpenAPI file; `path` makes the file's path of the simulator's."""

    def check(specs: Path, call: Received) -> Iterator[str]:
        media_type = call.headers.get("content-type", "").partition(";")[0]
        yield from OpenApi(specs / file).request(call.method, path(call.path), call.query, media_type, call.body)

    return check


def openapi_value(file: str, schema: str) -> Callable[[Path, Any], Iterator[str]]:
    """A JSON value against the schema of this name."""

    def check(specs: Path, value: Any) -> Iterator[str]:
        api = OpenApi(specs / file)
        yield from api.problems(api.named(schema), value, schema)

    return check


def telegram_calls(specs: Path, call: Received) -> Iterator[str]:
    spec = TelegramSpec(specs / "telegram-bot-api.min.json")
    method = call.path.rsplit("/", 1)[-1]
    fields: Any = call.body or dict(call.query)
    is_form = not call.headers.get("content-type", "").startswith("application/json")
    yield from spec.call(method, dict(fields), form=is_form)
