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
from pydantic import ValidationError

from assistant.model import Address, Buyer, Customer, Order, Parcel, own_postcode
from assistant.parcels import formats
from assistant.playbooks import Market, Playbooks
from assistant.playbooks.kinds import Carrier
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
            parcel = Parcel(carrier=name, number=NUMBER)
            page = shipped.tracking_link(parcel, country, language, "1012 AB")
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
        ("JP", "Japan Post", "en", "locale=en&reqCodeNo1="),
        ("TR", "SPL", "tr", "https://t.17track.net/tr#"),
        ("TW", "SPL", "zh-Hant", "https://t.17track.net/zh-hk#"),
        ("MY", "SPL", "zh-Hans", "https://t.17track.net/zh-cn#"),
        ("IN", "SPL", "hi", "https://t.17track.net/en#"),
        ("CZ", "Česká pošta", "cs", "https://www.postaonline.cz/trackandtrace/"),
        ("RO", "FAN Courier", "ro", "https://www.fancourier.ro/awb-tracking/"),
        ("NZ", "NZ Post", "en", "https://www.nzpost.co.nz/tools/tracking?trackid="),
        ("CL", "Chilexpress", "es", "https://www.chilexpress.cl/"),
        ("CZ", "DHL", "cs", "https://www.dhl.com/cz-cs/"),
        ("CZ", "DHL", "de", "https://www.dhl.com/cz-cs/"),
        # An item of the international post is its buyer's own post's to deliver.
        ("DE", "China Post", "de", "https://www.dhl.de/"),
        ("FR", "Royal Mail", "fr", "https://www.laposte.fr/outils/suivre-vos-envois?code="),
        ("CZ", "China Post", "cs", "https://www.postaonline.cz/"),
        ("BR", None, "pt", "https://rastreamento.correios.com.br/"),
        ("BR", "Other", "pt", "https://rastreamento.correios.com.br/"),
        # Elsewhere a page for any number goes before one that its buyer can't read.
        ("TW", "China Post", "zh-Hant", "https://t.17track.net/zh-hk#"),
        ("IN", "China Post", "en", "https://yjcx.ems.com.cn/"),
        ("SA", "Royal Mail", "ar", "https://www3.royalmail.com/"),
    ],
)
def test_a_parcel_is_followed_on_the_page_of_the_buyers_own_country(
    shipped, country, carrier, language, page
):
    """S2.8"""
    found = shipped.tracking_link(Parcel(carrier=carrier, number=NUMBER), country, language)

    assert found is not None
    assert page in found


@pytest.mark.parametrize(
    ("number", "country", "page"),
    [
        ("1Z999AA10123456784", "DE", "https://www.ups.com/track?loc=de_DE&tracknum=1Z999AA"),
        ("YT2612345678901234", "US", "https://www.yuntrack.com/parcelTracking?id=YT26"),
        ("3SDEVC0123456", "DE", "https://t.17track.net/de#nums=3SDEVC0123456"),
        ("986578788855", "US", "https://t.17track.net/en#nums=986578788855"),
    ],
)
def test_where_the_shop_names_no_carrier_the_number_may(shipped, number, country, page):
    """S2.8; bare digits name none, and PostNL's page wants a postcode that nobody knows."""
    language = market_of(shipped, country).languages[0]
    found = shipped.tracking_link(Parcel(number=number), country, language)

    assert found is not None
    assert found.startswith(page)


def test_a_postcode_goes_into_a_page_that_wants_one_and_into_no_other(shipped):
    parcel = Parcel(carrier="PostNL", number="3SDEVC0123456")
    elsewhere = Parcel(carrier="USPS", number="9400111202555842332669")

    assert shipped.tracking_link(parcel, "NL", "nl", "1012 AB") == (
        "https://postnl.nl/tracktrace/?B=3SDEVC0123456&P=1012AB&D=NL&T=C"
    )
    assert "1012" not in (shipped.tracking_link(elsewhere, "NL", "nl", "1012 AB") or "1012")


@pytest.mark.parametrize(
    ("email", "verified", "known"),
    [
        ("anna@example.org", True, "1012 AB"),
        ("anna@example.org", False, None),
        ("other@example.org", True, None),
        (None, True, None),
    ],
)
def test_the_postcode_of_an_order_is_told_only_to_its_own_buyer(email, verified, known):
    order = Order(
        ref="10045",
        customer=Customer(email="Anna@example.org"),
        ship_to=Address(postcode="1012 AB"),
    )
    buyer = Buyer(id="b", email=email, verified=verified)

    assert own_postcode(buyer, order) == known


def test_every_carrier_that_a_number_names_has_a_page_or_the_last_resort(shipped):
    """S2.8: whatever a number's shape says, the buyer can follow it."""
    for form in formats():
        page = shipped.tracking_link(Parcel(number=form.right[0]), "GB", "en")
        assert page is not None, form.id


def test_a_page_counts_as_verified_by_being_opened_alone(shipped):
    """The addresses are data with a date each; a lead who opens one says so in an overlay."""
    carrier = market_of(shipped, "DE").carriers[0]
    told = carrier.model_dump() | {"status": "verified"}

    with pytest.raises(ValidationError, match="verified_on"):
        Carrier.model_validate(told)
    assert Carrier.model_validate(told | {"verified_on": date(2026, 11, 27)}).verified_on


def test_a_lead_replaces_one_page_and_keeps_the_others(shipped, tmp_path):
    """Admin override: an overlay with `merge: true`."""
    (tmp_path / "market").mkdir()
    (tmp_path / "market" / "de.md").write_text(
        """---
kind: market
id: "DE"
merge: true
carriers:
  - shown: DHL
    names: [DHL, Haus und Hof]
    page: "https://track.example.org/{lang}/{n}"
    source: our own page
    checked_on: 2026-11-27
    verified_on: 2026-11-27
    status: verified
---
""",
        "utf-8",
    )
    ours = Playbooks.load(tmp_path)
    german = market_of(ours, "DE")
    page = ours.tracking_link(Parcel(carrier="Haus und Hof", number=NUMBER), "DE", "de")

    assert page == f"https://track.example.org/de/{NUMBER}"
    assert len(german.carriers) == len(market_of(shipped, "DE").carriers)


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
