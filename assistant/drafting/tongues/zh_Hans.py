"""Simplified Chinese: measure words; a space between figures and characters."""

from __future__ import annotations

import re

from assistant.drafting.tongues.tongue import Forms, Tongue, counting
from assistant.playbooks import Noun


def chinese(noun: Noun | None, title: str | None) -> Forms:
    if noun is None:
        thing = f"您买的“{title}”" if title else "您订购的商品"
        return {"": title or "商品", "the": thing, "the_obj": thing, "your": thing, "it": "它"} | {
            "new": "一件新的",
            "new_obj": "一件新的",
            "fresh": "新的商品",
            "new_bare": "补发",
        }
    measure = noun.measure or "件"
    this = f"这{measure}{noun.word}"
    return {
        "": noun.word,
        "the": this,
        "the_obj": this,
        "your": f"您的{noun.word}",
        "it": "它",
        "new": f"一{measure}新的",
        "new_obj": f"一{measure}新的",
        "fresh": f"新的{noun.word}",
        "new_bare": "补发",
    }


def spaced(text: str) -> str:
    """`34.90 欧元`, `向 DHL 查询`: as a Chinese hand sets figures and foreign words."""
    return re.sub(r"(?<=[\dA-Za-z])(?=[一-鿿])|(?<=[一-鿿])(?=[\dA-Za-z])", " ", text)


TONGUE = Tongue(
    forms=chinese,
    titles={
        "mr": "{last}先生",
        "ms": "{last}女士",
        "mrs": "{last}女士",
        "dr": "{last}博士",
        "dra": "{last}博士",
    },
    finish=spaced,
    unspaced=True,
    short_letter=50,
    nth=counting("第一个|第二个|第三个|第四个|第五个", {"包裹": "{nth}包裹"}),
)
