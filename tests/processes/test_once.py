"""`serve --once`: comes back when all is fetched and sent, not before, and says when it could not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes.running import ROOT, Place, deliver, mail, mail_inbox, make_maildir
from tests.support.smtp import SmtpSink

SLOW_S = 4.0


def once(home: Place) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "unibox_tui", "--home", str(home.folder), "serve", "--once"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, env=os.environ)


@contextlib.contextmanager
def silent_server() -> Iterator[int]:
    """Takes a connection and hangs up after a while without a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                line, _ = server.accept()
                server.close()
                time.sleep(SLOW_S)
                line.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
    thread.join()


@pytest.mark.slow
async def test_all_is_fetched_and_sent(place: Callable[..., Place], tmp_path: Path) -> None:
    box = make_maildir(tmp_path / "mail", "Sent")
    async with SmtpSink() as sink:
        home = place(mail_inbox(box, sink.port))
        assert (await asyncio.to_thread(once, home)).returncode == 0
        for number in range(30):
            deliver(box, f"m{number}", mail(number))
        ran = await asyncio.to_thread(once, home)
        assert ran.returncode == 0, ran.stderr
        assert home.count("message", "direction = 'in'") == 30
        numbers = [row["id"] for row in home.rows("SELECT id FROM conversation")]
        for number in numbers[:5]:
            home.reply(number, "Dạ shop gửi ngay ạ")
        assert (await asyncio.to_thread(once, home)).returncode == 0
        assert len(sink.mails) == 5
        assert home.count("outbox", "state = 'sent'") == 5


@pytest.mark.slow
def test_a_slow_server_is_waited_for_and_its_failure_told(place: Callable[..., Place]) -> None:
    with silent_server() as port:
        home = place(
            '[inbox.shop]\nchannel = "email"\naddress = "hello@shop-a.example"\nimap_host = "127.0.0.1"\n'
            f'imap_port = {port}\nimap_security = "plain"\nsendmail = ["true"]\n'
        )
        began = time.monotonic()
        ran = once(home)
    assert time.monotonic() - began >= SLOW_S
    assert ran.returncode == 1
    assert "shop" in ran.stderr
    assert "127.0.0.1" in home.value("SELECT error FROM inbox_health")
