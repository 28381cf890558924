"""The row of a configured inbox."""

from __future__ import annotations

import dataclasses

from unibox_tui.config import Config
from unibox_tui.connectors import policy
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.domain.joining import DAY, MailJoin
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.words import InboxState
from unibox_tui.store import inboxes, terms
from unibox_tui.store.database import Tx
from unibox_tui.sync.facts import Rules


def group_of(settings: InboxSettings, config: Config) -> str:
    """The brand; an inbox that names none belongs to the workspace's own."""
    return settings.group or config.workspace.name


def register(
    tx: Tx, name: str, settings: InboxSettings, config: Config, capabilities: Capabilities
) -> inboxes.InboxRow:
    """Make the row or bring it up to date. A pause that somebody asked for outlives a restart, one of the configuration
    ends with it; a broken inbox gets a chance."""
    old = inboxes.by_name(tx.db, name)
    paused = settings.paused or (
        old is not None and old.state is InboxState.PAUSED and inboxes.paused_by_hand(tx.db, old.id)
    )
    id = inboxes.ensure(
        tx,
        name,
        settings.channel,
        group_of(settings, config),
        settings.title,
        getattr(settings, "address", ""),
        _told_apart(_numbered(_by_policy(capabilities, settings, config), config), settings),
        region=settings.region,
        language=settings.language,
        state=InboxState.PAUSED if paused else InboxState.ON,
    )
    row = inboxes.by_id(tx.db, id)
    if old is not None and old.capabilities.rules != row.capabilities.rules:
        terms.renew(tx, id)
    return row


def _by_policy(capabilities: Capabilities, settings: InboxSettings, config: Config) -> Capabilities:
    """With what [policy] and the inbox's own choice of the rules that hold for it change."""
    channel, variant = capabilities.extra.get("policy", (settings.channel, ""))
    overrides = config.policy.get(channel, {})
    if not settings.policy and not overrides:
        return capabilities
    chosen = settings.policy or variant
    extra = {**capabilities.extra, "policy": [channel, chosen]}
    rules = policy.rules(channel, chosen, overrides=overrides) if chosen != variant else capabilities.rules
    return policy.overlaid(dataclasses.replace(capabilities, extra=extra, rules=rules), channel, overrides)


def _told_apart(capabilities: Capabilities, settings: InboxSettings) -> Capabilities:
    """Who is taken for the author of an echo that cannot tell."""
    if settings.unsure_echo_is == "agent":
        return capabilities
    return dataclasses.replace(capabilities, extra={**capabilities.extra, "unsure_echo_is": settings.unsure_echo_is})


def _numbered(capabilities: Capabilities, config: Config) -> Capabilities:
    """What the workspace says about numbers in subjects, for inboxes that have subjects."""
    if not capabilities.subject:
        return capabilities
    wanted = config.workspace.number_in_subject or bool(capabilities.extra.get("number_in_subject"))
    more = {"number_in_subject": wanted, "subject_prefix": config.workspace.subject_prefix}
    return dataclasses.replace(capabilities, extra={**capabilities.extra, **more})


def rules_of(group: str, config: Config) -> Rules:
    """The joining rules of a brand: its own where it has some, else the workspace's."""
    own = config.group(group)
    # `Config.group` has filled every gap from the workspace.
    return Rules(
        (own.reopen_days or 0) * DAY,
        MailJoin(own.mail_join or MailJoin.ASK),
        (own.mail_join_hours or 0) * 3_600_000,
        tuple(own.order_codes or ()),
    )
