"""Conditions of playbooks read aloud: `order.days_since_delivery <= 30` is `delivered 3 days ago
≤ 30` where the facts are known, and `when it was delivered ≤ 30` where they are not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from assistant.playbooks import Money
from assistant.playbooks.expressions import conjuncts, disjuncts
from assistant.surface.labels import INTENTS, order_state, parcel_state
from assistant.surface.naming import COUNTED, NOUNS, SEEN, TRUE, WISHES
from assistant.words import Text, Words, say

Facts = Mapping[str, Any]
"""As a proof's `inputs` have them."""
_NAME = r"[a-z_]+(?:\.[a-z_][a-z0-9_]*)?"
_SIGNS = {"<=": "≤", "<": "<", ">=": "≥", ">": ">", "==": "=", "!=": "≠"}
_COMPARED = re.compile(rf"({_NAME})\s*(<=|>=|==|!=|<|>)\s*(.+)")
_SUMS = re.compile(r"(.+)\.(at_most|below)\((.+)\)")
_AMONG = re.compile(rf"({_NAME})\s+in\s+(.+)")
_WISHED = re.compile(
    r"request\.wishes\.exists\((\w+),\s*\1\s*(?:==|in)\s*(.+)\)|('[^']*')\s+in\s+request\.wishes"
)
_SPAN = re.compile(r"(days|hours)\((\d+)\)")
_TEXT = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_MONEY = re.compile(r"-?[\d.]+ [A-Z]{3}")


class Reader:
    """Reads for one person; *declared* are the meanings of a storefront's own facts."""

    def __init__(self, words: Words, declared: Mapping[str, str] | None = None) -> None:
        self._words = words
        self._declared = declared or {}

    # ── what is so ───────────────────────────────────────────────────────────

    def state(self, name: str, facts: Facts) -> str:
        """How *name* stands: `delivered 3 days ago`; what it is, where that is not known."""
        if name not in facts:
            return self.noun(name)
        value = facts[name]
        if name in TRUE:
            return self._words(TRUE[name][0 if value else 1])
        if name in COUNTED and isinstance(value, int):
            return self._words(_with(COUNTED[name], n=value))
        shown = self.value(name, value)
        if name in SEEN:
            return self._words(_with(SEEN[name], value=shown))
        return self._words(say("{what}: {value}", what=self.noun(name), value=shown))

    def noun(self, name: str) -> str:
        """What *name* is."""
        if name in TRUE:
            return self._words(say("whether {what}", what=TRUE[name][0]))
        if name in NOUNS:
            return self._words(NOUNS[name])
        return self._declared.get(name, name)

    def value(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return self._words(say("yes") if value else say("no"))
        if isinstance(value, (list, tuple)):
            return self._words(say(", ")).join(self.value(name, one) for one in value)
        text = str(value)
        if name == "parcel.status":
            return parcel_state(text, self._words)
        if name in ("order.status", "order.payment_status"):
            return order_state(text, self._words)
        return self._told(name, text)

    def _told(self, name: str, text: str) -> str:
        if name.startswith("request.intent"):
            label = next((one for key, one in INTENTS.items() if key == text), None)
            return self._words(label) if label else text
        if name == "request.wishes" and text in WISHES:
            return self._words(WISHES[text])
        if _MONEY.fullmatch(text):
            money = Money.parse(text)
            return self._words.money(money.amount, money.currency)
        return self._day(text)

    def _day(self, text: str) -> str:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return text
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return self._words.weekday(date.fromisoformat(text))
        return self._words.when(at, at.tzinfo) if at.tzinfo else text

    # ── what is demanded ─────────────────────────────────────────────────────

    def condition(self, expression: str, facts: Facts) -> str:
        """*expression* in words, with the values of *facts*; nothing where it is always true."""
        parts = conjuncts(expression)
        if len(parts) > 1:
            told = [one for part in parts if (one := self.condition(part, facts))]
            return self._words(say("; ")).join(dict.fromkeys(told))
        choices = disjuncts(expression)
        if len(choices) > 1:
            told = [self._together(one, facts) for one in choices]
            return self.either([one for one in told if one])
        return self._atom(parts[0], facts)

    def _together(self, expression: str, facts: Facts) -> str:
        """One of several choices: its own parts are joined by a word."""
        told = [one for part in conjuncts(expression) if (one := self.condition(part, facts))]
        return self.both(told)

    def failed(self, expression: str, facts: Facts) -> str:
        """A condition that is false: how things stand, and how they would have to."""
        text = expression.strip()
        bare = text.lstrip("!")
        if bare in TRUE and bare in facts:
            return self.state(bare, facts)
        wish, among = _WISHED.fullmatch(bare), _AMONG.fullmatch(bare.strip("()"))
        if wish:
            return self._asks(wish, asked=bare != text)
        if among and bare != text:
            return self.state(among[1], facts)
        return self._words(say("needed: {what}", what=self._together(text, facts)))

    def _atom(self, text: str, facts: Facts) -> str:
        if text == "true":
            return ""
        if text.startswith("!"):
            return self._denied(text[1:].strip(), facts)
        readings: tuple[Callable[[str, Facts], str | None], ...] = (
            self._bare,
            self._wished,
            self._among,
            self._sums,
            self._compared,
        )
        return next((one for read in readings if (one := read(text, facts))), text)

    def _denied(self, text: str, facts: Facts) -> str:
        if text in TRUE:
            return self._words(TRUE[text][1])
        wish, sums = _WISHED.fullmatch(text), _SUMS.fullmatch(text)
        if wish:
            return self._asks(wish, asked=False)
        if sums:
            sign = ">" if sums[2] == "at_most" else "≥"
            return self._wanted(self._term(sums[1], facts), sign, self._term(sums[3], facts))
        return self._words(say("not so: {what}", what=self.condition(text, facts)))

    def _bare(self, text: str, facts: Facts) -> str | None:
        if text in TRUE:
            return self._words(TRUE[text][0])
        return self.noun(text) if text in self._declared else None

    def _wished(self, text: str, facts: Facts) -> str | None:
        found = _WISHED.fullmatch(text)
        return self._asks(found, asked=True) if found else None

    def _asks(self, found: re.Match[str], *, asked: bool) -> str:
        wishes = _texts(found[2] or found[3])
        names = dict.fromkeys(self.value("request.wishes", one) for one in wishes)
        named = self.either(list(names))
        if asked:
            return self._words(say("the buyer asks for {what}", what=named))
        return self._words(say("the buyer does not ask for {what}", what=named))

    def _among(self, text: str, facts: Facts) -> str | None:
        found = _AMONG.fullmatch(text)
        if not found:
            return None
        wanted = _texts(found[2])
        if facts.get(found[1]) in wanted:
            return self.state(found[1], facts)
        choices = [self.value(found[1], one) for one in wanted]
        return self._wanted(self.state(found[1], facts), "=", self.either(choices))

    def _sums(self, text: str, facts: Facts) -> str | None:
        found = _SUMS.fullmatch(text)
        if not found:
            return None
        sign = "≤" if found[2] == "at_most" else "<"
        return self._wanted(self._term(found[1], facts), sign, self._term(found[3], facts))

    def _compared(self, text: str, facts: Facts) -> str | None:
        found = _COMPARED.fullmatch(text)
        if found:
            return self._one_compared(found[1], found[2], found[3].strip(), facts)
        parts = re.fullmatch(r"(.+?)\s*(<=|>=|==|!=|<|>)\s*(.+)", text)
        if not parts:
            return None
        left, right = (self._term(parts[n], facts) for n in (1, 3))
        return self._wanted(left, _SIGNS[parts[2]], right)

    def _one_compared(self, name: str, sign: str, limit: str, facts: Facts) -> str:
        literal = _TEXT.fullmatch(limit)
        if literal and name in facts:
            same = str(facts[name]) == (literal[1] or literal[2] or "")
            if same is (sign == "=="):
                return self.state(name, facts)
        return self._wanted(self.state(name, facts), _SIGNS[sign], self._limit(name, limit, facts))

    def _limit(self, name: str, text: str, facts: Facts) -> str:
        literal = _TEXT.fullmatch(text)
        if literal:
            return self.value(name, literal[1] or literal[2] or "") or self._words(say("nothing"))
        return self._term(text, facts)

    def _term(self, text: str, facts: Facts) -> str:
        """A sum, a time, or a name with what is done to it."""
        told = re.sub(r"money\((?:'([^']*)'|\"([^\"]*)\")\)", self._literal, text)
        told = _SPAN.sub(self._lasting, told)
        told = re.sub(r"\.percent\((\d+)\)", r" × \1 %", told)
        told = re.sub(r"\.times\(([^()]*)\)", r" × \1", told)
        told = re.sub(r"\.plus\(([^()]*)\)", r" + \1", told)
        told = re.sub(r"\.minus\(([^()]*)\)", r" - \1", told)
        return re.sub(_NAME, lambda one: self._name(one[0], facts), told)

    def _name(self, name: str, facts: Facts) -> str:
        known = name in NOUNS or name in TRUE or name in self._declared
        return self.state(name, facts) if known and "." in name else self._plain(name)

    def _plain(self, name: str) -> str:
        return self._words(NOUNS[name]) if name == "now" else name

    def _literal(self, found: re.Match[str]) -> str:
        money = Money.parse(found[1] or found[2])
        return self._words.money(money.amount, money.currency)

    def _lasting(self, found: re.Match[str]) -> str:
        seconds = int(found[2]) * (86_400 if found[1] == "days" else 3_600)
        return self._words.lasting(seconds)

    def _wanted(self, seen: str, sign: str, limit: str) -> str:
        return self._words(say("{seen} {sign} {limit}", seen=seen, sign=sign, limit=limit))

    def both(self, names: list[str]) -> str:
        names = list(dict.fromkeys(one for one in names if one))
        if len(names) < 2:
            return "".join(names)
        first = self._words(say(", ")).join(names[:-1])
        return self._words(say("{first} and {last}", first=first, last=names[-1]))

    def either(self, names: list[str]) -> str:
        if len(names) < 2:
            return "".join(names)
        first = self._words(say(", ")).join(names[:-1])
        return self._words(say("{first} or {last}", first=first, last=names[-1]))


def _texts(source: str) -> list[str]:
    return [one[0] or one[1] for one in _TEXT.findall(source)]


def _with(text: Text, **values: str | int) -> Text:
    """A pattern of a table, filled in."""
    return text.model_copy(update={"values": values})
