"""Handing a mail to a command (sendmail, msmtp …). The command comes from the configuration file only; nothing of a customer
is ever part of it but the recipients' addresses, each an argument of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from unibox_tui.connectors.email.outgoing import Envelope
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    SendRejected,
    Transient,
)
from unibox_tui.domain.saying import say

SECONDS = 110.0


@dataclass(frozen=True, slots=True)
class Ran:
    """`code` None: it was killed or ran too long."""

    code: int | None
    stderr: str


RunCommand = Callable[[Sequence[str], bytes], Awaitable[Ran]]
"""argv, standard input -> outcome. Raises OSError when it cannot be started."""


async def run_command(argv: Sequence[str], stdin: bytes) -> Ran:
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(SECONDS):
            _, stderr = await process.communicate(stdin)
    except TimeoutError:
        return Ran(None, "")
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    code = process.returncode
    return Ran(code if code is not None and code >= 0 else None, stderr.decode("utf-8", "replace"))


async def send(
    argv: Sequence[str],
    mail: Envelope,
    before_first_byte: Callable[[], Awaitable[None]],
    run: RunCommand = run_command,
) -> None:
    """Raises errors of the tree by the exit status (sysexits.h)."""
    if hostile := next((one for one in mail.recipients if one.startswith("-")), None):
        raise SendRejected(
            say("The address {hostile} looks like an option of {command}.", hostile=hostile, command=argv[0]),
            code="address",
        )
    await before_first_byte()
    body = mail.body.replace(b"\r\n", b"\n")
    try:
        ran = await run([*argv, *mail.recipients], body)
    except OSError as error:
        raise Misconfigured(
            say("The command {command} cannot be started: {reason}.", command=argv[0], reason=error.strerror),
            hint="Check `sendmail` in the configuration.",
        ) from error
    if ran.code != os.EX_OK:
        raise _problem(argv[0], ran)


def _problem(command: str, ran: Ran) -> ConnectorError:
    last = " ".join((ran.stderr.strip().splitlines() or [""])[-1].split())[:200]
    said = f"{command} failed ({'killed' if ran.code is None else ran.code}){f': {last}' if last else '.'}"
    code = str(ran.code)
    if ran.code in (os.EX_TEMPFAIL, os.EX_OSERR):
        return Transient(said, code=code)
    if ran.code in (os.EX_USAGE, os.EX_CONFIG, os.EX_OSFILE, os.EX_CANTCREAT, os.EX_NOINPUT, 126, 127):
        return Misconfigured(said, code=code, hint="Check `sendmail` in the configuration.")
    if ran.code == os.EX_NOPERM:
        return CredentialsRejected(
            said, code=code, hint=say("Check the login in the configuration of {command}.", command=command)
        )
    if ran.code in (os.EX_DATAERR, os.EX_NOUSER, os.EX_NOHOST, os.EX_UNAVAILABLE):
        return SendRejected(said, code=code)
    return OutcomeUnknown(said, code=code)
