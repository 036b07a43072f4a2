"""Whether a translation kept what it must (S3.1), measured over eighteen languages both ways."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from assistant.drafting.lexicon import LANGUAGES
from assistant.drafting.translate import Slip, compared, said, wrong_sentences
from tests.tables import table

FIXTURES = Path(__file__).parent / "fixtures" / "translation"
PIVOTS = ("en", "ja", "ar")
CHANGED = {
    "refund": [("34", "43"), ("30", "20")],
    "lost": [("14", "15")],
    "keep": [("15", "50")],
    "opening": [("30", "45")],
    "waiting": [("shop@", "stop@")],
}
OPPOSITES = [("lost", "found"), ("keep", "return")]
LEAST_FOUND = 0.95
MOST_FALSE = 0.03


class Case(NamedTuple):
    ours: str
    source: str
    theirs: str
    target: str

    def slips(self) -> tuple[Slip, ...]:
        return compared([self.ours], self.source, [self.theirs], self.target)


def read(name: str) -> dict[str, list[list[object]]]:
    return dict(table(FIXTURES / f"{name}.yaml"))


def both_ways(one: str, first: str, other: str, second: str) -> tuple[Case, Case]:
    return Case(one, first, other, second), Case(other, second, one, first)


def pairs(name: str) -> tuple[list[Case], list[Case]]:
    """True translations, and spoilt ones."""
    true: list[Case] = []
    spoilt: list[Case] = []
    for language, rows in read(name).items():
        for english, other, *wrong in rows:
            true += both_ways(str(english), "en", str(other), language)
            for old, new in wrong:  # type: ignore[misc] — a YAML row
                assert old in str(other), f"{old} is not in {other}"
                changed = str(other).replace(old, new, 1)
                spoilt += both_ways(str(english), "en", changed, language)
    return true, spoilt


def everywhere() -> Iterator[tuple[Case, bool]]:
    """The same sentence from and into three very different languages; and whether it is true."""
    told: dict[str, dict[str, str]] = table(FIXTURES / "everywhere.yaml")
    for key, sentences in told.items():
        assert set(sentences) == set(LANGUAGES)
        for one, other in product(PIVOTS, LANGUAGES):
            ours, theirs = sentences[one], sentences[other]
            if one != other:
                yield from ((case, True) for case in both_ways(ours, one, theirs, other))
                for old, new in CHANGED.get(key, ()):
                    yield Case(ours, one, theirs.replace(old, new, 1), other), False
    for (first, second), one, other in product(OPPOSITES, PIVOTS, LANGUAGES):
        if one != other:
            for case in both_ways(told[first][one], one, told[second][other], other):
                yield case, False


def measured(true: list[Case], spoilt: list[Case]) -> tuple[list[Case], list[Case]]:
    """The false alarms and the misses."""
    return [one for one in true if one.slips()], [one for one in spoilt if not one.slips()]


@pytest.mark.parametrize(("name", "least"), [("pairs", 300), ("unseen", 100)])
def test_what_a_translation_loses_is_found_and_a_true_one_is_left_alone(
    name: str, least: int
) -> None:
    true, spoilt = pairs(name)
    false, missed = measured(true, spoilt)
    found = 1 - len(missed) / len(spoilt)
    alarms = len(false) / len(true)
    precision = (len(spoilt) - len(missed)) / (len(spoilt) - len(missed) + len(false))

    print(f"{name}: recall {found:.1%}, precision {precision:.1%}, false alarms {alarms:.1%}")
    assert len(true) >= least
    assert len(spoilt) >= least
    assert found >= LEAST_FOUND, missed
    assert alarms <= MOST_FALSE, false


def test_every_language_is_checked_against_every_kind_of_language() -> None:
    cases = list(everywhere())
    false, missed = measured(
        [case for case, true in cases if true], [case for case, true in cases if not true]
    )
    all_true = sum(true for _, true in cases)

    print(f"everywhere: {len(false)} false of {all_true}, {len(missed)} missed")
    assert len(false) / all_true <= MOST_FALSE, false
    assert len(missed) / (len(cases) - all_true) <= 1 - LEAST_FOUND, missed


def test_a_finding_points_at_its_sentence() -> None:
    ours = ["Ihr Paket ist da.", "Sie bekommen 20 € zurück.", "Es ist nicht teuer."]
    theirs = ["Your parcel is here.", "You get €30 back.", "It is expensive."]

    found = compared(ours, "de", theirs, "en")

    assert [(one.kind, one.sentence) for one in found] == [("changed", 1), ("turned", 2)]
    assert [str(said(one)) for one in found] == [
        "“20 €” became “€30”.",
        "“nicht” is lost: it may say the opposite.",
    ]
    assert wrong_sentences(found) == {1, 2}


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [
        ("We refund 20, and you keep 30.", "Wir erstatten 30, und Sie behalten 20.", "swapped"),
        ("Your order has left our house.", "Your order has left our house.", "foreign"),
        ("The parcel left our house in the morning, and it is on its way.", "Ja.", "empty"),
        ("The parcel has arrived.", "", "empty"),
        ("You pay 20 euros.", "Sie zahlen 20 US-Dollar.", "changed"),
        ("Call us at +49 30 1234567.", "Rufen Sie +49 30 1234576 an.", "changed"),
    ],
)
def test_what_else_is_noticed(ours: str, theirs: str, kind: str) -> None:
    assert [one.kind for one in compared([ours], "en", [theirs], "de")] == [kind]


@pytest.mark.parametrize(
    ("ours", "source", "theirs", "target"),
    [
        ("The 3 of us pay 1 euro.", "en", "Wir 3 zahlen einen Euro.", "de"),
        ("It's 5:00 pm on 3/4.", "en", "Es ist 17 Uhr am 3. April.", "de"),
        ("Tot 2026-11-23 om 9.30 uur.", "nl", "Until 23 November 2026 at 9:30.", "en"),
        ("No. 123 is free of charge.", "en", "Nr. 123 ist kostenlos.", "de"),
        ("Danke", "de", "谢谢", "zh-Hans"),
    ],
)
def test_another_way_to_write_it_is_no_loss(
    ours: str, source: str, theirs: str, target: str
) -> None:
    assert compared([ours], source, [theirs], target) == ()
