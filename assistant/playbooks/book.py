"""The playbooks that are in force: found by intent, market, platform, language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Self, TypeVar

from assistant.model import Parcel
from assistant.playbooks.channels import joined
from assistant.playbooks.floors import Floors, Side
from assistant.playbooks.frontmatter import Document, dotted
from assistant.playbooks.kinds import Answer, Culture, Market, Phrases, Platform, Playbook, Policy
from assistant.playbooks.kinds.platform import MARKETPLACE
from assistant.playbooks.load import Key, Loaded, load, validated, wrong_wordings
from assistant.playbooks.problems import Place, Problem, nearest, refuse
from assistant.playbooks.tracking import WORLD, Follower, Markets, link
from assistant.playbooks.vocabulary import BASE, Vocabulary

K = TypeVar("K", bound=Playbook)
NEEDED: tuple[Key, ...] = (
    ("policy", "other"),
    ("platform", "own"),
    ("platform", MARKETPLACE),
    ("market", WORLD),
    ("culture", "en"),
    ("phrases", "en"),
)
SHIPPED = "playbooks"


class Playbooks:
    """Validated and immutable. `version` changes with any byte of any file."""

    def __init__(
        self,
        playbooks: Mapping[Key, Playbook],
        version: str,
        words: Vocabulary = BASE,
        documents: Mapping[Key, Document] | None = None,
    ) -> None:
        self.version = version
        self.vocabulary = words
        """Parley's names and those that a storefront declared: conditions are evaluated by it."""
        self._documents = documents or {}
        self.all = tuple(playbooks.values())
        self.policies = self._of(Policy)
        self.answers = self._of(Answer)
        self._markets = {one.id: one for one in self._of(Market)}
        self._cultures = {one.id: one for one in self._of(Culture)}
        self._phrases = {one.language or one.id: one for one in self._of(Phrases)}
        self._platforms = {one.id: one for one in self._of(Platform)}
        self._joined: dict[tuple[str, str], Platform] = {}
        self._platform_names = {
            name.lower(): one for one in self._platforms.values() for name in (one.id, *one.also)
        }

    @classmethod
    def shipped(cls) -> Self:
        """The playbooks that come with Parley, from the source tree or the installed package."""
        return cls._from([(SHIPPED, files(SHIPPED))])

    @classmethod
    def load(cls, *directories: Path) -> Self:
        """The shipped playbooks with *directories* laid over them, later ones on top.

        A file with the kind and id of another replaces it; with `off: true` it takes it away.
        Raises: Misconfigured, with every error of every file, one a line.
        """
        overlays: list[tuple[str, Traversable]] = [(str(one), one) for one in directories]
        return cls._from([(SHIPPED, files(SHIPPED)), *overlays])

    @classmethod
    def only(cls, *directories: Path) -> Self:
        """*directories* alone, without the shipped ones. Raises: Misconfigured."""
        return cls._from([(str(one), one) for one in directories])

    @classmethod
    def _from(cls, roots: Sequence[tuple[str, Traversable]]) -> Self:
        loaded = load(roots)
        refuse([*loaded.problems, *_wrong_together(loaded, roots[-1][0])])
        return cls(loaded.playbooks, loaded.version, loaded.vocabulary, loaded.documents)

    def place(self, playbook: Playbook, *path: str | int) -> Place:
        """Where something of *playbook* is written: `place(policy, "rules", 3)`."""
        document = self._documents.get((playbook.kind, playbook.id))
        return document.place(path) if document else Place(playbook.file, 1)

    def replacing(self, playbook: Playbook) -> Self:
        """The same with *playbook* in the place of the one of its kind and id."""
        changed = {(one.kind, one.id): one for one in self.all}
        changed[playbook.kind, playbook.id] = playbook
        return type(self)(changed, self.version, self.vocabulary, self._documents)

    def policies_for(self, intent: str) -> tuple[Policy, ...]:
        """The policies about *intent*; those for `other` where there is none."""
        found = tuple(one for one in self.policies if intent in one.applies.intents)
        return found or tuple(one for one in self.policies if "other" in one.applies.intents)

    def market(self, country: str | None) -> Market | None:
        return self._markets.get(country or "")

    @property
    def world(self) -> Market:
        """Carriers and figures for countries without a playbook."""
        return self._markets[WORLD]

    def platform(self, name: str, channel: str = "") -> Platform:
        """The platform's playbook, or the strict one that stands in for it.

        Where *channel* has a playbook of its own (WhatsApp for our own shop), its rules hold too.
        """
        own = self._platform_names.get(name.lower(), self._platforms[MARKETPLACE])
        through = self.channel(channel)
        if through is None or through.id == own.id:
            return own
        if (own.id, through.id) not in self._joined:
            self._joined[own.id, through.id] = joined(own, through)
        return self._joined[own.id, through.id]

    def channel(self, name: str) -> Platform | None:
        """The playbook of the channel a message goes through; None: it has no rules of its own."""
        return self._platform_names.get(name.lower())

    def knows_platform(self, name: str) -> bool:
        return name.lower() in self._platform_names

    def phrases(self, language: str) -> Phrases | None:
        """The wording of *language* (`de`, `zh-Hans`); None where nobody wrote it yet."""
        return self._phrases.get(language)

    @property
    def written_languages(self) -> tuple[str, ...]:
        """In which drafts can be written offline."""
        return tuple(sorted(self._phrases))

    def culture(self, language: str, market: str | None) -> Culture:
        """How to sound in *language* to a buyer in *market*: `en` + `GB` is `en-GB`, else `en`.

        `pt-PT` is `pt` where it has none of its own.
        """
        primary = language.split("-")[0]
        for id in (f"{language}-{market}", language, primary):
            if id in self._cultures:
                return self._cultures[id]
        return self._cultures["en"]

    def tracking_link(
        self, parcel: Parcel, market: str | None, language: str, postcode: str | None = None
    ) -> str | None:
        """Where the buyer can follow *parcel*: in their country and language, where there is such.

        The shop's own https link first. *postcode*: the buyer's own, for pages that want one. None:
        no number, no carrier page.
        """
        homes = Markets(self.market(market), self.world, tuple(self._markets.values()))
        return link(parcel, homes, Follower(market, language, postcode))

    def _of(self, kind: type[K]) -> tuple[K, ...]:
        found = (one for one in self.all if isinstance(one, kind))
        return tuple(sorted(found, key=lambda one: one.id))


def _wrong_together(loaded: Loaded, where: str) -> list[Problem]:
    """What is right file by file and wrong together."""
    problems: list[Problem] = []
    if not loaded.problems:
        for kind, id in NEEDED:
            if (kind, id) not in loaded.playbooks:
                problems.append(Problem(where, 1, "", f"the {kind} playbook {id} is missing"))
    for key, playbook in loaded.playbooks.items():
        problems += wrong_wordings(loaded.documents[key], loaded.vocabulary)
        if isinstance(playbook, Culture) and not playbook.language:
            problems.append(Problem(playbook.file, 1, "language", "is missing"))
    problems += _wrong_remedies(loaded)
    problems += _said_twice(loaded)
    problems += _taught_twice(loaded)
    return problems if loaded.problems else [*problems, *_crossed(loaded)]


def _crossed(loaded: Loaded) -> Iterator[Problem]:
    """Law and platforms' rules that an overlay would cross."""
    above = {key: Side(one, loaded.documents[key]) for key, one in loaded.playbooks.items()}
    below: dict[Key, Side] = {}
    for key, document in loaded.base.items():
        same = key in above and above[key].document is document
        playbook = above[key].playbook if same else validated(document, loaded.vocabulary)
        if playbook is not None:
            below[key] = Side(playbook, document)
    return Floors(below, above, loaded.off, loaded.vocabulary).crossed()


def _said_twice(loaded: Loaded) -> Iterator[Problem]:
    """A rule's id means one rule: proofs name it by nothing else."""
    first: dict[str, Place] = {}
    for key, playbook in loaded.playbooks.items():
        for word in ("rules", "law", "clocks", "not_sold", "taboos"):
            for n, one in enumerate(getattr(playbook, word, ())):
                place = loaded.documents[key].place((word, n))
                had = first.setdefault(one.id, place)
                if had != place:
                    what = f'"{one.id}" is already the id of a rule ({had})'
                    yield Problem(*place, dotted((word, n, "id")), what)


def _taught_twice(loaded: Loaded) -> Iterator[Problem]:
    """A sentence of buyers' means one matter."""
    first: dict[str, tuple[str, Place]] = {}
    for key, playbook in loaded.playbooks.items():
        for intent, sentences in getattr(playbook, "buyers_say", {}).items():
            for n, said in enumerate(sentences):
                path = ("buyers_say", intent, n)
                place = loaded.documents[key].place(path)
                meant, where = first.setdefault(" ".join(said.casefold().split()), (intent, place))
                if meant != intent:
                    what = f'"{said}" already means {meant} ({where})'
                    yield Problem(*place, dotted(path), what)


def _wrong_remedies(loaded: Loaded) -> list[Problem]:
    """A remedy id means one thing everywhere: decisions and cards name it by itself."""
    problems: list[Problem] = []
    gives: dict[str, tuple[str, str]] = {}
    for key, playbook in loaded.playbooks.items():
        for n, remedy in enumerate(getattr(playbook, "remedies", ())):
            first, file = gives.setdefault(remedy.id, (remedy.gives, playbook.file))
            if first != remedy.gives:
                path = ("remedies", n, "gives")
                what = f'"{remedy.id}" gives {first} in {file}{nearest(first, (first,))}'
                place = loaded.documents[key].place(path)
                problems.append(Problem(*place, dotted(path), what))
    return problems
