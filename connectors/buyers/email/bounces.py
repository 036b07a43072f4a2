"""What servers say of a reply of ours: RFC 3464 reports, RFC 8098 receipts, plain old bounces."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from connectors.buyers.email.machines import is_bounce_sender
from connectors.buyers.email.reading import Mail
from connectors.buyers.email.tokens import Ours, Tokens
from connectors.http import clean_line

Kind = Literal["accepted", "delivered", "read", "failed", "delayed"]

_ACTIONS: dict[str, Kind] = {
    "failed": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "accepted",
    "expanded": "accepted",
}
_GRAVEST: tuple[Kind, ...] = ("failed", "delayed", "delivered", "accepted", "read")
_FIELD = re.compile(r"^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t]+.*)*)", re.M)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_LOOKED_AT = 40_000


class Verdict(NamedTuple):
    """What became of a reply."""

    ours: Ours
    kind: Kind
    code: str
    reason: str
    """The server's own words."""


def is_report(mail: Mail) -> bool:
    """It tells of another mail, and is nobody's message."""
    if mail.content_type == "multipart/report":
        return True
    return is_bounce_sender(mail) and (
        mail.head("return-path").strip() in ("", "<>") or "x-failed-recipients" in mail.heads
    )


def verdict_of(mail: Mail, tokens: Tokens) -> Verdict | None:
    """None where it is not about a mail of ours: somebody else used our address."""
    ours = _about(mail, tokens)
    if ours is None:
        return None
    told = [
        one for part in mail.reports if part.kind.endswith("status") for one in _told(part.text)
    ]
    if told:
        kind, code, reason = min(told, key=lambda one: _GRAVEST.index(one[0]))
        return Verdict(ours, kind, code, reason)
    if any(part.kind.endswith("disposition-notification") for part in mail.reports):
        return _receipt(mail, ours)
    code = next(iter(_STATUS.findall(mail.whole[:_LOOKED_AT])), "")
    kind = "delayed" if code.startswith("4") else "failed"
    return Verdict(ours, kind, code, _reason_in(mail.whole))


def _about(mail: Mail, tokens: Tokens) -> Ours | None:
    """The mail of ours that it names: in its copy of it, in its heads, or in its words."""
    for text in (*(part.text for part in mail.reports), mail.whole):
        if ours := tokens.find(text[:_LOOKED_AT]):
            return ours
    return next((ours for one in mail.answers if (ours := tokens.of(one))), None)


def _told(text: str) -> list[tuple[Kind, str, str]]:
    fields = {name.lower(): " ".join(value.split()) for name, value in _FIELD.findall(text)}
    kind = _ACTIONS.get(fields.get("action", "").lower())
    if kind is None:
        return []
    status = _STATUS.search(fields.get("status", ""))
    why = fields.get("diagnostic-code", "").partition(";")
    reason = clean_line(why[2] or why[0] or fields.get("status", ""), 500)
    return [(kind, status[1] if status else "", reason)]


def _receipt(mail: Mail, ours: Ours) -> Verdict:
    text = "\n".join(part.text.lower() for part in mail.reports)
    found = re.search(r"^disposition:.*;\s*(\w+)", text, re.M)
    kind: Kind = "read" if found and found[1] in ("displayed", "read") else "delivered"
    return Verdict(ours, kind, "", "")


def _reason_in(text: str) -> str:
    """The line of a plain bounce that says why."""
    lines = [line.strip() for line in text[:_LOOKED_AT].split("\n")]
    telling = next((line for line in lines if re.match(r"(?:.{0,80}\D)?[45]\d\d[ -]", line)), "")
    return clean_line(telling or " ".join(lines[:6]), 500)
