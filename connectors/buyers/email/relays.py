"""Marketplaces that pass buyers' mail on: what their letters look like, what they take.

Read 2026-11: Amazon's help 200389080, 201054220 (plain text, no links, an authorised sender, files
up to 10 MB, a reply in the buyer's own thread), Walmart's Marketplace Learn (48 hours, all 7 days).
Unverified, hence data: the domains of the aliases, the lines around a buyer's words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from connectors.buyers.email.reading import Mail
from connectors.http import clean_line

Profile = Literal["", "amazon", "walmart"]

_MARKED = re.compile(
    r"^[ \t]*-{3,}[ \t]*(?:Begin message|Début du message|Beginn der Nachricht|Inizio messaggio"
    r"|Inicio del mensaje|メッセージ開始|Anfang der Nachricht)[ \t]*:?[ \t]*-*[ \t]*$"
    r"(?P<said>.*?)"
    r"^[ \t]*-{3,}[ \t]*(?:End message|Fin du message|Ende der Nachricht|Fine messaggio"
    r"|Fin del mensaje|メッセージ終了)",
    re.M | re.S | re.I,
)
_MANAGER_TOKEN = re.compile(r"\[commMgrTok:[^\]]{1,200}\]", re.I)


class Relay(NamedTuple):
    """What a marketplace does to mail."""

    platform: str
    aliases: re.Pattern[str]
    """The addresses that stand for a buyer."""
    notices: re.Pattern[str]
    """Its own addresses, which no buyer writes from."""
    order: re.Pattern[str]
    """Its order numbers, in its own letters."""
    max_file_mb: float
    answer_hours: float


RELAYS: Mapping[str, Relay] = {
    "amazon": Relay(
        platform="amazon",
        aliases=re.compile(r"[^@]+@marketplace\.amazon\.[a-z]{2,3}(\.[a-z]{2})?", re.I),
        notices=re.compile(r"[^@]+@([a-z0-9-]+\.)*amazon\.[a-z.]{2,6}", re.I),
        order=re.compile(r"(?<![\d-])(\d{3}-\d{7}-\d{7})(?![\d-])"),
        max_file_mb=10,
        answer_hours=24,
    ),
    "walmart": Relay(
        platform="walmart",
        aliases=re.compile(r"[^@]+@(relay|marketplace)\.walmart\.(com|ca)", re.I),
        notices=re.compile(r"[^@]+@([a-z0-9-]+\.)*walmart\.(com|ca)", re.I),
        order=re.compile(
            r"\border\b[^\n\d]{0,40}(?<![\d-])(\d{13}|\d{15}|\d{7}-\d{8})(?![\d-])", re.I
        ),
        max_file_mb=10,
        answer_hours=48,
    ),
}


def orders_in(mail: Mail, relay: Relay) -> tuple[str, ...]:
    """The order numbers that the marketplace's letter names, its subject's first."""
    return tuple(dict.fromkeys(relay.order.findall(f"{mail.subject}\n{mail.whole[:20_000]}")))[:5]


def said_in(text: str) -> str:
    """The buyer's own words out of a marketplace's letter; all of it where they are not marked."""
    plain = _MANAGER_TOKEN.sub("", text)
    found = _MARKED.search(plain)
    said = found["said"].strip() if found else ""
    return said or plain.strip()


def thread_of(mail: Mail, relay: Relay, orders: tuple[str, ...]) -> str:
    """One exchange: this alias about this order. An alias is the same for all of a buyer's."""
    return clean_line(f"{relay.platform}:{mail.sender.key}:{orders[0] if orders else ''}", 240)
