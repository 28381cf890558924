"""The demo's workspace: two brands, their inboxes, a configuration and empty mailboxes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unibox_tui.config.editing import add_inbox, set_value
from unibox_tui.config.model import Config
from unibox_tui.config.reading import load
from unibox_tui.host.files import write_new
from unibox_tui.host.paths import Home
from unibox_tui.sandbox import postbox
from unibox_tui.sandbox.people import BAAN_MALI, SHOP_A


@dataclass(frozen=True, slots=True)
class Brand:
    """`mailboxes`: inbox name -> address; the first one answers forms."""

    name: str
    language: str
    region: str
    mailboxes: dict[str, str]
    chat: str
    form: str
    greeting: str
    signature: str

    @property
    def inboxes(self) -> tuple[str, ...]:
        return (*self.mailboxes, self.chat, self.form)


BRANDS = (
    Brand(
        SHOP_A,
        "vi",
        "VN",
        {"shop-a": "hello@shop-a.example", "shop-a-don": "donhang@shop-a.example"},
        "shop-a-chat",
        "shop-a-form",
        "Chào bạn, shop giúp gì được ạ?",
        "-- \nShop A\nhttps://shop-a.example",
    ),
    Brand(
        BAAN_MALI,
        "th",
        "TH",
        {"baan-mali": "hello@baan-mali.example", "baan-mali-order": "order@baan-mali.example"},
        "baan-mali-chat",
        "baan-mali-form",
        "สวัสดีค่ะ มีอะไรให้ช่วยไหมคะ",
        "-- \nBaan Mali\nhttps://baan-mali.example",
    ),
)
_TITLES = {
    "shop-a": "Shop A thư",
    "shop-a-don": "Shop A đơn hàng",
    "shop-a-chat": "Shop A chat",
    "shop-a-form": "Shop A liên hệ",
    "baan-mali": "Baan Mali เมล",
    "baan-mali-order": "Baan Mali ออเดอร์",
    "baan-mali-chat": "Baan Mali แชท",
    "baan-mali-form": "Baan Mali ฟอร์ม",
}
BRAND_OF = {inbox: brand for brand in BRANDS for inbox in brand.inboxes}


@dataclass(frozen=True, slots=True)
class Workspace:
    """`web` and `smtp` are ports on 127.0.0.1."""

    home: Home
    web: int
    smtp: int

    def maildir(self, inbox: str) -> Path:
        return self.home.data_folder / "mail" / inbox

    @property
    def outgoing(self) -> Path:
        """Where a person finds what was sent."""
        return self.home.data_folder / "sent-mails"

    def page(self, inbox: str) -> str:
        return f"http://127.0.0.1:{self.web}/demo/{inbox}"

    def config(self) -> Config:
        return load(self.home.config, inboxes=True)


def make(home: Home, *, web: int, smtp: int) -> Workspace:
    """Folders, Maildirs and a checked configuration in an empty home; a home of an earlier demo gets the new ports."""
    workspace = Workspace(home, web, smtp)
    home.prepare()
    workspace.outgoing.mkdir(exist_ok=True)
    path = home.config
    if path.exists():
        for brand in BRANDS:
            for name in brand.mailboxes:
                set_value(path, ("inbox", name, "smtp_port"), smtp)
        set_value(path, ("web", "listen"), f"127.0.0.1:{web}")
        return workspace
    write_new(path, b"# A workspace with invented customers, made by `unibox demo`.\n")
    set_value(path, ("workspace",), {"name": "demo", "language": "vi", "timezone": "Asia/Bangkok"})
    set_value(path, ("web",), {"listen": f"127.0.0.1:{web}"})
    for brand in BRANDS:
        codes = ["DH[0-9]{5}"] if brand.region == "VN" else ["BM-[0-9]{5}"]
        set_value(path, ("groups", brand.name), {"title": brand.name, "mail_join": "ask", "order_codes": codes})
        for name, values in _inboxes(brand, workspace).items():
            shared = {"group": brand.name, "title": _TITLES[name], "region": brand.region, "language": brand.language}
            add_inbox(path, name, {**values, **shared})
        for name in brand.mailboxes:
            postbox.make(workspace.maildir(name))
    return workspace


def _inboxes(brand: Brand, workspace: Workspace) -> dict[str, dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {
        name: {
            "channel": "email",
            "address": address,
            "name": brand.name,
            "source": "maildir",
            "maildir": str(workspace.maildir(name)),
            "backfill": "all",
            "poll_seconds": 5.0,
            "smtp_host": "127.0.0.1",
            "smtp_port": workspace.smtp,
            "smtp_security": "plain",
            "smtp_user": "none",
            "signature": brand.signature,
        }
        for name, address in brand.mailboxes.items()
    }
    made[brand.chat] = {"channel": "livechat", "greeting": brand.greeting}
    made[brand.form] = {"channel": "form"}
    return made
