"""From repeated edits to a proposal for a lead: a diff, files to be laid over, and a proof."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assistant.drafting.compose import compose
from assistant.drafting.prepare import prepare
from assistant.errors import Refused
from assistant.evaluating.situations import Sample, read_samples
from assistant.evaluating.taught import Counted, Lesson
from assistant.playbooks import Playbooks
from assistant.playbooks.kinds import CASES, SITUATIONS, Culture, Phrases
from assistant.playbooks.sources import sources
from assistant.proving.entries import Root, roots
from assistant.proving.report import Line

_ONE_LINE = 10_000


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One change of one playbook, which nobody has made yet."""

    counted: Counted
    file: str
    """The one that is in force."""
    diff: tuple[str, ...]
    overlay: tuple[str, str]
    """The file that makes the change where it is laid over: its path, what it says."""
    proof: tuple[str, str] | None
    """A situation or a case that holds with the change alone: its path, what it says."""


class Suggester:
    """Over the shipped playbooks and those of *directories*."""

    def __init__(self, *directories: Path) -> None:
        self.playbooks = Playbooks.load(*directories)
        self._roots = roots(*directories)
        self._texts = dict(_texts(self._roots))

    def suggestions(self, counted: Sequence[Counted]) -> Iterator[Suggestion]:
        for one in counted:
            made = self._phrase(one) if one.lesson.key else self._avoid(one)
            if made is not None:
                yield made

    # ── another wording ──────────────────────────────────────────────────────

    def _phrase(self, one: Counted) -> Suggestion | None:
        lesson = one.lesson
        phrases = self.playbooks.phrases(lesson.language)
        if phrases is None:
            return None
        ways = [reworded(way, lesson) for way in phrases.phrases[lesson.key]]
        said = {"phrases": {lesson.key: ways}}
        return Suggestion(
            counted=one,
            file=phrases.file,
            diff=self._diff(phrases, lesson.way, reworded(lesson.way, lesson), lesson.key),
            overlay=(f"phrases/{phrases.id}.md", _overlay("phrases", phrases.id, said)),
            proof=self._situation(lesson),
        )

    def _situation(self, lesson: Lesson) -> tuple[str, str] | None:
        """The first shipped situation whose draft has the words."""
        for sample in read_samples(self._roots).samples:
            if sample.language.split("-")[0] == lesson.language.split("-")[0] and self._says(
                sample, lesson
            ):
                return _as_situation(sample, lesson, self._roots)
        return None

    def _says(self, sample: Sample, lesson: Lesson) -> bool:
        try:
            proposal = compose(prepare(sample.situation, self.playbooks), self.playbooks)
        except Refused:
            return False
        key = lesson.key.rpartition(".")[0] if _register(lesson.key) else lesson.key
        return key in proposal.phrases and _spoken(lesson.old).lower() in proposal.text.lower()

    # ── words to avoid ───────────────────────────────────────────────────────

    def _avoid(self, one: Counted) -> Suggestion | None:
        lesson = one.lesson
        culture = self.playbooks.culture(lesson.language, None)
        entry: dict[str, Any] = {"words": [lesson.old]}
        if lesson.new:
            entry["better"] = lesson.new
        before = [each.model_dump(mode="json", exclude_unset=True) for each in culture.avoid]
        overlay = _overlay("culture", culture.id, {"avoid": [*before, entry]})
        return Suggestion(
            counted=one,
            file=culture.file,
            diff=self._added(culture, entry),
            overlay=(f"culture/{culture.id}.md", overlay),
            proof=(f"{CASES}/culture-{culture.id}-suggested.yaml", _case(culture, lesson)),
        )

    def _added(self, culture: Culture, entry: Mapping[str, Any]) -> tuple[str, ...]:
        """The entry at the end of the list; a list where there is none."""
        lines = self._texts[culture.file].splitlines()
        end = lines.index("---", 1)
        flow = yaml.safe_dump(
            dict(entry), default_flow_style=True, allow_unicode=True, width=_ONE_LINE
        ).strip()
        fresh = [f"  - {flow}"]
        if culture.avoid:
            at = self.playbooks.place(culture, "avoid", len(culture.avoid) - 1).line
        else:
            at, fresh = end, ["avoid:", *fresh]
        return _unified(culture.file, lines, [*lines[:at], *fresh, *lines[at:]])

    def _diff(self, phrases: Phrases, old: str, new: str, key: str) -> tuple[str, ...]:
        text = self._texts[phrases.file]
        lines = text.splitlines()
        start = self.playbooks.place(phrases, "phrases", key).line - 1
        after = list(lines)
        for n in range(start, min(start + 12, len(lines))):
            if old in lines[n]:
                after[n] = lines[n].replace(old, new, 1)
                break
        return _unified(phrases.file, lines, after)


def reworded(way: str, lesson: Lesson) -> str:
    """*way* with the words that people put there."""
    if way != lesson.way:
        return way
    changed = way.replace(lesson.old, lesson.new, 1)
    return " ".join(changed.split()) if not lesson.new else changed


def told(one: Suggestion) -> Iterator[Line]:
    """What a lead reads of it."""
    lesson, drafts, agents = one.counted
    where = f"{lesson.language} {lesson.key}" if lesson.key else f"{lesson.language}, any wording"
    new = f"“{lesson.new}”" if lesson.new else "nothing"
    yield Line(f"{where}: “{lesson.old}” became {new}", "head")
    yield Line(f"  in {drafts} drafts, by {agents} people", "dim")
    for line in one.diff:
        tone = "good" if line.startswith("+") else "bad" if line.startswith("-") else "dim"
        yield Line(line, tone)  # type: ignore[arg-type]  # one of the tones
    if one.proof is None:
        yield Line("  No situation has these words: write one that proves the change.", "dim")
    else:
        yield Line(f"  Proved by {one.proof[0]}:", "dim")
        for line in one.proof[1].splitlines():
            yield Line(f"    {line}")


def files(of: Sequence[Suggestion]) -> dict[str, str]:
    """What `--write` writes, by path; changes of one file come together in it."""
    found: dict[str, str] = {}
    for one in of:
        for path, text in filter(None, (one.overlay, one.proof)):
            found[path] = _joined(found[path], text) if path in found else text
    return found


# ── files ────────────────────────────────────────────────────────────────────


def _texts(of: Sequence[Root]) -> Iterator[tuple[str, str]]:
    for name, directory in of:
        for source in sources(name, directory, []):
            yield source.name, source.text


def _overlay(kind: str, id: str, says: Mapping[str, Any]) -> str:
    head = {"kind": kind, "id": id, "merge": True, **says}
    return f"---\n{_dumped(head)}---\n"


def _case(culture: Culture, lesson: Lesson) -> str:
    rule = f"{culture.id}.avoid[{len(culture.avoid)}]"
    base = {"language": lesson.language, "channel": "webchat", "intent": "where_is_my_order"}
    text = f"{lesson.old[:1].upper()}{lesson.old[1:]}."
    case = {"name": f"{rule} is broken", "text": text, "expect": {"findings": [rule]}}
    return _dumped({"base": base, "cases": [case]})


def _as_situation(sample: Sample, lesson: Lesson, of: Sequence[Root]) -> tuple[str, str]:
    """The situation as its file has it, with other expectations."""
    written = next(one for one in _written(sample, of) if one["id"] == sample.id)
    key = lesson.key.replace(".", "-").replace("_", "-")
    expect = {"intents": list(sample.expect.intents), "never": [_spoken(lesson.old)]}
    if lesson.new:
        expect["says"] = [_spoken(lesson.new)]
    told_again = {**written, "id": f"{sample.id}-{key}", "expect": expect}
    text = _dumped({"language": sample.language, "situations": [told_again]})
    return f"{SITUATIONS}/{sample.language}-suggested.yaml", text


def _spoken(words: str) -> str:
    """The longest run of words that stands in a draft as it is: none of its slots."""
    return max((part.strip() for part in re.split(r"\{[a-z]+\}", words)), key=len)


def _written(sample: Sample, of: Sequence[Root]) -> list[dict[str, Any]]:
    """Every value as text, as it stands there: a moment stays what was written."""
    folder, _, name = sample.file.rpartition("/")
    directory = next(root for label, root in of if folder == f"{label}/{SITUATIONS}")
    text = directory.joinpath(SITUATIONS, name).read_text("utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)["situations"]
    return [{**one, "now": one["now"].isoformat()} for one in found]


def _joined(one: str, other: str) -> str:
    """Two files of one path: their lists and mappings together."""
    if one.startswith("---"):
        head = _both(yaml.safe_load(one.strip("-\n")), yaml.safe_load(other.strip("-\n")))
        return f"---\n{_dumped(head)}---\n"
    return _dumped(_both(yaml.safe_load(one), yaml.safe_load(other)))


def _both(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        keys = dict.fromkeys((*one, *other))
        return {key: _both(one.get(key), other.get(key)) for key in keys}
    if isinstance(one, list) and isinstance(other, list):
        return [*one, *(entry for entry in other if entry not in one)]
    return other if one is None else one


def _register(key: str) -> bool:
    return key.rpartition(".")[2] in ("chat", "short", "warm", "formal")


def _dumped(values: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(values), allow_unicode=True, sort_keys=False, width=100)


def _unified(file: str, before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    return tuple(difflib.unified_diff(before, after, file, file, n=0, lineterm=""))
