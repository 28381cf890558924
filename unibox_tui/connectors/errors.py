"""What a provider's refusal means. Every provider error is translated at the edge into one of these.

ConnectorError(message)        `message` is for a person; `code` is the provider's own
 ├─ Transient                  not now; certain that nothing was done; worth retrying (`retry_after` s or None)
 │   └─ RateLimited            too fast
 ├─ CredentialsRejected        the inbox needs a person; nothing was done; not worth retrying
 │   └─ NoConsent              nobody has agreed at the provider yet: there is no token
 ├─ Misconfigured              an address, folder or permission is wrong; as above
 ├─ SendRejected               this message will never go; certain
 ├─ OutcomeUnknown             the bytes left and no answer came; never retried by itself
 ├─ CursorExpired              our place in the stream is gone: start again from history
 ├─ WebhookForged              the signature does not fit
 ├─ WebhookTried               the provider tries an address whose secret is not known yet: acknowledged, not kept
 └─ Unparseable                the payload is not what the channel sends; kept raw
"""

from __future__ import annotations


class ConnectorError(Exception):
    def __init__(self, message: str, *, code: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint


class Transient(ConnectorError):
    def __init__(self, message: str, *, code: str = "", hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, code=code, hint=hint)
        self.retry_after = retry_after


class RateLimited(Transient):
    pass


class CredentialsRejected(ConnectorError):
    pass


class NoConsent(CredentialsRejected):
    pass


class Misconfigured(ConnectorError):
    pass


class SendRejected(ConnectorError):
    pass


class OutcomeUnknown(ConnectorError):
    pass


class CursorExpired(ConnectorError):
    pass


class WebhookForged(ConnectorError):
    pass


class WebhookTried(ConnectorError):
    pass


class Unparseable(ConnectorError):
    pass
