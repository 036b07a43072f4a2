"""Sentences, dates, times and amounts, each in its reader's language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from assistant.errors import Rejected
from assistant.surface.labels import failed_work
from assistant.words import LANGUAGES, Text, say, say_n, words

ZH = words("zh-Hans")
EN = words("en")
SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 21, 13, 5, tzinfo=UTC)


# ── said ─────────────────────────────────────────────────────────────────────


def test_a_sentence_is_in_its_reader_s_language() -> None:
    text = say("Assigned to {who}.", who="Olga")
    assert (str(text), EN(text), ZH(text)) == (
        "Assigned to Olga.",
        "Assigned to Olga.",
        "已分配给 Olga。",
    )


def test_a_sentence_inside_another_is_translated_with_it() -> None:
    text = say("Not sent: {why}", why=say("The relay can't be reached."))
    assert EN(text) == "Not sent: The relay can't be reached."
    assert ZH(text) == "未发送：连不上中转服务。"


def test_chinese_sentences_follow_each_other_without_a_space() -> None:
    """A full stop there is as wide as a full stop and a space here."""
    text = say(
        "{why} Trying again at {when}.", why=say("The channel did not answer."), when="13:05"
    )
    assert EN(text) == "The channel did not answer. Trying again at 13:05."
    assert ZH(text) == "渠道没有响应。13:05 再次发送。"
    assert EN.together(["One.", "", "Two."]) == "One. Two."
    assert ZH.together(["一。", "", "二。"]) == "一。二。"


def test_counts_have_their_number() -> None:
    one, many = say_n("{n} attempt", "{n} attempts", 1), say_n("{n} attempt", "{n} attempts", 3)
    assert (EN(one), EN(many)) == ("1 attempt", "3 attempts")
    assert (ZH(one), ZH(many)) == ("试了 1 次", "试了 3 次")


@pytest.mark.parametrize(
    "value",
    ["{who}", "{", "}}", "{0}", "{who.__class__}", "{why!r:>9}", "%s", "$who", "\\{"],
)
def test_braces_in_a_value_are_inert(value: str) -> None:
    """Names and reasons are other people's words: data, never a pattern."""
    for language in LANGUAGES:
        said = words(language)(say("Closed by {who}. {why}", who=value, why=value))
        assert said.count(value) == 2


def test_a_pattern_reaches_no_attributes() -> None:
    with pytest.raises(KeyError):
        EN(Text(id="{who.__class__}", values={"who": "Olga"}))


def test_a_sentence_of_a_playbook_may_hold_braces() -> None:
    assert ZH(Text(id="Ask for {size}, never {colour")) == "Ask for {size}, never {colour"


def test_languages_are_named_for_their_reader() -> None:
    text = say(
        "This looks like {spoken:language}; the buyer reads {wanted:language}.",
        spoken="fr",
        wanted="zh-Hant",
    )
    assert EN(text) == "This looks like French; the buyer reads Chinese (Traditional)."
    assert ZH(text) == "这看起来是法语，买家用的是中文 (繁体)。"
    assert ZH.language_name("und") == "und"
    assert ZH.language_name("not a code") == "not a code"


def test_an_error_of_plain_words_says_them_in_every_language() -> None:
    """What another system said of itself is nobody's to translate."""
    error = Rejected("Links {are} refused.")
    assert ZH(error.text) == EN(error.text) == str(error) == "Links {are} refused."


def test_what_failed_is_named_and_what_is_new_too() -> None:
    assert ZH(failed_work("send_reply")) == "一条回复没能发送"
    assert ZH(failed_work("something_of_a_later_release")) == "有任务失败，已停止重试"


def test_a_language_without_a_catalogue_is_english() -> None:
    assert words("sv")(say("Undo")) == "Undo"


# ── dates, times, lengths, amounts ───────────────────────────────────────────


def test_days_have_their_month_by_name() -> None:
    """3/4 is two days to two readers."""
    assert (EN.day(AT), ZH.day(AT)) == ("21 Nov", "11月21日")
    assert (EN.when(AT), ZH.when(AT)) == ("21 Nov 13:05", "11月21日 13:05")
    assert (EN.weekday(date(2026, 11, 26)), ZH.weekday(date(2026, 11, 26))) == (
        "Thu 26 Nov",
        "11月26日周四",
    )


def test_times_are_those_of_the_place() -> None:
    late = AT.replace(hour=22)
    assert (EN.clock(late, SHANGHAI), ZH.when(late, SHANGHAI)) == ("06:05", "11月22日 06:05")
    assert ZH.in_zone(SHANGHAI).when(late) == "11月22日 06:05"


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (5, "5 sec", "5秒"),
        (720, "12 min", "12分钟"),
        (3 * 3600, "3 hr", "3小时"),
        (2 * 86400, "2 days", "2天"),
    ],
)
def test_lengths_of_time_are_in_their_largest_unit(
    seconds: float, english: str, chinese: str
) -> None:
    assert (EN.lasting(seconds), ZH.lasting(seconds)) == (english, chinese)


@pytest.mark.parametrize(
    ("amount", "currency", "english", "chinese"),
    [
        ("34.9", "EUR", "€34.90", "€34.90"),
        ("1234.5", "USD", "$1,234.50", "US$1,234.50"),
        ("5280", "JPY", "¥5,280", "JP¥5,280"),
        ("99", "CNY", "CN¥99.00", "¥99.00"),
    ],
)
def test_amounts_can_be_told_apart_in_each_language(
    amount: str, currency: str, english: str, chinese: str
) -> None:
    """`¥` alone is yen to one reader and yuan to the other."""
    written = Decimal(amount)
    assert (EN.money(written, currency), ZH.money(written, currency)) == (english, chinese)
