"""Several processes merge, split and undo the same customers while messages arrive and somebody is being forgotten."""

from __future__ import annotations

import collections
import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.processes.people_like import Work
from tests.processes.running import ROOT, processes
from tests.store.test_merging import Story
from tests.support.world import CHAT, World
from unibox_tui.desk import people
from unibox_tui.store import merging

PEOPLE, SECONDS = 8, 2.5


def at_once(world: World, *roles: str) -> dict[str, collections.Counter[str]]:
    """Role -> what it did, all at the same time."""
    found = {}
    with processes() as working:
        for seed, role in enumerate(roles):
            command = [
                sys.executable,
                "-m",
                "tests.processes.people_like",
                str(world.db.path),
                role,
                str(seed),
                str(SECONDS),
            ]
            working.append(
                subprocess.Popen(
                    command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
                )
            )
        for one in working:
            assert one.stdout is not None
            assert one.stdout.readline() == "here\n", one.stderr.read() if one.stderr else ""
        for one in working:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        for role, one in zip(roles, working, strict=True):
            out, err = one.communicate(timeout=60)
            assert one.returncode == 0, err
            found[role] = collections.Counter(json.loads(out.splitlines()[-1]))
    return found


@pytest.fixture
def town(tmp_path: Path) -> Any:
    world = World.at(tmp_path)
    ids = {name: world.inbox(name, CHAT, channel="zalo") for name in ("a", "b")}
    for who in range(PEOPLE):
        came = world.later(1_000).chat(ids["ab"[who % 2]], f"z{who}", f"bimat{who} chào shop", name=f"Khách {who}")
        contact = int(world.conversation(came.conversation)["contact_id"])
        note = {"note": f"riêng{who}"}
        world.db.write_now(partial(people.set_fields, actor=world.agent("an"), contact=contact, fields=note))
    for name in ("binh", "chi"):
        world.agent(name)
    yield world
    world.db.close()


@pytest.mark.slow
def test_two_agents_merge_and_split_the_same_people_while_messages_arrive(town: World) -> None:
    told = at_once(town, "an", "binh", "arrivals")
    for agent in ("an", "binh"):
        assert told[agent]["merge: done"] > 3, told
        assert told[agent]["split: done"] + told[agent]["identity: done"] > 0, told
    arrived = told["arrivals"]["arrived: done"]
    assert arrived > 10
    rows = town.rows("SELECT id FROM message WHERE direction = 'in'")
    assert len(rows) == PEOPLE + len({row["provider_id"] for row in town.rows("SELECT provider_id FROM message_key WHERE provider_id LIKE 'z%-%'")})  # fmt: skip
    Story(town).holds()
    while live := town.rows("SELECT id FROM contact_merge WHERE undone_at IS NULL ORDER BY seq LIMIT 1"):
        town.db.write_now(partial(merging.split, id=live[0]["id"]))
    Story(town).holds()
    for who in range(PEOPLE):
        row = town.row("SELECT t.note, t.merged_into FROM contact t WHERE t.id = :id", id=who + 1)
        assert (row["note"], row["merged_into"]) == (f"riêng{who}", None)


@pytest.mark.slow
def test_who_is_forgotten_amid_merges_leaves_no_word_and_takes_nobody_along(town: World) -> None:
    told = at_once(town, "an", "binh", "arrivals", "forget:z3")
    assert told["forget:z3"]["forget: done"] >= 1, told
    # An agent may have given the address a contact of its own just before: then that one is still to be forgotten.
    Work(town.db, "forget:z3", 0).step()
    gone = {row["id"] for row in town.rows("SELECT id FROM contact WHERE forgotten_at IS NOT NULL")}
    assert gone
    assert (
        town.rows("SELECT 1 FROM identity d JOIN contact t ON t.id = d.contact_id WHERE t.forgotten_at IS NOT NULL")
        == []
    )
    assert (
        town.rows("SELECT 1 FROM contact_key k JOIN contact t ON t.id = k.contact_id WHERE t.forgotten_at IS NOT NULL")
        == []
    )
    words = town.rows(
        "SELECT b.text FROM message m JOIN message_body b ON b.n = m.n JOIN conversation c ON c.id = m.conversation_id "
        "JOIN contact t ON t.id = c.contact_id WHERE t.forgotten_at IS NOT NULL AND m.identity_id IS NULL AND m.direction = 'in'"
    )
    assert words
    assert {row["text"] for row in words} == {""}
    for row in town.rows("SELECT id, name, note, forgotten_at, merged_into FROM contact"):
        if row["id"] in gone:
            assert (row["name"], row["note"]) == ("", "")
            top = town.db.read_now(partial(merging.root, contact=row["id"]))
            assert top in gone, "somebody forgotten is part of somebody who is not"
    notes = " ".join(row["note"] for row in town.rows("SELECT note FROM contact WHERE forgotten_at IS NULL"))
    assert "riêng3" not in notes
    assert town.rows("SELECT 1 FROM message_body WHERE text LIKE '%bimat3%'") == []
    orphans = (
        "SELECT 1 FROM message m WHERE m.identity_id IS NOT NULL AND m.identity_id NOT IN (SELECT id FROM identity)"
    )
    assert town.rows(orphans) == []
