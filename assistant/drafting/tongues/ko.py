"""Korean: particles by the last sound of the word before them, names with 고객님."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assistant.drafting.plan import Name
from assistant.drafting.tongues.tongue import Forms, Tongue, counting
from assistant.playbooks import Noun

_PAIRS: Mapping[str, tuple[str, str]] = {
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "과(와)": ("과", "와"),
    "와(과)": ("과", "와"),
    "(으)로": ("으로", "로"),
    "(이)라": ("이라", "라"),
    "(이)며": ("이며", "며"),
}
"""After a consonant, after a vowel."""
_PARTICLE = re.compile(
    r"([0-9A-Za-z가-힣])([^0-9A-Za-z가-힣\s]*)(" + "|".join(map(re.escape, _PAIRS)) + ")"
)
_DIGITS = {"0": "ㅇ", "1": "ㄹ", "3": "ㅁ", "6": "ㄱ", "7": "ㄹ", "8": "ㄹ"}
"""영 일 삼 육 칠 팔 end in a consonant; 이 사 오 구 do not."""
_LETTERS = {"L": "ㄹ", "M": "ㅁ", "N": "ㄴ", "R": "ㄹ"}
"""엘 엠 엔 알: the names of the other letters end in a vowel."""
_WORD_ENDS = {
    "b": "ㅂ",
    "c": "ㄱ",
    "k": "ㄱ",
    "l": "ㄹ",
    "m": "ㅁ",
    "n": "ㄴ",
    "p": "ㅂ",
    "t": "ㅅ",
}
"""How a foreign word ends that is read as a word: 메일, 팀, 팟."""
_FIRST, _LAST = 0xAC00, 28
_ELDERS = re.compile(r"(어머님|아버님|부모님|할머님|할아버님|장모님|장인어른|이모님) 생일")
_DAYS_LATE = re.compile(r"(?<![\d월])(?<!월 )([2-4])일(?= (?:늦|지연|뒤|먼저))")
_DAYS = {"2": "이틀", "3": "사흘", "4": "나흘"}
_MONEY = {
    "대한민국 원": "원",
    "미국 달러": "달러",
    "일본 엔": "엔",
    "영국 파운드": "파운드",
    "중국 위안화": "위안",
}


def korean(noun: Noun | None, title: str | None) -> Forms:
    if noun is not None:
        word, yours, new = noun.word, f"주문하신 {noun.word}", f"새 {noun.word}"
    elif title:
        word, yours, new = f"‘{title}’ 상품", f"주문하신 ‘{title}’ 상품", "새 상품"
    else:
        word, yours, new = "주문하신 상품", "주문하신 상품", "새 상품"
    return {"": word, "your": yours, "new": new, "new_bare": "재발송"}


def last_sound(text: str) -> str:
    """The consonant *text* ends in when it is read aloud; empty: a vowel."""
    char = text[-1:]
    if "가" <= char <= "힣":
        final = (ord(char) - _FIRST) % _LAST
        return "ㄹ" if final == 8 else "ㅇ" if final else ""
    if char in _DIGITS or char.isdigit():
        return _DIGITS.get(char, "")
    word = re.search(r"[A-Za-z]+$", text)
    spelt = word is None or word[0].isupper()
    return (_LETTERS if spelt else _WORD_ENDS).get(char, "")


def particles(text: str) -> str:
    """`찻주전자이(가)` → 찻주전자가, `10023을(를)` → 10023을, `DHL(으)로` → DHL로."""

    def chosen(found: re.Match[str]) -> str:
        sound = last_sound(text[: found.end(1)])
        closed, open_ = _PAIRS[found[3]]
        vowel = not sound or (found[3] == "(으)로" and sound == "ㄹ")
        return found[1] + found[2] + (open_ if vowel else closed)

    return _PARTICLE.sub(chosen, text)


def spoken(text: str) -> str:
    """As people say it: 어머님 생신, 사흘 늦게, 낮 12시."""
    text = _ELDERS.sub(r"\1 생신", particles(text))
    text = _DAYS_LATE.sub(lambda found: _DAYS[found[1]], text)
    return text.replace("오후 12시", "낮 12시").replace("오전 12시", "밤 12시")


def called(name: Name) -> str:
    """The full name as they write it, and 고객님: surnames alone are rude."""
    return f"{name.full} 고객님"


def plain_money(text: str) -> str:
    """`34,900원`, `34.90유로`: the unit right behind the figure."""
    for long, short in _MONEY.items():
        text = text.replace(long, short)
    return re.sub(r"(?<=\d)[ \u00a0](?=[가-힣])", "", text)


TONGUE = Tongue(
    forms=korean,
    called=called,
    finish=spoken,
    money=plain_money,
    short_letter=110,
    nth=counting("첫 번째|두 번째|세 번째|네 번째|다섯 번째", {"택배(?!사)": "{nth} 택배"}),
)
