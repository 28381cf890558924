"""A small SMTP server on loopback that accepts, refuses, delays and dies where it is told to.

`async with SmtpSink() as sink` runs on the caller's loop. What it does is its public fields, changeable at any time.
`sink.mails` holds what it took; `sink.log` names a folder where each mail is also left as a file for a person to look at.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType


@dataclass(frozen=True)
class SunkMail:
    sender: str
    recipients: tuple[str, ...]
    body: bytes
    user: str | None
    tls: bool


@dataclass
class SmtpSink:
    """`users`: name -> password, `tokens`: name -> XOAUTH2 token; AUTH is demanded when either is set.

    `replies` overrides an answer by command word: "CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "RCPT:<address>", "DATA", "END"
    (after the final dot) -> "550 5.1.1 no such user". `dies` names a moment at which the line is cut: "CONNECT", "MAIL",
    "DATA" (instead of 354), "BODY" (in the middle of the content), "ACCEPTED" (after taking the mail, without a word),
    "REPLIED" (right after the final 250), "REFUSED" (after the final dot, the mail thrown away, without a word).
    `taken` is called with each mail right after it was taken, before the final answer.
    """

    users: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    size: int | None = None
    extensions: tuple[str, ...] = ("8BITMIME", "SMTPUTF8")
    server_context: ssl.SSLContext | None = None
    implicit_tls: bool = False
    replies: dict[str, str] = field(default_factory=dict)
    dies: str = ""
    delay: float = 0.0  # before the final answer
    mails: list[SunkMail] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    log: Path | None = None
    taken: Callable[[SunkMail], None] | None = None
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> SmtpSink:
        context = self.server_context if self.implicit_tls else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=context, limit=1 << 26)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def take(self, mail: SunkMail) -> None:
        """Keep a mail, and leave it in the log folder: `0001.eml` is the first, `sent.log` has a line for each."""
        self.mails.append(mail)
        if self.log is not None:
            name = f"{len(self.mails):04}.eml"
            (self.log / name).write_bytes(mail.body)
            at = time.strftime("%H:%M:%S")
            with (self.log / "sent.log").open("a", encoding="utf-8") as lines:
                lines.write(f"{at}  {name}  {len(mail.body):>7}  {mail.sender} -> {', '.join(mail.recipients)}\n")
        if self.taken is not None:
            self.taken(mail)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            await _Session(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, _Cut):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()


class _Cut(Exception):
    pass


class _Session:
    def __init__(self, sink: SmtpSink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sink, self.reader, self.writer = sink, reader, writer
        self.user: str | None = None
        self.tls = sink.implicit_tls
        self.sender = ""
        self.recipients: list[str] = []

    async def run(self) -> None:
        self._die("CONNECT")
        await self._say(self.sink.replies.get("CONNECT", "220 sink.example ESMTP"))
        while line := await self.reader.readline():
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            verb = verb.upper()
            if verb == "QUIT":
                await self._say("221 bye")
                return
            handler = getattr(self, f"_{verb.lower()}", None)
            if handler is None:
                await self._say("502 not here")
            else:
                await handler(rest)

    async def _ehlo(self, rest: str) -> None:
        if reply := self.sink.replies.get("EHLO"):
            await self._say(reply)
            return
        lines = ["sink.example", *self.sink.extensions]
        if self.sink.size is not None:
            lines.append(f"SIZE {self.sink.size}")
        if self.sink.server_context is not None and not self.tls:
            lines.append("STARTTLS")
        if self.sink.users or self.sink.tokens:
            lines.append(
                "AUTH" + (" PLAIN LOGIN" if self.sink.users else "") + (" XOAUTH2" if self.sink.tokens else "")
            )
        for line in lines[:-1]:
            await self._say(f"250-{line}")
        await self._say(f"250 {lines[-1]}")

    async def _helo(self, rest: str) -> None:
        await self._say("250 sink.example")

    async def _starttls(self, rest: str) -> None:
        assert self.sink.server_context is not None
        await self._say("220 go ahead")
        await self.writer.start_tls(self.sink.server_context)
        self.tls = True

    async def _auth(self, rest: str) -> None:
        if reply := self.sink.replies.get("AUTH"):
            return await self._say(reply)
        mechanism, _, first = rest.partition(" ")
        if mechanism.upper() == "XOAUTH2":
            fields = base64.b64decode(first).decode().split("\x01")
            user, token = fields[0].removeprefix("user="), fields[1].removeprefix("auth=Bearer ")
            if self.sink.tokens.get(user) == token:
                self.user = user
                return await self._say("235 2.7.0 welcome")
            await self._say("334 " + base64.b64encode(b'{"status":"401","schemes":"bearer"}').decode())
            await self.reader.readline()
            return await self._say("535 5.7.8 token refused")
        if mechanism.upper() == "LOGIN":
            await self._say("334 VXNlcm5hbWU6")
            user = base64.b64decode(await self.reader.readline()).decode()
            await self._say("334 UGFzc3dvcmQ6")
            password = base64.b64decode(await self.reader.readline()).decode()
        else:
            if not first:
                await self._say("334 ")
                first = (await self.reader.readline()).decode().strip()
            _, user, password = base64.b64decode(first).decode().split("\0")
        if self.sink.users.get(user) == password:
            self.user = user
            return await self._say("235 2.7.0 welcome")
        return await self._say("535 5.7.8 Error: authentication failed")

    async def _mail(self, rest: str) -> None:
        self._die("MAIL")
        if (self.sink.users or self.sink.tokens) and self.user is None:
            return await self._say("530 5.7.0 authentication required")
        if reply := self.sink.replies.get("MAIL"):
            return await self._say(reply)
        self.sender, self.recipients = rest.partition("<")[2].partition(">")[0], []
        return await self._say("250 ok")

    async def _rcpt(self, rest: str) -> None:
        address = rest.partition("<")[2].partition(">")[0]
        reply = self.sink.replies.get(f"RCPT:{address}") or self.sink.replies.get("RCPT")
        if not reply or reply.startswith("25"):
            self.recipients.append(address)
        await self._say(reply or "250 ok")

    async def _rset(self, rest: str) -> None:
        self.sender, self.recipients = "", []
        await self._say("250 ok")

    async def _noop(self, rest: str) -> None:
        await self._say("250 ok")

    async def _data(self, rest: str) -> None:
        self._die("DATA")
        reply = self.sink.replies.get("DATA", "354 go on")
        await self._say(reply)
        if not reply.startswith("354"):
            return
        body = bytearray()
        while True:
            line = await self.reader.readline()
            if not line:
                raise _Cut
            if self.sink.dies == "BODY":
                raise _Cut
            if line == b".\r\n":
                break
            body += line[1:] if line.startswith(b".") else line
        self._die("REFUSED")
        if self.sink.delay:
            await asyncio.sleep(self.sink.delay)
        end = self.sink.replies.get("END", "250 2.0.0 taken")
        if end.startswith("25"):
            self.sink.take(SunkMail(self.sender, tuple(self.recipients), bytes(body), self.user, self.tls))
        self._die("ACCEPTED")
        await self._say(end)
        self._die("REPLIED")

    def _die(self, moment: str) -> None:
        if self.sink.dies == moment:
            raise _Cut

    async def _say(self, line: str) -> None:
        self.writer.write(line.encode() + b"\r\n")
        with contextlib.suppress(ConnectionError):
            await self.writer.drain()
