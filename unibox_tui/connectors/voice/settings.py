"""What an inbox for calls is told, whoever tells of them."""

from __future__ import annotations

from dataclasses import dataclass

from unibox_tui.connectors.settings import InboxSettings, setting

# provider -> secrets it needs
SECRETS_OF: dict[str, tuple[str, ...]] = {"generic": ("secret",), "ari": ("password",)}
FORMS = ("e164", "digits", "national")


@dataclass(frozen=True, kw_only=True)
class VoiceSettings(InboxSettings):
    SECRETS = ("secret", "password")

    channel: str = setting("the kind of network", default="voice")
    provider: str = setting(
        "who tells of calls: generic (your exchange posts them) or ari (Asterisk)",
        default="generic",
        choices=tuple(SECRETS_OF),
        ask=True,
    )
    number: str = setting("our hotline, shown to customers whom we call", default="", example="+84900000001", ask=True)
    api: str = setting("ari: address of Asterisk's REST interface", default="http://127.0.0.1:8088/ari")
    user: str = setting("ari: user of ari.conf", default="unibox")
    stasis: str = setting("ari: name of the Stasis application; one for each unibox", default="unibox")
    trunk: list[str] = setting(  # noqa: RUF009
        "ari: endpoints to the outside, as PJSIP/carrier; a call over one of them is a customer's", default=[]
    )
    dial: str = setting("ari: how a customer is dialled; {number} is put in", default="PJSIP/{number}@carrier")
    number_form: str = setting(
        "ari: how the carrier wants numbers: e164 (+84…), digits (84…), national (0…)", default="e164", choices=FORMS
    )
    carries: str = setting(
        "ari: the inbox whose network this trunk leads to: its customers are called by their ids there, and what they have "
        "agreed to there holds here",
        default="",
        example="shop-zalo",
    )
    agents: dict[str, str] = setting(  # noqa: RUF009
        "account of an agent -> their own phone at the exchange; who is here can call from unibox",
        default={},
        example={"linh": "PJSIP/101"},
    )
    ring_seconds: int = setting("ari: how long a phone rings before a call of ours is given up", default=30)
    record: bool = setting("ari: record the calls that are begun from unibox; say so to those who are called", default=False)  # fmt: skip
    recordings: list[str] = setting(  # noqa: RUF009
        "generic: addresses below which recordings may be fetched over plain http; https is always fetched", default=[]
    )

    def __post_init__(self) -> None:
        if self.provider not in SECRETS_OF:
            raise ValueError(f"provider: one of {', '.join(SECRETS_OF)}")
        if "{number}" not in self.dial:
            raise ValueError("dial: {number} must stand where the customer's number goes")
        if not 5 <= self.ring_seconds <= 120:
            raise ValueError("ring_seconds: from 5 to 120")

    @property
    def address(self) -> str:
        return self.number

    @property
    def secrets_asked(self) -> tuple[str, ...]:
        return SECRETS_OF[self.provider]
