"""What went wrong, as one line on stderr (`unibox: … hint`) or, with `--json`, as one JSON object there."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import sys
from collections.abc import Sequence
from typing import NamedTuple

import click

from unibox_tui.domain.errors import UniboxError, WrongUse

FAILED, WRONG_USE, INTERRUPTED, NOBODY_READS = 1, 2, 130, 141


class Trouble(NamedTuple):
    status: int
    message: str
    hint: str
    code: str


def wants_json(args: Sequence[str]) -> bool:
    """Whether the call asks for JSON; known even when the call itself is wrong."""
    words = list(args)
    return "--json" in (words[: words.index("--")] if "--" in words else words)


_WAYS_OUT = {
    errno.ENOSPC: "Make room on the disk and call again; `unibox doctor` shows how much is free.",
    errno.EDQUOT: "Your share of the disk is used up; make room and call again.",
    errno.EACCES: "Look at its owner and mode: ls -ld",
    errno.EISDIR: "A file is expected there, not a folder.",
    errno.EROFS: "The disk is mounted read-only.",
}


class ReaderWentAway(Exception):
    """Our output was cut off, as by `| head`. No OSError, which click would turn into an exit of its own."""


def report(error: BaseException, *, as_json: bool) -> int:
    """Say it; returns the exit status. `$UNIBOX_DEBUG` adds the trace of what was not foreseen."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else FAILED
    if isinstance(error, KeyboardInterrupt | click.exceptions.Abort):
        return INTERRUPTED
    trouble = understood(error)
    if as_json:
        said = {"error": {"code": trouble.code, "message": trouble.message, "hint": trouble.hint}}
        sys.stderr.write(json.dumps(said, ensure_ascii=False) + "\n")
    else:
        from unibox_tui.locale import translated
        from unibox_tui.text.safe import safe_line

        # A configuration file may have several things wrong; each is a line of its own.
        lines = [line for line in translated(trouble.message).splitlines() if line.strip()] or [trouble.code]
        lines[-1] = f"{lines[-1]} {translated(trouble.hint)}".rstrip()
        sys.stderr.write("".join(f"unibox: {safe_line(line)}\n" for line in lines))
    if os.environ.get("UNIBOX_DEBUG"):
        import traceback

        traceback.print_exception(error)
    return trouble.status


def understood(error: BaseException) -> Trouble:
    if isinstance(error, UniboxError):
        return Trouble(WRONG_USE if isinstance(error, WrongUse) else FAILED, error.message, error.hint, error.code)
    if isinstance(error, click.ClickException):
        help = (
            f"`{error.ctx.command_path} --help` explains." if isinstance(error, click.UsageError) and error.ctx else ""
        )
        message = " ".join(error.format_message().split())
        if isinstance(error, click.exceptions.NoArgsIsHelpError) and isinstance(error.ctx.command, click.Group):
            message = f"Say what: {', '.join(error.ctx.command.list_commands(error.ctx))}."
        return Trouble(WRONG_USE if isinstance(error, click.UsageError) else FAILED, message, help, "WrongUse")
    if isinstance(error, sqlite3.Error):
        return Trouble(FAILED, f"The store failed: {error}.", "`unibox doctor` looks into it.", "store")
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        said = f"{where}{error.strerror or error}".rstrip(".") + "."
        return Trouble(FAILED, said, _WAYS_OUT.get(error.errno or 0, ""), type(error).__name__)
    connectors = sys.modules.get("unibox_tui.connectors.errors")
    if connectors is not None and isinstance(error, connectors.ConnectorError):
        return Trouble(FAILED, error.message, error.hint, error.code or type(error).__name__)
    return Trouble(
        FAILED,
        f"Something was not foreseen: {type(error).__name__}.",
        "UNIBOX_DEBUG=1 shows where; please report it.",
        "internal",
    )
