"""Ids made in Python."""

from __future__ import annotations

import uuid

from unibox_tui.domain.ids import N_COUNTER_BITS, n_floor, new_id


def test_ids_are_version_seven_and_sort_in_the_order_of_making() -> None:
    made = [new_id(1_790_000_000_000) for _ in range(2_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {uuid.UUID(id).version for id in made} == {7}
    assert {uuid.UUID(id).variant for id in made} == {uuid.RFC_4122}


def test_a_later_time_sorts_later() -> None:
    assert new_id(1_790_000_000_000) < new_id(1_790_000_000_001) < new_id()


def test_n_orders_by_seconds() -> None:
    assert n_floor(1_790_000_000_999) == 1_790_000_000 << N_COUNTER_BITS
    assert n_floor(-5) == 0
