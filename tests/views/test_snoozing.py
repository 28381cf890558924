"""Snoozes in words, in three languages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from unibox_tui.domain.errors import WrongUse
from unibox_tui.views.snoozing import Snooze, snooze_words

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = int(datetime(2026, 11, 20, 10, 0, tzinfo=ZONE).timestamp() * 1000)  # a Friday
HOUR = 3_600_000
MONDAY_9 = int(datetime(2026, 11, 23, 9, 0, tzinfo=ZONE).timestamp() * 1000)
TOMORROW_9 = int(datetime(2026, 11, 21, 9, 0, tzinfo=ZONE).timestamp() * 1000)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2h", Snooze(NOW + 2 * HOUR)),
        ("mon", Snooze(MONDAY_9)),
        ("2h unless they reply", Snooze(NOW + 2 * HOUR)),
        ("tomorrow 9 unless the customer replies", Snooze(TOMORROW_9)),
        ("if no reply by mon", Snooze(MONDAY_9, watched=True)),
        ("mon if no reply", Snooze(MONDAY_9, watched=True)),
        ("thứ hai nếu khách chưa trả lời", Snooze(MONDAY_9, watched=True)),
        ("if there is no answer within 2h", Snooze(NOW + 2 * HOUR, watched=True)),
        ("2h even if they reply", Snooze(NOW + 2 * HOUR, wake_on_reply=False)),
        ("thứ hai trừ khi khách trả lời", Snooze(MONDAY_9)),
        ("nếu khách chưa trả lời trước thứ hai", Snooze(MONDAY_9, watched=True)),
        ("mai 9h dù khách trả lời", Snooze(TOMORROW_9, wake_on_reply=False)),
        ("พรุ่งนี้ 9 โมง เว้นแต่ลูกค้าตอบ", Snooze(TOMORROW_9)),
        ("ถ้าลูกค้าไม่ตอบภายใน พรุ่งนี้ 9 โมง", Snooze(TOMORROW_9, watched=True)),
        ("พรุ่งนี้ 9 โมง แม้ลูกค้าตอบ", Snooze(TOMORROW_9, wake_on_reply=False)),
    ],
)
def test_a_time_and_what_a_reply_does_to_it(said: str, meant: Snooze) -> None:
    assert snooze_words(said, NOW, ZONE) == meant


@pytest.mark.parametrize("said", ["", "unless they reply", "soon unless they reply", "nếu khách chưa trả lời trước"])
def test_without_a_time_it_is_refused(said: str) -> None:
    with pytest.raises(WrongUse):
        snooze_words(said, NOW, ZONE)
