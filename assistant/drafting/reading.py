"""What a model says of the buyer's words, held to those words: nothing is believed unseen.

`Reading` is the form in which a model answers. `believed` makes the one `Understanding` of it:
known names only; numbers, sizes and names only where they stand in what the buyer wrote; what
was given only as rules and attachments show it. A threat, an insult and the numbers that the rules
are sure of stay, whatever the model says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from assistant.drafting.brief import Situation
from assistant.drafting.examples import taught
from assistant.drafting.lexicon import buyer_words
from assistant.drafting.plain import fold, own_words, plain_digits
from assistant.drafting.signals import relations
from assistant.drafting.spans import Span, spans
from assistant.model import Emotion, EmotionKind, Given, Intent, Understanding
from assistant.playbooks import Playbooks

MOST_INTENTS = 4
MOST_REFS = 5
MOST_CHARS = 12_000
"""Of all that the buyer wrote, the newest at its end."""
Wish = Literal[
    "refund",
    "resend",
    "exchange",
    "information",
    "cancel",
    "return",
    "discount",
    "repair",
    "invoice",
    "callback",
    "manager",
]
DetailKey = Literal[
    "occasion",
    "gift",
    "person",
    "days_late",
    "days_waiting",
    "broken",
    "part",
    "part_key",
    "product",
    "product_key",
    "fit",
    "size",
    "wanted_size",
    "sign_off",
    "needed_by",
]


def _known(names: object) -> BeforeValidator:
    """Of a list, only what is among *names*: one odd word must not cost the others."""
    allowed = frozenset(get_args(names))

    def only(value: Any) -> Any:
        return [one for one in value if one in allowed] if isinstance(value, list) else value

    return BeforeValidator(only)


def _short(value: Any) -> Any:
    """A small model's strings may run on and on; their beginning is what counts."""
    return [str(one)[:60] for one in value[:8]] if isinstance(value, list) else value


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": False})


class Detail(_Answer):
    """One thing of the buyer's own matter."""

    key: DetailKey
    value: Annotated[str, Field(max_length=60)]


def _details(value: Any) -> Any:
    allowed = frozenset(get_args(DetailKey))
    if not isinstance(value, list):
        return value
    return [
        {"key": one["key"], "value": str(one.get("value"))[:60]}
        for one in value
        if isinstance(one, dict) and one.get("key") in allowed
    ]


Number = Annotated[str, Field(max_length=60)]


class Reading(_Answer):
    """The model's answer."""

    language: Annotated[str, BeforeValidator(lambda value: str(value)[:12]), Field(max_length=12)]
    intents: Annotated[list[Intent], _known(Intent), Field(max_length=8)]
    emotion: EmotionKind
    strength: Annotated[float, BeforeValidator(lambda v: min(max(float(v), 0.0), 1.0))]
    wishes: Annotated[list[Wish], _known(Wish), Field(max_length=6)]
    order_numbers: Annotated[list[Number], BeforeValidator(_short)]
    tracking_numbers: Annotated[list[Number], BeforeValidator(_short)]
    details: Annotated[list[Detail], BeforeValidator(_details), Field(max_length=20)]


_VAGUE: frozenset[Intent] = frozenset({"other", "thanks", "product_question"})
"""What the rules say where they found nothing better."""


def believed(
    reading: Reading,
    situation: Situation,
    rules: Understanding,
    playbooks: Playbooks | None = None,
) -> Understanding:
    """What may be believed of *reading*; *rules*: what they understood of the same words.

    *playbooks*: whose examples of what buyers say stand, whatever the model makes of them.
    """
    said = _Said(situation, rules)
    intents = _intents(reading, rules, taught(said.newest, playbooks))
    tracking = _merged(rules.tracking_numbers, said.tracking(reading.tracking_numbers))
    orders = _merged(rules.order_refs, said.orders(reading.order_numbers, tracking))
    return Understanding(
        language=_language(reading, rules, said),
        intents=intents,
        emotion=_emotion(reading, rules, intents),
        order_refs=orders,
        given=_given(rules.given, orders, tracking),
        tracking_numbers=tracking,
        mentions=rules.mentions,
        wishes=tuple(dict.fromkeys(reading.wishes)) or rules.wishes,
        details=_matter(reading, rules, said, intents),
        source="model",
        doubted=rules.intents[0] not in _VAGUE and not set(rules.intents) & set(intents),
    )


def _merged(sure: Sequence[str], more: Iterable[str]) -> tuple[str, ...]:
    """What the rules found first; the same number in another spelling is the same."""
    known = {_bare(one) for one in sure}
    added = [one for one in dict.fromkeys(more) if _bare(one) not in known]
    return (*sure, *added[: max(0, MOST_REFS - len(sure))])


def _bare(number: str) -> str:
    return re.sub(r"[\s#.-]", "", fold(number))


def _given(
    sure: Sequence[Given], orders: Sequence[str], tracking: Sequence[str]
) -> tuple[Given, ...]:
    there: set[Given] = set(sure)
    if orders:
        there.add("order_number")
    if tracking:
        there.add("tracking_number")
    return tuple(one for one in get_args(Given) if one in there)


# ── language ─────────────────────────────────────────────────────────────────

_TAG = re.compile(r"[a-z]{2,3}|zh-Han[st]")


def _language(reading: Reading, rules: Understanding, said: _Said) -> str:
    """Ours, which is measured; the model's for words in a language that we can't tell."""
    told = reading.language.strip()
    if rules.language != "und" or not any(char.isalpha() for char in said.newest):
        return rules.language
    return told if _TAG.fullmatch(told) and told != "zh" else rules.language


# ── intents and feelings ─────────────────────────────────────────────────────

_NO_MATTER: frozenset[Intent] = frozenset({"other", "thanks"})
_THREAT: Intent = "legal_or_chargeback"
_INSULT: Intent = "abuse_or_spam"


def _intents(
    reading: Reading, rules: Understanding, shown: Sequence[Intent] = ()
) -> tuple[Intent, ...]:
    """The model's, in the order that all intents have; what rules and leads are sure of stays."""
    told: list[Intent] = list(dict.fromkeys((*shown, *reading.intents)))
    matters = [one for one in rules.intents if one in relations().matters]
    if _INSULT in told and matters:
        # Whoever asks for something is answered, whatever a model thinks of their tone.
        told.remove(_INSULT)
    if not set(told) - _NO_MATTER and (matters or not told):
        told = list(rules.intents)
    if rules.intents[0] == _INSULT:
        return tuple(dict.fromkeys((_INSULT, *told)))[:MOST_INTENTS]
    sure = [one for one in (_THREAT, _INSULT) if one in rules.intents]
    told = list(dict.fromkeys((*told, *sure)))
    real = [one for one in told if one not in _NO_MATTER] or told[:1] or ["other"]
    rank = {name: place for place, names in enumerate(relations().ranks) for name in names}
    return tuple(sorted(real, key=lambda name: rank[name]))[:MOST_INTENTS]


def _emotion(reading: Reading, rules: Understanding, intents: Sequence[Intent]) -> Emotion:
    """The model's; strong where the rules are sure that it is, or a threat was made."""
    kind: EmotionKind = reading.emotion
    strength = 0.0 if kind == "neutral" else round(reading.strength, 2)
    sure = rules.emotion
    if sure.strong and sure.kind != "joy" and (strength < sure.strength or kind == "joy"):
        return sure
    if kind == "joy":
        troubled = intents[0] not in ("thanks", "review_positive", "other")
        return (
            Emotion(strength=0.1) if troubled else Emotion(kind=kind, strength=min(strength, 0.55))
        )
    if intents[0] == _THREAT and strength < 0.65:
        return Emotion(kind=kind if kind in ("anger", "sadness") else "anger", strength=0.65)
    return Emotion(kind=kind, strength=strength)


# ── what stands in the buyer's words ─────────────────────────────────────────

_NUMBER = re.compile(r"[a-z0-9](?:[a-z0-9._ -]{1,38}[a-z0-9])?")
_OF_OTHERS = frozenset({"amount", "percent", "date", "time", "duration", "email", "link", "phone"})
_NOT_AT_EDGES = r"(?<![^\W_]){}(?![^\W_])"


class _Said:
    """The buyer's own words, to look things up in."""

    def __init__(self, situation: Situation, rules: Understanding) -> None:
        heard = [one for one in situation.messages if one.author == "buyer"]
        whole = "\n".join(f"{one.subject or ''}\n{own_words(one.text)}" for one in heard)
        self.text = whole[-MOST_CHARS:]
        self.newest = "\n".join(own_words(one.text) for one in situation.newest)
        self.folded = plain_digits(fold(self.text))
        self._languages = (rules.language, "en")
        self._spans: Sequence[Span] = spans(self.text, self._languages)

    def has(self, value: str) -> bool:
        """It stands there, as a whole word where the script has such."""
        wanted = plain_digits(fold(value)).strip()
        if not wanted:
            return False
        if not wanted.isascii() and not any("a" <= char <= "z" for char in wanted):
            return wanted in self.folded
        return bool(re.search(_NOT_AT_EDGES.format(re.escape(wanted)), self.folded))

    def orders(self, told: Iterable[str], tracking: Sequence[str]) -> Iterator[str]:
        """Of *told*, what can be an order number and stands there as nothing else."""
        others = {_bare(one) for one in tracking}
        for one in map(_plainly, told):
            if sum(map(str.isdigit, one)) < 3 or not _NUMBER.fullmatch(fold(one)):
                continue
            if not any(_bare(one) in other for other in others) and self._is_own(
                one, {*_OF_OTHERS, "tracking"}
            ):
                yield one

    def tracking(self, told: Iterable[str]) -> Iterator[str]:
        for one in map(_plainly, told):
            if sum(map(str.isdigit, one)) >= 8 and self._is_own(one, _OF_OTHERS - {"phone"}):
                yield re.sub(r"[ -]", "", one).upper()

    def _is_own(self, number: str, others: Iterable[str]) -> bool:
        """It stands there, and not as a part of a sum, a date, an address."""
        pattern = _NOT_AT_EDGES.format(re.escape(plain_digits(fold(number))))
        taken = [one for one in self._spans if one.kind in others]
        return any(
            not any(one.start < match.end() and match.start() < one.end for one in taken)
            for match in re.finditer(pattern, self.folded)
        )


def _plainly(number: str) -> str:
    return plain_digits(number).strip("# \n\t.,;:")


# ── the buyer's own matter ───────────────────────────────────────────────────

_SIZE = re.compile(r"xxs|xs|s|m|l|xl|xxl|xxxl|\d{2,3}(?:[.,]5)?")
_NAME = re.compile(r"[^\W\d_][\w.'’ -]{1,40}")
_PAIRS = (("part", "part_key"), ("product", "product_key"), ("size", "fit", "wanted_size"))


@cache
def _vocabulary() -> Mapping[str, frozenset[str]]:
    """The key words of a matter; English has most of them."""
    words = buyer_words("en")
    more = ("confirmation", "ramadan", "lunar_new_year")
    return {
        "occasion": frozenset((*words.occasions, *more)),
        "person": frozenset(words.persons),
        "part_key": frozenset(words.parts),
        "product_key": frozenset(words.products),
        "fit": frozenset(("small", "large")),
        "gift": frozenset(("true",)),
        "broken": frozenset(("true",)),
    }


def _matter(
    reading: Reading, rules: Understanding, said: _Said, intents: Sequence[Intent]
) -> dict[str, str]:
    """What the rules read, and what the model read beyond that and the buyer said."""
    told = {one.key: one.value.strip() for one in reading.details}
    sound: dict[str, str] = {
        key: value for key, value in told.items() if _sound(key, value, said, intents)
    }
    for pair in _PAIRS:
        # What belongs together comes from one source: never this part in the other's words.
        if any(key in rules.details for key in pair):
            sound = {key: value for key, value in sound.items() if key not in pair}
    return {**sound, **rules.details}


def _sound(key: DetailKey, value: str, said: _Said, intents: Sequence[Intent]) -> bool:
    if key in _vocabulary():
        broken = bool({"damaged", "malfunction", "missing_item"} & set(intents))
        return value in _vocabulary()[key] and (key != "broken" or broken)
    match key:
        case "days_late" | "days_waiting":
            return value.isascii() and value.isdigit() and 0 < int(value) < 400 and said.has(value)
        case "size" | "wanted_size":
            return bool(_SIZE.fullmatch(value.lower())) and said.has(value)
        case "sign_off":
            last = said.newest.strip().splitlines()[-4:]
            return bool(_NAME.fullmatch(value)) and any(value in line for line in last)
        case _:
            return 1 < len(value) <= 60 and "\n" not in value and said.has(value)
