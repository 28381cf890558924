"""The only place that starts other programs. Arguments are lists, never a shell's line; customers' words go in by stdin.

Children get no secrets of ours in their environment and no descriptors but their three.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from unibox_tui.domain.errors import Refused, UniboxError
from unibox_tui.domain.saying import say
from unibox_tui.host.files import PRIVATE_FILE, open_file, write_new
from unibox_tui.host.paths import Home

PIPE_SECONDS = 30.0
PIPE_BYTES = 4 << 20
LOG_BYTES = 5 << 20
_OURS = ("UNIBOX_SECRET_", "CREDENTIALS_DIRECTORY")


class CommandFailed(UniboxError):
    """A program could not be started, failed or took too long. `code`: command_missing, command_failed,
    command_timed_out, command_too_much."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended. `status` is negative for a signal."""

    status: int
    out: bytes
    err: bytes


def pipe(
    argv: Sequence[str],
    data: bytes = b"",
    *,
    timeout: float = PIPE_SECONDS,
    limit: int = PIPE_BYTES,
    cwd: Path | None = None,
) -> Ran:
    """Run `argv` with `data` on stdin and collect what it prints, in a process group of its own.

    Raises CommandFailed when it cannot start, runs longer than `timeout` seconds or prints more than `limit` bytes; the
    whole group is killed then. A bad exit status is for the caller to judge.
    """
    import subprocess

    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=child_environment(),
            cwd=cwd,
            start_new_session=True,
        )
    except OSError as error:
        raise _cannot_start(argv, error) from error
    over = threading.Event()
    kept: dict[str, bytes] = {}

    def collect(name: str, stream: int) -> None:
        parts: list[bytes] = []
        size = 0
        while part := os.read(stream, 65536):
            size += len(part)
            if size > limit:
                over.set()
                _kill_group(process.pid)
                break
            parts.append(part)
        kept[name] = b"".join(parts)

    def feed() -> None:
        assert process.stdin is not None
        with suppress(BrokenPipeError), process.stdin as stdin:
            stdin.write(data)

    assert process.stdout is not None
    assert process.stderr is not None
    threads = [
        threading.Thread(target=feed, daemon=True),
        threading.Thread(target=collect, args=("out", process.stdout.fileno()), daemon=True),
        threading.Thread(target=collect, args=("err", process.stderr.fileno()), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        status = process.wait(timeout)
    except subprocess.TimeoutExpired:
        raise CommandFailed(
            say("{command} did not end within {timeout:g} seconds and was stopped.", command=argv[0], timeout=timeout),
            hint="Run it by hand to see what it waits for.",
            code="command_timed_out",
        ) from None
    finally:
        # A helper left in the background would keep the pipes open for ever.
        _kill_group(process.pid)
        process.wait()
        for thread in threads:
            thread.join(5)
        process.stdout.close()
        process.stderr.close()
    if over.is_set():
        raise CommandFailed(
            say("{command} printed more than {limit} bytes and was stopped.", command=argv[0], limit=limit),
            code="command_too_much",
        )
    return Ran(status, kept.get("out", b""), kept.get("err", b""))


def sendmail(argv: Sequence[str], message: bytes, *, timeout: float = 60.0) -> Ran:
    """Hand a mail to a local `sendmail`. Its exit status says whether it took it (0; 75: not now).

    Raises CommandFailed: after `command_timed_out` nobody knows whether it went.
    """
    return pipe(argv, message, timeout=timeout)


def run_editor(text: str, name_hint: str = "reply.txt", *, editor: Sequence[str] = ()) -> str:
    """Let the person edit `text` in their editor on this terminal; gives what they left there, or `text` unchanged when
    the editor ended with a failure (`:cq`).

    The screen must be suspended around it. Raises CommandFailed when it cannot start, or naming the file kept when what
    was written is not UTF-8.
    """
    import tempfile

    from unibox_tui.text.safe import safe_filename

    argv = list(editor) or shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    folder = Path(tempfile.mkdtemp(prefix="unibox-"))
    path = folder / safe_filename(name_hint, "reply.txt")
    keep = False
    try:
        write_new(path, text.encode(), PRIVATE_FILE)
        try:
            status = _foreground([*argv, str(path)])
        except OSError as error:
            raise _cannot_start(argv, error, hint="Set [ui] editor in the configuration, or $EDITOR.") from error
        if status != 0:
            return text
        try:
            edited = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            keep = True
            raise CommandFailed(
                say("What the editor saved is not UTF-8; it is kept in {path}.", path=path),
                hint="Save it as UTF-8 and paste it.",
                code="command_failed",
            ) from None
        except FileNotFoundError:
            return text
        edited = edited.replace("\r\n", "\n")
        return edited if text.endswith("\n") else edited.removesuffix("\n")
    finally:
        if not keep:
            for left in folder.iterdir():
                with suppress(OSError):
                    left.unlink()
            with suppress(OSError):
                folder.rmdir()


def open_with(command: Sequence[str], what: Path | str, *, wait: bool = False) -> None:
    """Show a file, or a link, with the person's program: `{path}` in `command` is replaced, or it comes last.

    By default the program runs beside us in a session of its own; `wait` gives it this terminal until it ends.
    Raises CommandFailed.
    """
    import subprocess

    whole = str(what.absolute()) if isinstance(what, Path) else what
    argv = [part.replace("{path}", whole) for part in command]
    if not any("{path}" in part for part in command):
        argv.append(whole)
    try:
        if wait:
            status = _foreground(argv)
            if status != 0:
                raise CommandFailed(
                    say("{command} ended with exit status {status}.", command=argv[0], status=status),
                    code="command_failed",
                )
            return
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=child_environment(),
            start_new_session=True,
        )
    except OSError as error:
        raise _cannot_start(argv, error, hint="Set [ui] opener in the configuration.") from error
    _reap(process.wait)


def start_service(home: Home, arguments: Sequence[str] = ()) -> int:
    """Start `unibox serve` for this home in a session of its own and return its process id at once.

    It outlives this program and its terminal; what it prints goes to `run/service.log`. Raises Refused for a store that
    belongs to another account.
    """
    import subprocess

    if not home.owned_by_us():
        raise Refused(
            f"The store in {home.store} belongs to another account, which runs its service.",
            hint="Ask for it to be started: unibox serve.",
            code="not_our_store",
        )
    place = [] if home.root is None else ["--home", str(home.root)]
    argv = [sys.executable, "-P", "-m", "unibox_tui", *place, "serve", *arguments]
    log = open_log(home)
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            close_fds=True,
            start_new_session=True,
        )
    except OSError as error:
        raise _cannot_start(argv, error) from error
    finally:
        os.close(log)
    _reap(process.wait)
    return process.pid


def open_log(home: Home) -> int:
    """A descriptor that appends to the service's log; a full log is put aside once."""
    path = home.service_log
    with suppress(FileNotFoundError):
        if path.stat().st_size > LOG_BYTES:
            os.replace(path, path.with_name(path.name + ".1"))
    return open_file(path, os.O_WRONLY | os.O_APPEND)


def child_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our environment without what only we should know."""
    environ = os.environ if environ is None else environ
    return {name: value for name, value in environ.items() if not name.startswith(_OURS)}


def in_foreground(argv: Sequence[str]) -> int:
    """Run a program on our terminal until it ends; the screen must be put away. Raises CommandFailed."""
    try:
        return _foreground(argv)
    except OSError as error:
        raise _cannot_start(argv, error) from error


def _foreground(argv: Sequence[str]) -> int:
    """Run a program on our terminal; its Ctrl-C is not ours."""
    import subprocess

    if threading.current_thread() is not threading.main_thread():
        return subprocess.run(argv, env=child_environment(), check=False).returncode
    # A handler, unlike SIG_IGN, is not inherited.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run(argv, env=child_environment(), check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)


def _reap(wait: Callable[[], object]) -> None:
    # Whoever ends before us would stay in the process table as a zombie.
    threading.Thread(target=wait, name="reap", daemon=True).start()


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _cannot_start(argv: Sequence[str], error: OSError, *, hint: str = "") -> CommandFailed:
    name = argv[0] if argv else "(nothing)"
    return CommandFailed(
        say("{name} cannot be started: {why}.", name=name, why=error.strerror or error),
        hint=hint or "Is it installed, and in the PATH?",
        code="command_missing",
    )
