"""`unibox panel`: asks the external panels of the configuration about one customer. The app runs it as a child, so that it
never speaks to a network itself."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import Refused, UniboxError, WrongUse

if TYPE_CHECKING:
    from unibox_tui.config.outside import Panel
    from unibox_tui.views.order_models import OutsideRow


@click.command()
@click.argument("said", metavar="CONTACT|'#CONVERSATION'")
@click.option("--name", "names", multiple=True, metavar="PANEL", help="Only this one; may be repeated.")
@click.option("--input", "show_input", is_flag=True, help="Print what the panels are given, and ask none.")
@args.as_json
@click.pass_obj
def panel(session: Session, said: str, names: tuple[str, ...], show_input: bool, as_json: bool) -> None:
    """What the external panels say of a customer."""
    from unibox_tui.cli.contact import who
    from unibox_tui.config.outside import panel_named
    from unibox_tui.store import conversations
    from unibox_tui.views import outside_panels

    contact = who(session, said)
    talk = session.read(lambda db: conversations.named(db, said)) if said.startswith("#") else None
    told = session.read(lambda db: outside_panels.told(db, contact, talk))
    if show_input:
        if session.hides_phones:
            from unibox_tui.views.masking import everywhere

            told = everywhere(told)
        say.document(told)
        return
    config = session.config
    if not config.panels:
        raise WrongUse("The configuration has no panel.", hint="Add [panels.NAME]; docs/panels.md")
    failed = 0
    for name in names or tuple(config.panels):
        one = panel_named(config, name)
        answer: dict[str, Any] = {"panel": name, "title": one.title or name}
        try:
            rows = ask(session, one, told)
            if session.hides_phones:
                from unibox_tui.views import masking

                rows = tuple(masking.outside(row) for row in rows)
            answer["rows"] = [outside_panels.as_json(row) for row in rows]
        except UniboxError as error:
            failed += 1
            answer["error"] = {"message": error.message, "hint": error.hint}
        if as_json:
            say.document(answer)
            continue
        say.line(answer["title"])
        if "error" in answer:
            say.line(f"  {answer['error']['message']} {answer['error']['hint']}".rstrip())
        for row in answer.get("rows", ()):
            say.line(f"  {row['label']}  {row['value']}".rstrip())
    if failed:
        raise click.exceptions.Exit(1)


def ask(session: Session, one: Panel, told: dict[str, Any]) -> tuple[OutsideRow, ...]:
    """Raises CommandFailed, Refused, WrongUse; nothing of the content is in them."""
    from unibox_tui.host.processes import pipe
    from unibox_tui.views.outside_panels import MOST_BYTES, read

    body = json.dumps(told, ensure_ascii=False).encode()
    if one.command:
        ran = pipe(one.command, body, timeout=one.seconds, limit=MOST_BYTES)
        if ran.status != 0:
            raise Refused(
                f"{one.command[0]} ended with status {ran.status}.", hint="Run it by hand: unibox panel --input"
            )
        return read(ran.out)
    session.config.require_trusted("An external panel")
    return read(asyncio.run(_posted(one, body)))


async def _posted(one: Panel, body: bytes) -> bytes:
    from unibox_tui.connectors.errors import ConnectorError
    from unibox_tui.connectors.http import HttpClient
    from unibox_tui.views.outside_panels import MOST_BYTES

    client = HttpClient(connections=2)
    try:
        async with asyncio.timeout(one.seconds):
            answer = await client.request(
                "POST", one.url, headers={"Content-Type": "application/json"}, content=body, limit=MOST_BYTES,
                timeout_s=one.seconds,
            )  # fmt: skip
    except TimeoutError:
        raise Refused(f"The panel did not answer within {one.seconds:g} s.", code="slow_panel") from None
    except ConnectorError as error:
        raise Refused(error.message, hint=error.hint) from None
    finally:
        await client.aclose()
    if answer.status != 200:
        raise Refused(f"The panel answered HTTP {answer.status}.")
    return answer.body
