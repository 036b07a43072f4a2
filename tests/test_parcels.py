"""Tracking numbers by their shape and check digit (S2.8): whose they are, and when nobody knows."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from importlib.resources import files

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.drafting.brief import Situation, Spoken
from assistant.drafting.lines import draft_line
from assistant.drafting.plain import fold
from assistant.drafting.understand import understand
from assistant.parcels import checked, formats, numbers, recognised
from assistant.parcels.checks import CHECKS
from connectors.models.offline import OfflineDrafter

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
NAMED = [
    ("RB 123 456 785 GB", None, "GB"),
    ("LX473124829US", None, "US"),
    ("1z 999 aa1 01 2345 6784", "UPS", None),
    ("9400 1112 0255 5842 3326 69", "USPS", None),
    ("0034 0434 1610 9400 0017", "DHL", None),
    ("JJD00001234567899", "DHL", None),
    ("3SDEVC0123456", "PostNL", None),
    ("YT2612345678901234", "YunExpress", None),
    ("YT1234567890123", "YTO Express", None),
    ("UJ123456789YP", "Yanwen", None),
    ("4PX3000123456789CN", "4PX", None),
    ("LP00123456789012", "Cainiao", None),
    ("SF1234567890123", "SF Express", None),
    ("TBA123456789012", "Amazon Logistics", None),
    ("SPXMY012345678901", "SPX Express", None),
]


@pytest.mark.parametrize("form", formats(), ids=lambda one: one.id)
def test_every_shape_fits_its_own_examples_and_no_wrong_ones(form):
    """The data is held to published examples, with its source and what is known of it."""
    assert form.right
    assert all(form.fits(number) for number in form.right)
    assert not any(form.fits(number) for number in form.wrong)
    assert form.source
    if form.check and form.alone:
        assert form.carrier or form.id == "sscc-18"


def test_the_data_says_when_it_was_read():
    raw = yaml.safe_load(files("assistant.parcels").joinpath("numbers.yaml").read_text("utf-8"))

    assert isinstance(raw["read_on"], date)
    assert len({one["id"] for one in raw["formats"]}) == len(raw["formats"]) > 30


@pytest.mark.parametrize(("number", "carrier", "country"), NAMED)
def test_a_number_whose_shape_says_so_names_its_carrier_or_country(number, carrier, country):
    """S2.8"""
    found = recognised(number)

    assert found is not None
    assert (found.carrier, found.country, found.alone) == (carrier, country, True)


@pytest.mark.parametrize(
    "number", ["986578788855", "123456789013", "3318810025", "50123456789", "041441760228964"]
)
def test_no_carrier_is_guessed_from_bare_digits(number):
    """S2.8: twelve digits are FedEx's, Yamato's, GLS's, or an order: the order system says."""
    found = recognised(number)

    assert found is not None
    assert found.carrier is None
    assert not found.alone
    assert checked(number) is None


@pytest.mark.parametrize(
    "number", ["RB123456786US", "1Z999AA10123456785", "AB123456785XQ", "10045", "", "TEAPOT"]
)
def test_what_fails_its_check_digit_or_names_no_country_is_no_tracking_number(number):
    assert checked(number) is None


@given(st.sampled_from([one for one in formats() if one.check]), st.integers(0, 9), st.data())
def test_one_wrong_digit_is_noticed(form, digit, data):
    """Of every shape with a check digit, in every place that it covers."""
    number = form.right[0]
    first = len(number) - 22 if form.check == "gs1-22" else 2 if form.check == "ups" else 0
    places = [n for n, sign in enumerate(number) if sign.isdigit() and n >= first]
    place = data.draw(st.sampled_from(places))
    changed = f"{number[:place]}{digit}{number[place + 1 :]}"
    weak = form.check not in ("gs1", "gs1-22")  # the others let some pairs of digits pass

    if changed != number and not weak:
        assert not CHECKS[form.check or ""](changed)


@pytest.mark.parametrize(
    "text",
    [
        "Where is RB 123 456 785 GB?",
        "mein paket 00340434161094000017 kommt nicht",
        "单号 YT2612345678901234，还没到",
        "1Z999AA10123456784, please",
    ],
)
def test_a_number_is_found_in_the_middle_of_a_sentence(text):
    [match] = numbers().finditer(fold(text))

    assert checked(match[0])


@pytest.mark.parametrize(
    ("text", "tracking", "orders"),
    [
        ("Where is my parcel? UJ123456789YP", "UJ123456789YP", ()),
        ("Order 10045, tracking 1Z999AA10123456784", "1Z999AA10123456784", ("10045",)),
        ("Wo bleibt 3SDEVC0123456?", "3SDEVC0123456", ()),
        ("¿Dónde está 4PX3000123456789CN?", "4PX3000123456789CN", ()),
        ("荷物 EE123456785JP が届きません", "EE123456785JP", ()),
        ("tracking number 986578788855 has not moved", "986578788855", ()),
        ("My order number is 1Z999AA10123456784", "1Z999AA10123456784", ()),
    ],
)
def test_a_buyers_tracking_number_is_no_order_number(text, tracking, orders):
    """S1.3, contract: `order_refs` never holds tracking numbers."""
    said = Spoken(author="buyer", text=text)
    meant = understand(Situation(channel="email", now=NOW, messages=(said,)))

    assert meant.tracking_numbers == (tracking,)
    assert meant.order_refs == orders
    assert "tracking_number" in meant.given


def test_long_runs_of_digits_are_read_in_a_moment():
    assert re.fullmatch(r"\d+", "1" * 50_000)
    assert list(numbers().finditer("1" * 50_000)) == []


ASKED = {
    "en": (
        "US",
        "Where is my order 10023? It has not come.",
        "six days",
        "tools.usps.com",
    ),
    "de": ("DE", "Wo bleibt meine Bestellung 10023?", "sechs Tage", "www.dhl.de"),
    "fr": ("FR", "Où est ma commande 10023 ?", "six jours", "www.laposte.fr"),
    "es": ("ES", "¿Dónde está mi pedido 10023?", "seis días", "www.correos.es"),
    "it": ("IT", "Dov'è il mio ordine 10023?", "sei giorni", "www.poste.it"),
    "pt": ("BR", "Cadê meu pedido 10023? Ainda não chegou.", "seis dias", "correios.com.br"),
    "ja": ("JP", "注文10023がまだ届きません。", "6日前", "post.japanpost.jp"),
    "ko": ("KR", "주문번호 10023이 아직 도착하지 않았어요.", "6일 전", "epost.go.kr"),
    "zh-Hans": ("SG", "我的订单10023还没到，请问在哪里？", "六天前", "www.singpost.com"),
    "zh-Hant": ("TW", "我的訂單10023還沒到，請問在哪裡？", "六天前", "t.17track.net/zh-hk"),
}


async def test_number_page_and_newest_event_by_local_time_stand_in_every_language(playbooks):
    """S2.8: the scan of 18:42 in Shenzhen is said at 18:42, its age instead of a guess."""
    scan = {"at": "2026-11-15T18:42:00+08:00", "place": "Shenzhen", "status": "departed"}
    for language, (market, text, age, page) in ASKED.items():
        parcel = {"carrier": "China Post", "number": "RB123456785CN", "status": "in_transit"}
        order = {"ref": "10023", "status": "shipped", "fulfilments": [{**parcel, "events": [scan]}]}
        ask = {"id": language, "channel": "email", "market": market, "agent_language": "en"}
        said = {"messages": [{"from": "buyer", "text": text}], "now": "2026-11-21T09:30:00Z"}
        line = json.dumps({**ask, **said, "order": order})
        told = await draft_line(line, playbooks, OfflineDrafter())

        draft = told["draft"]["text"]
        assert "RB123456785CN" in draft, language
        assert page in draft, language
        assert age in draft, language
        assert re.search(r"18\s?[:h時]\s?42|6:42|6시 42", draft), draft
        assert not [one for one in told["findings"] if one["severity"] == "block"], language
