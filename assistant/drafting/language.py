"""Which language a text is in: by script, by CLD2, and for short texts by frequent small words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

import pycld2

from assistant.drafting.lexicon import buyer_words, written
from assistant.drafting.plain import clean, fold, traditional

UNKNOWN = "und"
_SHORT = 40
"""Letters; below it small words and the buyer's locale count for more than statistics."""
_NOISE = re.compile(
    # Bounded and begun at a word's start: a run of thousands of letters must not cost its square.
    r"https?://\S+|www\.\S+|(?<![\w.+-])[\w.+-]{1,64}+@[\w-]{1,64}\.[\w.]+"
    r"|[#№]?(?<![A-Za-z-])[A-Za-z-]{0,40}+\d[A-Za-z\d/.,:-]*|[_*~`<>|]+"
)
_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("ja", r"[\u3041-\u30ff\uff66-\uff9d]"),
    ("ko", r"[\uac00-\ud7af\u1100-\u11ff\u3130-\u318f]"),
    ("zh", r"[\u3400-\u9fff]"),
    ("th", r"[\u0e00-\u0e7f]"),
    ("ar", r"[\u0600-\u06ff\u0750-\u077f]"),
    ("he", r"[\u0590-\u05ff]"),
    ("el", r"[\u0370-\u03ff]"),
    ("hi", r"[\u0900-\u097f]"),
    ("ru", r"[\u0400-\u04ff]"),
    ("latin", r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
)
_SHARED = {
    "ar": frozenset({"ar", "fa", "ur"}),
    "he": frozenset({"he", "yi"}),
    "hi": frozenset({"hi", "mr", "ne"}),
    "ru": frozenset({"ru", "uk", "be", "bg", "sr", "mk", "kk"}),
}
_RENAMED = {"iw": "he", "zh": "zh-Hans", "jw": "jv", "mo": "ro", "sh": "sr", "un": UNKNOWN}
_UKRAINIAN = re.compile(r"[іїєґІЇЄҐ]")
_VIETNAMESE = re.compile(r"[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)


def detect(text: str, hints: Sequence[str] = ()) -> str:
    """The language of *text* as BCP-47, `und` where nobody could tell.

    *hints*, most likely first, decide only what the text leaves open.
    """
    words = _NOISE.sub(" ", clean(text))
    script, share = _script(words)
    if script == "":
        return UNKNOWN
    if script in ("ja", "ko", "th", "el"):
        return script
    if script == "zh":
        return _han(words, share, hints)
    if script in _SHARED:
        return _of_script(words, script)
    return _latin(words, hints)


def _script(words: str) -> tuple[str, int]:
    """The script that most letters are in, and how many; kana beside Han is Japanese."""
    counts = {name: len(re.findall(pattern, words)) for name, pattern in _SCRIPTS}
    if counts["ja"] and counts["ja"] + counts["zh"] > counts["latin"] // 3:
        return "ja", counts["ja"]
    # A Han or Hangul character says as much as several letters.
    weighed = {name: count * (3 if name in ("zh", "ko") else 1) for name, count in counts.items()}
    best = max(weighed, key=lambda name: weighed[name])
    return (best, counts[best]) if counts[best] else ("", 0)


def _han(words: str, share: int, hints: Sequence[str]) -> str:
    """Chinese by its characters; a few Han characters alone may be Japanese."""
    if share <= 6 and any(hint.startswith("ja") for hint in hints[:1]):
        return "ja"
    old = traditional()
    plain = frozenset(old.values())
    score = sum((char in old) - (char in plain) for char in words)
    if score:
        return "zh-Hant" if score > 0 else "zh-Hans"
    hinted = next((hint for hint in hints if hint.startswith("zh")), "")
    regions = ("zh-Hant", "zh-TW", "zh-HK", "zh-MO")
    return "zh-Hant" if hinted.startswith(regions) else "zh-Hans"


def _of_script(words: str, script: str) -> str:
    if script == "ru" and _UKRAINIAN.search(words):
        return "uk"
    guess = _cld2(words)[0]
    return guess if guess in _SHARED[script] and len(words) > _SHORT else script


def _latin(words: str, hints: Sequence[str]) -> str:
    votes = _votes(words)
    guess, reliable = _cld2(words)
    letters = sum(char.isalpha() for char in words)
    best, most = max(votes.items(), key=lambda vote: vote[1], default=("", 0))
    if _VIETNAMESE.search(words) and votes.get("vi", 0) >= 1:
        return "vi"
    if reliable and letters >= _SHORT and votes.get(guess, 0) * 2 >= most:
        return guess
    leaders = [name for name, count in votes.items() if count == most]
    if most and len(leaders) == 1 and (most >= 2 or not reliable or letters < _SHORT):
        return best
    return _undecided(leaders, guess, hints, reliable=reliable)


def _undecided(leaders: list[str], guess: str, hints: Sequence[str], *, reliable: bool) -> str:
    """Where small words don't settle it: what two of words, statistics and hints agree on."""
    primary = [hint.split("-")[0].lower() for hint in hints]
    candidates = [*leaders, guess]
    for name in (*primary, guess):
        if name in candidates and (name in leaders or name in primary):
            return name
    return guess if reliable else UNKNOWN


@cache
def _small_words() -> dict[str, frozenset[str]]:
    return {
        name: frozenset((common if name == "vi" else fold(common)).split())
        for name in written("")
        if (common := buyer_words(name).file.common)
    }  # fmt: skip


def _votes(words: str) -> dict[str, int]:
    """How many of a text's words are frequent small words of each language."""
    tokens = Counter(re.findall(r"[^\W\d_]+", fold(words)))
    # Without its marks a Vietnamese word looks like one of anybody's.
    marked = Counter(re.findall(r"[^\W\d_]+", words.lower()))
    counts = {
        name: sum(
            min((marked if name == "vi" else tokens)[word], 2)
            for word in common
            if word in (marked if name == "vi" else tokens)
        )
        for name, common in _small_words().items()
    }
    return {name: count for name, count in counts.items() if count}


def _cld2(words: str) -> tuple[str, bool]:
    try:
        reliable, _, details = pycld2.detect(words, bestEffort=True, isPlainText=True)
    except pycld2.error:
        return UNKNOWN, False
    code = str(details[0][1])
    return _RENAMED.get(code, code), bool(reliable) and int(details[0][2]) >= 70
