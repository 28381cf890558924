"""The few pages unibox shows itself. No customer's words are in them."""

from __future__ import annotations

from html import escape

from unibox_tui.connectors.livechat import LivechatSettings
from unibox_tui.store.asked import Fate
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
_DELETION = {
    "vi": (
        "Yêu cầu xóa dữ liệu",
        "Mã",
        {
            Fate.SOUGHT: "Đã nhận yêu cầu. Chúng tôi đang tìm dữ liệu cần xóa.",
            Fate.WITH_A_PERSON: "Đã nhận yêu cầu. Hệ thống không tự tìm thấy dữ liệu nên một nhân viên đang xử lý.",
            Fate.BEING_ERASED: "Đã tìm thấy dữ liệu và đang xóa.",
            Fate.ERASED: "Đã xóa xong dữ liệu.",
            Fate.SETTLED: "Một nhân viên đã xử lý xong yêu cầu.",
        },
        "Không có yêu cầu nào mang mã này. Yêu cầu vừa gửi có thể cần một phút.",
    ),
    "th": (
        "คำขอลบข้อมูล",
        "รหัส",
        {
            Fate.SOUGHT: "ได้รับคำขอแล้ว กำลังค้นหาข้อมูลที่ต้องลบ",
            Fate.WITH_A_PERSON: "ได้รับคำขอแล้ว ระบบหาข้อมูลเองไม่พบ เจ้าหน้าที่กำลังดำเนินการ",
            Fate.BEING_ERASED: "พบข้อมูลแล้ว กำลังลบ",
            Fate.ERASED: "ลบข้อมูลเรียบร้อยแล้ว",
            Fate.SETTLED: "เจ้าหน้าที่ดำเนินการตามคำขอเรียบร้อยแล้ว",
        },
        "ไม่มีคำขอที่ใช้รหัสนี้ คำขอที่เพิ่งส่งอาจต้องรอหนึ่งนาที",
    ),
    "en": (
        "Request for deletion",
        "Code",
        {
            Fate.SOUGHT: "We have the request and are looking for what is to be deleted.",
            Fate.WITH_A_PERSON: "We have the request. Nothing was found by itself, so a person is looking into it.",
            Fate.BEING_ERASED: "The data was found and is being deleted.",
            Fate.ERASED: "The data is deleted.",
            Fate.SETTLED: "A person has dealt with the request.",
        },
        "There is no request with this code. One that was just made may need a minute.",
    ),
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


def deletion(fate: Fate | None, code: str, language: str) -> str:
    title, word, told, unknown = _DELETION.get(language, _DELETION["en"])
    if fate is None:
        return page(title, f"<p>{escape(unknown)}</p>", language)
    return page(title, f"<p>{escape(told[fate])}</p><p>{escape(word)}: <code>{escape(code)}</code></p>", language)


def demo(inbox: WebInbox, settings: LivechatSettings) -> str:
    return page(
        inbox.title,
        "<p>This page stands for your own site. The chat is in the corner.</p>"
        f'<script src="/w/{escape(inbox.name)}.js" async></script>',
        settings.language,
    )
