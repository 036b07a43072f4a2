"""What words mean, as data: one file a language in `lexicon/`, read once, checked when read.

A pattern is a line of a block. It is a regular expression over folded text (see `plain`) with
four shorthands, so that people who know a language and no code can write it:

- a space is any white space; a line matches whole words only (where the script has words)
- `*` is the rest of a word: `refund*` (after a bracket: any number of times)
- ` ~ ` is a gap of at most 40 characters inside one sentence (15 without spaces)
- `{parcel}` is any word of that list under `words`

Round brackets group, `|` separates alternatives, `?` makes what is before it optional.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from importlib.resources import files
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from assistant.drafting.plain import fold
from assistant.errors import Misconfigured
from assistant.model import EmotionKind, Intent

LANGUAGES = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "ja", "ko", "zh"),
    *("pl", "sv", "ru", "tr", "ar", "th", "vi", "id"),
)
"""Those with a lexicon; both Chinese scripts share one."""
_UNSPACED = frozenset({"ja", "ko", "zh", "th"})
_GAP = r"(?!\w)(?:[^.!?。！？\n]|(?<=\d)\.){0,40}?(?<!\w)"
_NEAR = r"[^.!?。！？\n]{0,15}?"
_GAP_HERE = "\x01"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Made = TypeVar("Made")
_SPECIAL = frozenset("()[]{}*?|~ .\\+^$")


class Phrase:
    """One pattern. It is made when first looked for, compiled when a word it needs is seen."""

    __slots__ = ("_compiled", "_line", "_made", "_unspaced", "_words")

    def __init__(self, line: str, words: Mapping[str, str], *, unspaced: bool) -> None:
        self._line = line
        self._words = words
        self._unspaced = unspaced
        self._made: tuple[str, str, tuple[str, ...]] | None = None
        self._compiled: re.Pattern[str] | None = None

    @property
    def _parts(self) -> tuple[str, str, tuple[str, ...]]:
        if self._made is None:
            self._made = _made_of(self._line, self._words, unspaced=self._unspaced)
        return self._made

    @property
    def source(self) -> str:
        """Folded, its word lists written out."""
        return self._parts[0]

    def finditer(self, folded: str) -> Iterator[re.Match[str]]:
        """Every place in *folded* text where this is said."""
        needed = self._parts[2]
        if needed and not any(word in folded for word in needed):
            return iter(())
        return self.compiled.finditer(folded)

    def search(self, folded: str) -> re.Match[str] | None:
        return next(self.finditer(folded), None)

    @property
    def compiled(self) -> re.Pattern[str]:
        if self._compiled is None:
            self._compiled = re.compile(self._parts[1])
        return self._compiled


def needs(source: str) -> tuple[str, ...]:
    """Words one of which every match holds: a cheap test before the regular expression.

    Of the parts that must match, the one whose shortest alternative is longest. Empty: can't tell.
    """
    if "\\" in source or "[" in source or "(?" in source:
        return ()
    source = re.sub(r"(?:\([^()]*\)|.)\{\d*,?\d*\}", " ", source)
    branches = _split(source)
    if len(branches) > 1:
        each = [needs(branch) for branch in branches]
        return tuple(word for words in each for word in words) if all(each) else ()
    best: tuple[str, ...] = ()
    for part in _mandatory(source):
        words = needs(part[1:-1]) if part.startswith("(") else (part,)
        if words and min(map(len, words)) > min(map(len, best), default=0):
            best = words
    return best


def _split(source: str) -> list[str]:
    """*source* at its outermost `|`."""
    depth, parts, start = 0, [], 0
    for place, char in enumerate(source):
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            parts.append(source[start:place])
            start = place + 1
    return [*parts, source[start:]]


_PART = re.compile(
    r"\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)[?*]?|[^()?*~ .+^$]\?|[^()?*~ .+^$]|."
)


def _mandatory(source: str) -> list[str]:
    """The groups and runs of letters that can't be left out of a match of one branch."""
    parts, run = [], ""
    for match in _PART.finditer(source):
        piece = match[0]
        if len(piece) == 1 and piece not in _SPECIAL:
            run += piece
            continue
        parts.append(run)
        run = ""
        if piece.startswith("(") and piece.endswith(")"):
            parts.append(piece)
    return [part for part in (*parts, run) if part]


_LIST = re.compile(r"\{([a-z_]+)\}")


def phrase(source: str, words: Mapping[str, str], *, unspaced: bool) -> Phrase:
    """The pattern *source*. Raises KeyError (no such word list)."""
    for name in _LIST.findall(source) if "{" in source else ():
        words[name]
    return Phrase(source, words, unspaced=unspaced)


def _made_of(
    source: str, words: Mapping[str, str], *, unspaced: bool
) -> tuple[str, str, tuple[str, ...]]:
    """The pattern written out, as a regular expression, and the words it needs."""
    # What may be left out at the end says nothing: neither may the space before it be demanded.
    folded = re.sub(r" \([^()]*\)\?$", "", fold(source.strip()).strip(" ~"))
    whole = _LIST.sub(lambda name: f"({words[name[1]]})", folded)
    # A space among the letters of a set is one of them.
    whole = re.sub(r"\[[^\]]*\]", lambda letters: letters[0].replace(" ", r"\s"), whole)
    body = re.sub(r"\((?!\?)", "(?:", whole)
    body = re.sub(r"(?<!\\w)(?<=\w)\*|(?<![)\]\w])\*(?=\w)", r"\\w*", body)
    body = re.sub(r" ?~ ?", _GAP_HERE, body)
    body = body.replace(" ?", r"\s?").replace(" ", r"\s*" if unspaced else r"[\s,]+")
    body = body.replace(_GAP_HERE, _NEAR if unspaced else _GAP)
    # A line that begins with a sign ('s) needs no word to begin there.
    regex = f"(?:{body})" if unspaced else rf"(?:(?<!\w)|(?=\W))(?:{body})(?!\w)"
    return whole, regex, needs(whole)


def _lines(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(line.strip() for line in value.splitlines() if line.strip())


Lines = Annotated[tuple[str, ...], BeforeValidator(_lines)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Signs(_Strict):
    """What speaks for a meaning, by how much; `against` speaks against it."""

    sure: Lines = ()
    likely: Lines = ()
    hint: Lines = ()
    against: Lines = ()


class Negation(_Strict):
    before: Lines = ()
    after: Lines = ()
    within: Lines = ()
    """Phrases that only look like a negation: `why don't you`."""


Manners = Literal[
    "doubt", "blame", "feelings", "impatience", "distance", "refusal", "policy", "jargon",
    "absolute",
]  # fmt: skip


class Wording(_Strict):
    """A wording to avoid, with a better one that can stand in its place."""

    say: Lines
    kind: Manners
    better: str = ""
    known: bool = False
    """Amiss only where the answer is known: `let's see if we can` is honest before."""


class BuyerFile(_Strict):
    """`<language>.yaml`: how buyers of one language say things."""

    common: str
    """Frequent small words, by which short messages are told apart."""
    words: dict[str, str] = Field(default_factory=dict)
    negation: Negation = Negation()
    breaks: Lines = ()
    """Where a new clause begins, so that a negation ends: `but`, `and i`."""
    intents: dict[Intent, Signs]
    emotions: dict[EmotionKind, Signs]
    wishes: dict[str, Lines] = Field(default_factory=dict)
    occasions: dict[str, Lines] = Field(default_factory=dict)
    persons: dict[str, Lines] = Field(default_factory=dict)
    parts: dict[str, Lines] = Field(default_factory=dict)
    products: dict[str, Lines] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    """What a number after (or before) the word is: `order`, `tracking`, `invoice` …"""
    numbers: dict[str, int] = Field(default_factory=dict)
    units: dict[str, str] = Field(default_factory=dict)
    """`day`, `week` …: the words for it, separated by `|`."""
    late: Lines = ()
    """`{n}` stands for a length of time: `{n} late`."""
    waiting: Lines = ()
    address: Lines = ()
    size: Lines = ()
    closing: Lines = ()
    """Words after which the buyer's name stands."""


class ReplyFile(_Strict):
    """`<language>-reply.yaml`: how replies of one language commit us, offend, or apologise."""

    words: dict[str, str] = Field(default_factory=dict)
    negation: Negation = Negation()
    breaks: Lines = ()
    commitments: dict[str, Lines] = Field(default_factory=dict)
    reported: Lines = ()
    """Sentences that only speak of a wish or a fact: `you asked for a refund`."""
    conditions: Lines = ()
    """What the buyer may still have to give before something is done: `once you send a photo`."""
    reviews: Lines = ()
    incentives: Lines = ()
    praise_asked: Lines = ()
    apologies: Lines = ()
    asks: dict[str, Lines] = Field(default_factory=dict)
    asking: Lines = ()
    wordings: Annotated[tuple[Wording, ...], Field(strict=False)] = ()
    checks: dict[str, Lines] = Field(default_factory=dict)
    promising: Lines = ()
    today: dict[str, int] = Field(default_factory=dict)
    """Words for a day, counted from today: `tomorrow: 1`."""
    times: dict[str, str] = Field(default_factory=dict)
    """Words for a time of day: `evening: "21:00"`."""


class _Compiling:
    """Patterns of one file, made when first asked for."""

    def __init__(self, language: str, words: Mapping[str, str], negation: Negation) -> None:
        self.language = language
        self.unspaced = language in _UNSPACED
        self._words = _expanded(words)
        self.negation = negation

    def phrases(self, lines: tuple[str, ...]) -> tuple[Phrase, ...]:
        return tuple(phrase(line, self._words, unspaced=self.unspaced) for line in lines)

    def all(self, table: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[Phrase, ...]]:
        return {key: self.phrases(lines) for key, lines in table.items()}

    def _any(self, lines: tuple[str, ...]) -> re.Pattern[str] | None:
        parts = [one.compiled.pattern for one in self.phrases(lines)]
        return re.compile("|".join(parts)) if parts else None

    @cached_property
    def before(self) -> re.Pattern[str] | None:
        return self._any(self.negation.before)

    @cached_property
    def after(self) -> re.Pattern[str] | None:
        return self._any(self.negation.after)

    @cached_property
    def apparent(self) -> re.Pattern[str] | None:
        return self._any(self.negation.within)


def _expanded(words: Mapping[str, str]) -> dict[str, str]:
    """Word lists may use earlier ones."""
    done: dict[str, str] = {}
    for name, source in words.items():
        folded = fold(source.strip())
        done[name] = re.sub(r"\{([a-z_]+)\}", lambda use: f"({done[use[1]]})", folded)
    return done


class BuyerWords(_Compiling):
    """How buyers of one language say things, ready to be looked for."""

    def __init__(self, language: str, file: BuyerFile) -> None:
        super().__init__(language, file.words, file.negation)
        self.file = file
        self.breaks = self._any(file.breaks)
        self.intents = {name: self._weighed(signs) for name, signs in file.intents.items()}
        self.emotions = {name: self._weighed(signs) for name, signs in file.emotions.items()}
        self.wishes = self.all(file.wishes)
        self.occasions = self.all(file.occasions)
        self.persons = self.all(file.persons)
        self.parts = self.all(file.parts)
        self.products = self.all(file.products)
        self.address = self.phrases(file.address)
        self.size = self.phrases(file.size)
        self.closing = self.phrases(file.closing)

    def _weighed(self, signs: Signs) -> tuple[tuple[int, tuple[Phrase, ...]], ...]:
        weights = ((3, signs.sure), (2, signs.likely), (1, signs.hint), (-8, signs.against))
        return tuple((weight, self.phrases(lines)) for weight, lines in weights if lines)


class ReplyWords(_Compiling):
    """How replies of one language commit us, ready to be looked for."""

    def __init__(self, language: str, file: ReplyFile) -> None:
        super().__init__(language, file.words, file.negation)
        self.file = file
        self.breaks = self._any(file.breaks)
        self.commitments = self.all(file.commitments)
        self.reported = self.phrases(file.reported)
        self.conditions = self.phrases(file.conditions)
        self.reviews = self.phrases(file.reviews)
        self.incentives = self.phrases(file.incentives)
        self.praise_asked = self.phrases(file.praise_asked)
        self.apologies = self.phrases(file.apologies)
        self.asks = self.all(file.asks)
        self.asking = self.phrases(file.asking)
        more = _manners().get(language, ())
        self.wordings = tuple((one, self.phrases(one.say)) for one in (*file.wordings, *more))
        self.checks = self.all(file.checks)
        self.promising = self.phrases(file.promising)


@cache
def _manners() -> Mapping[str, tuple[Wording, ...]]:
    """Wordings to avoid beside those of the reply files, by language."""
    table = TypeAdapter(dict[str, Annotated[tuple[Wording, ...], Field(strict=False)]])
    return _made("manners.yaml", table.validate_python)


def stem(language: str) -> str:
    """The lexicon of *language*: both Chinese scripts are read from one."""
    return language.split("-")[0]


@cache
def buyer_words(language: str) -> BuyerWords:
    """Raises Misconfigured: the file, the key and what is wrong."""
    name = f"{stem(language)}.yaml"
    return _made(name, lambda raw: BuyerWords(stem(language), BuyerFile.model_validate(raw)))


@cache
def reply_words(language: str) -> ReplyWords:
    """Raises Misconfigured: the file, the key and what is wrong."""
    name = f"{stem(language)}-reply.yaml"
    return _made(name, lambda raw: ReplyWords(stem(language), ReplyFile.model_validate(raw)))


@cache
def written(kind: Literal["", "-reply"]) -> tuple[str, ...]:
    """The languages that have a file of this kind."""
    folder = files("assistant.drafting").joinpath("lexicon")
    return tuple(one for one in LANGUAGES if folder.joinpath(f"{one}{kind}.yaml").is_file())


def _made(name: str, make: Callable[[object], Made]) -> Made:
    raw = files("assistant.drafting").joinpath("lexicon", name).read_text("utf-8")
    try:
        return make(yaml.load(raw, Loader=_LOADER))  # noqa: S506 (both loaders are safe ones)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(step) for step in first["loc"])
        raise Misconfigured(f"{name} {key}", first["msg"]) from error
    except (KeyError, re.error, yaml.YAMLError) as error:
        raise Misconfigured(name, f"{type(error).__name__} {error}") from error
