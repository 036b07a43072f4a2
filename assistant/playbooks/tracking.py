"""Where a buyer can follow a parcel (S2.8): the shop's link, else their own country's carrier page.

Page addresses are data in `playbooks/market/`, each with its source and date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from assistant.model import Parcel
from assistant.playbooks.kinds import Carrier, Market

WORLD = "WORLD"
"""Id of the market playbook with the carriers that work in every country."""
ANY_CARRIER = "*"
"""A carrier of this name follows any number: the last resort."""


def link(
    parcel: Parcel, market: Market | None, world: Market, others: Iterable[Market], language: str
) -> str | None:
    """The page for *parcel*; None where none is known."""
    if parcel.url and _safe(parcel.url):
        return parcel.url
    if not parcel.number:
        return None
    homes = (market,) if market else ()
    for home in (*homes, world, *others):
        carrier = _carrier(home, parcel.carrier)
        page = _page(carrier, parcel.number, market, language) if carrier else None
        if page:
            return page
    last = _carrier(world, ANY_CARRIER)
    return _page(last, parcel.number, market, language) if last else None


def carrier_name(parcel: Parcel, market: Market | None, world: Market) -> str | None:
    """The carrier as buyers know it; the shop's own word where no playbook has it."""
    for home in (market, world):
        carrier = _carrier(home, parcel.carrier) if home else None
        if carrier:
            return carrier.shown
    return parcel.carrier


def _carrier(market: Market, name: str | None) -> Carrier | None:
    wanted = _plain(name or "")
    matches = (one for one in market.carriers if wanted in {_plain(known) for known in one.names})
    return next(matches, None) if wanted else None


def _page(carrier: Carrier, number: str, market: Market | None, language: str) -> str | None:
    """None where the page needs a country and we don't know the buyer's."""
    country = market.id if market else ""
    if not country and re.search(r"\{(cc|CC)\}", carrier.page):
        return None
    primary = language.split("-")[0]
    spoken = tuple(one.split("-")[0] for one in market.languages) if market else (primary,)
    values = {
        "n": quote(number, safe=""),
        "lang": primary if primary in spoken or not spoken else spoken[0],
        "cc": country.lower(),
        "CC": country,
    }
    return re.sub(r"\{(n|lang|cc|CC)\}", lambda found: values[found[1]], carrier.page)


def _safe(url: str) -> bool:
    """A plain https address: no spaces, no tricks with a user name, a host with a dot."""
    if re.search(r"[\s<>\"'`\\]", url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and "." in (parts.hostname or "") and "@" not in parts.netloc


def _plain(name: str) -> str:
    return name if name == ANY_CARRIER else re.sub(r"[\W_]+", "", name).lower()
