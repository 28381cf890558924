"""Errors a person reads.

UniboxError            one line that names the thing, and a hint that says the way out
 ├─ WrongUse           the words of the call are off (exit status 2)
 ├─ NotFound           no such conversation, inbox, message …
 ├─ Conflict           somebody was quicker, or the state does not allow it
 └─ Refused            a rule says no (reply window closed, nothing to send …)
"""

from __future__ import annotations


class UniboxError(Exception):
    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or type(self).__name__

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class WrongUse(UniboxError):
    pass


class NotFound(UniboxError):
    pass


class Conflict(UniboxError):
    pass


class Refused(UniboxError):
    pass
