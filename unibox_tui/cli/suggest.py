"""Verbs about suggested answers: ask for them, teach them, measure them."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import WrongUse

if TYPE_CHECKING:
    from unibox_tui.store.database import Tx
    from unibox_tui.views.suggest import Offer, Suggestions

_AT_ONCE = 50  # examples stored in one transaction
_file = click.argument("file", type=click.Path(exists=True, dir_okay=False))


class _AskOrVerb(click.Group):
    """What is no verb of this group is a conversation to suggest for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["for", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_AskOrVerb, subcommand_metavar="CONVERSATION | --text WORDS | train FILE | eval FILE")
def suggest() -> None:
    """What to answer: fitting canned replies and similar past answers, learned from what this team has answered.

    Nothing is printed when nothing fits.
    """


@suggest.command("for")
@click.argument("conversation", metavar="CONVERSATION", required=False)
@click.option(
    "--text", "words", metavar="WORDS", help="For these words instead of a conversation; - for standard input."
)
@args.as_json
@click.pass_obj
def for_(session: Session, conversation: str | None, words: str | None, as_json: bool) -> None:
    """Suggest answers for a conversation, or for words."""
    from unibox_tui.desk import canned as desk
    from unibox_tui.views import suggest as view

    if (conversation is None) == (words is None):
        raise WrongUse("Suggest for what?", hint='`unibox suggest 10482`, or `unibox suggest --text "…"`.')
    learned = view.Learned()
    text = None if words is None else args.body(words, None)
    number = None if conversation is None else args.one(session, conversation)

    def ask(db: Any) -> Suggestions:
        entries = _entries(session, db)
        offers = [offer for offer, _ in entries]
        if text is not None:
            return view.for_text(db, learned, text, offers)
        assert number is not None
        stored = {offer.key: entry for offer, entry in entries}

        def fill(offer: Offer) -> tuple[str, tuple[str, ...]]:
            entry = stored.get(offer.key) or desk.Canned(offer.shortcut, offer.text)
            return desk.fill(db, entry, number, session.me, particle=session.config.ui.particle)

        return view.for_conversation(db, learned, number, offers, fill)

    _shown(session, session.read(ask), as_json)


@suggest.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False), required=False)
@click.option("--history", is_flag=True, help="Learn from all answers in the store, imported ones too.")
@click.option("--forget", is_flag=True, help="Forget first what was taught from files.")
@args.as_json
@click.pass_obj
def train(session: Session, file: str | None, history: bool, forget: bool, as_json: bool) -> None:
    """Teach suggestions from lines {"text": …, "reply": …}.

    The reply is the shortcut of a canned reply (/ship), or the words of an answer. Lines known already change nothing.
    """
    from unibox_tui.learning.model import Model
    from unibox_tui.store import lessons

    if file is None and not history and not forget:
        raise WrongUse("Learn from what?", hint="A file of JSON lines, or --history.")
    pairs = [] if file is None else _pairs(file)
    gone = session.write(lessons.forget_taught) if forget else 0
    taught = _teach(session, pairs)
    learned = _learn_history(session) if history else 0
    if taught or learned or gone:
        session.write(lessons.trim)
        generation, known = session.read(lambda db: (lessons.state(db).generation, lessons.examples(db)))
        model = Model.build(known)
        session.write(lambda tx: lessons.keep_model(tx, model, generation))
    state = session.read(lessons.state)
    said = {"taught": taught, "from_history": learned, "forgotten": gone, "examples": state.size}
    if as_json:
        say.document(said)
    else:
        say.line(
            f"{taught + learned} new examples{f', {gone} forgotten' if gone else ''}; suggestions know {state.size} now"
        )


@suggest.command("eval")
@_file
@click.option(
    "--each", type=click.IntRange(min=1), metavar="N", help="Learn from N of every reply only, and ask the rest."
)
@args.as_json
def eval_(file: str, each: int | None, as_json: bool) -> None:
    """Measure on lines {"text": …, "reply": …}: each fifth is asked after learning from the others. Stores nothing."""
    from unibox_tui.learning.evaluate import evaluate

    try:
        report = evaluate(_pairs(file), time.perf_counter, each=each)
    except ValueError as error:
        raise WrongUse(f"{file} cannot be measured: {error}.") from None
    if as_json:
        say.document({name: round(value, 4) for name, value in dataclasses.asdict(report).items()})
        return
    say.table(
        [
            ["examples", f"{report.examples} of {report.answers} replies, {report.asked} asked"],
            ["top-1", f"{report.top1:.3f}"],
            ["top-3", f"{report.top3:.3f}"],
            ["coverage", f"{report.coverage:.3f} suggested at all; the first was right in {report.precision:.3f} of these"],
            ["speed", f"{report.ask_p50_ms:.1f} ms a question (p95 {report.ask_p95_ms:.1f}), {report.add_ms:.1f} ms to learn one "
             f"more, {report.build_ms / 1000:.1f} s to learn all"],
        ]
    )  # fmt: skip


# -- parts ---------------------------------------------------------------------------------------------------------------


def _pairs(file: str) -> list[tuple[str, str]]:
    """The lines of the file. Raises WrongUse naming the first one that is not as it should be; nothing was stored then."""
    pairs: list[tuple[str, str]] = []
    with open(file, "rb") as source:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            try:
                found = json.loads(line.decode("utf-8-sig"))
            except (ValueError, RecursionError):
                raise WrongUse(f"{file}, line {number} is not JSON.", hint=_SHAPE) from None
            text, reply = (found.get("text"), found.get("reply")) if isinstance(found, dict) else (None, None)
            if not isinstance(text, str) or not isinstance(reply, str) or not text.strip() or not reply.strip():
                raise WrongUse(f"{file}, line {number} has no text and reply.", hint=_SHAPE)
            pairs.append((_storable(text), _storable(reply)))
    if not pairs:
        raise WrongUse(f"{file} holds no lines.", hint=_SHAPE)
    return pairs


_SHAPE = 'A line is {"text": "…", "reply": "…"}.'


def _storable(text: str) -> str:
    """JSON may hold halves of characters that no file can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _entries(session: Session, db: Any) -> list[tuple[Offer, Any]]:
    """Canned replies this agent may use, as offers and as the desk knows them."""
    from unibox_tui.cli.canned import filed
    from unibox_tui.desk import canned as desk
    from unibox_tui.views.suggest import Offer

    return [
        (Offer(one.key, one.shortcut, one.text, one.title, one.language), one)
        for one in desk.listed(db, session.me, filed(session))
    ]


def _teach(session: Session, pairs: Sequence[tuple[str, str]]) -> int:
    from unibox_tui.learning import matching
    from unibox_tui.store import lessons

    offers = session.read(lambda db: [offer for offer, _ in _entries(session, db)])
    shortcuts = {offer.shortcut: offer.key for offer in offers}
    texts = {offer.key: offer.text for offer in offers}
    keys: dict[str, str | None] = {}
    for reply in {reply for _, reply in pairs}:
        keys[reply] = shortcuts.get(reply.strip().lstrip("/")) or matching.used(reply, texts)
    taught = 0
    for start in range(0, len(pairs), _AT_ONCE):

        def some(tx: Tx, start: int = start) -> int:
            count = 0
            for text, reply in pairs[start : start + _AT_ONCE]:
                key = keys[reply]
                if key is None:
                    count += lessons.teach(tx, text, lessons.key_of_text(reply), reply)
                else:
                    count += lessons.teach(tx, text, key)
            return count

        taught += session.write(some)
    return taught


def _learn_history(session: Session) -> int:
    from unibox_tui.store import lessons

    stored = session.read(lambda db: {offer.key: offer.text for offer, _ in _entries(session, db)})
    n = learned = 0
    while ns := session.read(lambda db, n=n: lessons.answers_after(db, n, _AT_ONCE)):  # type: ignore[misc]
        learned += session.write(lambda tx, ns=ns: sum(lessons.learn_reply(tx, n, stored) for n in ns))  # type: ignore[misc]
        n = ns[-1]
    return learned


def _shown(session: Session, found: Suggestions, as_json: bool) -> None:
    if as_json:
        say.document(
            {
                "question": found.question,
                "canned": [dataclasses.asdict(one) for one in found.fitting],
                "past": [dataclasses.asdict(one) for one in found.past],
            }
        )
        return
    for one in found.fitting:
        name = f"/{one.shortcut}" if one.shortcut else "taught"
        say.line(f"{name}  {one.chance:.0%}  {one.title}".rstrip())
        say.text(one.text if one.text is not None else f"   needs {', '.join(one.missing)}")
    for past in found.past:
        say.line(
            f"#{past.conversation}  {past.likeness:.0%}  {say.time(past.sent_at, session.zone)}  {past.author or ''}".rstrip()
        )
        say.text(past.text)
