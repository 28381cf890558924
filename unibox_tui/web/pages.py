"""The few pages unibox shows itself. No customer's words are in them."""

from __future__ import annotations

from html import escape

from unibox_tui.connectors.livechat import LivechatSettings
from unibox_tui.web.inboxes import WebInbox

CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
DEMO_CSP = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

_THANKS = {
    "vi": ("Đã nhận", "Cảm ơn bạn. Chúng tôi đã nhận được tin và sẽ trả lời sớm."),
    "th": ("ได้รับแล้ว", "ขอบคุณค่ะ เราได้รับข้อความของคุณแล้ว และจะตอบกลับโดยเร็ว"),
    "en": ("Received", "Thank you. We have your message and will answer soon."),
}
_REFUSED = {"vi": "Chưa gửi được", "th": "ยังส่งไม่ได้", "en": "Not sent yet"}


def page(title: str, body: str, language: str) -> str:
    """`body` is HTML."""
    return (
        f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def thanks(language: str) -> str:
    title, text = _THANKS.get(language, _THANKS["en"])
    return page(title, f"<p>{escape(text)}</p>", language)


def refused(message: str, language: str) -> str:
    return page(_REFUSED.get(language, _REFUSED["en"]), f'<p role="alert">{escape(message)}</p>', language)


def demo(inbox: WebInbox, settings: LivechatSettings) -> str:
    return page(
        inbox.title,
        "<p>This page stands for your own site. The chat is in the corner.</p>"
        f'<script src="/w/{escape(inbox.name)}.js" async></script>',
        settings.language,
    )
