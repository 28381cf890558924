"""One logged-in IMAP connection. Blocking; lives in a worker thread, but `break_off` may be called from any."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import ssl
import threading
from types import TracebackType
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError

from unibox_tui.connectors.contract import SecretOf
from unibox_tui.connectors.email.oauth import TokenSource
from unibox_tui.connectors.email.settings import EmailSettings
from unibox_tui.connectors.email.trouble import translated
from unibox_tui.connectors.errors import CredentialsRejected, Misconfigured, Transient
from unibox_tui.domain.saying import say

CONNECT_SECONDS = 20.0
# imapclient logs whole lines of the protocol on DEBUG: customers' words.
logging.getLogger("imapclient").setLevel(logging.WARNING)


class Session:
    """`with Session(…) as session:` connects and logs in; `session.client` is the IMAPClient."""

    client: IMAPClient

    def __init__(self, settings: EmailSettings, secret_of: SecretOf, tokens: TokenSource) -> None:
        self.settings, self._secret_of, self._tokens = settings, secret_of, tokens
        self._raw: socket.socket | None = None
        self._broken_off = threading.Event()

    def __enter__(self) -> Session:
        with self.translated():
            try:
                self._connect()
                self._login()
            except BaseException:
                self._shut()
                raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        if kind is None and not self._broken_off.is_set():
            with contextlib.suppress(Exception):
                self.client.logout()
        self._shut()

    def translated(self) -> contextlib.AbstractContextManager[None]:
        settings = self.settings
        return translated(settings.imap_host, settings.imap_port_used, settings.imap_login)

    def break_off(self) -> None:
        """Wake whatever blocks on this connection, from any thread; everything after fails at once."""
        self._broken_off.set()
        raw = self._raw
        if raw is not None:
            with contextlib.suppress(OSError):
                # Not ssl's own shutdown, which forgets the TLS object under the other thread's feet.
                socket.socket.shutdown(raw, socket.SHUT_RDWR)

    def has(self, capability: str) -> bool:
        return bool(self.client.has_capability(capability))

    def wait_in_idle(self, seconds: float) -> bool:
        """IDLE until the server says something or the time is over; True when it said something."""
        self.client.idle()
        raw = self.client.socket()
        heard = self._has_buffered(raw)
        if not heard:
            poller = select.poll()
            poller.register(raw.fileno(), select.POLLIN)
            heard = bool(poller.poll(seconds * 1000))
        _, responses = self.client.idle_done()
        return heard or any(len(found) > 1 and found[1] == b"EXISTS" for found in responses)

    def folders(self) -> dict[str, frozenset[bytes]]:
        """Folder name -> its flags in lower case (\\sent, \\all …)."""
        listed = ((name, frozenset(flag.lower() for flag in flags)) for flags, _, name in self.client.list_folders())
        return {name: flags for name, flags in listed if not flags & {b"\\noselect", b"\\nonexistent"}}

    # ------------------------------------------------------------------

    def _connect(self) -> None:
        settings = self.settings
        context = tls_context(settings) if settings.imap_security != "plain" else None
        self.client = IMAPClient(
            settings.imap_host,
            settings.imap_port_used,
            ssl=settings.imap_security == "tls",
            ssl_context=context,
            timeout=SocketTimeout(min(CONNECT_SECONDS, settings.timeout_seconds), settings.timeout_seconds),
        )
        self.client.normalise_times = False
        self.client._imap.debug = 0  # formatting every line for nobody costs more than reading it
        self._watch_socket()
        if settings.imap_security == "starttls":
            if not self.client.has_capability("STARTTLS"):
                raise Misconfigured(
                    say(
                        "{host} offers no STARTTLS on port {port}.",
                        host=settings.imap_host,
                        port=settings.imap_port_used,
                    ),
                    hint='Set imap_security = "tls".',
                )
            self.client.starttls(context)
            self._watch_socket()

    def _watch_socket(self) -> None:
        self._raw = self.client.socket()
        keep_alive(self._raw)
        if self._broken_off.is_set():
            raise Transient("Stopped while connecting.")

    def _login(self) -> None:
        settings, client = self.settings, self.client
        user = settings.imap_login
        if settings.auth == "xoauth2":
            try:
                client.oauth2_login(user, self._tokens.token())
            except LoginError:
                client.oauth2_login(user, self._tokens.token(fresh=True))
            return
        password = self._secret_of("password")
        if not password:
            raise CredentialsRejected(
                say("No password is stored for {address}.", address=settings.address),
                hint="`unibox inbox secret` stores it.",
            )
        if client.has_capability("AUTH=PLAIN"):
            client.plain_login(user, password)
        elif client.has_capability("LOGINDISABLED"):
            raise Misconfigured(
                say("{host} takes no password on an unencrypted connection.", host=settings.imap_host),
                hint='Set imap_security = "tls" or "starttls".',
            )
        elif user.isascii() and password.isascii():
            client.login(user, password)
        else:
            raise Misconfigured(say("{host} takes only passwords of ASCII characters.", host=settings.imap_host))

    def _has_buffered(self, raw: socket.socket) -> bool:
        """Whether something came in one packet with the answer to IDLE: the socket itself will not tell."""
        if isinstance(raw, ssl.SSLSocket) and raw.pending():
            return True
        stream: Any = getattr(self.client._imap, "_file", None) or getattr(self.client._imap, "file", None)
        if stream is None:
            return False
        timeout = raw.gettimeout()
        raw.settimeout(0)
        try:
            return bool(stream.peek(1))
        except OSError:
            return False
        finally:
            raw.settimeout(timeout)

    def _shut(self) -> None:
        raw, self._raw = self._raw, None
        if raw is not None:
            with contextlib.suppress(Exception):
                self.client.shutdown()


def tls_context(settings: EmailSettings) -> ssl.SSLContext:
    """Certificates and names are always checked. Raises Misconfigured for an unusable ca_file."""
    try:
        return ssl.create_default_context(cafile=settings.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(
            say("ca_file cannot be used: {path}", path=settings.ca_file),
            hint="It must be a PEM file of certificates.",
        ) from error


def keep_alive(raw: socket.socket) -> None:
    """Let the kernel find out within two minutes that the other side is gone."""
    options = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
    with contextlib.suppress(OSError):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in options.items():
            if hasattr(socket, name):
                raw.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
