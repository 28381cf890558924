"""The customer behind the open conversation: who else they may be, making two one, and what we call and know of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unibox_tui.domain.errors import NotFound, Refused, WrongUse
from unibox_tui.locale import _
from unibox_tui.screens import questions
from unibox_tui.views.contact import Card
from unibox_tui.views.contacts import ContactLine, ContactPage
from unibox_tui.views.masking import HIDDEN
from unibox_tui.views.models import FoundLine, IdentityLine, Other
from unibox_tui.views.order_models import OutsideRow
from unibox_tui.views.suggested import Suggestion
from unibox_tui.widgets.overlay import Content
from unibox_tui.widgets.sheet import Choice, Taken
from unibox_tui.widgets.side_by_side import Compared, Spoken, field_name, kind_words, said, said_shortly
from unibox_tui.widgets.when import age, date

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen

TITLES = {"vi": ("anh", "chị", "em", "bạn", "cô", "chú", "bác"), "th": ("คุณ", "พี่", "น้อง"), "en": ("Mr", "Ms", "Mx")}
FIELDS = ("name", "title", "language", "note")
_NEW = object()


def _whole(value: str) -> None:
    """Raises Refused for one of which this agent sees only a part."""
    if HIDDEN in value:
        raise Refused(_("Phone numbers are hidden from you here."))


class CustomerController:
    def __init__(self, screen: InboxScreen) -> None:
        self.screen = screen
        self.suggestions: tuple[Suggestion, ...] = ()

    # Who else they may be

    async def read(self, conversation: int) -> Sequence[Suggestion]:
        self.suggestions = tuple(await self.screen.workspace.customers.suggested(conversation))
        return self.suggestions

    def forget(self) -> None:
        self.suggestions = ()

    @property
    def line(self) -> tuple[str, str]:
        """What speaks for it, for above the thread, at length and in short; both empty when nothing does."""
        if not self.suggestions:
            return "", ""
        return said(self.suggestions[0]), said_shortly(self.suggestions[0])

    @property
    def keys(self) -> tuple[str, ...]:
        """Actions that make sense while a suggestion stands there."""
        return ("same", "not-same", "side-by-side") if self.suggestions else ()

    @property
    def _suggestion(self) -> Suggestion:
        """The one under the hand, else the best."""
        screen = self.screen
        here = screen.panel.subject if screen.pane == "panel" else None
        if screen.contacts.here:
            here = screen.contacts.suggestion
        elif not isinstance(here, Suggestion) and self.suggestions:
            here = self.suggestions[0]
        if not isinstance(here, Suggestion):
            raise Refused(_("Nothing suggests that this customer is another one too."))
        return here

    def accept(self) -> None:
        found = self._suggestion
        self.do("accept_suggestion", {"contact": found.contact_id, "with": found.other_id})

    def dismiss(self) -> None:
        found = self._suggestion
        self.do("dismiss_suggestion", {"contact": found.contact_id, "with": found.other_id})

    def show_reasons(self, found: Suggestion | None = None) -> None:
        found = found or self._suggestion
        pair = {"contact": found.contact_id, "with": found.other_id}

        def close(call: str) -> Callable[[], None]:
            def act() -> None:
                self.screen.overlay.close()
                self.do(call, pair)

            return act

        def compare() -> None:
            self.screen.overlay.close()
            self.compare(found.contact_id, found.other_id, call="accept_suggestion")

        keymap = self.screen.keyboard.keymap
        same, apart, merge = (keymap.key_of(id) for id in ("same", "not-same", "merge"))
        keys = [(same, _("they are one")), (apart, _("they are two")), (merge, _("choose what counts"))]
        answers = {same: close("accept_suggestion"), apart: close("dismiss_suggestion"), merge: compare}
        self._show(Spoken(found, keys, answers))

    # Making two one, and taking it back

    def merge(self, with_: Any = None) -> None:
        """Ask for the other one (unless said), show both side by side, then make them one."""

        async def begin() -> None:
            own = await self.own()
            other = None if with_ in (None, "") else await self._named(str(with_))
            if other is None:
                self.ask(_("Make one with:"), lambda id: self.compare(own, id), text=str(with_ or ""), but=own)
            else:
                self.compare(own, other)

        self._held(begin())

    async def _named(self, text: str) -> int | None:
        """Who was typed; None when a person has to choose among several, or among likenesses."""
        try:
            return await self.screen.workspace.customers.named(text)
        except NotFound:
            page = await self.screen.workspace.customers.page(text, limit=2)
            if not page.lines:
                raise
            return page.lines[0].id if len(page.lines) == 1 else None

    def compare(self, own: int, other: int, *, call: str = "merge") -> None:
        if own == other:
            raise Refused(_("These two are one already."))

        def act(choices: Mapping[str, str], join: bool) -> None:
            self.screen.overlay.close()
            self.do(call, {"contact": own, "with": other, "choices": dict(choices), "join": join})

        async def read() -> None:
            self._show(Compared(await self.screen.workspace.customers.compare(own, other), act))

        self._held(read())

    def split(self) -> None:
        """Choose which merge is taken back, or which identity is somebody else's."""

        async def begin() -> None:
            own = await self.own()
            card = await self.screen.workspace.customers.card(own)
            choices = list(self._splits(card))
            if not choices:
                raise Refused(_("Nothing was merged into this customer, and they have one identity."))
            self.screen.commands.asking.pick(
                _("Take apart:"), choices, lambda which: self.do("split_contact", {"contact": own, **which})
            )

        self._held(begin())

    def _splits(self, card: Card) -> list[Choice]:
        now = self.screen.workspace.now()
        merges = [
            Choice(
                _("as before {when}").format(when=date(one["at"], now)),
                {"operation": one["operation"]},
                _("contact {n}, merged by {who}").format(n=one["contact"], who=one["by"])
                + "".join(f"  {kind_words(kind)}" for kind in one["why"]),
            )
            for one in card.merges
        ]
        if len(card.identities) < 2:
            return merges
        return merges + [
            Choice(
                one["address"],
                {"identity": one["id"]},
                f"{one['name']}  {_('is somebody else')}",
                channel=one["channel"],
            )
            for one in card.identities
        ]

    # What we call and know of them

    def title(self, said: str | None) -> None:
        if said is not None:
            self._for_own(lambda own: self.set_fields(own, {"title": said}))
            return
        panel = self.screen.panel.panel
        language = panel.language if panel and panel.language in TITLES else ""
        every = [
            *TITLES.get(language, ()),
            *(word for key, words in TITLES.items() if key != language for word in words),
        ]
        choices = [Choice(word, word) for word in every]
        self._for_own(
            lambda own: questions.one_of_or_other(
                self.screen.commands.asking,
                _("Address as:"),
                choices,
                lambda word: self.set_fields(own, {"title": word}),
            )
        )

    def set_pairs(self, text: str) -> None:
        """`name=…`, `title=chị`, `note=…`, `attributes.size=M`; an empty value takes it away."""
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise WrongUse(_("“{text}” has no value.").format(text=text), hint=_("As in note=…, attributes.size=M."))
        self._for_own(lambda own: self.set_fields(own, {key.strip(): value.strip()}))

    def edit(self) -> None:
        """Choose a field, then write what it says."""

        async def begin() -> None:
            card = await self.screen.workspace.customers.card(await self.own())
            now = {"name": card.name, "title": card.title, "language": card.language, "note": card.note}
            now["labels"] = ", ".join(card.labels)
            now |= {f"attributes.{key}": value for key, value in card.attributes.items()}
            choices = [Choice(field_name(key), key, value, words=key) for key, value in now.items()]
            choices.append(Choice(_("another field"), _NEW))
            self.screen.commands.asking.pick(_("Change:"), choices, lambda key: self._write(card.id, key, now))

        self._held(begin())

    def _write(self, contact: int, key: Any, now: Mapping[str, str]) -> None:
        asking = self.screen.commands.asking
        if key is _NEW:
            asking.line(_("Name of the field:"), lambda name: self._write(contact, f"attributes.{name}", now))
            return
        name = f"{field_name(key)}:"
        questions.words(asking, name, lambda value: self.set_fields(contact, {key: value}), text=now.get(key, ""))

    def set_fields(self, contact: int, fields: Mapping[str, str]) -> None:
        self.do("contact_set", {"contact": contact, "fields": dict(fields)})

    def label(self, names: Sequence[str]) -> None:
        """These labels on; without a name they are chosen, and a chosen one that the customer has comes off."""

        async def begin() -> None:
            own = await self.own()
            if names:
                self.do("contact_label", {"contact": own, "put": list(names)})
                return
            held = set((await self.screen.workspace.customers.card(own)).labels)
            options = await self.screen.workspace.options("label")
            choices = [
                Choice(
                    one.text,
                    one.value,
                    "  ".join(word for word in (_("comes off") if one.text in held else "", one.detail) if word),
                    colour=one.colour,
                    words=one.value,
                )
                for one in sorted(options, key=lambda one: one.text not in held)
            ]

            def taken(chosen: Sequence[str]) -> None:
                off = {one.value for one in options if one.text in held}
                put = [name for name in chosen if name not in off]
                self.do("contact_label", {"contact": own, "put": put, "take": [name for name in chosen if name in off]})

            self.screen.commands.asking.labels(_("Label the customer:"), choices, taken)

        self._held(begin())

    # The rows of the panel

    def enter_row(self) -> None:
        """To the message something is known from, to the other conversation, or both messages side by side."""
        subject = self.screen.panel.subject
        if isinstance(subject, Other):
            self.screen.open(subject.id)
        elif isinstance(subject, Suggestion):
            self.show_reasons(subject)
        elif isinstance(subject, OutsideRow) and subject.action is not None:
            what, value = subject.action
            if what == "open":
                self.screen.workspace.host.open_link(value)
            else:
                self.screen.workspace.host.copy(value)
                self.screen.news(_("copied"))
        elif isinstance(subject, IdentityLine | FoundLine):
            source = subject.source if isinstance(subject, FoundLine) else subject.last or subject.source
            if source is None:
                raise Refused(_("No message here says so."))
            self.screen.open(source.conversation_id, at=source.n)

    def keep_row(self) -> None:
        subject = self.screen.panel.subject if self.screen.pane == "panel" else None
        if not isinstance(subject, FoundLine) or subject.source is None:
            raise Refused(_("What was found in a message is kept."), hint=_("Move to it in the customer's panel."))
        _whole(subject.value)
        args = {"message": subject.source.n, "kind": subject.kind, "value": subject.value}
        self.do("keep_found", args)

    def row_value(self) -> str:
        subject = self.screen.panel.subject
        if isinstance(subject, FoundLine):
            return subject.value
        if isinstance(subject, IdentityLine):
            return subject.address
        if isinstance(subject, Other):
            return f"#{subject.id}"
        raise Refused(_("There is nothing to copy in this line."))

    def call_row(self) -> None:
        subject = self.screen.panel.subject if self.screen.pane == "panel" else None
        phone = subject.value if isinstance(subject, FoundLine) and subject.kind == "phone" else ""
        if isinstance(subject, IdentityLine) and subject.channel in ("voice", "sms", "whatsapp"):
            phone = subject.address
        _whole(phone)
        number = "".join(c for c in phone if c.isdigit() or c == "+")
        if not number:
            raise Refused(_("There is no number to call."), hint=_("Move to one in the customer's panel."))
        self.screen.workspace.host.open_link(f"tel:{number}")
        self.screen.news(_("calling {number}").format(number=phone))

    # Pieces

    def _show(self, content: Content) -> None:
        size = self.screen.size
        self.screen.overlay.show(content, self.screen.workspace.now(), max(size.height * 2 // 3, 8), size.width)

    async def own(self) -> int:
        """The contact meant: of the contacts' page, of the row under the cursor, of the open conversation."""
        screen = self.screen
        if screen.contacts.here:
            return screen.contacts.contact
        id = screen.list.cursor.id if screen.pane == "list" and screen.list.cursor else screen.talk.conversation
        if id is None:
            raise Refused(_("No conversation is chosen."))
        return await screen.workspace.customers.named(f"#{id}")

    def _for_own(self, act: Callable[[int], None]) -> None:
        async def begin() -> None:
            act(await self.own())

        self._held(begin())

    def _held(self, doing: Any) -> None:
        """Keys typed meanwhile wait for what comes."""
        self.screen.keyboard.hold()
        self.screen.work(doing, "customer", after=self.screen.keyboard.release)

    def do(self, call: str, args: Mapping[str, Any]) -> None:
        self.screen.work(self._do(call, args), "act", exclusive=False)

    async def _do(self, call: str, args: Mapping[str, Any]) -> None:
        done = await self.screen.workspace.perform(call, args, ())
        self.screen.done(done)
        await self.screen.lists.after_action(done.conversations)
        self.screen.talk.reread()
        self.screen.talk.reread_panel()
        self.screen.contacts.reread()

    def ask(self, prompt: str, take: Callable[[int], None], *, text: str = "", but: int | None = None) -> None:
        """A contact, found by anything as one types."""
        screen = self.screen
        page = screen.workspace.customers.page
        offered: dict[str, list[Choice]] = {}

        def typed(text: str, caret: int) -> None:
            async def find() -> None:
                offered[text] = self._choices(await page(text, limit=50), but, text)
                if screen.sheet.is_open and screen.sheet.prompt.text == text:
                    screen.sheet.offer(offered[text])

            screen.work(find(), "complete")

        def answer(event: Taken) -> None:
            known = offered.get(event.text)
            if known and event.values:
                take(event.values[0])
                return

            async def find() -> None:  # Enter was quicker than the search
                choices = self._choices(await page(event.text, limit=50), but, event.text)
                if len(choices) != 1:
                    self.ask(prompt, take, text=event.text, but=but)
                else:
                    screen.guard(lambda: take(choices[0].value))

            self._held(find())

        questions.somebody(screen.commands.asking, prompt, answer, typed, text=text)

    def _choices(self, found: ContactPage, but: int | None, typed: str) -> list[Choice]:
        now = self.screen.workspace.now()
        return [self._choice(line, now, typed) for line in found.lines if line.id != but]

    @staticmethod
    def _choice(line: ContactLine, now: int, typed: str) -> Choice:
        where = "  ".join(f"{mark} {address}" for mark, _channel, address in line.addresses)
        seen = age(line.last_seen_at, now) if line.last_seen_at else ""
        return Choice(line.name or _("no name yet"), line.id, f"{where}  {seen}".strip(), words=typed)
