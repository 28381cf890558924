"""format=flowed (RFC 3676): soft line breaks joined, stuffing removed."""

from __future__ import annotations


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Paragraphs on one line each. Quote depth and the signature line are kept as they are."""
    out: list[str] = []
    pieces: list[str] = []
    open_depth = -1

    def flush() -> None:
        nonlocal open_depth
        if pieces:
            mark = ">" * open_depth + " " if open_depth else ""
            out.append(mark + "".join(pieces))
            pieces.clear()
        open_depth = -1

    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        signature = content in ("-- ", "--")
        if depth != open_depth or signature:
            flush()
        open_depth = depth
        if content.endswith(" ") and not signature:
            pieces.append(content[:-1] if delete_space else content)
        else:
            pieces.append(content)
            flush()
    flush()
    return "\n".join(out)
