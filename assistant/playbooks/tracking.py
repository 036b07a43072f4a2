"""Where a buyer can follow a parcel (S2.8): the shop's link, else their own country's carrier page.

Page addresses are data in `playbooks/market/`, each with its source and date; here is only how one
is chosen. An item of the international post (S10) is followed at the buyer's own post, in their
language, whoever took it in: China Post's parcel to Lyon is La Poste's to deliver.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from babel.core import Locale
from babel.languages import get_official_languages

from assistant.model import Parcel
from assistant.parcels import recognised
from assistant.playbooks.kinds import Carrier, Market

WORLD = "WORLD"
"""Id of the market playbook with the carriers that work in every country."""
ANY_CARRIER = "*"
"""A carrier of this name follows any number: the last resort."""
_NOBODY = frozenset({"", "other", "others", "custom", "standard", "unknown", "none", "default"})
"""What shops write in the carrier's place when they don't say whose it is."""
_FIELDS = re.compile(r"\{(n|lang|cc|CC|postcode)\}")


class Markets(NamedTuple):
    """What is known of carriers: in the buyer's own country, everywhere, and elsewhere."""

    own: Market | None
    world: Market
    others: tuple[Market, ...]

    @property
    def nearest_first(self) -> Iterator[Market]:
        yield from (self.own,) if self.own else ()
        yield self.world
        yield from self.others


class Follower(NamedTuple):
    """Who wants to follow a parcel, and from where."""

    country: str | None
    language: str
    postcode: str | None = None
    """Given to pages that ask for it; only where it is known to be the buyer's own."""


def link(parcel: Parcel, markets: Markets, who: Follower) -> str | None:
    """The page for *parcel*; None where none is known."""
    if parcel.url and _safe(parcel.url):
        return parcel.url
    if not parcel.number:
        return None
    for home, carrier in _following(parcel, markets, who):
        spoken = carrier.speaks or home.languages or _spoken_there(markets.own, who)
        page = _page(carrier, parcel.number, who, spoken)
        if page:
            return page
    return None


def _following(parcel: Parcel, markets: Markets, who: Follower) -> Iterator[tuple[Market, Carrier]]:
    """Whose page can follow *parcel*, best first."""
    name = named(parcel)
    if markets.own and (carrier := _carrier(markets.own, name)):
        yield markets.own, carrier
    yield from _posts(parcel, name, markets, who.country)
    elsewhere = [
        (home, carrier) for home in markets.nearest_first if (carrier := _carrier(home, name))
    ]
    yield from (one for one in elsewhere if _readable(one[1], who.language))
    yield from _any(markets.world, who.language)
    yield from elsewhere


def _posts(
    parcel: Parcel, name: str | None, markets: Markets, country: str | None
) -> Iterator[tuple[Market, Carrier]]:
    """The buyer's own post, where a post, or nobody we know, took the parcel in."""
    found = recognised(parcel.number or "")
    if found is None or found.country is None:
        return
    known = (one for home in markets.nearest_first if (one := _carrier(home, name)))
    taken_in_by = next(known, None)
    if taken_in_by is None or taken_in_by.post:
        yield from _post_of(country, markets)


def _post_of(country: str | None, markets: Markets) -> Iterator[tuple[Market, Carrier]]:
    for home in markets.nearest_first if country else ():
        for carrier in home.carriers:
            if carrier.post and (carrier.country or home.id) == country:
                yield home, carrier


def _readable(carrier: Carrier, language: str) -> bool:
    """Nothing says that its page is only in languages that the buyer does not write."""
    return not carrier.speaks or _spoken(language, carrier.speaks) is not None


def _any(world: Market, language: str) -> Iterator[tuple[Market, Carrier]]:
    """Pages for whatever number, those in the buyer's language first."""
    pages = [one for one in world.carriers if ANY_CARRIER in one.names]
    pages.sort(key=lambda one: _spoken(language, one.speaks or (language,)) is None)
    yield from ((world, one) for one in pages)


def carrier_name(parcel: Parcel, market: Market | None, world: Market) -> str | None:
    """The carrier as buyers know it; the shop's own word where no playbook has it.

    Where the shop says nothing, what the number itself says.
    """
    homes = (market, world) if market else (world,)
    name = named(parcel)
    for home in homes:
        carrier = _carrier(home, name)
        if carrier:
            return carrier.shown
    return name


def named(parcel: Parcel) -> str | None:
    """Whose it is: as the shop says; where the shop names nobody, as the number itself says."""
    if parcel.carrier and _plain(parcel.carrier) not in _NOBODY:
        return parcel.carrier
    found = recognised(parcel.number or "")
    return found.carrier if found else None


def _carrier(market: Market, name: str | None) -> Carrier | None:
    wanted = _plain(name or "")
    matches = (one for one in market.carriers if wanted in {_plain(known) for known in one.names})
    return next(matches, None) if wanted else None


def _page(carrier: Carrier, number: str, who: Follower, spoken: tuple[str, ...]) -> str | None:
    """In one of the languages *spoken* by the page.

    None where it needs a country or a postcode that we don't know.
    """
    country = who.country or ""
    language = _spoken(who.language, spoken) or spoken[0]
    values = {
        "n": quote(number, safe=""),
        "lang": carrier.writes.get(language, language.split("-")[0]),
        "cc": country.lower(),
        "CC": country,
        "postcode": quote(re.sub(r"\s", "", who.postcode or ""), safe=""),
    }
    if not all(values[name] for name in _FIELDS.findall(carrier.page)):
        return None
    return _FIELDS.sub(lambda found: values[found[1]], carrier.page)


def _spoken_there(own: Market | None, who: Follower) -> tuple[str, ...]:
    """What is spoken where the buyer lives; what they write in, where nobody knows."""
    if own and own.languages:
        return own.languages
    official = get_official_languages(who.country, de_facto=True) if who.country else ()
    return tuple(one.replace("_", "-") for one in official) or (who.language,)


def _spoken(language: str, among: Iterable[str]) -> str | None:
    """That of *among* which somebody who writes *language* reads."""
    known = tuple(among)
    if language in known:
        return language
    primary = language.split("-")[0]
    script = _script(language)
    near = [one for one in known if one.split("-")[0] == primary]
    return next((one for one in near if _script(one) == script), near[0] if near else None)


def _script(language: str) -> str | None:
    try:
        return Locale.parse(language.replace("-", "_"), resolve_likely_subtags=True).script
    except (ValueError, LookupError):
        return None


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
