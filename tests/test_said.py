"""Words of the playbooks' own are found as people write them, and nothing else is (S4.1, S3.2)."""

from __future__ import annotations

import unicodedata

import pytest

from assistant.drafting.brief import Brief
from assistant.drafting.review import review
from assistant.drafting.wordlist import Composed, wordlist
from assistant.model import Buyer, BuyerId, Decision, Demand, Finding, Understanding
from tests.drafting_cases import situation, teapot_order


def found(words: list[str], language: str, text: str) -> list[str]:
    composed = Composed(text)
    return [text[start:end] for start, end in wordlist(tuple(words), language).places(composed)]


@pytest.mark.parametrize(
    ("words", "language", "text", "hits"),
    [
        (["du", "dir"], "de", "Kein Duft und keine Dusche: DU bist dir sicher.", ["DU", "dir"]),
        (["erstatt*"], "de", "Die Erstattung wird erstattet.", ["Erstattung", "erstattet"]),
        (["kein problem"], "de", "Das ist kein\n  Problem.", ["kein\n  Problem"]),
        (["tu"], "es", "Tú y tu pedido, no el túnel", ["Tú", "tu"]),
        (["tú"], "es", "tu pedido", []),
        (["mày", "tao"], "vi", "Máy này may mắn, táo ngon; mày", ["mày"]),
        (["तुम"], "hi", "तुम्हारा ऑर्डर; तुम", ["तुम"]),
        (["तुम्हार*"], "hi", "तुम्हारा ऑर्डर", ["तुम्हारा"]),
        (["できません。"], "ja", "変更はできません。ご案内できませんでした。", ["できません。"]),
        (["당신"], "ko", "당신은", ["당신"]),
        (["视频"], "zh-Hant", "這個視頻", ["視頻"]),
        (["خطؤك"], "ar", "هذا خطَؤُك", ["خطَؤُك"]),
        (["ครับ", "ค่ะ"], "th", "ขอบคุณค่ะ", ["ค่ะ"]),
        (["can't"], "en", "We can’t do it", ["can’t"]),
    ],
)
def test_words_are_found_whole_whatever_their_case_or_script(
    words: list[str], language: str, text: str, hits: list[str]
) -> None:
    assert found(words, language, text) == hits
    apart = unicodedata.normalize("NFD", text)
    composed = [unicodedata.normalize("NFC", one) for one in found(words, language, apart)]
    assert composed == [unicodedata.normalize("NFC", one) for one in hits]


def test_a_place_is_told_by_the_offsets_of_the_text_as_it_was_written() -> None:
    text = unicodedata.normalize("NFD", "Schön\u00ad, für dich")
    assert found(["dich"], "de", text) == ["dich"]


# ── in the review ────────────────────────────────────────────────────────────


def reviewed(
    text: str,
    must_not: tuple[Demand, ...] = (),
    must: tuple[Demand, ...] = (),
    *,
    language: str = "de",
    name: str = "Lena Weber",
) -> list[Finding]:
    at_hand = situation("Wo ist meine Kanne?", teapot_order())
    buyer = Buyer(id=BuyerId("webchat:1"), name=name)
    brief = Brief(
        situation=at_hand.model_copy(update={"zone": "Europe/Berlin", "buyer": buyer}),
        understanding=Understanding(language=language),
        decision=Decision(must=must, must_not=must_not),
        language=language,
        culture=language,
    )
    return [one for one in review(text, brief) if one.rule.startswith("x.")]


DU = Demand(rule="x.1", check="words", text="Sie, never du", words=("du", "dich"), better="Sie")


def test_a_forbidden_word_is_pointed_at_with_why_and_with_a_better_one() -> None:
    text = "Guten Tag. Du hörst morgen von mir, ich melde mich bei dich."
    first, second = reviewed(text, (DU,))
    assert [text[one.start : one.end] for one in (first, second)] == ["Du", "dich"]
    assert str(first.message) == "Sie, never du"
    assert (first.severity, first.better) == ("block", "Sie")


def test_a_playbook_says_how_grave_it_is() -> None:
    [found] = reviewed("Und du?", (DU.model_copy(update={"severity": "tip"}),))
    assert found.severity == "tip"


def test_a_name_is_no_wording() -> None:
    """A Mr Du may be greeted; a product may be called what it is called."""
    assert not reviewed("Guten Tag, Herr Du, ich sehe nach.", (DU,), name="Wei Du")
    ines = DU.model_copy(update={"words": ("ines",)})
    assert not reviewed("Die Teapot Ines ist unterwegs.", (ines,))
    assert reviewed("Ines ist unterwegs.", (ines,))
    assert not reviewed("Siehe https://example.com/du/hier", (DU,))


def test_several_lists_of_words_are_all_looked_at() -> None:
    other = DU.model_copy(update={"rule": "x.2", "words": ("problem",)})
    assert {one.rule for one in reviewed("Kein Problem, du.", (DU, other))} == {"x.1", "x.2"}


def test_one_of_the_words_that_must_be_said_is_enough() -> None:
    polite = Demand(rule="x.3", check="words", text="A polite ending.", words=("ค่ะ", "ครับ"))
    assert not reviewed("ขอบคุณค่ะ", must=(polite,), language="th")
    [missing] = reviewed("ขอบคุณ", must=(polite,), language="th")
    assert (missing.severity, missing.better) == ("warn", None)
    assert str(missing.message) == "A polite ending. For example: ค่ะ."


def test_to_say_that_something_can_not_be_sent_is_no_offer_of_it() -> None:
    """S3.10: what may not be sold in a market is found where it is offered."""
    knives = Demand(rule="x.4", check="not_sold", text="No flick knives.", words=("springmesser",))
    assert reviewed("Ich schicke Ihnen das Springmesser.", (knives,))
    assert not reviewed("Ein Springmesser darf ich nicht nach Deutschland senden.", (knives,))
