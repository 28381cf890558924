"""What a mailbox needs to be told. Secrets are never here, see `SECRETS`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unibox_tui.connectors.settings import InboxSettings, setting
from unibox_tui.domain.errors import WrongUse

SECURITY = ("tls", "starttls", "plain")
IMAP_PORTS = {"tls": 993, "starttls": 143, "plain": 143}
SMTP_PORTS = {"tls": 465, "starttls": 587, "plain": 25}
# Providers that put what is sent through them into Sent themselves.
SAVES_ITSELF = ("gmail.com", "googlemail.com", "office365.com", "outlook.com")


@dataclass(frozen=True, kw_only=True)
class EmailSettings(InboxSettings):
    SECRETS: ClassVar[tuple[str, ...]] = (
        "password",
        "oauth_refresh_token",
        "oauth_client_secret",
        "smtp_password",
        "access_token",
    )

    channel: str = setting("the kind of network", default="email", example="email")
    address: str = setting("our address, the From of replies", example="hello@shop-a.example")
    name: str = setting("name beside the address in From", default="", example="Shop A", ask=True)
    aliases: tuple[str, ...] = setting(
        "other addresses of ours in this mailbox", default=(), example=("sales@shop-a.example",)
    )

    source: str = setting("where mail is read", default="imap", choices=("imap", "maildir"), ask=True)
    imap_host: str = setting("IMAP server", default="", example="imap.shop-a.example", ask=True)
    imap_port: int = setting("0: the usual one (993, or 143 for starttls and plain)", default=0)
    imap_security: str = setting(
        "tls, starttls, or plain: unencrypted, only for a server on this machine or behind a tunnel",
        default="tls",
        choices=SECURITY,
    )
    imap_user: str = setting("login; empty: the address", default="")
    maildir: str = setting("path of the Maildir (source = maildir)", default="", example="~/Mail/shop-a")
    folders: tuple[str, ...] = setting("folders to watch; the first one is watched most closely", default=("INBOX",))
    sent_folder: str = setting("where sent mail is kept; empty: found by itself", default="", example="Sent")
    watch_sent: bool = setting("show replies written in other mail programs too", default=True)
    save_sent: str = setting(
        "put a copy of each reply into the Sent folder; auto: unless the provider does it itself",
        default="auto",
        choices=("auto", "yes", "no"),
    )
    backfill: int | str = setting('history to fetch at first: days, "all", or 0 for none', default=90, example=90)
    poll_seconds: float = setting("how often folders are looked at that the server does not announce", default=60.0)
    idle_seconds: float = setting(
        "how long to listen before asking again (servers drop after 10 to 30 min)", default=540.0
    )

    auth: str = setting("how to log in", default="password", choices=("password", "xoauth2"))
    oauth_token_url: str = setting(
        "where a refresh token becomes an access token", default="", example="https://oauth2.googleapis.com/token"
    )
    oauth_client_id: str = setting("the application's id at the provider", default="")
    oauth_scope: str = setting("what the token is for", default="", example="https://mail.google.com/")

    smtp_host: str = setting(
        "server for sending; empty with `sendmail`", default="", example="smtp.shop-a.example", ask=True
    )
    smtp_port: int = setting("0: the usual one (465, 587 for starttls, 25 for plain)", default=0)
    smtp_security: str = setting("as imap_security", default="tls", choices=SECURITY)
    smtp_user: str = setting('login; empty: as for IMAP; "none": no login', default="")
    sendmail: tuple[str, ...] = setting(
        "a command that sends instead of SMTP; the recipients are added at its end",
        default=(),
        example=("msmtp", "-a", "shop-a", "--"),
    )

    ca_file: str = setting("certificates to trust instead of the system's (PEM)", default="")
    timeout_seconds: float = setting("how long a silent server is waited for", default=60.0)
    charsets: tuple[str, ...] = setting(
        "tried, after UTF-8, for mails that name no charset or a wrong one", default=("cp1258", "cp874", "cp1252")
    )
    auth_results_from: tuple[str, ...] = setting(
        "servers of ours whose Authentication-Results vouch for senders; empty: the IMAP host, and known providers' own",
        default=(),
        example=("mx.shop-a.example",),
    )
    quote_original: bool = setting("put the customer's mail below the reply", default=False)
    number_in_subject: bool = setting("put the conversation's number into the subject: [#10482]", default=False)
    message_size_limit: int = setting("bytes; of larger mails the files are fetched when asked for", default=20_000_000)

    def __post_init__(self) -> None:
        _one_of("source", self.source, ("imap", "maildir"))
        _one_of("imap_security", self.imap_security, SECURITY)
        _one_of("smtp_security", self.smtp_security, SECURITY)
        _one_of("auth", self.auth, ("password", "xoauth2"))
        _one_of("save_sent", self.save_sent, ("auto", "yes", "no"))
        if "@" not in self.address:
            raise WrongUse(f"address: {self.address!r} is not a mail address.", hint="Write name@domain.")
        if self.source == "imap" and not self.imap_host:
            raise WrongUse("imap_host is missing.", hint='Name the server, or set source = "maildir".')
        if self.source == "maildir" and not self.maildir:
            raise WrongUse("maildir is missing.", hint="Give the path of the Maildir.")
        if not self.folders:
            raise WrongUse("folders is empty.", hint='Name at least one, usually "INBOX".')
        if isinstance(self.backfill, str) and self.backfill != "all" and not self.backfill.isdigit():
            raise WrongUse(f"backfill: {self.backfill!r} is not understood.", hint='A number of days, "all" or 0.')
        if self.sendmail and "-t" in self.sendmail:
            raise WrongUse(
                "sendmail: leave -t out.", hint="The recipients are given as arguments, so that Bcc stays hidden."
            )
        for key in ("poll_seconds", "idle_seconds", "timeout_seconds", "message_size_limit"):
            if getattr(self, key) <= 0:
                raise WrongUse(f"{key} must be above zero.")

    @property
    def backfill_days(self) -> int | None:
        """None: everything."""
        return None if self.backfill == "all" else int(self.backfill)

    @property
    def own_addresses(self) -> frozenset[str]:
        return frozenset(address.strip().lower() for address in (self.address, *self.aliases))

    @property
    def secrets_asked(self) -> tuple[str, ...]:
        sends_by_login = not self.sendmail and self.smtp_user != "none"
        if self.source == "maildir" and not sends_by_login:
            return ()
        return ("oauth_refresh_token", "oauth_client_secret") if self.auth == "xoauth2" else ("password",)

    @property
    def imap_login(self) -> str:
        return self.imap_user or self.address

    @property
    def smtp_login(self) -> str | None:
        """None: no login."""
        return None if self.smtp_user == "none" else self.smtp_user or self.imap_login

    @property
    def imap_port_used(self) -> int:
        return self.imap_port or IMAP_PORTS[self.imap_security]

    @property
    def smtp_port_used(self) -> int:
        return self.smtp_port or SMTP_PORTS[self.smtp_security]

    @property
    def saves_sent(self) -> bool:
        if self.save_sent != "auto":
            return self.save_sent == "yes"
        host = self.smtp_host.lower()
        return not any(host == name or host.endswith(f".{name}") for name in SAVES_ITSELF)


def _one_of(key: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise WrongUse(f"{key}: {value!r} is not understood.", hint=f"One of {', '.join(allowed)}.")
