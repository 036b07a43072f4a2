"""Finding the checkable things in a text, whatever its language."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.drafting.plain import fold, own_words, plain_digits
from assistant.drafting.refs import refs
from assistant.drafting.spans import Span, spans
from assistant.parcels import checked


def only(text: str, kind: str, *languages: str) -> Span:
    """The one span of *kind*."""
    [span] = [one for one in spans(text, languages or ("en",)) if one.kind == kind]
    return span


@pytest.mark.parametrize(
    ("text", "number", "currency"),
    [
        ("We refund 9,999.99 EUR.", "9999.99", "EUR"),
        ("die vollen 34,90 €", "34.90", "EUR"),
        ("the full €34.90", "34.90", "EUR"),
        ("EUR 12", "12", "EUR"),
        ("für 5,- €", "5", "EUR"),
        ("1.234,50 EUR", "1234.50", "EUR"),
        ("1 234,50 €", "1234.50", "EUR"),
        ("$1,299.00", "1299.00", "USD"),
        ("£20", "20", "GBP"),
        ("34.90ユーロを全額", "34.90", "EUR"),
        ("全额退还 34.90 欧元", "34.90", "EUR"),
        ("¥3,000", "3000", "JPY"),
        ("3000円", "3000", "JPY"),
        ("34.90유로 전액", "34.90", "EUR"),
        ("R$ 1.234,50", "1234.50", "BRL"),
        ("129 zł", "129", "PLN"),
        ("٣٤٫٩٠".replace("٫", ".") + " ريال", "34.90", "SAR"),
        ("ten dollars", "10", "USD"),
    ],
)
def test_an_amount_is_read_in_any_style(text: str, number: str, currency: str) -> None:
    span = only(text, "amount")

    assert span.number == Decimal(number)
    assert currency in span.units


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("a 70% discount", 70),
        ("fifty percent", 50),
        ("15 Prozent", 15),
        ("20 % de réduction", 20),
        ("8折", 20),
        ("%10 indirim", 10),
        ("30パーセント", 30),
    ],
)
def test_a_percentage_is_read_in_any_style(text: str, percent: int) -> None:
    assert only(text, "percent").number == percent


@pytest.mark.parametrize(
    ("text", "day", "language"),
    [
        ("on 31 December", (None, 12, 31), "en"),
        ("on December 31st, 2026", (2026, 12, 31), "en"),
        ("am Montag, dem 23. November,", (None, 11, 23), "de"),
        ("le 23 novembre 2026", (2026, 11, 23), "fr"),
        ("el 23 de noviembre de 2026", (2026, 11, 23), "es"),
        ("2026-11-23", (2026, 11, 23), "en"),
        ("am 23.11.2026", (2026, 11, 23), "de"),
        ("bis zum 12.11.", (None, 11, 12), "de"),
        ("11月23日(月)", (None, 11, 23), "ja"),
        ("2026年11月23日", (2026, 11, 23), "zh"),
        ("11월 23일", (None, 11, 23), "ko"),
        ("23 ноября", (None, 11, 23), "ru"),
        ("31.02.2026", None, "de"),
    ],
)
def test_a_date_is_read_in_any_style(
    text: str, day: tuple[int | None, int, int] | None, language: str
) -> None:
    found = [one.day for one in spans(text, (language, "en")) if one.kind == "date"]

    assert found == ([day] if day else [])


def test_only_a_numeric_date_that_reads_two_ways_is_ambiguous() -> None:
    assert only("on 03/04/2026", "date").ambiguous
    assert not only("on 03/23/2026", "date").ambiguous
    assert not only("am 03.04.2026", "date", "de").ambiguous
    assert not [one for one in spans("a 3/4 sleeve") if one.kind == "date"]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("at 6:42 pm", "time", "18:42"),
        ("um 18:42 Uhr", "time", "18:42"),
        ("hier à 18 h 42", "time", "18:42"),
        ("18時42分に", "time", "18:42"),
        ("bis 18 Uhr", "time", "18:00"),
        ("at 12 am", "time", "00:00"),
        ("see https://www.dhl.de/x?n=1.", "link", "https://www.dhl.de/x?n=1"),
        ("go to bit.ly/abc now", "link", "bit.ly/abc"),
        ("write to Ann.Bo@Example.org!", "email", "ann.bo@example.org"),
        ("ann (at) example.org", "email", "ann@example.org"),
        ("call +49 30 1234567", "phone", "+49301234567"),
        ("RB 123 456 785 GB", "tracking", "RB123456785GB"),
        ("0034 0434 1610 9400 0017", "tracking", "00340434161094000017"),
    ],
)
def test_times_links_and_numbers_are_told_apart(text: str, kind: str, value: str) -> None:
    assert only(text, kind, "de", "en", "fr").value == value


def test_a_weekday_may_hide_in_a_word_for_a_part_of_the_day() -> None:
    assert only("Am Dienstagabend sehe ich nach", "weekday", "de").number == 1
    assert only("周二晚上", "weekday", "zh").number == 1


@pytest.mark.parametrize(
    ("text", "unit", "number", "language"),
    [
        ("three days late", "day", 3, "en"),
        ("in 3-5 business days", "workday", 5, "en"),
        ("seit zwei Wochen", "week", 2, "de"),
        ("三天", "day", 3, "zh"),
        ("3営業日", "workday", 3, "ja"),
    ],
)
def test_a_duration_has_a_number_and_a_unit(
    text: str, unit: str, number: int, language: str
) -> None:
    span = only(text, "duration", language)

    assert (span.number, span.units) == (number, {unit})


def test_tracking_numbers_are_held_to_their_check_digit() -> None:
    assert checked("RB123456785GB") == "RB123456785GB"
    assert checked("RB123456786US") is None
    assert checked("1Z999AA10123456784") == "1Z999AA10123456784"
    assert checked("1Z999AA10123456785") is None


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("Order No. 10023", ("10023",)),
        ("order #10023 and #10024", ("10023", "10024")),
        ("orders 10023, 10024 & 10025", ("10023", "10024", "10025")),
        ("my order (10023)", ("10023",)),
        ("Bestellung vom 12.11.2026, Nr. 10023", ("10023",)),
        ("Bestellnummer: AB-10023", ("AB-10023",)),
        ("注文番号：１００２３", ("10023",)),
        ("10023番の注文です", ("10023",)),
        ("طلبي رقم ١٠٠٢٣", ("10023",)),
        ("order 304-1234567-7654321", ("304-1234567-7654321",)),
        ("12-09876-54321", ("12-09876-54321",)),
        ("I paid 10023 EUR", ()),
        ("invoice 10023", ()),
        ("item no. 88213", ()),
        ("my phone is 030 1234567", ()),
        ("Kundennummer 99812", ()),
        ("ordered on 12.11.2026", ()),
        ("order of 2026", ()),
        ("zip code 90210", ()),
        ("Sendungsnummer 00340434161094000017", ()),
    ],
)
def test_order_numbers_are_told_from_all_other_numbers(text: str, orders: tuple[str, ...]) -> None:
    """The contract: never amounts, dates, phone, invoice, article or tracking numbers."""
    assert refs(text, spans(text, ("de", "en"))).orders == orders


def test_a_number_the_shop_knows_counts_wherever_it_stands() -> None:
    assert refs("hi, 77 here", spans("hi, 77 here"), ["77"]).orders == ("77",)


@given(st.text(max_size=300))
def test_any_text_can_be_searched_and_offsets_stay_true(text: str) -> None:
    assert len(fold(text)) == len(text)
    for span in spans(text, ("en", "de", "ja", "zh")):
        assert text[span.start : span.end] == span.text


def test_folding_makes_scripts_comparable() -> None:
    assert fold("Où EST ma Commande") == "ou est ma commande"
    assert fold("退貨") == fold("退货")
    assert plain_digits("＃１００２３ ١٠") == "#10023 10"


def test_quoted_mail_and_phone_signatures_are_not_the_buyers_words() -> None:
    mail = "Where is it?\nSent from my iPhone\n> old\nOn 3 May 2026 Shop wrote:\nWe refund you."

    assert own_words(mail) == "Where is it?"


def test_what_follows_a_full_width_comma_is_read() -> None:
    """Chinese and Japanese write no space after it; `1,234.50` is still one number."""
    text = "共计，34.90欧元，3天，第10046号，电话，030 1234567"
    kinds = [(span.kind, span.text) for span in spans(text, ("zh-Hans", "en"))]

    assert ("amount", "34.90欧元") in kinds
    assert ("duration", "3天") in kinds
    assert [span.text for span in spans("1,234.50 EUR and v.2 of a,b")] == ["1,234.50 EUR"]
