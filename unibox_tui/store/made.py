"""Keeps what the migrations make, so that a start can compare a store with it without making one.

`python -m unibox_tui.store.made` writes it anew after a migration was added. One that is not of this package's migrations
is not used: the comparison then makes a store in memory, which takes longer and gives the same.
"""

from __future__ import annotations

import json

from unibox_tui.store import schema


def as_text() -> str:
    """What should stand in `schema.KEPT`."""
    kept = {"of": schema.of_migrations(), "schema": schema.made_fingerprint()}
    return json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    schema.KEPT.write_text(as_text(), "utf-8")
    print(schema.KEPT)
