"""A text and a file in one message where the channel takes both so, else one after the other."""

from __future__ import annotations

import pytest

from tests.connectors.cases.whatsapp import WhatsAppCase
from tests.connectors.conformance import rig
from unibox_tui.connectors import policy
from unibox_tui.desk.parts import in_parts
from unibox_tui.store.messages import StoredFile


def stored(name: str, media_type: str) -> StoredFile:
    return StoredFile(name=name, media_type=media_type, size=3, sha256="0" * 64)


@pytest.mark.parametrize(("length", "messages"), [(1_024, 1), (1_025, 2)])
def test_a_text_longer_than_a_caption_goes_before_the_file(length: int, messages: int) -> None:
    can = policy.capabilities("telegram", extra={"files_per_message": 1})
    assert len(in_parts(can, ["x" * length], (stored("a.jpg", "image/jpeg"),))) == messages


async def test_a_sound_takes_no_text_at_whatsapp() -> None:
    async with rig(WhatsAppCase()) as parts:
        found = in_parts(parts.connector.capabilities(), ["nghe thử nha"], (stored("a.ogg", "audio/ogg"),))
    assert [(text, len(files)) for text, files in found] == [("nghe thử nha", 0), ("", 1)]
