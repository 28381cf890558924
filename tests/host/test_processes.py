from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from unibox_tui.domain.errors import Refused
from unibox_tui.host import processes
from unibox_tui.host.mounts import process_state
from unibox_tui.host.paths import Home
from unibox_tui.host.processes import (
    CommandFailed,
    child_environment,
    open_with,
    pipe,
    run_editor,
    sendmail,
    start_service,
)


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def wait_until(true: object, seconds: float = 20.0) -> None:
    ends = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.02)


def script(folder: Path, code: str) -> Path:
    path = folder / "program"
    path.write_text(f"#!{sys.executable}\n{code}\n")
    path.chmod(0o700)
    return path


def test_pipe_gives_what_was_printed_and_how_it_ended() -> None:
    ran = pipe(
        python(
            "import sys; d=sys.stdin.buffer.read(); sys.stdout.buffer.write(d[::-1]); print('e', file=sys.stderr); sys.exit(75)"
        ),
        b"abc",
    )
    assert (ran.status, ran.out, ran.err) == (75, b"cba", b"e\n")


def test_pipe_takes_and_gives_more_than_a_pipe_holds() -> None:
    data = os.urandom(1 << 20)
    assert pipe(python("import sys, shutil; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"), data).out == data


def test_pipe_survives_a_program_that_does_not_read() -> None:
    assert pipe(["true"], b"x" * (1 << 20)).status == 0


def test_pipe_uses_no_shell(tmp_path: Path) -> None:
    assert pipe(["echo", f"$(touch {tmp_path}/x); `id`"]).out.decode().strip() == f"$(touch {tmp_path}/x); `id`"
    assert not (tmp_path / "x").exists()


def test_pipe_stops_what_takes_too_long_with_its_children(tmp_path: Path) -> None:
    code = "import subprocess, sys, time; p=subprocess.Popen(['sleep', '60']); open(sys.argv[1], 'w').write(str(p.pid)); time.sleep(60)"
    with pytest.raises(CommandFailed, match="did not end") as caught:
        pipe(python(code, str(tmp_path / "pid")), timeout=3)
    assert caught.value.code == "command_timed_out"
    child = int((tmp_path / "pid").read_text())
    wait_until(lambda: process_state(child) in ("", "Z"))


def test_pipe_does_not_wait_for_helpers_left_behind() -> None:
    ran = pipe(python("import subprocess; subprocess.Popen(['sleep', '60']); print('done')"), timeout=30)
    assert ran.out == b"done\n"


def test_pipe_stops_what_prints_without_end() -> None:
    with pytest.raises(CommandFailed, match="more than 1000 bytes") as caught:
        pipe(["yes"], limit=1000)
    assert caught.value.code == "command_too_much"


def test_a_missing_program_is_named() -> None:
    with pytest.raises(CommandFailed, match="/no/such cannot be started: No such file") as caught:
        pipe(["/no/such"])
    assert caught.value.code == "command_missing"


def test_children_get_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNIBOX_SECRET_SHOP_A_PASSWORD", "s3cret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x")
    monkeypatch.setenv("UNIBOX_HOME", "/srv/unibox")
    out = pipe(["env"]).out
    assert b"s3cret" not in out
    assert b"CREDENTIALS" not in out
    assert b"UNIBOX_HOME=/srv/unibox" in out
    assert child_environment({"UNIBOX_SECRET_X": "1", "PATH": "/bin"}) == {"PATH": "/bin"}


def test_children_get_no_descriptors_of_ours(tmp_path: Path) -> None:
    with open(tmp_path / "db", "w") as held:
        os.set_inheritable(held.fileno(), True)
        assert pipe(["ls", f"/proc/self/fd/{held.fileno()}"]).status != 0


def test_sendmail_hands_the_mail_over_by_stdin(tmp_path: Path) -> None:
    program = script(
        tmp_path,
        f"import sys; open({str(tmp_path / 'sent')!r}, 'wb').write(repr(sys.argv[1:]).encode() + sys.stdin.buffer.read())",
    )
    assert sendmail([str(program), "-i", "--", "mai@khach.example"], b"Subject: Ch\xc3\xa0o\r\n\r\nx\r\n").status == 0
    assert (tmp_path / "sent").read_bytes() == b"['-i', '--', 'mai@khach.example']Subject: Ch\xc3\xa0o\r\n\r\nx\r\n"


def test_editor_changes_the_text_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    seen = tmp_path / "seen"
    editor = script(
        tmp_path,
        "import os, sys; p=sys.argv[1]; t=open(p, encoding='utf-8').read()\n"
        f"open({str(seen)!r}, 'w').write(os.path.basename(p) + ' ' + oct(os.stat(p).st_mode & 0o777))\n"
        "open(p, 'w', encoding='utf-8').write(t.replace('shop', 'cửa hàng') + ' ạ\\n'); open(p + '~', 'w').write('backup')",
    )
    assert run_editor("Dạ shop", "#10482 ../x.txt", editor=[str(editor)]) == "Dạ cửa hàng ạ"
    assert seen.read_text() == "x.txt 0o600"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["program", "seen"]


def test_editor_from_the_environment_may_have_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = script(tmp_path, "import sys; open(sys.argv[2], 'w').write(sys.argv[1])")
    monkeypatch.setenv("VISUAL", f"'{editor}' --wait")
    assert run_editor("old") == "--wait"


def test_an_editor_that_fails_changes_nothing(tmp_path: Path) -> None:
    editor = script(tmp_path, "import sys; open(sys.argv[1], 'w').write('gone'); sys.exit(1)")
    assert run_editor("kept", editor=[str(editor)]) == "kept"
    with pytest.raises(CommandFailed, match="cannot be started") as caught:
        run_editor("kept", editor=["/no/such/editor"])
    assert "[ui] editor" in caught.value.hint


def test_what_is_no_utf8_is_kept_and_named(tmp_path: Path) -> None:
    editor = script(tmp_path, "import sys; open(sys.argv[1], 'wb').write(b'\\xff\\xfe')")
    with pytest.raises(CommandFailed, match="not UTF-8") as caught:
        run_editor("x", editor=[str(editor)])
    kept = Path(str(caught.value.message).partition("kept in ")[2].rstrip("."))
    assert kept.read_bytes() == b"\xff\xfe"
    kept.unlink()
    kept.parent.rmdir()


def test_open_with_puts_the_path_where_it_belongs(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = f"import os, sys; open({str(out)!r} + '.new', 'w').write(repr(sys.argv[1:])); os.rename({str(out)!r} + '.new', {str(out)!r})"
    file = tmp_path / "-rf ảnh.jpg"
    open_with(python(code, "--at", "x={path}"), file, wait=True)
    assert out.read_text() == repr(["--at", f"x={file}"])
    out.unlink()
    open_with(python(code), file)
    wait_until(out.exists)
    assert out.read_text() == repr([str(file)])
    with pytest.raises(CommandFailed, match="exit status 3"):
        open_with(python("import sys; sys.exit(3)"), file, wait=True)
    with pytest.raises(CommandFailed, match="cannot be started"):
        open_with(["/no/such"], file)


def test_the_service_runs_on_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another session, no terminal, its words in the log, our descriptors closed."""
    home = Home.find(tmp_path / "box", {})
    home.prepare()
    fake = tmp_path / "fake" / "unibox_tui"
    fake.mkdir(parents=True)
    (fake / "__init__.py").write_text("")
    (fake / "__main__.py").write_text(
        "import os, sys\n"
        "print(sys.argv[1:], os.getsid(0) == os.getpid(), os.getcwd(), sorted(os.listdir('/proc/self/fd'))[:3], flush=True)\n"
        "print('trouble', file=sys.stderr, flush=True)\n"
        "sys.stdin.read()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(fake.parent))
    pid = start_service(home, ["--while-apps"])
    assert pid != os.getpid()
    wait_until(lambda: "trouble" in home.service_log.read_text())
    assert (
        str(["--home", str(home.root), "serve", "--while-apps"]) + " True / ['0', '1', '2']"
        in home.service_log.read_text()
    )
    wait_until(lambda: process_state(pid) == "")  # no zombie


def test_no_service_is_started_for_a_colleague_s_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home.find(tmp_path, {})
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(Refused, match="belongs to another account"):
        start_service(home)


def test_a_full_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home.find(tmp_path, {})
    home.prepare()
    monkeypatch.setattr(processes, "LOG_BYTES", 10)
    for text in (b"a" * 20, b"b" * 20, b"c"):
        log = processes.open_log(home)
        os.write(log, text)
        os.close(log)
    assert home.service_log.read_bytes() == b"c"
    assert (home.run / "service.log.1").read_bytes() == b"b" * 20


def test_ctrl_c_in_a_foreground_program_is_not_ours() -> None:
    before = signal.getsignal(signal.SIGINT)
    open_with(python("import os, signal; os.kill(os.getppid(), signal.SIGINT)"), Path("/x"), wait=True)
    assert signal.getsignal(signal.SIGINT) is before
