"""Times to come in three languages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from unibox_tui.domain.errors import WrongUse
from unibox_tui.views.times import time_to_come

ZONE = ZoneInfo("Asia/Bangkok")
NOW = datetime(2026, 11, 22, 10, 30, tzinfo=ZONE)  # a Sunday


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2h", "11-22 12:30"),
        ("30m", "11-22 11:00"),
        ("1h30m", "11-22 12:00"),
        ("3 ngày", "11-25 10:30"),
        ("2 ชม.", "11-22 12:30"),
        ("tomorrow", "11-23 09:00"),
        ("tomorrow 9", "11-23 09:00"),
        ("tomorrow morning", "11-23 09:00"),
        ("tonight", "11-22 19:00"),
        ("mon 9:00", "11-23 09:00"),
        ("sunday", "11-29 09:00"),
        ("next week", "11-23 09:00"),
        ("17:00", "11-22 17:00"),
        ("9:00", "11-23 09:00"),
        ("5pm", "11-22 17:00"),
        ("2026-12-01 09:00", "12-01 09:00"),
        ("1/12", "12-01 09:00"),
        ("mai 8h", "11-23 08:00"),
        ("ngày mai 15h30", "11-23 15:30"),
        ("sáng mai", "11-23 09:00"),
        ("chieu nay", "11-22 14:00"),
        ("chiều nay", "11-22 14:00"),
        ("thứ hai", "11-23 09:00"),
        ("chủ nhật 8h", "11-29 08:00"),
        ("พรุ่งนี้ 9 โมง", "11-23 09:00"),
        ("พรุ่งนี้เช้า", "11-23 09:00"),
        ("วันจันทร์", "11-23 09:00"),
        ("บ่าย 3 โมง", "11-22 15:00"),
        ("2 ทุ่ม", "11-22 20:00"),
        ("in 3 days", "11-25 10:30"),
        ("2 giờ nữa", "11-22 12:30"),
        ("2 tiếng rưỡi nữa", "11-22 13:00"),
        ("2 giờ rưỡi nữa", "11-22 13:00"),
        ("อีก 2 ชั่วโมง", "11-22 12:30"),
        ("สองชั่วโมง", "11-22 12:30"),
        ("8h tối nay", "11-22 20:00"),
        ("9h sáng mai", "11-23 09:00"),
        ("9am tomorrow", "11-23 09:00"),
        ("tomorrow at 9", "11-23 09:00"),
        ("mai lúc 8h rưỡi", "11-23 08:30"),
        ("mai 8 giờ rưỡi", "11-23 08:30"),
        ("พรุ่งนี้ 9 โมงครึ่ง", "11-23 09:30"),
        ("พรุ่งนี้บ่าย 2 โมง", "11-23 14:00"),
        ("บ่ายสามโมง", "11-22 15:00"),
        ("สองทุ่ม", "11-22 20:00"),
        ("สองทุ่มครึ่ง", "11-22 20:30"),
        ("thứ 2 tuần sau", "11-23 09:00"),
        ("thứ sáu tuần sau 14h", "11-27 14:00"),
        ("next friday 8:00", "11-27 08:00"),
        ("วันศุกร์หน้า", "11-27 09:00"),
        ("วันศุกร์หน้า 9 โมง", "11-27 09:00"),
    ],
)
def test_read(said: str, meant: str) -> None:
    at = datetime.fromtimestamp(time_to_come(said, int(NOW.timestamp() * 1000), ZONE) / 1000, ZONE)
    assert at.strftime("%m-%d %H:%M") == meant


@pytest.mark.parametrize(
    "said",
    [
        "",
        "soon",
        "hôm qua",
        "2020-01-01",
        "today",
        "today 9",
        "sáng nay",
        "25:00",
        "9" * 30,
        "next",
        "tuần sau sau",
        "nữa",
        "in",
        "หน้า",
        "rưỡi",
    ],
)
def test_not_read_or_past(said: str) -> None:
    with pytest.raises(WrongUse) as caught:
        time_to_come(said, int(NOW.timestamp() * 1000), ZONE)
    assert caught.value.hint


def test_the_night_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 10, 24, 12, 0, tzinfo=zone)
    at = time_to_come("tomorrow 9", int(now.timestamp() * 1000), zone)
    assert at - now.timestamp() * 1000 == 22 * 3_600_000
