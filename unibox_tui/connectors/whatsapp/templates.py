"""Templates as WhatsApp lists them, and filled for sending."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import Template

_BLANK = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def described(entry: Mapping[str, Any]) -> Template | None:
    """Blanks of the header and the body; buttons with blanks are left to Meta's own manager."""
    name, language = reading.word(entry, "name"), reading.word(entry, "language")
    if not name or not language:
        return None
    text, fields, parts = "", [], []
    for component in reading.some(entry, "components"):
        kind, said = reading.word(component, "type").lower(), reading.word(component, "text")
        if kind in ("header", "body") and said:
            blanks = list(dict.fromkeys(_BLANK.findall(said)))
            named = [f"header {blank}" if kind == "header" else blank for blank in blanks]
            for blank, field in zip(blanks, named, strict=True):
                said = re.sub(r"\{\{\s*" + re.escape(blank) + r"\s*\}\}", "{{" + field + "}}", said)
            fields += named
            parts.append({"type": kind, "fields": named, "names": blanks})
            text = f"{text}\n{said}".strip()
    return Template(
        f"{name}/{language}",
        name,
        language,
        text,
        tuple(fields),
        reading.word(entry, "status").lower() or "approved",
        extra={"parts": parts, "category": reading.word(entry, "category").lower()},
    )


def filled(chosen: Mapping[str, Any]) -> dict[str, Any]:
    values, extra = chosen.get("values") or {}, chosen.get("extra") or {}
    components = []
    for part in extra.get("parts") or ():
        parameters = []
        for field, name in zip(part.get("fields", ()), part.get("names", ()), strict=False):
            parameter = {"type": "text", "text": str(values.get(field, ""))}
            if not str(name).isdigit():
                parameter["parameter_name"] = str(name)
            parameters.append(parameter)
        if parameters:
            components.append({"type": part["type"], "parameters": parameters})
    return {
        "name": str(chosen.get("name", "")),
        "language": {"code": str(chosen.get("language", ""))},
        **({"components": components} if components else {}),
    }
