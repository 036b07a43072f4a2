"""How we sound in each locale: complete, formatted by CLDR, and silent where nothing is wrong."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from babel import Locale
from babel.dates import format_date, format_time

from assistant.drafting.brief import Brief
from assistant.drafting.review import review
from assistant.model import Demand, Understanding
from assistant.playbooks import Playbooks
from assistant.playbooks.kinds import Culture
from tests.drafting_cases import brief, situation, teapot_order

PLAYBOOKS = Playbooks.shipped()
CULTURES = [one for one in PLAYBOOKS.all if isinstance(one, Culture)]
DAY = date(2026, 3, 9)
MARKETS = {
    **dict.fromkeys(["US", "GB", "AU", "IE"], "en"),
    **{"DE": "de", "AT": "de", "FR": "fr", "ES": "es", "MX": "es", "IT": "it", "JP": "ja"},
    **{"BR": "pt", "PT": "pt", "KR": "ko", "NL": "nl", "PL": "pl", "SE": "sv", "SA": "ar"},
    **{"AE": "ar", "ID": "id", "TH": "th", "VN": "vi", "MY": "ms", "SG": "en", "PH": "en"},
    **{"TW": "zh-Hant", "TR": "tr", "RU": "ru", "IN": "hi", "CA": "fr", "BE": "nl"},
}


@pytest.mark.parametrize("culture", CULTURES, ids=lambda one: one.id)
def test_a_culture_says_how_one_writes_to_people_there(culture: Culture) -> None:
    """S4.1: address, opening, close, apologies, directness, what feels pushy."""
    assert culture.opens.letter
    assert culture.closes.letter
    assert culture.apologies
    assert culture.directness
    assert culture.emoji
    assert culture.name_order
    assert culture.feels_pushy
    assert culture.rules
    assert culture.prose


@pytest.mark.parametrize("culture", CULTURES, ids=lambda one: one.id)
def test_dates_are_those_of_cldr_with_the_month_written_out(culture: Culture) -> None:
    """Two readers read 9/3/26 as two days."""
    locale = Locale.parse(culture.locale)
    shown = format_date(DAY, culture.formats.date, locale=locale)
    month = locale.months["format"]["wide"][3]
    by_number = bool(re.search(r"[月월]", culture.formats.date))
    assert by_number or month in shown, shown
    at = datetime(2026, 3, 9, 15, 5)  # noqa: DTZ001 (a clock on a wall)
    assert "05" in re.sub(r"\D+", " ", _ascii(format_time(at, culture.formats.time, locale=locale)))


def _ascii(text: str) -> str:
    """With digits that every reader knows."""
    return "".join(str(int(char)) if char.isdecimal() else char for char in text)


@pytest.mark.parametrize(("market", "language"), MARKETS.items())
def test_every_market_is_addressed_in_its_own_way(market: str, language: str) -> None:
    found = PLAYBOOKS.culture(language, market)
    assert found.language == language, f"{language} in {market} falls back to {found.id}"


@pytest.mark.parametrize("language", ["de", "en", "zh-Hans"])
@pytest.mark.parametrize("market", ["DE", "AT", "GB", "US", "AU", "SG"])
def test_no_word_of_our_own_drafts_is_one_to_avoid(language: str, market: str) -> None:
    """What is composed passes the culture it is composed for."""
    from assistant.drafting.compose import compose

    told = Understanding(language=language, intents=("damaged",), given=("photo",))
    for channel in ("email", "webchat"):
        at_hand = situation("10045", teapot_order(), market=market, channel=channel, photos=1)
        made = brief(at_hand, told, PLAYBOOKS)
        text = compose(made, PLAYBOOKS).text
        culture = PLAYBOOKS.culture(language, market)
        ours = {one.rule for one in made.decision.must_not if one.words}
        found = [one for one in review(text, made, PLAYBOOKS) if one.rule in ours]
        assert not found, (culture.id, text, found)


def test_a_culture_that_apologises_twice_may() -> None:
    """Japan and Korea differ (S1.2)."""
    twice = "大変申し訳ございません。重ねてお詫び申し上げます。佐藤様。"
    assert not _of("S1.2", twice, "ja", "JP")
    assert _of("S1.2", f"{twice}誠に申し訳ございません。お詫びいたします。", "ja", "JP")
    assert _of("S1.2", "I am sorry. I apologise for the delay.", "en", "GB")


def _of(rule: str, text: str, language: str, market: str) -> list[object]:
    at_hand = situation("10045", teapot_order(), market=market)
    made = brief(at_hand, Understanding(language=language), PLAYBOOKS)
    return [one for one in review(text, made, PLAYBOOKS) if one.rule == rule]


def test_what_a_culture_objects_to_is_told_once_and_by_the_culture() -> None:
    """`kein Problem` offends good manners everywhere; the German playbook says why."""
    at_hand = situation("10045", teapot_order(), market="DE")
    made: Brief = brief(at_hand, Understanding(language="de"), PLAYBOOKS)
    text = "Kein Problem, ich sehe nach."
    found = [one for one in review(text, made, PLAYBOOKS) if text[one.start : one.end] == text[:12]]
    assert [one.rule for one in found] == ["de.5"]
    assert found[0].better == "Gern"
    demand = next(one for one in made.decision.must_not if one.rule == "de.5")
    assert isinstance(demand, Demand)


@pytest.mark.parametrize(
    ("language", "market", "channel", "name", "said"),
    [
        (
            "nl",
            "NL",
            "email",
            "Jan de Vries",
            "Begin with “Beste Jan de Vries,”, end with “Met vriendelijke groet,”",
        ),
        ("tr", "TR", "email", "Ayşe Kaya", "Begin with “Sayın Ayşe Kaya,”"),
        ("pt", "PT", "whatsapp", "Ana Souza", "Begin with “Olá, Ana Souza,”."),
        ("ru", "RU", "email", "Анна Иванова", "Begin with “Здравствуйте, Анна Иванова!”"),
    ],
)
def test_who_writes_by_hand_is_told_how_to_begin_and_to_end(
    language: str, market: str, channel: str, name: str, said: str
) -> None:
    """S3.2: at hand at the moment it matters, in a language that Parley does not write yet."""
    from assistant.drafting.compose import why_no_draft

    at_hand = situation(name=name, market=market, channel=channel)
    told = Understanding(language=language, intents=("where_is_my_order",))
    assert said in str(why_no_draft(brief(at_hand, told, PLAYBOOKS), PLAYBOOKS))


def test_a_language_without_a_culture_is_not_begun_in_english() -> None:
    from assistant.drafting.compose import why_no_draft

    told = Understanding(language="fi", intents=("where_is_my_order",))
    assert "Begin with" not in str(why_no_draft(brief(situation(), told, PLAYBOOKS), PLAYBOOKS))
