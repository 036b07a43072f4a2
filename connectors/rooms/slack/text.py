"""Text for Slack: made inert, measured as Slack measures it, split where nobody is hurt.

Words of buyers and agents go into `plain_text` objects, where Slack reads no markup at all. Markup
is made by `bold` and `linked` alone, which let nothing of their text be markup.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

Object = dict[str, Any]

SECTION = 3_000
BUTTON = 75
ADDRESS = 1_000
NAME = 80
"""Of a name or a file on a card: enough to know it by."""

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_ENDS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[.!?…。！？؟]+[\"'”’»)」』]*\s*"),
    re.compile(r"\s+"),
)
"""Where a long text is best split, the best first."""
_LOOK_ALIKES = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_EDGE = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])")
_EMOJI = re.compile(r":(?=[\w+'-]+:)(?!\d\d:)")
_LINKS = re.compile(r"(?<=\w)[.:@/](?=[\w/])|[@#](?=\w)")
_JOINER = "\u2060"


def clean(text: str) -> str:
    """*text* without what Slack can't take: controls, halves of characters."""
    return _UNFIT.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def visible(text: str) -> bool:
    """Whether there is anything to see. Slack refuses a text of nothing."""
    return any(not one.isspace() and unicodedata.category(one) not in _UNSEEN for one in text)


_UNSEEN = frozenset(("Cf", "Cc", "Zs", "Zl", "Zp"))


def one_line(text: str, limit: int = NAME) -> str:
    """A name, a subject, a file: on one line, in one direction, at most *limit* long.

    A file called `gpj.exe` read backwards is not a photo: marks that turn text around go.
    """
    return cut(" ".join(_BIDI.sub("", clean(text[: 10 * limit])).split()), limit)


def isolated(text: str) -> str:
    """*text*, each line that runs from right to left kept from turning around what is beside it."""
    return "\n".join(f"\u2068{line}\u2069" if _turns(line) else line for line in text.split("\n"))


def _turns(line: str) -> bool:
    return _RIGHT_TO_LEFT.search(line) is not None


# ── length ───────────────────────────────────────────────────────────────────


def size(text: str) -> int:
    """Its length where an emoji counts two, which is never less than Slack's own count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """At most *limit* of it, with `…` where something is missing."""
    if size(text) <= limit:
        return text
    return text[: _whole(text, _fits(text, limit - 1))].rstrip() + "…"


def pieces(text: str, limit: int) -> Iterator[str]:
    """What there is to see of *text*, in pieces of at most *limit*.

    Only white space between two pieces is left out.
    """
    for piece in split(text, limit):
        if visible(piece):
            yield piece.strip("\n").rstrip()


def split(text: str, limit: int) -> Iterator[str]:
    """All of *text* in parts of at most *limit*: at paragraphs, lines, sentences, spaces.

    What belongs together (an emoji of several people, a letter and its accents) stays together,
    unless it alone is longer than *limit*.
    """
    while size(text) > limit:
        at = _break(text, limit)
        yield text[:at]
        text = text[at:]
    yield text


def _break(text: str, limit: int) -> int:
    end = _fits(text, limit)
    for pattern in _ENDS:
        found = [one.end() for one in pattern.finditer(text, 0, end)]
        if found and found[-1] > end // 2:
            return found[-1]
    return _whole(text, end)


def _fits(text: str, limit: int) -> int:
    """How many characters of *text* are at most *limit* long."""
    head = text[:limit]
    while size(head) > limit:
        head = head[: len(head) - max(1, (size(head) - limit) // 2)]
    return len(head)


def _whole(text: str, end: int) -> int:
    """The last place at or before *end* that is between two characters as people see them."""
    for at in range(end, max(0, end - 200), -1):
        if at >= len(text) or _between(text, at):
            return at
    return max(1, end)


def _between(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if after in _JOINED or before == "\u200d" or unicodedata.category(after)[0] == "M":
        return False
    if _is_flag(after) and _is_flag(before):
        flags = re.search("[🇦-🇿]*$", text[:at])
        return len(flags.group() if flags else "") % 2 == 0
    # A consonant after a virama is one letter with what it follows; so are the parts of a Hangul
    # syllable.
    if unicodedata.combining(before) == 9 and after.isalpha():
        return False
    return not ("\u1160" <= after <= "\u11ff")


def _is_flag(one: str) -> bool:
    return "🇦" <= one <= "🇿"


_JOINED = frozenset(
    (
        "\u200c",
        "\u200d",
        *(chr(one) for one in range(0x1F3FB, 0x1F400)),
        *(chr(one) for one in range(0xE0020, 0xE0080)),
    )
)
"""What belongs to the character before: joiners, skin colours, the letters of a flag."""


# ── markup ───────────────────────────────────────────────────────────────────


def plain(text: str, limit: int = SECTION) -> Object:
    """A text object in which nothing is markup."""
    return {"type": "plain_text", "text": cut(text, limit), "emoji": False}


def escaped(text: str) -> str:
    """As Slack asks for it: three characters, and none of them twice."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inert(text: str, limit: int = 500) -> str:
    """*text* on one line where Slack reads markup: it pings nobody and becomes nothing.

    Marks of style turn into their look-alikes; names of emoji are taken apart by a character that
    has no width. The rest can be copied as it is. At most *limit* long once it is escaped.
    """
    made = _inert(one_line(text, limit))
    # An escaped character has five at most.
    return made if size(made) <= limit else _inert(one_line(text, limit // 5))


def _inert(line: str) -> str:
    line = _EDGE.sub(lambda found: "＿" * len(found.group()), line.translate(_LOOK_ALIKES))
    return escaped(_EMOJI.sub(f":{_JOINER}", line))


def silent(text: str, limit: int = 150) -> str:
    """*text* for a notification, where Slack makes links and mentions out of bare words as well."""
    return inert(_LINKS.sub(lambda found: f"{found.group()}{_JOINER}", one_line(text, limit)))


def bold(text: str) -> str:
    return f"*{made}*" if (made := inert(text)) else ""


def linked(address: str, label: str) -> str:
    """A link; one that is not of the web, or longer than any honest one, is only its label."""
    name = inert(label, 200).replace("|", "∣")
    safe = escaped(quote(address, safe=":/?#[]@!$'()*+,;=%~&-._", errors="replace"))
    honest = address.startswith(("https://", "http://")) and len(safe) <= ADDRESS
    return f"<{safe}|{name}>" if honest and name else name


def markup(text: str) -> Object:
    """A text object of what `bold`, `linked` and `inert` made. Slack adds no links of its own."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}
