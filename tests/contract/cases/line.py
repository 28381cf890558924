from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.connectors.cases.line import MALEE, LineCase
from tests.connectors.conformance import Recorded, Rig
from tests.contract.shapes import Contract, openapi_requests, openapi_value
from unibox_tui.connectors.contract import SendFile
from unibox_tui.sandbox.providers.base import File, Guest
from unibox_tui.sandbox.providers.line import LineSim
from unibox_tui.sandbox.providers.line_parts import line_id

SOMCHAI = Guest(line_id("U", "somchai"), "Somchai", "th")


class WithReplies(LineCase):
    replies = True


async def drive(parts: Rig) -> None:
    sim, line = parts.sim, parts.connector
    assert isinstance(sim, LineSim)
    id = await sim.says(
        MALEE, "มีไซส์ L ไหมคะ", [File("a.jpg", b"\xff\xd8\xff", "image/jpeg"), _file("video"), _file("audio")]
    )
    await sim.says(MALEE, "", [File("ใบสั่งซื้อ.pdf", b"%PDF", "application/pdf")])
    sim.message(MALEE, {"type": "sticker", "packageId": "1", "stickerId": "2", "stickerResourceType": "STATIC"})
    sim.presses(MALEE, "menu=orders")
    sim.unsends(MALEE, id)
    group = sim.group_of("ขายส่ง", [SOMCHAI, MALEE])
    room = sim.group_of("ห้อง", [SOMCHAI], room=True)
    await sim.says(SOMCHAI, "@Shop สวัสดี", group=group, mentions_us=True)
    await sim.says(SOMCHAI, "สวัสดี", group=room, quotes=id)
    sim.block(SOMCHAI)
    sim.befriend(SOMCHAI, again=True)
    sim.hooks.duplicate()
    await sim.says(MALEE, "อีกครั้ง")
    await sim.hooks.settle()
    for caught in parts.door.caught:
        line.verify(caught.body, caught.headers)

    picture = SendFile("áo.jpg", "image/jpeg", 3, _bytes)
    paper = SendFile("hoá đơn.pdf", "application/pdf", 4, _bytes)
    await line.send(parts.request("ref-1", answers=id, files=(picture, paper))[0])
    await line.send(parts.request("ref-2", answers=id)[0])
    await line.send(parts.request("ref-3", text="", options={"sticker": {"package": "446", "sticker": "1988"}})[0])
    await line.send(parts.request("ref-4", destination=group)[0])
    await line.typing(MALEE.id, True)
    await line.mark_read(MALEE.id, id)
    await line.profile(MALEE.id)
    await line.profile(group)
    sim.block(SOMCHAI)
    await line.profile(SOMCHAI.id)
    await line.check()
    video = next(id for id, (file, _, _) in sim.default.content.items() if file.media_type.startswith("video"))
    await line.fetch({"id": video, "kind": "video"}, 1_000_000)


def _file(kind: str) -> File:
    return File(f"a.{kind}", b"xx", f"{kind}/mp4")


async def _bytes() -> bytes:
    return b"xxx"


def webhooks(specs: Path, recorded: Recorded) -> Iterator[str]:
    yield from openapi_value("line-webhook.yml", "CallbackRequest")(specs, json.loads(recorded.body))


CONTRACTS = [
    Contract(
        WithReplies(),
        drive,
        openapi_requests("line-messaging-api.yml"),
        (
            "/message/reply", "/message/push", "/loading/start", "/markAsRead", "/profile/", "/summary", "/member/",
            "/bot/info", "/webhook/endpoint", "/quota", "/quota/consumption", "/content", "/transcoding",
        ),
        webhooks,
    )
]  # fmt: skip
