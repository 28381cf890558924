"""A whole house on real parts: mail server, SMTP sink, the service as a process, the app in tmux, pages for a browser.

    with House(folder) as house:
        shop = house.mailbox("shop")            # Dovecot + the sink, added with `unibox inbox add`
        house.serve()
        app = house.app(120, 30)
        house.deliver(shop, text="Shop ơi")
        app.see("Shop ơi")

Everything that was started is killed when the block ends, whatever happened inside.
"""

from __future__ import annotations

import asyncio
import contextlib
import email.message
import email.policy
import email.utils
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from uuid import uuid4

from tests.support.dovecot import Dovecot
from tests.support.ports import free_port, wait_for_port
from tests.support.smtp import SmtpSink
from unibox_tui.config import editing
from unibox_tui.host.locks import is_taken

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0
STEP_S = 0.02


def until(true: Callable[[], T], *, seconds: float = PATIENCE_S, else_: Callable[[], str] = lambda: "") -> T:
    """What `true` gives once it gives something; AssertionError with `else_()` after `seconds`."""
    ends = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < ends, f"never happened\n{else_()}"
        time.sleep(STEP_S)
    return found


def never(true: Callable[[], object], *, seconds: float) -> None:
    """It stays untrue for so long."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        assert not true()
        time.sleep(STEP_S)


class Loop:
    """An event loop on a thread of its own, for servers beside a test that is plain code."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self.loop)
        return future.result(PATIENCE_S)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()


class Site:
    """A shop's web server: any path is a page with the one line of the widget, for one inbox."""

    def __init__(self, widget: str, language: str = "en") -> None:
        page = (
            f'<!doctype html><html lang="{language}"><meta charset="utf-8"><meta name="viewport" '
            f'content="width=device-width"><title>Shop</title><script src="{widget}?lang={language}" async></script>'
            "<h1>Áo dài</h1>"
        ).encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_: object) -> None:
                return

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class App:
    """One app in one tmux server of its own, under a shell. `raw` collects every byte the app writes to its terminal."""

    def __init__(self, argv: Sequence[str], columns: int, lines: int, environ: dict[str, str], folder: Path) -> None:
        self._socket = f"unibox-e2e-{uuid4().hex[:8]}"
        self.raw = folder / f"{self._socket}.raw"
        settings = [f"{name}={value}" for name, value in environ.items()]
        place = ["-d", "-x", str(columns), "-y", str(lines), "-c", str(ROOT)]
        self._run("-f", "/dev/null", "new-session", *place, "env", "-u", "COLUMNS", *settings, "bash", "--norc", "-i")
        self._run("set-option", "-g", "history-limit", "2000")
        self._argv = " ".join(argv)
        self.typed(f"PS1=; stty -echo; clear; {self._argv}; echo ENDED $?\n")
        self._run("pipe-pane", "-o", f"cat >> {self.raw}")

    def _run(self, *args: str) -> str:
        ran = subprocess.run(["tmux", "-u", "-L", self._socket, *args], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def keys(self, *keys: str) -> App:
        """Named keys as tmux knows them: "j", "Enter", "Escape", "C-r"."""
        self._run("send-keys", *keys)
        return self

    def typed(self, text: str) -> App:
        """All bytes in one go, as a paste-less terminal or an input method sends them; ⌫ is backspace."""
        data = text.replace("⌫", "\x7f").replace("\n", "\r").encode()
        self._run("send-keys", "-H", *(f"{byte:02x}" for byte in data))
        return self

    def slowly(self, text: str) -> App:
        """A key at a time, as a person types."""
        for character in text:
            self.typed(character)
        return self

    def resize(self, columns: int, lines: int) -> App:
        self._run("resize-window", "-x", str(columns), "-y", str(lines))
        return self

    @property
    def lines(self) -> list[str]:
        return self._run("capture-pane", "-p").rstrip("\n").split("\n")

    def screen(self) -> str:
        return self._run("capture-pane", "-p")

    @property
    def foot(self) -> str:
        return self.lines[-1]

    @property
    def cursor(self) -> tuple[int, int]:
        x, y = self._run("display-message", "-p", "#{cursor_x} #{cursor_y}").split()
        return int(x), int(y)

    @property
    def pid(self) -> int:
        """Of the app, the child of the pane's shell."""
        shell = self._run("display-message", "-p", "#{pane_pid}").strip()
        children = subprocess.run(["pgrep", "-P", shell], capture_output=True, text=True, check=False).stdout.split()
        assert len(children) == 1, children
        return int(children[0])

    def until(self, true: Callable[[str], T], *, seconds: float = PATIENCE_S) -> T:
        return until(lambda: true(self.screen()), seconds=seconds, else_=self.screen)

    def see(self, *texts: str, seconds: float = PATIENCE_S) -> str:
        """Until all these texts are on the screen; gives the screen."""
        self.until(lambda screen: all(text in screen for text in texts), seconds=seconds)
        return self.screen()

    def not_see(self, *texts: str, seconds: float = PATIENCE_S) -> str:
        self.until(lambda screen: not any(text in screen for text in texts), seconds=seconds)
        return self.screen()

    def line_with(self, text: str) -> str:
        return self.until(lambda screen: next((line for line in screen.split("\n") if text in line), ""))

    def quiet(self, *, seconds: float = 0.3) -> str:
        """The screen once nothing has been written to it for so long."""

        def still() -> bool:
            size = self.raw.stat().st_size if self.raw.exists() else 0
            time.sleep(seconds)
            return size == (self.raw.stat().st_size if self.raw.exists() else 0)

        until(still)
        return self.screen()

    def kill(self) -> None:
        """kill -9; the shell stays."""
        os.kill(self.pid, signal.SIGKILL)
        self.see("ENDED")

    def again(self) -> App:
        self.typed(f"stty sane; stty -echo; clear; {self._argv}; echo ENDED $?\n")
        return self

    def leave(self) -> None:
        self.keys("Q")
        self.see("ENDED 0")

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True, check=False)


@dataclass(frozen=True)
class Mailbox:
    inbox: str
    user: str
    address: str


@dataclass
class House:
    folder: Path
    language: str = "en"
    store: Path | None = None  # a team's store; the service's own home points to it
    apps: list[App] = field(default_factory=list)
    _service: subprocess.Popen[bytes] | None = None
    _closing: list[Callable[[], object]] = field(default_factory=list)
    _dovecot: Dovecot | None = None
    _sink: SmtpSink | None = None
    _loop: Loop | None = None
    port: int = 0

    # -- coming and going --------------------------------------------------------------------------------------------

    def __enter__(self) -> House:
        self.home = self.folder / "home"
        self.cli("init", json_=False)
        self.port = free_port()
        self.set("web", "listen", f"127.0.0.1:{self.port}")
        if self.store is not None:
            self.set("workspace", "store", str(self.store))
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        if kind is not None:
            for app in self.apps:
                with contextlib.suppress(Exception):
                    print(f"--- a screen at the end\n{app.screen()}", file=sys.stderr)
            print(f"--- the service's log\n{self.log()[-4000:]}", file=sys.stderr)
        for app in self.apps:
            app.close()
        self.stop(signal.SIGKILL)
        if (left := self.serving) is not None:
            os.kill(left, signal.SIGKILL)
        for close in reversed(self._closing):
            close()
        if self._loop is not None:
            self._loop.close()

    # -- the workspace -----------------------------------------------------------------------------------------------

    @property
    def config(self) -> Path:
        return self.home / "config.toml"

    def set(self, *key_and_value: Any) -> None:
        *key, value = key_and_value
        editing.set_value(self.config, tuple(key), value)

    def argv(self, *args: str, home: Path | None = None) -> list[str]:
        return [sys.executable, "-m", "unibox_tui", "--home", str(home or self.home), *args]

    def environ(self) -> dict[str, str]:
        return {**os.environ, "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONPATH": str(ROOT)}

    def cli(self, *args: str, json_: bool = True, input: str = "", status: int = 0) -> Any:
        """Run a verb. Gives its JSON (a list when there are several lines), else its text."""
        ran = subprocess.run(
            self.argv(*args, *(["--json"] if json_ else [])),
            capture_output=True,
            text=True,
            input=input,
            check=False,
            timeout=60,
            env=self.environ(),
        )
        assert ran.returncode == status, f"{args}: {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        if not json_:
            return ran.stdout
        return [json.loads(line) for line in (ran.stdout or ran.stderr).splitlines()]

    def one(self, *args: str, **more: Any) -> Any:
        (found,) = self.cli(*args, **more)
        return found

    def rows(self, sql: str, **params: Any) -> list[Any]:
        """A look at the store, beside the code under test."""
        import sqlite3

        database = (self.store or self.home) / "unibox.db"
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return db.execute(sql, params).fetchall()

    # -- mail --------------------------------------------------------------------------------------------------------

    @property
    def loop(self) -> Loop:
        if self._loop is None:
            self._loop = Loop()
        return self._loop

    @property
    def dovecot(self) -> Dovecot:
        if self._dovecot is None:
            place = Path(tempfile.mkdtemp(prefix="unibox-dovecot-", dir="/tmp"))  # a socket's path is short
            place.chmod(0o755)
            self._dovecot = Dovecot(place).start()
            self._closing.append(self._dovecot.close)
        return self._dovecot

    @property
    def sink(self) -> SmtpSink:
        if self._sink is None:
            self._sink = self.loop.run(SmtpSink().__aenter__())
            sink = self._sink
            self._closing.append(lambda: self.loop.run(sink.__aexit__(None, None, None)))
        return self._sink

    def mailbox(self, name: str, *, group: str = "Shop A", address: str = "", **settings: Any) -> Mailbox:
        """Add a mailbox by the command line, checked against the real servers."""
        address = address or f"{name}@shop-a.example"
        password = self.dovecot.user(name)
        values = {
            "group": group,
            "title": f"{group} {name}",
            "address": address,
            "name": group,
            "imap_host": self.dovecot.host,
            "imap_port": self.dovecot.imaps_port,
            "imap_user": name,
            "ca_file": str(self.dovecot.ca_file),
            "smtp_host": "127.0.0.1",
            "smtp_port": self.sink.port,
            "smtp_security": "plain",
            "smtp_user": "none",
            "undo_send_seconds": 0,
            "sent_folder": "Sent",
            **settings,
        }
        self._add(name, "email", values, f"password={password}\n")
        return Mailbox(name, name, address)

    def _add(self, name: str, channel: str, values: dict[str, Any], secrets: str = "") -> None:
        given = [part for key, value in values.items() for part in ("--set", f"{key}={value}")]
        ways = ["--secret-stdin"] if secrets else []
        self.cli("inbox", "add", name, "--channel", channel, *given, *ways, input=secrets)

    def deliver(
        self,
        mailbox: Mailbox,
        text: str = "Shop ơi em nhận thiếu 1 áo",
        *,
        sender: str = "Nguyễn Thị Hà <ha@khach.example>",
        subject: str = "Đơn giao thiếu áo",
        id: str = "",
        answers: Sequence[str] = (),
        to: str = "",
        headers: dict[str, str] | None = None,
    ) -> str:
        """A customer's mail comes into the mailbox. Gives its Message-ID."""
        id = id or f"<{uuid4().hex}@khach.example>"
        mail = letter(text, sender=sender, to=to or mailbox.address, subject=subject, id=id, answers=answers)
        for name, value in (headers or {}).items():
            mail[name] = value
        self.dovecot.deliver(mailbox.user, [mail.as_bytes()])
        return id

    def sent(self) -> list[email.message.EmailMessage]:
        """What left by SMTP, parsed."""
        return [email.message_from_bytes(mail.body, policy=email.policy.default) for mail in list(self.sink.mails)]

    # -- chat and forms ----------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def chat(self, name: str = "chat", *, group: str = "Shop A", language: str = "en", **settings: Any) -> Site:
        """A chat inbox and a shop's page that shows its widget."""
        site = Site(f"{self.url}/w/{name}.js", language)
        self._closing.append(site.close)
        values = {"group": group, "title": f"{group} chat", "origins": site.origin, "needs_agents": "false", **settings}
        self._add(name, "livechat", values)
        return site

    def form(self, name: str = "contact", *, group: str = "Shop A", **settings: Any) -> str:
        """A form inbox; gives the address to post to."""
        self._add(name, "form", {"group": group, "title": f"{group} form", **settings})
        return f"{self.url}/f/{name}"

    # -- the service -------------------------------------------------------------------------------------------------

    def serve(self, *, web: bool = False) -> None:
        """Start the service and wait until it runs; `web`: until its door is open."""
        log = open(self.folder / "service.log", "ab")  # noqa: SIM115  the process keeps it
        before = self.log().count("the service runs")
        self._service = subprocess.Popen(
            self.argv("serve"), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environ(), cwd="/"
        )
        log.close()
        service = self._service
        until(lambda: self.log().count("the service runs") > before or service.poll() is not None, else_=self.log)
        # An app of the store's owner starts one by itself when it finds none: then that one serves.
        assert service.poll() is None or (self.serving and "held by another process" in self.log()), self.log()
        # What was in a mailbox before it was first looked at is history, which is shown to nobody as new.
        until(
            lambda: self.rows(
                "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM inbox i WHERE channel = 'email' AND NOT EXISTS "
                "(SELECT 1 FROM cursor c WHERE c.inbox_id = i.id))"
            ),
            else_=self.log,
        )
        if web:
            wait_for_port(self.port, seconds=PATIENCE_S)

    @property
    def serving(self) -> int | None:
        """The process that serves the store now, whoever started it."""
        lock = (self.store or self.home) / "run" / "service.lock"
        found = re.search(r"pid (\d+)", lock.read_text()) if lock.exists() and is_taken(lock) else None
        return int(found[1]) if found else None

    def log(self) -> str:
        path = self.folder / "service.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self, number: int = signal.SIGTERM) -> None:
        service, self._service = self._service, None
        if service is not None:
            with contextlib.suppress(ProcessLookupError):
                service.send_signal(number)
            service.wait(15)

    # -- the app -----------------------------------------------------------------------------------------------------

    def app(
        self,
        columns: int = 120,
        lines: int = 30,
        *,
        uid: int = 0,
        gid: int = 0,
        home: Path | None = None,
        **environ: str,
    ) -> App:
        """The app in a terminal of this size; `uid`: as that account (needs root)."""
        become = ["setpriv", f"--reuid={uid}", f"--regid={uid}", f"--groups={gid}"] if uid else []
        settings = {"LANG": "C.UTF-8", "TZ": "UTC", "PYTHONPATH": str(ROOT), "COLORTERM": "", **environ}
        argv = [*become, *self.argv("--lang", self.language, home=home)]
        app = App(argv, columns, lines, settings, self.folder)
        self.apps.append(app)
        return app


def letter(
    text: str, *, sender: str, to: str, subject: str, id: str, answers: Sequence[str] = ()
) -> email.message.EmailMessage:
    mail = email.message.EmailMessage(policy=email.policy.SMTP.clone(max_line_length=998, utf8=False))
    name, address = email.utils.parseaddr(sender)
    user, _, domain = address.partition("@")
    mail["From"] = email.headerregistry.Address(name, user, domain)
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = email.utils.format_datetime(email.utils.localtime())
    mail["Message-ID"] = id
    if answers:
        mail["In-Reply-To"] = answers[-1]
        mail["References"] = " ".join(answers)
    mail.set_content(text, cte="base64")
    return mail


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """A Chromium by playwright's plain interface."""
    from playwright.sync_api import sync_playwright

    from tests.web.test_browser import ARGUMENTS, CHROMIUM

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield chromium
        finally:
            chromium.close()


def have(*programs: str) -> bool:
    return all(shutil.which(name) or Path(f"/usr/sbin/{name}").exists() for name in programs)


def spread(times: Sequence[float]) -> str:
    """Median and 95th percentile in milliseconds, for people."""
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered) + 0.5) - 1)]
    return f"p50 {ordered[len(ordered) // 2] * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, most {ordered[-1] * 1000:.0f} ms"


def without_space(text: str) -> str:
    return re.sub(r"\s+", " ", text)
