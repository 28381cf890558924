"""What goes wrong is said in one line, in JSON when asked for, with the promised exit status; never as a trace."""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Unibox
from unibox_tui.cli.errors import understood

UNIBOX = [sys.executable, "-m", "unibox_tui"]


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (("nonsense",), 2, "nonsense"),
        (("ls", "--nonsense"), 2, "--nonsense"),
        (("ls", "wrong:field"), 2, "wrong"),
        (("show",), 2, "Show what?"),
        (("outbox",), 2, "Say what: cancel, keep, list, retry."),
        (("contact", "merge"), 2, "Missing argument"),
        (("show", "99999"), 1, "#99999"),
        (("show", "abc"), 2, "names no conversation"),
        (("show", "--message", "zzz"), 1, "zzz"),
        (("reply", "99999", "x"), 1, "#99999"),
        (("note", "99999"), 2, "no text"),
        (("assign", "99999", "me"), 1, "#99999"),
        (("snooze", "99999", "someday"), 2, "someday"),
        (("import", "/nowhere", "--inbox", "shop"), 1, "/nowhere"),
        (("inbox", "check", "nobody"), 1, "nobody"),
        (("inbox", "add"), 2, "Channel is missing"),
        (("inbox", "add", "x", "--channel", "email"), 2, "address is missing"),
        (("inbox", "add", "x", "--channel", "email", "--set", "adress=1"), 2, "adress"),
        (("inbox", "add", "x", "--channel", "email", "--set", "password=1"), 2, "secret"),
        (("outbox", "retry", "zzz"), 1, "zzz"),
        (("quarantine", "show", "zzz"), 1, "zzz"),
        (("undo",), 1, "undo"),
    ],
)
def test_one_line_and_the_status(shop: Unibox, args: tuple[str, ...], status: int, said: str) -> None:
    plain = shop(*args)
    assert plain.status == status
    assert plain.out == ""
    assert plain.err.startswith("unibox: ")
    assert plain.err.count("\n") == 1
    assert said.casefold() in plain.err.casefold()
    asked = shop(*args, "--json")
    assert asked.status == status
    assert asked.error.keys() == {"code", "message", "hint"}


def test_no_workspace_names_the_way_out(unibox: Unibox, tmp_path: Path) -> None:
    away = Unibox(tmp_path / "away", unibox.capsys, unibox.monkeypatch)
    ran = away("ls")
    assert ran.status == 1
    assert "unibox init" in ran.err
    assert not (tmp_path / "away").exists()


def test_what_was_not_foreseen_is_one_line_too(shop: Unibox, monkeypatch: pytest.MonkeyPatch) -> None:
    from unibox_tui.views import lists

    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(lists, "ids", breaks)
    ran = shop("ls")
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert "ZeroDivisionError" in ran.err
    monkeypatch.setenv("UNIBOX_DEBUG", "1")
    assert "Traceback" in shop("ls").err


def test_customers_words_cannot_act_on_the_terminal(shop: Unibox, tmp_path: Path) -> None:
    (tmp_path / "evil.eml").write_bytes(
        "From: evil@mail.example\nSubject: \x1b]52;c;aGk=\x07\nMessage-ID: <e@x>\n\n\x1b[2Jhi \u202e[/b]".encode()
    )
    shop.ok("import", str(tmp_path / "evil.eml"), "--inbox", "shop")
    for args in (("ls",), ("search", "hi"), ("show", str(shop.ok("ls", "--json").lines[0]["id"])), ("export",)):
        for extra in ((), ("--json",)):
            out = shop.ok(*args, *extra).out
            assert not set(out) & {"\x1b", "\x07", "\u202e", "\x9b"}


def test_a_reader_that_goes_away_is_no_error(shop: Unibox) -> None:
    for number in range(3):
        shop.ok("new", "shop", f"k{number}@khach.example", "x" * 100_000, "--subject", "s")
    command = [*UNIBOX, "--home", str(shop.folder), "export"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout is not None
    run.stdout.close()
    _, err = run.communicate(timeout=30)
    assert err == b""
    assert run.returncode == 141


def test_ctrl_c_is_130_and_quiet(shop: Unibox, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [*UNIBOX, "--home", str(shop.folder), "import", str(pipe), "--inbox", "shop", "--format", "mbox"]
    # Started in the background of a script, we would hand an ignored Ctrl-C on.
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=heard)
    try:
        with open(pipe, "wb"):  # opened by both: it waits for a mail now
            time.sleep(0.2)
            for _ in range(10):  # one that comes in the middle of a clean-up is lost to Python; people press again
                run.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    _, err = run.communicate(timeout=3)
                    break
    finally:
        run.kill()
    assert run.returncode == 130
    assert b"Traceback" not in err


def test_the_screen_needs_a_terminal(unibox: Unibox) -> None:
    ran = unibox()
    assert ran.status == 2
    assert "terminal" in ran.err


def test_json_errors_are_json_even_for_wrong_calls(unibox: Unibox) -> None:
    ran = unibox("ls", "--limit", "many", "--json")
    assert json.loads(ran.err)["error"]["code"] == "WrongUse"


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "make room"), (errno.EACCES, "owner and mode"), (errno.EISDIR, "not a folder")],
)
def test_trouble_of_the_machine_comes_with_a_way_out(number: int, said: str) -> None:
    trouble = understood(OSError(number, os.strerror(number), "/srv/x"))
    assert trouble.message == f"/srv/x: {os.strerror(number)}."
    assert said in trouble.hint.lower()
