"""Lines of plain text on their way: RFC 3676 `format=flowed`, in and out.

A line that ends in a space goes on in the next one. Who does not know that sees lines of ordinary
length; who does joins them again.
"""

from __future__ import annotations

WIDTH = 76


def flowed(text: str) -> str:
    """*text* wrapped at spaces, which is all that a program needs to join it again.

    Scripts without spaces stay on one line: their programs wrap them by themselves.
    """
    return "\n".join(part for line in text.split("\n") for part in _wrapped(line.rstrip()))


def _wrapped(line: str) -> list[str]:
    if line in ("--",):
        return ["-- "]
    parts: list[str] = []
    rest = line
    while len(rest) > WIDTH:
        at = rest.rfind(" ", 1, WIDTH)
        at = at if at > 0 else rest.find(" ", WIDTH)
        if at <= 0:
            break
        parts.append(rest[: at + 1])
        rest = rest[at + 1 :]
    return [_stuffed(one) for one in (*parts, rest)]


def _stuffed(line: str) -> str:
    """So that a line of ours is never taken for a quotation, or for a server's `From `."""
    return f" {line}" if line.startswith((" ", ">", "From ")) else line


def quoted(text: str) -> str:
    """*text* as it is quoted: each line marked, none joined."""
    lines = (line.rstrip() for line in text.split("\n"))
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)


def unflowed(text: str, delsp: bool) -> str:
    """The paragraphs of a flowed text; *delsp*: the space at a line's end is not part of it."""
    joined: list[str] = []
    depth_before, goes_on = 0, False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        said = line[depth:].removeprefix(" ")
        flows = said.endswith(" ") and said != "-- "
        shown = said[:-1] if flows and delsp else said
        if goes_on and depth == depth_before and said != "-- ":
            joined[-1] += shown
        else:
            joined.append(f"{'>' * depth} {shown}" if depth else shown)
        depth_before, goes_on = depth, flows
    return "\n".join(line.rstrip() for line in joined)
