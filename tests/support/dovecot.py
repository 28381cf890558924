"""A real Dovecot in a folder of its own: loopback ports, own users, own CA, killable, restartable.

`Dovecot.start()` gives a running server; `.user(name)` makes a mailbox with a password; mails go in with `.deliver(…)`
(straight into the Maildir, fast) or `.append(…)` (over IMAP).
"""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.certificates import make_ca_and_server
from tests.support.ports import free_port, wait_for_port

DOVECOT = shutil.which("dovecot") or "/usr/sbin/dovecot"
DOVEADM = shutil.which("doveadm") or "/usr/bin/doveadm"

CONFIG = """
base_dir = {run}
state_dir = {run}
protocols = imap
listen = 127.0.0.1
log_path = {home}/dovecot.log
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{mail}/%u
mail_uid = {uid}
mail_gid = {gid}
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0 secs
ssl = yes
ssl_cert = <{home}/server.pem
ssl_key = <{home}/server.key
imap_capability = {capability}
imap_idle_notify_interval = 2 mins
mail_max_userip_connections = 200
mmap_disable = yes
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = {auto_sent}
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {home}/users/%u
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={mail}/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap {{
  process_limit = 200
}}
"""


class _Introspection(http.server.BaseHTTPRequestHandler):
    tokens: dict[str, str]

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        form = urllib.parse.parse_qs(self.rfile.read(length).decode())
        token = (form.get("token") or [""])[0]
        user = self.server.tokens.get(token)  # type: ignore[attr-defined]
        answer = {"active": True, "username": user} if user else {"active": False}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@dataclass
class Dovecot:
    """`imap_port` takes plain and STARTTLS, `imaps_port` TLS; `ca_file` is what clients must trust; `host` is "localhost"."""

    home: Path
    idle: bool = True
    condstore: bool = True
    auto_sent: bool = True
    host: str = "localhost"
    imap_port: int = 0
    imaps_port: int = 0
    tokens: dict[str, str] = field(default_factory=dict)  # access token -> user
    _process: subprocess.Popen[bytes] | None = None
    _introspection: http.server.ThreadingHTTPServer | None = None
    _count: int = 0

    @property
    def ca_file(self) -> Path:
        return self.home / "ca.pem"

    @property
    def mail(self) -> Path:
        return self.home / "mail"

    def user(self, name: str, password: str = "bí mật 9") -> str:
        """Make a user; gives the password."""
        # A file each: Dovecot notices a change of one file only by its second.
        path = self.home / "users" / name
        path.write_text(f"{name}:{{PLAIN}}{password}::::::\n", encoding="utf-8")
        path.chmod(0o644)
        return password

    def token(self, user: str, token: str) -> None:
        self.tokens[token] = user

    def folder_path(self, user: str, folder: str = "INBOX") -> Path:
        root = self.mail / user
        return root if folder == "INBOX" else root / f".{folder.replace('/', '.')}"

    def deliver(self, user: str, mails: Sequence[bytes], folder: str = "INBOX") -> None:
        """Put mails straight into the Maildir, in order."""
        path = self.folder_path(user, folder)
        for part in ("tmp", "new", "cur"):
            self._make(path / part)
        for mail in mails:
            self._count += 1
            name = f"{int(time.time())}.M{self._count:07d}P{os.getpid()}.test"
            draft = path / "tmp" / name
            draft.write_bytes(mail)
            self._own(draft)
            draft.rename(path / "new" / name)

    def append(self, user: str, mails: Sequence[bytes], folder: str = "INBOX", password: str = "bí mật 9") -> None:
        with self.client(user, password) as client:
            if folder != "INBOX" and not client.folder_exists(folder):
                client.create_folder(folder)
            for mail in mails:
                client.append(folder, mail)

    @contextlib.contextmanager
    def client(self, user: str, password: str = "bí mật 9") -> Iterator[object]:
        """A plain client of the server, beside the code under test."""
        from imapclient import IMAPClient

        client = IMAPClient("127.0.0.1", self.imap_port, ssl=False, timeout=10)
        try:
            client.plain_login(user, password)
            yield client
        finally:
            with contextlib.suppress(Exception):
                client.logout()

    def messages(self, user: str, folder: str) -> list[bytes]:
        """Whole mails of a folder, oldest first."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            uids = client.search("ALL")
            found = client.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
            return [found[uid][b"BODY[]"] for uid in uids]

    def uidvalidity(self, user: str, folder: str = "INBOX") -> int:
        with self.client(user) as client:
            return int(client.folder_status(folder, ["UIDVALIDITY"])[b"UIDVALIDITY"])

    def change_uidvalidity(self, user: str, folder: str = "INBOX") -> int:
        """Forget the numbering of a folder, as a restored backup does. Gives the new UIDVALIDITY."""
        before = self.uidvalidity(user, folder)
        self.disconnect_all(user)
        path = self.folder_path(user, folder)
        for name in path.iterdir():
            if name.name.startswith(("dovecot.index", "dovecot-uidlist")):
                name.unlink()
        control = self.folder_path(user)
        for name in control.iterdir():
            if name.name.startswith(("dovecot-uidvalidity", "dovecot.list.index")):
                name.unlink()
        (path / "dovecot-uidlist").write_text(f"3 V{before + 7} N1\n")
        self._own(path / "dovecot-uidlist")
        after = self.uidvalidity(user, folder)
        assert after != before
        return after

    def disconnect_all(self, user: str) -> None:
        """Every session of the user is cut by the server."""
        self._doveadm("kick", user, check=False)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and user in self._doveadm("who", "-1", check=False):
            time.sleep(0.05)

    def sessions(self, user: str) -> int:
        return sum(1 for line in self._doveadm("who", "-1", check=False).splitlines() if line.startswith(f"{user} "))

    def log(self) -> str:
        path = self.home / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> Dovecot:
        if not self.imap_port:
            self.imap_port, self.imaps_port = free_port(), free_port()
            self._write_files()
        if self._introspection is None:
            self._introspection = self._serve_introspection()
            self._write_oauth()
        (self.home / "run").mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            [DOVECOT, "-F", "-c", str(self.home / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            wait_for_port(self.imaps_port, alive=lambda: self._process is not None and self._process.poll() is None)
        except TimeoutError:
            raise AssertionError(f"Dovecot does not start: {self._stderr()} {self.log()[-2000:]}") from None
        return self

    def stop(self, *, kill: bool = False) -> None:
        """Stop the server; `kill` cuts every connection at once without a word."""
        process, self._process = self._process, None
        if process is None:
            return
        if kill:
            children = _children(process.pid)
            process.kill()
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
        else:
            process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        if process.stderr:
            process.stderr.close()
        shutil.rmtree(self.home / "run", ignore_errors=True)  # a killed one leaves its sockets

    def restart(self, *, kill: bool = False) -> None:
        self.stop(kill=kill)
        self.start()

    def close(self) -> None:
        self.stop()
        if self._introspection is not None:
            self._introspection.shutdown()
            self._introspection.server_close()
        shutil.rmtree(self.home, ignore_errors=True)

    # ------------------------------------------------------------------

    def _write_files(self) -> None:
        make_ca_and_server(self.home, names=("localhost",), addresses=())
        self._make(self.mail)
        (self.home / "users").mkdir(exist_ok=True)
        if os.geteuid() == 0:
            mail, internal, login, group = _account("nobody"), "dovecot", "dovenull", "dovecot"
        else:
            mail = pwd.getpwuid(os.geteuid())
            internal = login = mail.pw_name
            import grp

            group = grp.getgrgid(mail.pw_gid).gr_name
        words = ["+"] if self.idle and self.condstore else ["IMAP4rev1 SASL-IR LITERAL+ UIDPLUS NAMESPACE SPECIAL-USE"]
        if len(words[0]) > 1:
            words += ["IDLE"] if self.idle else []
            words += ["CONDSTORE"] if self.condstore else []
        (self.home / "dovecot.conf").write_text(
            CONFIG.format(
                run=self.home / "run",
                home=self.home,
                mail=self.mail,
                uid=mail.pw_uid,
                gid=mail.pw_gid,
                internal=internal,
                login=login,
                group=group,
                capability=" ".join(words),
                auto_sent="subscribe" if self.auto_sent else "no",
                imap_port=self.imap_port,
                imaps_port=self.imaps_port,
            )
        )

    def _write_oauth(self) -> None:
        assert self._introspection is not None
        port = self._introspection.server_address[1]
        (self.home / "oauth2.conf").write_text(
            f"introspection_url = http://127.0.0.1:{port}/\nintrospection_mode = post\n"
            "active_attribute = active\nactive_value = true\nusername_attribute = username\nforce_introspection = yes\n"
        )

    def _serve_introspection(self) -> http.server.ThreadingHTTPServer:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Introspection)
        server.tokens = self.tokens  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def _doveadm(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            [DOVEADM, "-c", str(self.home / "dovecot.conf"), *words], capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            raise AssertionError(f"doveadm {words}: {done.stderr}")
        return done.stdout

    def _make(self, path: Path) -> None:
        if not path.exists():
            for parent in reversed([path, *path.parents]):
                if not parent.exists():
                    parent.mkdir()
                    self._own(parent)

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            account = _account("nobody")
            os.chown(path, account.pw_uid, account.pw_gid)

    def _stderr(self) -> str:
        if self._process is None or self._process.stderr is None or self._process.poll() is None:
            return ""
        return self._process.stderr.read().decode(errors="replace")


def _account(name: str) -> pwd.struct_passwd:
    return pwd.getpwnam(name)


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def dovecot_here() -> bool:
    return os.access(DOVECOT, os.X_OK)


def need_dovecot() -> None:
    """Skip where there is no Dovecot; under CI nothing may be missing."""
    if dovecot_here():
        return
    if os.environ.get("CI") == "true":
        pytest.fail("Dovecot is missing; install dovecot-imapd.")
    pytest.skip("Dovecot is not installed (dovecot-imapd)")


@contextlib.contextmanager
def running_dovecot(**options: bool) -> Iterator[Dovecot]:
    """A server for the time of a `with`; options are the fields of Dovecot (idle, condstore, auto_sent)."""
    need_dovecot()
    home = Path(tempfile.mkdtemp(prefix="unibox-dovecot-"))
    home.chmod(0o755)
    server = Dovecot(home, **options)
    try:
        yield server.start()
    finally:
        server.close()
