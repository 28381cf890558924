"""Ten apps and a service on one file: nobody is told that it is locked, everybody sees everything."""

from __future__ import annotations

import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes.running import AN, ROOT, Nursery, Place, deliver, mail, mail_inbox, make_maildir, processes, until
from unibox_tui.desk import triage
from unibox_tui.store import changes

APPS, SECONDS, ARRIVALS = 10, 4.0, 60


@pytest.mark.slow
def test_ten_apps_and_a_service_on_one_file(nursery: Nursery, place: Callable[..., Place], tmp_path: Path) -> None:
    box = make_maildir(tmp_path / "mail", "Sent")
    home = place(mail_inbox(box))
    nursery.start(home)
    for number in range(5):
        deliver(box, f"first{number}", mail(f"first{number}"))
    until(lambda: home.count("conversation") == 5, what="the first mails")
    labels = [f"nhãn {number}" for number in range(5)]
    home.db.write_now(lambda tx: triage.label(tx, AN, [10_001], labels))
    with processes() as apps:
        for number in range(APPS):
            command = [
                sys.executable,
                "-m",
                "tests.processes.app_like",
                str(home.folder),
                f"agent{number}",
                str(SECONDS),
            ]
            apps.append(subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        for app in apps:
            assert line(app) == "here"
        for app in apps:
            say(app, "go")
        for number in range(ARRIVALS):
            deliver(box, f"more{number}", mail(f"more{number}"))
            time.sleep(SECONDS / ARRIVALS)
        for app in apps:
            assert line(app) == "written"
        until(lambda: home.count("message", "direction = 'in'") == 5 + ARRIVALS, what="all arrivals")
        time.sleep(0.5)
        head = home.db.read_now(changes.head)
        for app in apps:
            say(app, str(head))
        told = [json.loads(line(app)) for app in apps]

    assert [error for one in told for error in one["errors"]] == []
    for one in told:
        assert one["reloads"] == 0
        assert {int(seq) for seq in one["heard"]} >= set(range(one["first"] + 1, head + 1)), "no change is missed"
        assert one["reads"] > 10

    written = {int(seq): at for one in told for seq, at in one["written"].items()}
    waits = sorted(
        max(one["heard"][str(seq)] - at, 0) / 1e6
        for one in told
        for seq, at in written.items()
        if str(seq) not in one["written"]
    )
    p95 = waits[int(len(waits) * 0.95)]
    print(f"\n{len(written)} commits heard {len(waits)} times: p50 {statistics.median(waits):.1f} ms, p95 {p95:.1f} ms")

    notes = sum(one["notes"] for one in told)
    assert home.count("message", "direction = 'note'") == notes
    assert home.count("event", "kind = 'note.written'") == notes
    news = home.count("message", "direction = 'in' AND inert = 0")
    assert news >= ARRIVALS
    assert home.count("event", "kind = 'message.received'") == news
    in_feed = {row["id"] for row in home.rows("SELECT DISTINCT id FROM change_log WHERE kind = 'conversation'")}
    assert in_feed == {str(row["id"]) for row in home.rows("SELECT id FROM conversation")}
    seqs = [row["seq"] for row in home.rows("SELECT seq FROM change_log ORDER BY seq")]
    assert seqs == list(range(1, seqs[-1] + 1)), "the feed has no gaps"
    at = [row["at"] for row in home.rows("SELECT at FROM event ORDER BY seq")]
    assert max((earlier - later for earlier, later in itertools.pairwise(at)), default=0) < 1000
    assert home.value("PRAGMA integrity_check") == "ok"
    assert "waits" not in home.words()
    assert "locked" not in home.words()


def line(app: subprocess.Popen[str]) -> str:
    assert app.stdout is not None
    return app.stdout.readline().strip()


def say(app: subprocess.Popen[str], text: str) -> None:
    assert app.stdin is not None
    print(text, file=app.stdin, flush=True)
