from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.connectors.cases.telegram import HA, TelegramHookCase
from tests.connectors.conformance import Recorded, Rig
from tests.contract.shapes import Contract, telegram_calls
from tests.contract.telegram_spec import TelegramSpec
from unibox_tui.connectors.contract import SendFile
from unibox_tui.sandbox.providers.base import File
from unibox_tui.sandbox.providers.journal import Received
from unibox_tui.sandbox.providers.telegram import TelegramSim


async def drive(parts: Rig) -> None:
    sim, bot = parts.sim, parts.connector
    assert isinstance(sim, TelegramSim)
    await bot.subscribe()
    id = await sim.says(HA, "Còn size M không?", [File("a.jpg", b"\xff\xd8\xff", "image/jpeg")])
    await sim.says(HA, "", [File("đơn.pdf", b"%PDF", "application/pdf")])
    sim.group("-1002003004005", "Khách sỉ")
    await sim.says(HA, "@shop_a_bot còn hàng không", account="-1002003004005")
    await sim.hooks.settle()
    await bot.send(parts.request(answers=id)[0])
    for media_type in ("image/png", "application/pdf", "video/mp4", "audio/ogg", "audio/mpeg", "image/gif"):
        await bot.send(parts.request(files=(SendFile("tệp.bin", media_type, 3, _bytes),), text="đây ạ")[0])
        bot._chats.clear()
    await bot.typing(HA.id, True)
    await bot.react(HA.id, id, "❤")
    sim.business["bc1"] = "42"
    asked = await sim.says(HA, "alo", account="bc1")
    await bot.mark_read(f"bc1/{HA.id}", asked)
    await bot.profile(HA.id)
    await bot.check()
    await bot.standing()
    await bot.fetch({"file_id": next(iter(sim._files))}, 1_000_000)
    await sim.hooks.settle()


async def _bytes() -> bytes:
    return b"xxx"


def requests(specs: Path, call: Received) -> Iterator[str]:
    if not call.path.startswith("/_files/"):  # a download is no method
        yield from telegram_calls(specs, call)


def webhooks(specs: Path, recorded: Recorded) -> Iterator[str]:
    yield from TelegramSpec(specs / "telegram-bot-api.min.json").value(
        "Update", json.loads(recorded.body), recorded.name
    )


CONTRACTS = [
    Contract(
        TelegramHookCase(),
        drive,
        requests,
        (
            "/setWebhook", "/sendMessage", "/sendPhoto", "/sendDocument", "/sendVideo", "/sendVoice", "/sendAudio", "/sendAnimation",
            "/sendChatAction", "/setMessageReaction", "/readBusinessMessage", "/getChat", "/getMe", "/getWebhookInfo", "/getFile",
        ),
        webhooks,
    )
]  # fmt: skip
