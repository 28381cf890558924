"""Handing a mail to an SMTP server, and being exact about what is known afterwards.

Nothing is accepted before the server has answered the final dot; so whatever goes wrong until the content begins to flow is
certain and may be tried again. From then on a missing answer is an unknown outcome. One refused recipient stops the
whole mail: nobody gets it, so sending again after a correction doubles nothing.
"""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import aiosmtplib
from aiosmtplib import SMTPResponse, SMTPStatus

from unibox_tui.connectors.contract import SecretOf
from unibox_tui.connectors.email.oauth import TokenSource
from unibox_tui.connectors.email.outgoing import Envelope
from unibox_tui.connectors.email.session import tls_context
from unibox_tui.connectors.email.settings import EmailSettings
from unibox_tui.connectors.email.trouble import network_error, words_of
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    RateLimited,
    SendRejected,
    Transient,
)
from unibox_tui.domain.saying import say

FINAL_SECONDS = 300.0  # after the content; servers scan mails before they answer
_LINE_END = re.compile(rb"\r\n|\r|\n")
_TOO_FAST = re.compile(r"^4\.7\.|too many|rate|throttl|limit", re.IGNORECASE)
_LOST = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError)


class SmtpSender:
    """`run` turns a blocking call into an awaitable (tokens and secrets may take long)."""

    def __init__(
        self,
        settings: EmailSettings,
        secret_of: SecretOf,
        tokens: TokenSource,
        run: Callable[[Callable[[], str | None]], Awaitable[str | None]],
    ) -> None:
        self.settings, self._secret_of, self._tokens, self._run = settings, secret_of, tokens, run
        self.where = f"{settings.smtp_host}:{settings.smtp_port_used}"

    async def check(self) -> str:
        """Connect and log in without sending; a line for a person. Raises errors of the tree."""
        async with self._connected() as client:
            size = self._size_limit(client)
            limit = f", takes mails up to {size // 1_000_000} MB" if size else ""
            return f"SMTP {self.where}: login works{limit}."

    async def send(self, mail: Envelope, before_first_byte: Callable[[], Awaitable[None]]) -> str:
        """The server's word of acceptance. Raises errors of the tree, see the module."""
        async with self._connected() as client:
            await self._announce(client, mail)
            await before_first_byte()
            await self._said(client, b"DATA", expect=SMTPStatus.start_input, doing="DATA")
            return await self._content(client, mail.body)

    # ------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        settings = self.settings
        context = tls_context(settings) if settings.smtp_security != "plain" else None
        client = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port_used,
            use_tls=settings.smtp_security == "tls",
            start_tls=False,
            tls_context=context,
            timeout=settings.timeout_seconds,
            local_hostname=settings.address.rpartition("@")[2].encode("idna").decode("ascii"),
        )
        try:
            await self._connect(client)
            yield client
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=2)
        finally:
            client.close()

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.connect()
            await client.ehlo()
            if self.settings.smtp_security == "starttls":
                if not client.supports_extension("starttls"):
                    raise Misconfigured(
                        say("{where} offers no STARTTLS.", where=self.where),
                        hint='Set smtp_security = "tls" and its port.',
                    )
                await client.starttls()
                await client.ehlo()
            await self._login(client)
        except ConnectorError:
            raise
        except aiosmtplib.SMTPResponseException as error:
            raise self._refusal(SMTPResponse(error.code, error.message), "connecting") from error
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            raise self._network(error) from error

    async def _login(self, client: aiosmtplib.SMTP) -> None:
        settings, user = self.settings, self.settings.smtp_login
        if user is None:
            return
        try:
            if settings.auth == "xoauth2":
                try:
                    await client.auth_xoauth2(user, await self._token(fresh=False))
                except aiosmtplib.SMTPAuthenticationError as error:
                    if error.code // 100 == 4:
                        raise
                    await client.auth_xoauth2(user, await self._token(fresh=True))
                return
            password = await self._run(lambda: self._secret_of("smtp_password") or self._secret_of("password"))
            if not password:
                raise CredentialsRejected(
                    say("No password is stored for sending as {address}.", address=settings.address),
                    hint='Store smtp_password, or set smtp_user = "none" for a server that asks for none.',
                )
            await client.login(user, password)
        except aiosmtplib.SMTPAuthenticationError as error:
            if error.code // 100 == 4:
                raise Transient(
                    say("{where} does not take logins now: {reason}", where=self.where, reason=_short(error)),
                    code=str(error.code),
                ) from error
            raise CredentialsRejected(
                say("{where} refused the login of {user}: {reason}", where=self.where, user=user, reason=_short(error)),
                code=str(error.code),
                hint="Check smtp_user and the password; some providers want an app password or XOAUTH2. `unibox inbox secret NAME` stores another.",
            ) from error
        except aiosmtplib.SMTPException as error:
            if isinstance(error, (*_LOST, aiosmtplib.SMTPResponseException)):
                raise
            raise Misconfigured(
                say("{where} offers no login: {reason}", where=self.where, reason=words_of(error)),
                hint='Set smtp_security, or smtp_user = "none".',
            ) from error

    async def _token(self, *, fresh: bool) -> str:
        return await self._run(lambda: self._tokens.token(fresh=fresh)) or ""

    async def _announce(self, client: aiosmtplib.SMTP, mail: Envelope) -> None:
        """MAIL and RCPT; all of it can be taken back."""
        size = self._size_limit(client)
        if size and len(mail.body) > size:
            raise SendRejected(
                say(
                    "The mail has {size:.1f} MB, {host} takes {most:.1f} MB.",
                    size=len(mail.body) / 1_000_000,
                    host=self.settings.smtp_host,
                    most=size / 1_000_000,
                ),
                code="552",
                hint="Send fewer or smaller files.",
            )
        words = [f"MAIL FROM:<{mail.sender}>"]
        if client.supports_extension("size"):
            words.append(f"SIZE={len(mail.body)}")
        eight_bit = mail.utf8 or not mail.body.isascii()
        if eight_bit and client.supports_extension("8bitmime"):
            words.append("BODY=8BITMIME")
        if mail.utf8:
            if not client.supports_extension("smtputf8"):
                raise SendRejected(
                    say("{host} takes only addresses of ASCII letters.", host=self.settings.smtp_host),
                    code="smtputf8",
                )
            words.append("SMTPUTF8")
        await self._said(client, " ".join(words).encode(), doing=f"the sender {mail.sender}")
        for recipient in mail.recipients:
            await self._said(client, f"RCPT TO:<{recipient}>".encode(), doing=f"the recipient {recipient}")

    async def _said(
        self, client: aiosmtplib.SMTP, command: bytes, *, doing: str, expect: int | None = None
    ) -> SMTPResponse:
        """One command whose failure is certain."""
        try:
            response = await client.execute_command(command)
        except aiosmtplib.SMTPResponseException as error:
            raise self._refusal(SMTPResponse(error.code, error.message), doing) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._network(error) from error
        if response.code == expect or (expect is None and response.code // 100 == 2):
            return response
        raise self._refusal(response, doing)

    async def _content(self, client: aiosmtplib.SMTP, body: bytes) -> str:
        protocol = client.protocol
        if protocol is None:
            raise Transient(say("{where} hung up before the mail was given.", where=self.where), code="cut")
        try:
            protocol.write(dotted(body))
            response = await protocol.read_response(timeout=max(FINAL_SECONDS, self.settings.timeout_seconds))
        except aiosmtplib.SMTPResponseException as error:
            raise OutcomeUnknown(
                say("{where} gave an answer that cannot be read.", where=self.where), code=str(error.code)
            ) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise OutcomeUnknown(
                say("{where} gave no answer after taking the mail.", where=self.where),
                code="no-answer",
                hint="It may have been delivered; it is looked for in the Sent folder.",
            ) from error
        if response.code // 100 == 2:
            return " ".join(response.message.split())[:200]
        raise self._refusal(response, "the mail")

    def _refusal(self, response: SMTPResponse, doing: str) -> ConnectorError:
        text = " ".join(response.message.split())[:200]
        code = str(response.code)
        said = f"{self.settings.smtp_host} refused {doing}: {code} {text}"
        if response.code in (530, 534, 535, 538) or (response.code == 550 and text.startswith("5.7.30")):
            return CredentialsRejected(said, code=code, hint="Check the login for sending; XOAUTH2 may be demanded.")
        if response.code // 100 == 4:
            return (RateLimited if _TOO_FAST.search(text) else Transient)(said, code=code)
        if response.code // 100 == 5:
            if doing == "connecting":
                return Misconfigured(said, code=code, hint="The server wants nothing from this machine.")
            return SendRejected(said, code=code)
        return Transient(
            say("{where} gave an answer that does not fit: {code}", where=self.where, code=code), code=code
        )

    def _network(self, error: Exception) -> ConnectorError:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, OSError) and not isinstance(cause, aiosmtplib.SMTPException):
                return network_error(cause, self.settings.smtp_host, self.settings.smtp_port_used)
            cause = cause.__cause__ or cause.__context__
        if isinstance(error, aiosmtplib.SMTPTimeoutError):
            return Transient(say("{where} did not answer in time.", where=self.where), code="timeout")
        return Transient(
            say("The connection to {where} broke: {reason}", where=self.where, reason=words_of(error)), code="cut"
        )

    @staticmethod
    def _size_limit(client: aiosmtplib.SMTP) -> int:
        """0: none is told."""
        told = client.esmtp_extensions.get("size", "").strip() if client.supports_extension("size") else ""
        return int(told) if told.isdigit() else 0


def dotted(body: bytes) -> bytes:
    """The content as it goes over the line: CRLF, dots doubled at line starts, the final dot."""
    body = _LINE_END.sub(b"\r\n", body)
    if not body.endswith(b"\r\n"):
        body += b"\r\n"
    body = (b"." + body) if body.startswith(b".") else body
    return body.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def _short(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {' '.join(str(error.message).split())[:160]}"
