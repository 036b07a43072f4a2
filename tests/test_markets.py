"""The markets that come with Parley: law with its sources, calendars, carriers (S2.8, S3.10)."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import holidays
import pytest
from babel.core import Locale, get_global
from babel.numbers import get_territory_currencies

from assistant.model import Parcel
from assistant.playbooks import Market, Playbooks
from assistant.playbooks.tracking import WORLD

IN_DEPTH = ["US", "GB", "DE", "FR", "ES", "IT", "JP", "BR"]
THINNER = (
    "AU", "CA", "MX", "KR", "NL", "BE", "AT", "PL", "SE", "PT", "IE", "SA", "AE", "IN", "ID", "TH",
    "VN", "MY", "SG", "PH", "TW", "TR", "RU",
)  # fmt: skip
COUNTRIES = (*IN_DEPTH, *THINNER)
EUROPE = ["DE", "FR", "ES", "IT", "NL", "BE", "AT", "PL", "SE", "PT", "IE"]
NUMBER = "RB123456785GB"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICIAL = re.compile(
    r"eur-lex\.europa\.eu|gesetze-im-internet\.de|legifrance\.gouv\.fr|boe\.es|ris\.bka\.gv\.at"
    r"|Dz\.U\.|legislation\.gov\.uk|ecfr\.gov|ftc\.gov|accc\.gov\.au|\.wa\.gov\.au|zatca\.gov\.sa"
    r"|hsa\.gov\.sg|planalto\.gov\.br|ica\.gov\.sg|BGB|FAGG|Code de la consommation"
    r"|Real Decreto Legislativo 1/2007"
)
"""Authorities whose own texts were read."""


@pytest.fixture(scope="module")
def shipped() -> Playbooks:
    return Playbooks.shipped()


def market_of(shipped: Playbooks, country: str) -> Market:
    found = shipped.market(country)
    assert found is not None, country
    return found


def statements(market: Market):
    return (*market.law, *market.clocks, *market.rules, *market.not_sold)


def weekend(market: Market) -> tuple[str, ...]:
    """The market's own, else CLDR's for the country."""
    if market.weekend is not None:
        return market.weekend
    spoken = get_global("territory_languages").get(market.id, {})
    language = max(spoken, key=lambda one: spoken[one]["population_percent"]).split("_")[0]
    locale = Locale.parse(f"{language}_{market.id}")
    return tuple(DAYS[n] for n in range(locale.weekend_start, locale.weekend_end + 1))


def test_every_market_of_the_list_is_shipped_and_no_other(shipped):
    there = {one.id for one in shipped.all if one.kind == "market"}

    assert there == {*COUNTRIES, WORLD}


@pytest.mark.parametrize("country", COUNTRIES)
def test_language_currency_zone_and_holidays_of_a_market_exist(shipped, country):
    market = market_of(shipped, country)

    for language in market.languages:
        assert Locale.parse(language.replace("-", "_")).english_name
    assert market.currency in get_territory_currencies(country)
    assert market.zone in available_timezones()
    assert get_global("zone_territories").get(market.zone, country) == country
    assert holidays.country_holidays(market.holidays, years=2027)


@pytest.mark.parametrize(
    ("country", "days"),
    [
        ("DE", ("sat", "sun")),
        ("US", ("sat", "sun")),
        ("SA", ("fri", "sat")),
        ("AE", ("sat", "sun")),
        ("IN", ("sat", "sun")),
        ("MY", ("sat", "sun")),
    ],
)
def test_weekends_are_those_of_the_country(shipped, country, days):
    """pain 13: CLDR is followed, but for India, where it has Sunday alone."""
    market = market_of(shipped, country)

    assert weekend(market) == days
    assert (market.weekend is not None) == (country == "IN")


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_carriers_page_is_a_link_in_the_buyers_language(shipped, country):
    """S2.8: well formed, https, with the number; where the page has languages, in the buyer's."""
    market = market_of(shipped, country)

    for carrier in (*market.carriers, *market_of(shipped, WORLD).carriers):
        for language in market.languages:
            name = carrier.names[0]
            page = shipped.tracking_link(Parcel(carrier=name, number=NUMBER), country, language)
            assert page is not None
            parts = urlsplit(page)
            assert parts.scheme == "https"
            assert "." in parts.netloc
            assert NUMBER in page
            assert "{" not in page
            if "{lang}" in carrier.page and carrier in market.carriers:
                assert language.split("-")[0] in page


@pytest.mark.parametrize(
    ("country", "carrier", "language", "page"),
    [
        ("CA", "Canada Post", "fr", "https://www.canadapost-postescanada.ca/track-reperage/fr#"),
        ("CA", "Canada Post", "en", "https://www.canadapost-postescanada.ca/track-reperage/en#"),
        ("BE", "bpost", "nl", f"itemCode={NUMBER}&lang=nl"),
        ("BE", "bpost", "fr", f"itemCode={NUMBER}&lang=fr"),
        ("JP", "ゆうパック", "ja", "trackings.post.japanpost.jp"),
        ("KR", "CJ대한통운", "ko", "trace.cjlogistics.com"),
        ("PL", "InPost", "pl", "https://inpost.pl/sledzenie-przesylek"),
        ("SE", "Post Nord", "sv", "https://portal.postnord.com/tracking/details/"),
        ("TH", "Thailand Post", "th", "https://track.thailandpost.co.th/"),
        ("SG", "Ninja Van", "en", "https://www.ninjavan.co/en-sg/tracking"),
        ("MY", "ninjavan", "en", "https://www.ninjavan.co/en-my/tracking"),
        ("IN", "Delhivery", "en", "https://www.delhivery.com/track/package/"),
        ("TR", "Yurtici Kargo", "tr", "https://www.yurticikargo.com/tr/"),
        ("RU", "Почта России", "ru", "https://www.pochta.ru/tracking"),
        ("SA", "SPL", "ar", "https://t.17track.net/ar#"),
        ("TW", "DHL", "zh-Hant", "https://www.dhl.com/tw-zh/"),
    ],
)
def test_a_parcel_is_followed_on_the_page_of_the_buyers_own_country(
    shipped, country, carrier, language, page
):
    """S2.8"""
    found = shipped.tracking_link(Parcel(carrier=carrier, number=NUMBER), country, language)

    assert found is not None
    assert page in found


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_statement_of_law_is_the_markets_own_and_says_where_it_is_from(shipped, country):
    market = market_of(shipped, country)

    assert market.law or country in ("US",)
    for one in statements(market):
        assert one.id.startswith(f"{country}.")
        assert one.source
        assert one.checked_on is not None
        assert one.checked_on <= date(2026, 11, 27)
        assert one.status in ("verified", "unverified")


@pytest.mark.parametrize("country", COUNTRIES)
def test_only_what_an_authority_wrote_itself_counts_as_verified(shipped, country):
    """S3.10: whatever was only reported, or not read, stays unverified and permits nothing."""
    for one in statements(market_of(shipped, country)):
        if one.status == "verified":
            assert OFFICIAL.search(one.source), one.id
        if re.search(r"the texts? (was|were) not read|as others quote it", one.source):
            assert one.status == "unverified", one.id


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_statement_of_a_market_has_a_case_that_names_it(shipped, country):
    """`parley playbook mutate` proves that cases would notice; this, that none was forgotten."""
    cases = files("playbooks").joinpath("cases", f"market-{country.lower()}.yaml")
    named = set(re.findall(r"[A-Z]{2}\.[\w.]+", cases.read_text("utf-8")))

    assert {one.id for one in statements(market_of(shipped, country))} <= named


@pytest.mark.parametrize("country", EUROPE)
def test_every_member_state_has_the_unions_floors_under_names_of_its_own(shipped, country):
    """Withdrawal, guarantee, delivery, and the clocks that run with them."""
    market = market_of(shipped, country)
    law = {one.id: one for one in market.law}
    clocks = {one.id: one for one in market.clocks}

    assert {f"{country}.withdrawal", f"{country}.guarantee", f"{country}.late"} <= set(law)
    assert set(law[f"{country}.withdrawal"].owes) == {"return", "refund"}
    assert clocks[f"{country}.withdrawal.money"].within == "14 days"
    assert clocks[f"{country}.withdrawal.until"].within == "14 days"
    assert clocks[f"{country}.delivery"].within == "30 days"


@pytest.mark.parametrize(
    ("country", "days"), [("ES", "1095"), ("PT", "1095"), ("SE", "1095"), ("DE", "730")]
)
def test_the_guarantee_lasts_as_long_as_the_member_state_says(shipped, country, days):
    [guarantee] = [
        one for one in market_of(shipped, country).law if one.id == f"{country}.guarantee"
    ]

    assert f"order.days_since_delivery <= {days}" in guarantee.when


@pytest.mark.parametrize("country", COUNTRIES)
def test_what_may_not_be_sold_is_known_by_its_words_in_three_languages(shipped, country):
    """S3.10: in English, in Chinese for the team, and as the buyers say it."""
    market = market_of(shipped, country)
    own = {one for one in market.languages if one not in ("ta", "ms", "fil")}

    for one in market.not_sold:
        assert {"en", "zh-Hans"} <= set(one.words), one.id
        assert own & set(one.words), one.id


@pytest.mark.parametrize("country", [one for one in THINNER if one != "AT"])
def test_no_arrival_is_promised_where_nobody_knows_how_long_parcels_take(shipped, country):
    assert market_of(shipped, country).arrives_in_working_days is None


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_sellers_assumed_costs_stand_in_the_markets_own_money(shipped, country):
    market = market_of(shipped, country)

    assert market.costs.goods_percent is not None
    for sum in (market.costs.shipping, market.costs.return_label):
        assert sum is not None
        assert sum.endswith(f" {market.currency}")
