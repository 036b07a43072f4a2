"""Playbooks as a person reads them: each rule with its place, source, marks and counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import BaseModel

from assistant.playbooks import CHECKS, Playbooks
from assistant.playbooks.kinds import Playbook
from assistant.ports import Edition
from assistant.words import Text, Words, say

OLD = timedelta(days=365)
RULED = ("remedies", "rules", "law", "clocks", "not_sold", "taboos", "avoid", "carriers")
"""The lists of a playbook whose entries are rules; carriers are shown, and counted as none."""
KINDS: Mapping[str, Text] = {
    "policy": say("Policies"),
    "market": say("Markets"),
    "platform": say("Platforms"),
    "culture": say("Cultures"),
    "answer": say("Answers"),
    "facts": say("Facts of a storefront's own"),
    "phrases": say("Phrases"),
}
PARTS: Mapping[str, Text] = {
    "remedies": say("Remedies"),
    "rules": say("What must and must not be said"),
    "law": say("Law"),
    "clocks": say("Time limits"),
    "not_sold": say("Not sold or sent there"),
    "taboos": say("Taboos"),
    "avoid": say("Better said otherwise"),
    "carriers": say("Carriers"),
}
_LABELS: Mapping[str, Text] = {
    "gives": say("gives"),
    "allow": say("allowed if"),
    "lead": say("a lead if"),
    "lead_above": say("a lead above"),
    "amount": say("amount"),
    "fee": say("kept back"),
    "cost": say("costs us"),
    "confirm": say("the buyer confirms first"),
    "goodwill": say("counts as goodwill"),
    "when": say("when"),
    "owes": say("owes"),
    "buyer_chooses": say("the buyer chooses"),
    "must": say("must"),
    "forbid": say("must not"),
    "must_words": say("one of these words"),
    "forbid_words": say("none of these words"),
    "words": say("words"),
    "better": say("better"),
    "severity": say("severity"),
    "since": say("runs from"),
    "within": say("within"),
    "page": say("page"),
    "names": say("names"),
    "applies": say("applies to"),
    "ask_for": say("asks for"),
    "answers_within_working_days": say("answered within working days"),
    "draft": say("drafts are made"),
    "no_draft": say("why no draft is made"),
    "languages": say("languages"),
    "language": say("language"),
    "locale": say("formats of"),
    "currency": say("currency"),
    "zone": say("time zone"),
    "holidays": say("holidays of"),
    "weekend": say("weekend"),
    "ships_in_working_days": say("ships in working days"),
    "arrives_in_working_days": say("arrives in working days"),
    "costs": say("costs, as estimated"),
    "also": say("also called"),
    "links": say("links allowed"),
    "attachments": say("files allowed"),
    "attachment_kinds": say("kinds of files"),
    "attachment_max_mb": say("largest file in MB"),
    "plain_text": say("plain text alone"),
    "signature": say("signed"),
    "max_chars": say("most characters"),
    "window_hours": say("hours in which an answer is allowed"),
    "answer_within_hours": say("answer within hours"),
    "review_ask": say("reviews asked for"),
    "address": say("form of address"),
    "opens": say("opens with"),
    "closes": say("closes with"),
    "apologies": say("most apologies"),
    "directness": say("directness"),
    "emoji": say("emoji"),
    "name_order": say("order of names"),
    "feels_pushy": say("feels pushy"),
    "formats": say("dates and times"),
    "spelling": say("spelling"),
}
_TOLD = ("because", "says", "what", "shown")
"""What an entry says in a sentence of its own."""
_ASIDE = frozenset({"id", "source", "checked_on", "status", *_TOLD})
_CODE = frozenset({"allow", "lead", "when", "amount", "fee", "cost", "since"})
_NAME = re.compile(r"((?<![\w.])[A-Za-z_][\w-]*(?:\.[\w-]+)+)")
_NO_SETTINGS = frozenset(
    {"kind", "id", "off", "merge", "prose", "file", "name", "phrases", "nouns"}
)


class Detail(NamedTuple):
    """One line of a rule: `allowed if`, a condition."""

    label: str
    value: str
    code: bool = False


@dataclass(frozen=True, kw_only=True)
class RuleView:
    """One rule, remedy, law …"""

    id: str
    """As a proof names it."""
    says: str
    details: Sequence[Detail]
    place: str
    source: str = ""
    checked: str = ""
    unverified: bool = False
    old: bool = False
    in_force: int = 0
    """In how many drafts of the last days it was."""
    allowed: int | None = None
    """Of those, how often it allowed what it is about; None: it is no remedy."""
    unnoticed: Sequence[str] = ()
    """Weakenings of it that no case notices."""

    @property
    def text(self) -> str:
        """What a search looks at."""
        told = " ".join(f"{one.label} {one.value}" for one in self.details)
        return f"{self.id} {self.says} {told} {self.source}".casefold()


@dataclass(frozen=True, kw_only=True)
class BookView:
    """One file."""

    kind: str
    id: str
    name: str
    file: str
    prose: str
    settings: Sequence[Detail]
    parts: Mapping[str, Sequence[RuleView]]

    @property
    def rules(self) -> list[RuleView]:
        return [one for part, rules in self.parts.items() if part != "carriers" for one in rules]

    def count(self, what: str) -> int:
        """Of its rules: `unverified`, `old`, `unnoticed`."""
        return sum(bool(getattr(one, what)) for one in self.rules)


class Known(NamedTuple):
    """What is known of rules besides their files."""

    hits: Mapping[str, int]
    unnoticed: Mapping[str, Sequence[str]]
    today: date


def shelf_view(playbooks: Playbooks, known: Known, words: Words) -> list[BookView]:
    """All of *playbooks*, by kind and id."""
    order = list(KINDS)
    books = (book_view(one, playbooks, known, words) for one in playbooks.all)
    return sorted(books, key=lambda one: (_at(order, one.kind), one.id))


def book_view(one: Playbook, playbooks: Playbooks, known: Known, words: Words) -> BookView:
    parts = {
        part: [
            _rule(one, part, n, entry, playbooks, known, words)
            for n, entry in enumerate(getattr(one, part))
        ]
        for part in RULED
        if getattr(one, part, ())
    }
    settings = tuple(_settings(one, words))
    return BookView(
        kind=one.kind,
        id=one.id,
        name=str(getattr(one, "name", "") or one.id),
        file=one.file,
        prose=one.prose.strip(),
        settings=settings,
        parts=parts,
    )


def ruled(edition: Edition, line: str) -> list[tuple[str, bool]]:
    """*line* of a proof in pieces; those that name a rule in force are marked: they lead to it."""
    known = _names_in((edition.playbooks, *edition.overlays.values()))
    return [(piece, piece in known) for piece in _NAME.split(line) if piece]


@lru_cache(maxsize=2)
def _names_in(all: tuple[Playbooks, ...]) -> frozenset[str]:
    """Made anew when playbooks are swapped."""
    return frozenset(name for one in all for name, _, _ in names_of(one))


def names_of(playbooks: Playbooks) -> Iterator[tuple[str, str, str]]:
    """Each rule's name, with the kind and id of its file."""
    for one in playbooks.all:
        for part in RULED:
            for n, entry in enumerate(getattr(one, part, ())):
                yield rule_name(one, part, n, entry), one.kind, one.id


def rule_name(playbook: Playbook, part: str, n: int, entry: BaseModel) -> str:
    """As proofs have it: a remedy's belongs to its policy, others stand alone."""
    id = getattr(entry, "id", None)
    if id is None:
        return f"{playbook.id}.{part}[{n}]"
    return f"{playbook.id}.{id}" if part == "remedies" else str(id)


def _rule(
    one: Playbook,
    part: str,
    n: int,
    entry: BaseModel,
    playbooks: Playbooks,
    known: Known,
    words: Words,
) -> RuleView:
    name = rule_name(one, part, n, entry)
    checked = getattr(entry, "checked_on", None)
    verdicts = [f"{name}={verdict}" for verdict in ("allowed", "lead", "ask", "denied")]
    hits = known.hits.get(name, 0) + sum(known.hits.get(each, 0) for each in verdicts)
    return RuleView(
        id=name,
        says=next((words(str(told)) for key in _TOLD if (told := getattr(entry, key, ""))), ""),
        details=tuple(_details(entry, words)),
        place=str(playbooks.place(one, part, n)),
        source=str(getattr(entry, "source", "") or ""),
        checked=checked.isoformat() if checked else "",
        unverified=getattr(entry, "status", None) == "unverified",
        old=bool(checked and known.today - checked > OLD),
        in_force=hits,
        allowed=known.hits.get(f"{name}=allowed", 0) if part == "remedies" else None,
        unnoticed=known.unnoticed.get(name, ()),
    )


def _details(entry: BaseModel, words: Words) -> Iterator[Detail]:
    values = {key: getattr(entry, key) for key in type(entry).model_fields}
    for key in [*(one for one in _LABELS if one in values), *(one for one in values)]:
        value = values.pop(key, None)
        if key in _ASIDE or value in (None, "", (), {}, False):
            continue
        label = words(_LABELS[key]) if key in _LABELS else key.replace("_", " ")
        yield Detail(label, _plain(key, value, words), key in _CODE)


def _settings(one: Playbook, words: Words) -> Iterator[Detail]:
    """What a file says besides its lists of rules."""
    for key, value in one.model_dump(exclude_defaults=True).items():
        if key in RULED or key in _NO_SETTINGS or value in (None, "", (), {}, []):
            continue
        label = words(_LABELS[key]) if key in _LABELS else key.replace("_", " ")
        yield Detail(label, _plain(key, value, words), key == "when")


def _plain(key: str, value: Any, words: Words) -> str:
    if key in ("must", "forbid"):
        return words(say("; ")).join(words(CHECKS[one]) for one in value)
    if isinstance(value, bool):
        return words(say("yes")) if value else words(say("no"))
    if isinstance(value, list | tuple):
        return ", ".join(_plain("", one, words) for one in value)
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_defaults=True)
    if isinstance(value, Mapping):
        return " · ".join(f"{name}: {_plain('', inner, words)}" for name, inner in value.items())
    return str(value)


def _at(order: Sequence[str], kind: str) -> int:
    return order.index(kind) if kind in order else len(order)
