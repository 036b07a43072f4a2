"""From plan to words: one voice is one language, in one culture, in one length.

Which wording of a sentence is taken depends on the conversation's content alone, so that the same
situation gives the same draft and two buyers with the same question get two different ones.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from typing import assert_never

from babel.dates import format_datetime
from babel.numbers import format_currency

from assistant.drafting.manner import Register
from assistant.drafting.places import known_as
from assistant.drafting.plan import (
    Amount,
    Carrier,
    Count,
    Day,
    Moment,
    Name,
    Own,
    Place,
    Raw,
    Say,
    Span,
    Thing,
    Title,
    Value,
    Written,
)
from assistant.drafting.tongues import tongue
from assistant.playbooks import OPTIONAL, Culture, Money, Noun, Phrases

_SLOT = re.compile(r"\{([a-z_]+)(?:\.([a-z_]+))?\}|\[([^\[\]|]*)\|([^\[\]|]*)\]")
_CODE_AND_FIGURE = re.compile(r"(?<=[A-Z]{3})(?=\d)")
"""Where CLDR sets a space and Babel doesn't: `EUR 34.90`."""
SOON = 6
"""Days ahead for which the weekday alone is clear."""


class Voice:
    """Words sentences of a plan. `today` is the buyer's; `seed` is the conversation's content."""

    def __init__(
        self,
        phrases: Phrases,
        culture: Culture,
        *,
        chat: bool,
        today: date,
        seed: str,
        register: Register = "",
    ) -> None:
        self.phrases = phrases
        self.culture = culture
        self.chat = chat
        self.today = today
        self.seed = seed
        self.register = register
        self.language = phrases.language
        self.tongue = tongue(phrases.language)
        self._finish = self.tongue.finish_in.get(culture.locale, self.tongue.finish)
        self._other_words = re.compile(
            r"(?<![\w{.])(?:" + "|".join(map(re.escape, culture.spelling)) + r")(?![\w}])"
        )

    def say(self, sentence: Say) -> str:
        """*sentence* in this language, as it stands inside a line."""
        if isinstance(sentence.slots.get("written"), Written):
            return self._worded(sentence.slots["written"], "")
        pattern = self._wording(sentence.key)
        plural = any(self._plural(value) for value in sentence.slots.values())

        def fill(found: re.Match[str]) -> str:
            if found[1] is None:
                return str(found[4] if plural else found[3])
            value = sentence.slots.get(found[1])
            return "" if value is None else self._worded(value, found[2] or "")

        text = tidy(_SLOT.sub(fill, self._nth(pattern, sentence)))
        return self._finish(text)

    def _nth(self, pattern: str, sentence: Say) -> str:
        """Which of several parcels is meant, in a sentence about one."""
        nth = sentence.slots.get("nth")
        return self.tongue.nth(pattern, nth.n) if isinstance(nth, Count) else pattern

    def wordings(self, key: str) -> tuple[str, ...]:
        """The ways to say *key*: those of the register, the chat's shorter ones, the usual ones."""
        chat = (f"{key}.chat",) if self.chat else ()
        register = (f"{key}.{self.register}",) if self.register else ()
        return next(filter(None, map(self._ways, (*register, *chat, key))), ())

    def _ways(self, name: str) -> tuple[str, ...]:
        """The culture's own, else the language's."""
        return self.culture.phrases.get(name) or self.phrases.phrases.get(name) or ()

    def _wording(self, key: str) -> str:
        if key in OPTIONAL and not self._ways(key):
            key = key.rpartition(".")[0]
        ways = self.wordings(key)
        if self.register == "short":
            return self._spelt(min((*ways, *self._ways(f"{key}.chat")), key=len))
        digest = hashlib.sha256(f"{self.seed}\0{key}".encode()).digest()
        return self._spelt(ways[int.from_bytes(digest[:4], "big") % len(ways)])

    def _spelt(self, text: str) -> str:
        """Our own words as this culture has them; a shop's titles and names stay as they are."""
        spelling = self.culture.spelling
        return self._other_words.sub(lambda one: spelling[one[0]], text) if spelling else text

    # ── values ───────────────────────────────────────────────────────────────

    def _worded(self, value: Value, form: str) -> str:
        match value:
            case Say():
                said = self.say(value)
                return upper_first(said) if form == "cap" else self.tongue.own(said, form)
            case Day() | Moment() | Span():
                return self._time(value, form)
            case Thing() | Own() | Title() | Carrier():
                return self._noun(value, form)
            case Raw() | Written() | Amount() | Count() | Place() | Name():
                return self._plain(value)
            case _:
                assert_never(value)

    def _plain(self, value: Raw | Written | Amount | Count | Place | Name) -> str:
        match value:
            case Raw(text):
                return text
            case Place(name):
                return known_as(name, self.language)
            case Written(says):
                return says.get(self.language) or next(iter(says.values()))
            case Count(n):
                numbers = self.phrases.words.numbers
                return numbers[n - 1] if 0 < n <= len(numbers) else str(n)
            case Amount(money):
                return self.amount(money)
            case Name():
                return self.name(value)
            case _:
                assert_never(value)

    def amount(self, money: Money) -> str:
        """As the culture's locale writes it."""
        style = self.culture.formats.money
        shown = format_currency(money.amount, money.currency, locale=self.locale, format_type=style)
        return self.tongue.money(_CODE_AND_FIGURE.sub("\N{NO-BREAK SPACE}", shown))

    def name(self, name: Name) -> str:
        """As the culture addresses people; a title is used where one was given, never else."""
        if self.tongue.called is not None:
            return self.tongue.called(name)
        titles = self.tongue.titles
        if name.title and name.last and name.title in titles:
            last = self.tongue.surname(name.full, name.last)
            return titles[name.title].replace("{last}", last)
        if self.culture.address == "first_name" and name.first and self.register != "formal":
            return name.first
        return titles.get("", "{full}").format(full=name.full, last=name.last or name.full)

    def _noun(self, value: Thing | Own | Title | Carrier, form: str) -> str:
        match value:
            case Thing():
                forms = self.tongue.forms(self._known(value), value.title)
                return forms.get(form, forms[""])
            case Own(shelf, concept):
                word = str(getattr(self.phrases.words, shelf).get(concept, ""))
                return self.tongue.own(self._spelt(word), form)
            case Title(title, variant):
                colours = self.phrases.words.colours
                shown = [self._spelt(colours.get(one.lower(), one)) for one in variant]
                return self._titled(title, shown)
            case Carrier(name):
                if name:
                    return self.tongue.carrier(name, form)
                spoken = self.say(Say("frag.carrier.dat" if form == "dat" else "frag.carrier"))
                return self.tongue.own(spoken, form)
            case _:
                assert_never(value)

    def _titled(self, title: str, variant: list[str]) -> str:
        if not variant:
            return title
        if self.unspaced:
            return f"{title}（{'、'.join(variant)}）"
        return f"{title} ({', '.join(variant)})"

    def _known(self, thing: Thing) -> Noun | None:
        words, concept = self.phrases.words, thing.concept or ""
        products = words.pieces if thing.piece else words.products
        several = products.get(f"{concept}s") if thing.several else None
        noun = several or products.get(concept) or products.get(concept.removesuffix("s"))
        return noun and noun.model_copy(update={"word": self._spelt(noun.word)})

    def _plural(self, value: Value) -> bool:
        if isinstance(value, Say):
            return False
        noun = self._known(value) if isinstance(value, Thing) else None
        return noun is not None and noun.gender.endswith("p")

    # ── time ─────────────────────────────────────────────────────────────────

    def _time(self, value: Day | Moment | Span, form: str) -> str:
        match value:
            case Span(days):
                return self._span(days, f"_{form}" if form else "")
            case Day(day, how):
                return self._day(day, how, f"_{form}" if form else "")
            case Moment(at, how):
                return self._moment(at, how, f"_{form}" if form else "")
            case _:
                assert_never(value)

    def _span(self, days: int, case: str) -> str:
        times, numbers = self.phrases.times, self.phrases.words.numbers
        if days == 1:
            return times.get(f"day_one{case}", times["day_one"])
        n = numbers[days - 1] if days <= len(numbers) else str(days)
        return times.get(f"days{case}", times["days"]).replace("{n}", n)

    def _in(self, key: str, case: str) -> str:
        """The wording of a time in a case, where the language has one for it."""
        times = self.phrases.times
        return times.get(f"{key}{case}") or times[key]

    def _day(self, day: date, how: str, case: str) -> str:
        ahead = (day - self.today).days
        if how == "refund" and ahead in (0, 1):
            return self._in("refund_today" if ahead == 0 else "refund_tomorrow", case)
        if how == "evening":
            key = "today" if ahead == 0 else "soon" if 0 < ahead <= SOON else ""
            return self._dated(self._in(f"evening_{key}" if key else "evening", case), day)
        if ahead == 0 and how in ("on", "refund"):
            return self._in("today", case)
        return self._dated(self._in("by_day" if how == "by" else "on", case), day)

    def _moment(self, at: datetime, how: str, case: str) -> str:
        times = self.phrases.times
        ahead = (at.date() - self.today).days
        near = {0: "_today", -1: "_yesterday"}.get(ahead, "")
        pattern = self._in(f"{how}{near}" if f"{how}{near}" in times else how, case)
        formats = self.culture.formats
        clock = formats.hour if at.minute == 0 and formats.hour else formats.time
        noon = times.get("noon") if (at.hour, at.minute) == (12, 0) else None
        time = noon or format_datetime(at, clock, locale=self.culture.locale)
        return self._dated(pattern, at.date()).replace("{time}", time)

    def _dated(self, pattern: str, day: date) -> str:
        formats = self.culture.formats
        pattern = self._spelt(pattern)
        for slot, cldr in (
            ("{date_by}", formats.date_by or formats.date),
            ("{date}", formats.date),
            ("{weekday}", formats.weekday),
        ):
            if slot in pattern:
                at_noon = datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001 (a day only)
                pattern = pattern.replace(slot, format_datetime(at_noon, cldr, locale=self.locale))
        return pattern

    @property
    def locale(self) -> str:
        return self.culture.locale

    def join(self, sentences: list[str]) -> str:
        """Sentences of one paragraph, each with its capital."""
        return self.tongue.flow(("" if self.unspaced else " ").join(sentences))

    @property
    def unspaced(self) -> bool:
        """The language writes no space between sentences."""
        return self.tongue.unspaced


def upper_first(text: str) -> str:
    """A capital at the start of a sentence, after ¿ and ¡ too; `iPhone` stays."""
    if text[:1] in ("¿", "¡"):
        return text[:1] + upper_first(text[1:])
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def tidy(text: str) -> str:
    """What empty slots and appositions leave behind: doubled spaces, commas before a stop."""
    text = re.sub(r"[ \t]{2,}", " ", text).strip()
    text = re.sub(r" +([.,;:?!)])(?=\s|$)", r"\1", text)
    text = re.sub(r",(\s*)(?=[,.;:?!](\s|$))", "", text)
    return re.sub(r"(?<=[一-鿿，。：；、）”]) +(?=[一-鿿，。：；、（“])|(?<=）) +(?=\d)", "", text)
