from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from tests.connectors.cases.sms_twilio import LAN, TwilioCase
from tests.connectors.conformance import Rig
from tests.contract.shapes import Contract, openapi_requests
from unibox_tui.connectors.contract import SendFile
from unibox_tui.sandbox.providers.base import File
from unibox_tui.sandbox.providers.journal import Received

FILE = "twilio_api_v2010.yaml"


async def drive(parts: Rig) -> None:
    sim, twilio = parts.sim, parts.connector
    sid = await sim.says(LAN, "Áo còn không?", [File("a.jpg", b"\xff\xd8\xff", "image/jpeg")])
    request, _ = parts.request("ref-1", files=(SendFile("b.png", "image/png", 3, _bytes),))
    await twilio.send(request)
    await twilio.reconcile(request, sim.clock())
    await twilio.check()
    await twilio.fetch({"message": sid, "index": 0}, 1_000)
    async for batch in twilio.pull({}):
        if batch.phase == "polling":
            break
    await sim.hooks.settle()


async def _bytes() -> bytes:
    return b"xxx"


def requests(specs: Path, call: Received) -> Iterator[str]:
    if "/Media/" in call.path:
        call = dataclasses.replace(call, path=call.path + ".json")
    yield from openapi_requests(FILE)(specs, call)


CONTRACTS = [Contract(TwilioCase(), drive, requests, ("/Messages.json", "/Media.json", "/Media/", "/Balance.json"))]
