"""A stand-in for the store beside the puller: keeps what a batch holds and its cursor together, as one transaction would."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from unibox_tui.connectors.contract import Cursor, SendRequest
from unibox_tui.connectors.email.connector import EmailConnector, EmailSettings
from unibox_tui.domain.inbound import MessageReceived, Receipt


class Keeper:
    def __init__(self) -> None:
        self.cursors: dict[str, Cursor] = {}
        self.live: list[MessageReceived] = []
        self.history: list[MessageReceived] = []
        self.receipts: list[Receipt] = []
        self.errors: list[tuple[str, str, bytes | None]] = []
        self.phases: list[str] = []
        self.progress: list[tuple[int, int]] = []
        self.largest_batch = 0

    @property
    def live_ids(self) -> list[str]:
        return [message.provider_id for message in self.live]

    @property
    def history_ids(self) -> list[str]:
        return [message.provider_id for message in self.history]

    @property
    def finished(self) -> bool:
        histories = [value for stream, value in self.cursors.items() if stream.startswith("history:")]
        return bool(histories) and all(value["finished"] for value in histories)

    async def pull(
        self,
        connector: EmailConnector,
        until: Callable[[Keeper], bool],
        *,
        seconds: float = 20,
        batches: int | None = None,
    ) -> None:
        """Pull until `until` holds (or for so many batches), then close the stream. Fails after `seconds`."""
        stream = connector.pull(dict(self.cursors))
        taken = 0
        try:
            async with asyncio.timeout(seconds):
                async for batch in stream:
                    self.keep(batch)
                    taken += 1
                    if until(self) or taken == batches:
                        return
        except TimeoutError:
            raise AssertionError(
                f"never: live={self.live_ids[-5:]} history={len(self.history)} errors={self.errors} {self.phases[-3:]}"
            ) from None
        finally:
            with contextlib.suppress(RuntimeError):
                await stream.aclose()  # type: ignore[attr-defined]

    def keep(self, batch: Any) -> None:
        self.largest_batch = max(self.largest_batch, len(batch.items))
        for item in batch.items:
            if item.error:
                self.errors.append((item.place, item.error, item.raw))
            for event in item.events:
                if isinstance(event, MessageReceived):
                    (self.history if batch.inert else self.live).append(event)
                else:
                    assert isinstance(event, Receipt)
                    self.receipts.append(event)
        if batch.cursor is not None:
            self.cursors[batch.stream] = batch.cursor
        if batch.phase:
            self.phases.append(batch.phase)
        if batch.progress:
            self.progress.append(batch.progress)


def mail(
    number: int | str,
    *,
    sender: str = "Nguyễn Thị Hạnh <hanh@khach.example>",
    to: str = "hello@shop-a.example",
    subject: str = "Hỏi đơn hàng",
    text: str = "Chào shop, đơn của em tới đâu rồi ạ?",
    headers: str = "",
    date: str | None = None,
) -> bytes:
    from datetime import UTC, datetime
    from email.header import Header
    from email.utils import format_datetime, formataddr, parseaddr

    name, address = parseaddr(sender)
    lines = [
        f"From: {formataddr((name, address))}",
        f"To: {to}",
        f"Subject: {Header(subject, 'utf-8').encode()}",
        f"Date: {date or format_datetime(datetime.now(UTC))}",
        f"Message-ID: <m{number}@khach.example>",
        *([headers] if headers else []),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]
    return ("\r\n".join(lines) + f"\r\n\r\n{text}\r\n").encode()


def ids(*numbers: int | str) -> list[str]:
    return [f"m{number}@khach.example" for number in numbers]


def request(text: str = "Chào chị, đơn đang trên đường ạ.", **options: Any) -> SendRequest:
    options = {"subject": "Re: Hỏi đơn hàng", "to": [{"name": "Hạnh", "address": "hanh@khach.example"}]} | options
    return SendRequest(client_ref="0198-ref-1", destination="hanh@khach.example", text=text, options=options)


def connector(settings: EmailSettings, **secrets: str) -> EmailConnector:
    secrets = {"password": "bí mật 9"} | secrets
    return EmailConnector("shop-a", settings, secrets.get)
