from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.connectors.cases.whatsapp import HA, WhatsAppCase
from tests.connectors.conformance import Rig
from tests.contract.shapes import Contract, openapi_requests
from unibox_tui.connectors.contract import SendFile
from unibox_tui.sandbox.providers.journal import Received
from unibox_tui.sandbox.providers.whatsapp import WhatsAppSim

FILE = "whatsapp-business-messaging-api_v23.0.yaml"


async def drive(parts: Rig) -> None:
    sim, number = parts.sim, parts.connector
    assert isinstance(sim, WhatsAppSim)
    id = await sim.says(HA, "Còn size M không?")
    await number.send(parts.request(answers=id)[0])
    for media_type in ("image/png", "application/pdf", "video/mp4", "audio/mpeg"):
        text = "" if media_type.startswith("audio") else "đây ạ"
        await number.send(parts.request(files=(SendFile("tệp.bin", media_type, 3, _bytes),), text=text)[0])
    order = (await number.templates())[0]
    values = dict.fromkeys(order.fields, "DH20381")
    chosen = {"id": order.id, "name": order.name, "language": "vi", "extra": order.extra, "values": values}
    await number.send(parts.request(options={"template": chosen})[0])
    await number.mark_read(HA.id, id)
    await number.typing(HA.id, True)
    await number.react(HA.id, id, "👍")
    await number.standing()
    await number.discover()
    await number.subscribe()
    await number.check()
    await sim.hooks.settle()


async def _bytes() -> bytes:
    return b"xxx"


def requests(specs: Path, call: Received) -> Iterator[str]:
    if isinstance(call.body, dict) and call.body.get("status") == "read":
        return  # the description has no body for the mark of reading
    yield from openapi_requests(FILE, lambda path: f"/v23.0{path}")(specs, call)


# What the live API takes, by its own documentation, and this description leaves out.
QUIRKS = dict.fromkeys(
    (
        "the parameter fields is not known",
        "the parameter limit is not known",
        "/media: type is not known",
        "caption is not known",
        "filename is not known",
        "biz_opaque_callback_data is not known",
        "language: policy is missing",
    ),
    "left out of, or demanded by, the description alone",
)


CONTRACTS = [
    Contract(
        WhatsAppCase(),
        drive,
        requests,
        ("/messages", "/media", "/message_templates", "/phone_numbers", "/subscribed_apps"),
        quirks=QUIRKS,
    )
]
