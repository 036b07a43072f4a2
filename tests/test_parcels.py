"""Tracking numbers by their shape and check digit (S2.8): whose they are, and when nobody knows."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from importlib.resources import files

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.drafting.brief import Situation, Spoken
from assistant.drafting.plain import fold
from assistant.drafting.understand import understand
from assistant.parcels import checked, formats, numbers, recognised
from assistant.parcels.checks import CHECKS

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
    weak = form.check in ("mod-7", "fedex-12", "s10")  # remainders that share a digit

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
