"""A recorded webhook body through the real path, inert: verified, parted, kept as a raw event, parsed, stored."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from unibox_tui.config import Config
from unibox_tui.connectors.contract import Connector, ParsesRaw, VerifiesWebhooks
from unibox_tui.connectors.errors import ConnectorError, Unparseable, WebhookForged
from unibox_tui.domain.errors import Refused
from unibox_tui.domain.inbound import InboundEvent
from unibox_tui.store import inboxes, messages, raw_events
from unibox_tui.store.database import Database, Tx
from unibox_tui.sync import raw
from unibox_tui.sync.importing.lines import Media
from unibox_tui.sync.importing.parting import NOBODY, parted
from unibox_tui.sync.registering import register, rules_of


async def replay_body(
    db: Database,
    config: Config,
    name: str,
    connector: Connector,
    body: bytes,
    headers: Mapping[str, str],
    media: Media,
    *,
    verify: bool,
    reader: Callable[[str], Connector],
) -> list[dict[str, Any]]:
    """One document per inbox it is for: {inbox, raw_event, outcome, reason, events: [{kind, outcome, message, …facts}]}.
    `reader` gives the connector of another inbox of the app.

    Raises Refused for an inbox that reads nothing posted, or a signature that does not fit.
    """
    if not isinstance(connector, ParsesRaw):
        raise Refused(f"{name} takes nothing that is posted.")
    if verify:
        if not isinstance(connector, VerifiesWebhooks):
            raise Refused(f"{name} has no signature to check.", hint="Use --no-verify.")
        try:
            connector.verify(body, headers)
        except WebhookForged:
            raise Refused("The signature does not fit.", hint="Give its headers, or use --no-verify.") from None
        except ConnectorError as error:
            raise Refused(error.message, hint=error.hint) from None
    try:
        parts = parted(connector, body, name, config)
    except Unparseable as error:
        return [await _kept(db, config, name, connector, body, headers, error.message)]
    done = []
    for part in parts:
        if not part.inbox:
            done.append(_nobody(part.address))
            continue
        reading = connector if part.inbox == name else reader(part.inbox)
        done.append(await _one(db, config, part.inbox, reading, part.body, headers, media))
    return done


async def _kept(
    db: Database,
    config: Config,
    name: str,
    connector: Connector,
    body: bytes,
    headers: Mapping[str, str],
    reason: str,
) -> dict[str, Any]:
    """What cannot even be parted is put where a person looks, as the web door does."""

    def keep(tx: Tx) -> str:
        row = inboxes.by_name(tx.db, name) or register(tx, name, config.inboxes[name], config, connector.capabilities())
        return raw_events.save(tx, row.id, "replay", dict(headers), body, state="quarantined", error=reason)

    id = await db.write(keep)
    return {"inbox": name, "raw_event": id, "outcome": "quarantined", "reason": reason, "events": []}


def _nobody(address: str) -> dict[str, Any]:
    said = {"outcome": "quarantined", "reason": NOBODY, "events": []}
    return {"inbox": "", "address": address, "raw_event": None, **said}


async def _one(
    db: Database,
    config: Config,
    name: str,
    connector: Connector,
    body: bytes,
    headers: Mapping[str, str],
    media: Media,
) -> dict[str, Any]:
    def keep(tx: Tx) -> str:
        row = inboxes.by_name(tx.db, name)
        if row is None:
            row = register(tx, name, config.inboxes[name], config, connector.capabilities())
        return raw_events.save(tx, row.id, "replay", dict(headers), body)

    id = await db.write(keep)
    parser = connector if isinstance(connector, ParsesRaw) else None
    worker = raw.RawEvents(db, lambda _: parser, lambda group: rules_of(group, config), media.put)
    row = await db.read(lambda connection: raw_events.get(connection, id))
    outcomes = await worker.work_off(row, inert=True)
    after = await db.read(lambda connection: raw_events.get(connection, id))
    if after["state"] == "quarantined":
        reason = after["error"] or ""
        return {"inbox": name, "raw_event": id, "outcome": "quarantined", "reason": reason, "events": []}
    assert parser is not None
    ids = await db.read(
        lambda connection: messages.public_ids(connection, [one.n for one in outcomes if one.n is not None])
    )
    events = [
        {
            "kind": type(event).__name__,
            "outcome": outcome.what,
            "message": ids.get(outcome.n) if outcome.n is not None else None,
            "facts": facts(event),
        }
        for event, outcome in zip(parser.parse(body, headers), outcomes, strict=False)
    ]
    words = [outcome.what for outcome in outcomes]
    what = "new" if "new" in words else words[0] if words else "ignored"
    return {"inbox": name, "raw_event": id, "outcome": what, "reason": "", "events": events}


def facts(event: InboundEvent) -> dict[str, Any]:
    """The event as plain data; bytes as their number."""

    def plain(value: Any) -> Any:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        if isinstance(value, Enum):
            return str(value)
        if isinstance(value, bytes):
            return f"{len(value)} bytes"
        if isinstance(value, Mapping):
            return {str(key): plain(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple):
            return [plain(entry) for entry in value]
        return value

    described: dict[str, Any] = plain(event)
    return described
