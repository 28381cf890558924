"""What an inbox for text messages is told, whoever carries them."""

from __future__ import annotations

from dataclasses import dataclass

from unibox_tui.connectors.settings import InboxSettings, setting

# provider -> (secrets it needs, secrets it may have)
SECRETS_OF: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "twilio": (("auth_token",), ("api_key_secret",)),
    "esms": (("esms_key", "secret_key"), ("mo_key",)),
    "speedsms": (("access_token",), ()),
}

_TYPES = {"esms": ("", "2", "8"), "speedsms": ("", "2", "3", "4", "5")}


@dataclass(frozen=True, kw_only=True)
class SmsSettings(InboxSettings):
    SECRETS = ("auth_token", "api_key_secret", "esms_key", "secret_key", "mo_key", "access_token")

    channel: str = setting("the kind of network", default="sms")
    provider: str = setting("who carries the messages", default="twilio", choices=tuple(SECRETS_OF), ask=True)
    api: str = setting("address of the provider's API; empty: the usual one", default="")
    account: str = setting(
        "Twilio: the account SID", default="", example="AC00000000000000000000000000000000", ask=True
    )
    number: str = setting(
        "our number or sender name, as the provider has it", default="", example="+15005550006", ask=True
    )
    api_key: str = setting("Twilio: SID of an API key to send with, instead of the account's own token", default="")
    messaging_service: str = setting("Twilio: a messaging service that chooses the number", default="")
    sms_type: str = setting(
        "eSMS: 2 customer care, 8 fixed number; SpeedSMS: 2 any number, 3 our sender name, 4 theirs, 5 our own telephone; "
        "empty: customer care, or SpeedSMS's sender name when `number` has one",
        default="",
        choices=("", "2", "3", "4", "5", "8"),
    )
    status_callbacks: bool = setting("ask for delivery reports when we have a public address", default=True)
    poll_seconds: float = setting(
        "Twilio: how often messages are asked for; 0: 15 without a public address, else 300 to fill gaps", default=0.0
    )
    backfill_days: int = setting("Twilio: how much history is taken when the inbox is new", default=30)

    def __post_init__(self) -> None:
        if self.provider not in SECRETS_OF:
            raise ValueError(f"provider: one of {', '.join(SECRETS_OF)}")
        if self.poll_seconds < 0 or self.backfill_days < 0:
            raise ValueError("poll_seconds and backfill_days: 0 is the least")

        if self.sms_type not in _TYPES.get(self.provider, ("",)):
            raise ValueError(f"sms_type: {self.provider} has {', '.join(_TYPES.get(self.provider, ())) or 'none'}")

    @property
    def address(self) -> str:
        return self.number or self.messaging_service

    @property
    def secrets_asked(self) -> tuple[str, ...]:
        return SECRETS_OF[self.provider][0]
