"""Traditional Chinese as Taiwan writes it: measure words, 小姐 and 先生, spaces around figures."""

from __future__ import annotations

import re

from assistant.drafting.tongues.tongue import Forms, Tongue, counting
from assistant.drafting.tongues.zh_Hans import spaced
from assistant.playbooks import Noun


def chinese(noun: Noun | None, title: str | None) -> Forms:
    if noun is None:
        thing = f"您訂的「{title}」" if title else "您訂購的商品"
        word, measure = (f"「{title}」" if title else "商品"), "份"
        known = {"": word, "the": thing, "the_obj": thing, "your": thing, "it": "它"}
        return {**known, **_new("商品", measure)}
    measure = noun.measure or "件"
    this = f"這{measure}{noun.word}"
    return {
        "": noun.word,
        "the": this,
        "the_obj": this,
        "your": f"您的{noun.word}",
        "it": "它",
        **_new(noun.word, measure),
    }


def _new(word: str, measure: str) -> Forms:
    new = f"一{measure}新的"
    return {"new": new, "new_obj": new, "fresh": f"新的{word}", "new_bare": "補寄"}


def money(text: str) -> str:
    """`新台幣 990 元`: who pays in dollars of their own writes no cents."""
    return re.sub(r"^([\d,]+)(?:\.00)?\s?新台幣$", r"新台幣 \1 元", text)


TONGUE = Tongue(
    forms=chinese,
    titles={
        "mr": "{last}先生",
        "ms": "{last}小姐",
        "mrs": "{last}太太",
        "dr": "{last}博士",
        "dra": "{last}博士",
    },
    finish=spaced,
    money=money,
    unspaced=True,
    short_letter=50,
    nth=counting("第一個|第二個|第三個|第四個|第五個", {"包裹": "{nth}包裹"}),
)
