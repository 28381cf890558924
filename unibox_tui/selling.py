"""Orders, scanned codes and external panels for the screens: implements screens.selling_port.Selling over the real store.

Panels are asked by a child process, which may run a program or speak to a network; the app only waits for what it prints.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.config.model import Config
from unibox_tui.config.outside import field_rules, masks_phones, order_rules
from unibox_tui.desk.orders import draft_of
from unibox_tui.domain.errors import UniboxError
from unibox_tui.domain.money import major
from unibox_tui.host.processes import pipe
from unibox_tui.locale import _, translated
from unibox_tui.store.database import Database
from unibox_tui.views import masking, orders, outside_panels
from unibox_tui.views.models import Panel
from unibox_tui.views.order_models import OrderLine, OutsidePanel
from unibox_tui.views.orders import Scanned

CHILD_S = 4.0  # a child's own start and end, beside what the panel may take
_RULED = frozenset(("order_new", "order_set", "order_state", "deal"))
_ALWAYS = ("items", "amount")
_ORDER_OF_FIELDS = ("items", "amount", "phone", "address", "code", "shop", "deposit")


class StoreSelling:
    def __init__(self, db: Database, config: Config, me: str, home: Sequence[str] = ()) -> None:
        self.db = db
        self.config = config
        self.home = tuple(home)
        self.rules = order_rules(config)
        self.fields = field_rules(config)
        self.hides = masks_phones(config, me)
        self._kept: dict[tuple[str, int], OutsidePanel] = {}

    # -- what the workspace asks -------------------------------------------------------------------------------------

    def ruled(self, call: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """The workspace's rules put along with what needs them."""
        if call in _RULED:
            return {**args, "rules": self.rules}
        return {**args, "rules": self.fields} if call == "contact_set" and self.fields else dict(args)

    @property
    def titles(self) -> Mapping[str, str]:
        return {name: rule.title for name, rule in self.fields.items()}

    def shown(self, panel: Panel) -> Panel:
        return masking.panel(panel) if self.hides else panel

    # -- what the screens ask ----------------------------------------------------------------------------------------

    async def draft(self, conversation: int) -> str:
        found = await self.db.read(lambda db: draft_of(db, conversation, self.rules))
        values = {name: found.values.get(name) for name in _ORDER_OF_FIELDS}
        if values["amount"] is not None:
            values["amount"] = f"{major(values['amount'], found.values['currency']):f}"
        return ", ".join(f"{name}={value or ''}" for name, value in values.items() if value or name in _ALWAYS)

    async def orders(self, conversation: int) -> Sequence[OrderLine]:
        def read(db: Any) -> tuple[OrderLine, ...]:
            from unibox_tui.store import contact_reading, reading

            whose = contact_reading.contacts_of(db, reading.joined_set(db, conversation))
            return tuple(line for contact in whose for line in orders.of_contact(db, contact))

        found = await self.db.read(read)
        return [masking.order(line) for line in found] if self.hides else found

    async def scanned(self, said: str) -> Scanned:
        region = self.config.workspace.region
        return await self.db.read(lambda db: orders.scanned(db, said, region))

    def panels(self) -> Sequence[OutsidePanel]:
        return [OutsidePanel(name, one.title or name, one.lines) for name, one in self.config.panels.items()]

    async def panel(self, name: str, conversation: int) -> OutsidePanel:
        one = self.config.panels[name]
        key = (name, await self.db.read(lambda db: _contact(db, conversation)))
        kept = self._kept.get(key)
        if kept is not None and self.db.now() - kept.at < one.keep_seconds * 1000:
            return kept
        argv = [
            sys.executable,
            "-P",
            "-m",
            "unibox_tui",
            *self.home,
            "panel",
            f"#{conversation}",
            "--name",
            name,
            "--json",
        ]
        empty = OutsidePanel(name, one.title or name, one.lines, at=self.db.now())
        try:
            ran = await asyncio.to_thread(pipe, argv, b"", timeout=one.seconds + CHILD_S)
            answer = json.loads(ran.out)
            found = _shown(empty, answer)
        except UniboxError as error:
            found = _failed(empty, translated(error.message))
        except (ValueError, KeyError):
            found = _failed(empty, _("It could not be asked."))
        self._kept[key] = found
        while len(self._kept) > 200:
            self._kept.pop(next(iter(self._kept)))
        return found


def _contact(db: Any, conversation: int) -> int:
    from unibox_tui.store import conversations, merging

    top = conversations.get(db, conversations.root(db, conversation))
    return merging.root(db, int(top["contact_id"]))


def _shown(empty: OutsidePanel, answer: Mapping[str, Any]) -> OutsidePanel:
    from dataclasses import replace

    if "error" in answer:
        return _failed(empty, str(answer["error"]["message"]))
    rows = outside_panels.read(json.dumps({"rows": answer["rows"]}).encode())
    return replace(empty, state="here", rows=rows)


def _failed(empty: OutsidePanel, why: str) -> OutsidePanel:
    from dataclasses import replace

    from unibox_tui.text.safe import safe_line

    return replace(empty, state="failed", error=safe_line(why))
