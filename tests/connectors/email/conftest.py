from __future__ import annotations

import dataclasses
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from tests.connectors.email.helpers import connector
from tests.support.dovecot import Dovecot, running_dovecot
from tests.support.smtp import SmtpSink
from unibox_tui.connectors.email.connector import EmailConnector, EmailSettings

_numbers = itertools.count(1)
MakeSettings = Callable[..., EmailSettings]
MakeConnector = Callable[..., EmailConnector]


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot() as server:
        yield server


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    """A mailbox of its own for each test."""
    name = f"hello{next(_numbers)}@shop-a.example"
    dovecot.user(name)
    return name


@pytest.fixture
def settings(dovecot: Dovecot, user: str) -> MakeSettings:
    """Settings for the test's mailbox over TLS; keywords change them."""

    def make(**changes: Any) -> EmailSettings:
        plain = EmailSettings(
            address="hello@shop-a.example",
            name="Shop A",
            aliases=("sales@shop-a.example",),
            imap_host="localhost",
            imap_port=dovecot.imaps_port,
            imap_user=user,
            ca_file=str(dovecot.ca_file),
            poll_seconds=0.3,
            idle_seconds=30.0,
            timeout_seconds=5.0,
            backfill="all",
            watch_sent=False,
            smtp_host="localhost",
            smtp_security="plain",
            smtp_user="none",
        )
        return dataclasses.replace(plain, **changes)

    return make


@pytest.fixture
async def connect(settings: MakeSettings) -> AsyncIterator[MakeConnector]:
    """Makes connectors that are closed when the test ends."""
    made: list[EmailConnector] = []

    def make(secrets: dict[str, str] | None = None, **changes: Any) -> EmailConnector:
        made.append(connector(settings(**changes), **(secrets or {})))
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


@pytest.fixture
async def sink() -> AsyncIterator[SmtpSink]:
    async with SmtpSink() as server:
        yield server
