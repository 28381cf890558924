"""Settings of inboxes: frozen dataclasses whose fields carry their own help.

`unibox inbox add`, the checks of the configuration file and `config.example.toml` are made from them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


def setting(
    help: str,
    *,
    default: Any = dataclasses.MISSING,
    example: Any = None,
    secret: bool = False,
    choices: Sequence[str] = (),
    ask: bool = False,
    runs: bool = False,
) -> Any:
    """A field with its documentation. `secret`: never in the file, kept in the secret chain. `ask`: `inbox add` asks for it
    even though it has a default. `runs`: it names a program, so it is taken only from a file nobody else can write."""
    metadata = {"help": help, "example": example, "secret": secret, "choices": tuple(choices), "ask": ask, "runs": runs}
    if isinstance(default, (list, dict)):
        kept = default
        return dataclasses.field(default_factory=lambda: type(kept)(kept), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class InboxSettings:
    """What every inbox has, whatever its channel."""

    channel: str = setting("the kind of network", example="email")
    group: str = setting("the brand; requests of one customer join only within it", default="", example="Shop A")
    title: str = setting("name shown to agents", default="", example="Shop A mail")
    region: str = setting("country whose telephone numbers are meant when none is named", default="VN", example="VN")
    language: str = setting("language of automatic lines", default="vi", choices=("vi", "th", "en"))
    signature: str = setting("added below every reply", default="", example="-- \nShop A\nhttps://shop-a.example")
    undo_send_seconds: float = setting("how long a reply is held so that `u` can take it back", default=5.0)
    colour: str = setting("hue of the channel mark", default="")
    paused: bool = setting("neither fetch nor send", default=False)
    policy: str = setting(
        "which of the channel's rules holds for this inbox where several may (docs/policy.md); empty: not known",
        default="",
    )
    media_limit_mb: int = setting("the largest file that is fetched from the provider, in MB", default=25)
    send_typing: bool = setting("show the customer that an answer is being typed, where the channel can", default=True)
    send_seen: bool = setting("show the customer that a message was read, where the channel can", default=False)
    unsure_echo_is: str = setting(
        "who wrote an answer elsewhere when the provider does not tell: agent (it ends the waiting) or bot",
        default="agent",
        choices=("agent", "bot"),
    )

    SECRETS: ClassVar[tuple[str, ...]] = ()
    # Secrets of the app that the setting `app` names: one for all its inboxes.
    APP_SECRETS: ClassVar[tuple[str, ...]] = ()

    @property
    def secrets_asked(self) -> tuple[str, ...]:
        """The secrets that `inbox add` asks for with these settings."""
        return self.SECRETS[:1]


@dataclass(frozen=True, kw_only=True)
class AppSettings:
    """An app at a provider: what several inboxes share, as all Pages of one Meta app."""

    channel: str = setting("the kind of network", example="messenger")
    id: str = setting("the app's id at the provider", default="", example="1234567890")
    api: str = setting("address of the provider's API; empty: the usual one", default="")


def secret_fields(settings_class: type) -> tuple[str, ...]:
    """Names of the secrets an inbox of this class needs or may have, its app's included."""
    own: tuple[str, ...] = tuple(getattr(settings_class, "SECRETS", ()))
    return own + tuple(getattr(settings_class, "APP_SECRETS", ()))


def secret_owner(name: str, settings: object, secret: str) -> str:
    """Under whose name a secret is kept: the inbox's, or `app.APP` for what the inboxes of an app share."""
    app = getattr(settings, "app", "")
    return f"app.{app}" if app and secret in getattr(settings, "APP_SECRETS", ()) else name
