"""Verbs about other systems: their tokens, our webhooks, and the log they follow."""

from __future__ import annotations

import asyncio
import secrets as randomness

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import NotFound, WrongUse


@click.group()
def system() -> None:
    """Systems that write contacts and orders here, and webhooks that tell them what happens."""


@system.command("list")
@args.as_json
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """Systems and webhooks of the configuration, and how the webhooks are doing."""
    from unibox_tui.store import following_reading

    config = session.config
    kept = session.secrets()
    head = session.read(following_reading.head)
    cursors = {row["name"]: row for row in session.read(following_reading.cursors)}
    systems = [
        {"kind": "system", "name": name, "has_token": kept.secret_of(f"system.{name}", "token") is not None}
        for name in config.systems
    ]
    hooks = []
    for name, one in config.outgoing.items():
        row = cursors.get(name)
        hooks.append(
            {
                "kind": "webhook",
                "name": name,
                "url": one.url,
                "has_secret": kept.secret_of(f"outgoing.{name}", "secret") is not None,
                "seq": row["seq"] if row else None,
                "behind": head - row["seq"] if row else None,
                "attempts": row["attempts"] if row else 0,
                "retry_at": row["retry_at"] if row else None,
                "error": row["error"] if row else None,
            }
        )
    if as_json:
        say.documents([*systems, *hooks])
        return
    for known in systems:
        say.line(f"system {known['name']}  {'has a token' if known['has_token'] else 'no token yet'}")
    for hook in hooks:
        state = str(hook["error"] or "") or (f"{hook['behind']} behind" if hook["seq"] is not None else "not begun")
        say.line(f"webhook {hook['name']}  {hook['url']}  {state}")


@system.command()
@click.argument("name")
@click.option("--stdin", is_flag=True, help="Take it from standard input instead of making one.")
@args.as_json
@click.pass_obj
def token(session: Session, name: str, stdin: bool, as_json: bool) -> None:
    """Make the token of a system and print it once; whoever has it may write as that system."""
    _known(session.config.systems, name, "system", "systems")
    _keep(session, f"system.{name}", "token", stdin, as_json)


@system.command()
@click.argument("name")
@click.option("--stdin", is_flag=True, help="Take it from standard input instead of making one.")
@args.as_json
@click.pass_obj
def secret(session: Session, name: str, stdin: bool, as_json: bool) -> None:
    """Make the secret a webhook is signed with and print it once, for the other side to check."""
    _known(session.config.outgoing, name, "webhook", "outgoing")
    _keep(session, f"outgoing.{name}", "secret", stdin, as_json)


@system.command()
@click.argument("name")
@args.as_json
@click.pass_obj
def skip(session: Session, name: str, as_json: bool) -> None:
    """Let a webhook pass over all that waits, and go on with what happens next."""
    from unibox_tui.store import following_reading, outgoing

    _known(session.config.outgoing, name, "webhook", "outgoing")
    seq = session.write(lambda tx: following_reading.head(tx.db))
    session.write(lambda tx: outgoing.move(tx, name, seq))
    if as_json:
        say.document({"name": name, "seq": seq})
    else:
        say.line(f"{name} goes on after {seq}")


def _known(named: object, name: str, what: str, section: str) -> None:
    if name not in named:  # type: ignore[operator]
        raise NotFound(f"The configuration has no {what} {name!r}.", hint=f"Add [{section}.{name}]; docs/api.md")


def _keep(session: Session, owner: str, name: str, stdin: bool, as_json: bool) -> None:
    import sys

    value = sys.stdin.readline().strip() if stdin else randomness.token_urlsafe(32)
    if len(value) < 16:
        raise WrongUse("That is too short.", hint="At least 16 characters.")
    where = session.secrets().store(owner, name, value)
    if as_json:
        say.document(({} if stdin else {name: value}) | {"kept_in": str(where)})
        return
    if not stdin:
        say.line(value)
    click.echo(f"kept in {where}", err=True)


@click.command()
@click.option("--after", type=int, metavar="SEQ", help="Begin behind this one; without, with what happens next.")
@click.option(
    "--kind", "kinds", multiple=True, metavar="KIND", help="message, contact, merge, order, label, conversation."
)
@click.option("--no-words", is_flag=True, help="Leave the texts of messages out.")
@click.option("--once", is_flag=True, help="End when all there is was told.")
@click.option("--json", "as_json", is_flag=True, help="JSON, one event per line (there is no other form).")
@click.pass_obj
def follow(
    session: Session, after: int | None, kinds: tuple[str, ...], no_words: bool, once: bool, as_json: bool
) -> None:
    """What happens, as JSON lines, for as long as it runs. Keep the last `seq` and begin behind it the next time."""
    import sys

    from unibox_tui.config.outside import masks_phones
    from unibox_tui.store import following_reading
    from unibox_tui.views import following

    for kind in kinds:
        if kind not in following.KINDS:
            raise WrongUse(f"There is no kind {kind!r}.", hint=f"One of: {', '.join(following.KINDS)}.")
    hide = masks_phones(session.config, session.me)
    seq = after if after is not None else session.read(following_reading.head)

    def told(seq: int) -> following.Batch:
        found = session.read(lambda db: following.batch(db, seq, kinds=kinds, words=not no_words, hide_phones=hide))
        say.documents(found.documents)
        sys.stdout.flush()
        return found

    async def run(seq: int) -> None:
        from unibox_tui.host.bell import BellListener

        listener = BellListener(session.home.bell)
        try:
            while True:
                found = told(seq)
                seq = found.seq
                if not found.full:
                    await listener.wait(2.0)
        finally:
            listener.close()

    if once:
        found = told(seq)
        while found.full:
            found = told(found.seq)
        return
    asyncio.run(run(seq))
