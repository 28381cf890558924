"""What WhatsApp's own codes mean."""

from __future__ import annotations

from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    RateLimited,
    SendRejected,
    Transient,
)
from unibox_tui.connectors.whatsapp.parse import FAILED
from unibox_tui.domain.saying import say

_SAME_PERSON_S = 6.0
PERMANENT = FAILED | {
    131008: "WhatsApp misses something in the message.",
    131009: "WhatsApp does not understand the message.",
    131021: "The number cannot write to itself.",
    133010: "The number is not registered with WhatsApp.",
    131063: "Promotions are switched off for this account.",
}
_LATER = {130429: 5.0, 131056: _SAME_PERSON_S, 133016: 60.0, 131048: 3_600.0, 131064: 3_600.0, 131057: 300.0}


def of_one(error: Misconfigured) -> SendRejected:
    """A refusal of this one thing, which says nothing of the inbox."""
    number = error.code.partition("/")[0]
    return SendRejected(PERMANENT.get(int(number) if number.isdigit() else -1, error.message), code=error.code)


def refusal(code: int, sub: int, sends: bool) -> ConnectorError | None:
    """None: as everywhere at Meta."""
    if code in _LATER:
        return RateLimited("WhatsApp is asked too fast.", retry_after=_LATER[code])
    if code in (131005, 131042, 131031, 130497):
        why = {131005: "has not granted this", 131042: "waits for a payment method", 131031: "has locked the account"}
        return Misconfigured(
            say("WhatsApp {reason}.", reason=why.get(code, "does not serve this country")),
            hint="Look into WhatsApp Manager.",
        )
    if code == 0:
        return CredentialsRejected("WhatsApp does not take the token.", hint="A system user's token does not expire.")
    if not sends:
        return None
    if code in PERMANENT:
        return SendRejected(PERMANENT[code])
    if 132000 <= code <= 132999:
        return SendRejected("WhatsApp does not take the template as it is.", hint="Look at it in WhatsApp Manager.")
    if code in (131000, 131016, 135000):
        return Transient("WhatsApp is not well for the moment.")
    return None
