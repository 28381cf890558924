"""Errors of sockets, TLS and IMAP in the words of the connectors' tree: one line for a person, and the way out."""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator

from imapclient.exceptions import CapabilityError, LoginError

from unibox_tui.connectors.errors import ConnectorError, CredentialsRejected, Misconfigured, RateLimited, Transient
from unibox_tui.domain.saying import say

_BUSY = re.compile(
    r"\[(UNAVAILABLE|INUSE|SERVERBUG|LIMIT|THROTTLED|OVERQUOTA|CONTACTADMIN)\]|too many|temporar|try again|timeout|rate limit",
    re.IGNORECASE,
)
_TOO_FAST = re.compile(r"\[(LIMIT|THROTTLED|OVERQUOTA)\]|too many|rate limit|throttl", re.IGNORECASE)
_BYTES = re.compile(r"""^b?(['"])(.*?)\1(?: This error may .*)?$""", re.DOTALL)


def words_of(error: BaseException) -> str:
    """What the server or the system said, one short printable line."""
    text = str(error) or type(error).__name__
    if quoted := _BYTES.match(text):
        text = quoted[2]
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text[:200]


def network_error(error: OSError, host: str, port: int) -> ConnectorError:
    """For failing to reach, or losing, `host`."""
    where = f"{host}:{port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return Misconfigured(
            say(
                "The certificate of {where} is not accepted: {reason}.",
                where=where,
                reason=error.verify_message or words_of(error),
            ),
            code="certificate",
            hint="Check the server's name; name its own authority in ca_file.",
        )
    if isinstance(error, ssl.SSLError) and error.reason in ("WRONG_VERSION_NUMBER", "UNEXPECTED_MESSAGE"):
        return Misconfigured(
            say("{where} does not speak TLS from the first byte.", where=where),
            code="tls",
            hint='Set the security to "starttls", or check the port.',
        )
    if isinstance(error, TimeoutError):
        return Transient(say("{where} did not answer in time.", where=where), code="timeout")
    if isinstance(error, socket.gaierror):
        return Transient(
            say("{host} is not found: {reason}.", host=host, reason=error.strerror),
            code="name",
            hint="Check the name and the network.",
        )
    if isinstance(error, ConnectionRefusedError):
        return Transient(
            say("{where} refuses connections.", where=where), code="refused", hint="Check the port; is the server up?"
        )
    return Transient(say("The connection to {where} broke: {reason}.", where=where, reason=words_of(error)), code="cut")


@contextlib.contextmanager
def translated(host: str, port: int, user: str) -> Iterator[None]:
    """Whatever an IMAP client raises inside comes out as a ConnectorError."""
    try:
        yield
    except ConnectorError:
        raise
    except LoginError as error:
        text = words_of(error)
        if _BUSY.search(text):
            raise Transient(
                say("{host} does not take logins now: {text}", host=host, text=text), code="login"
            ) from error
        raise CredentialsRejected(
            say("{host} refused the login of {user}: {text}", host=host, user=user, text=text),
            code="login",
            hint="Check user and password; some providers want an app password or XOAUTH2. `unibox inbox secret NAME` stores another.",
        ) from error
    except CapabilityError as error:
        raise Misconfigured(
            say("{host} lacks something: {reason}", host=host, reason=words_of(error)), code="capability"
        ) from error
    except imaplib.IMAP4.abort as error:
        raise Transient(
            say("The connection to {host}:{port} broke: {reason}", host=host, port=port, reason=words_of(error)),
            code="cut",
        ) from error
    except imaplib.IMAP4.error as error:
        text = words_of(error)
        kind = RateLimited if _TOO_FAST.search(text) else Transient
        raise kind(f"{host} says: {text}", code="server") from error
    except OSError as error:
        raise network_error(error, host, port) from error
