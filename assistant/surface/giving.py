"""Giving a conversation to somebody, by mention or by name, with a reason."""

from __future__ import annotations

import re

from assistant.commands import Action
from assistant.errors import Refused
from assistant.surface.typed import MARK, THIS, Scene, Typed, without
from assistant.words import say

_AND = r"(?:[\s,;、&/+]|and(?![a-z])|or(?![a-z])|[和与跟及或]|还有|以及)*"
_CHAIN = re.compile(rf"{MARK}(?:{_AND}{MARK})*")
_TAKING = (
    r"(?:(?:please|pls|kindly|to|you|should|must|(?:can|could|would|will) you)\s+)*"
    r"(?:(?:take|handle|own|pick|look|deal|follow|have a look|yours?)(?![a-z])"
    rf"(?:\s+(?:over|care of|up|on|at|into|after|with|{THIS})(?![a-z]))*"
    r"(?:\s+(?:please|pls|now|today|thanks)(?![a-z]))*)"
    r"|(?:请|麻烦|辛苦|帮忙?|来|你|您|可以|能不能)*(?:处理|接手|跟进|负责|看一?[下看]|接一?下|解决)"
    rf"(?:一?下|{THIS}|吧|哈|谢谢)*"
)
_TO_PERSON = re.compile(
    r"(?:(?:ask|let|have|can|could|would|will)\s+|(?:[让叫由请]|麻烦|烦请)\s*)*"
    rf"(?P<who>{_CHAIN.pattern})[\s,:]*(?:{_TAKING})"
)
_ASSIGNED = re.compile(rf"(?:{THIS}(?![a-z])\s*)?(?:to(?![a-z])|[给到])?[\s:,]*")
_HANDLING = re.compile(rf"[\s,:]*(?:{_TAKING})")
_NOBODY = re.compile(r"(?:nobody|no one|none|anybody|(?:the )?queue)(?![a-z])|没人|无人|队列")
_MYSELF = re.compile(r"(?:me|myself)(?![a-z])|我(?:自己)?(?!们)")
BECAUSE = re.compile(
    r"[\s,:;.。、!\-]*(?:(?:because(?: of)?|since|as|due to|reason(?: is)?)(?![a-z])"
    r"|因为|由于|(?:原因|理由)是?)?[\s,:;\-]*"
)
_NAME = re.compile(
    r"@?(?P<name>[^,:;\n。]{0,120}?)\s*"
    r"(?:$|(?=[,:;\n。]|\s-\s|(?:\s(?:because|since|due to)\s)|因为|由于))"
)


def to_person(said: Typed, at: Scene) -> Action | None:
    """`@name please take this, because …`, `请 @name 处理`."""
    found = said.match(_TO_PERSON)
    if found is None:
        return None
    return _given(said.before(found.end("who")), said.after(found.end()), at)


def assign(rest: Typed, at: Scene) -> Action | None:
    """`assign to @name because …`, `assign Olga: …`, `assign me`, `assign to nobody`."""
    rest = without(_ASSIGNED, rest)
    chain = rest.match(_CHAIN)
    if chain:
        return _given(rest.before(chain.end()), rest.after(chain.end()), at)
    if rest.match(_NOBODY):
        return at.here("assign", to=None)
    if rest.match(_MYSELF):
        return at.here("take_conversation")
    name = rest.match(_NAME)
    wanted = rest.before(name.end("name")).plain.removeprefix("@") if name else ""
    if not wanted:
        raise Refused(say("Say who should have it: “assign @name”."))
    assert name is not None
    return at.here("assign", to=wanted, reason=reason_in(rest.after(name.end("name"))))


def hand_to(rest: Typed, at: Scene) -> Action | None:
    """`give this to @name`: with a mention alone, for `give her a refund` is no assignment."""
    return assign(rest, at) if without(_ASSIGNED, rest).match(_CHAIN) else None


def _given(who: Typed, rest: Typed, at: Scene) -> Action | None:
    people = who.people
    if not people:
        return None
    if len(people) > 1:
        names = ", ".join(one.name for one in people)
        raise Refused(
            say("A conversation has one owner, and you named {people}. Name one.", people=names)
        )
    return at.here("assign", to=people[0].id, reason=reason_in(without(_HANDLING, rest)))


def reason_in(rest: Typed) -> str:
    return without(BECAUSE, rest).named
