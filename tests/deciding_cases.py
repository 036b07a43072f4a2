"""Small sets of playbooks to decide by, and questions of every kind to decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copy
from typing import Any

from hypothesis import strategies as st

from assistant.deciding import Question
from assistant.playbooks import Playbooks
from assistant.playbooks.expressions import texts
from assistant.playbooks.kinds import INTENTS
from assistant.playbooks.names import VARIABLES, Kind

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
"""A Friday."""
NEEDED = (
    "policy/other.md",
    "platform/own.md",
    "platform/marketplace.md",
    "market/world.md",
    "culture/en.md",
    "phrases/en.md",
)
"""What no playbooks can do without."""
ALWAYS = frozenset(
    {
        "request.occasion",
        "request.emotional",
        "request.product",
        "request.upset",
        "request.strong",
        "request.deadline",
        "request.silent",
        "request.intent",
        "request.intents",
        "request.wishes",
        "request.asking",
        "buyer.verified",
        "order.known",
        "parcel.known",
        "actor.lead",
        "market",
        "platform",
        "channel",
        "language",
        "now",
    }
)
"""What a question always tells; told as a fact by nobody, or with the rest."""
TOLD_ALWAYS = sorted(name for name in ALWAYS if name.startswith(("request.", "buyer.")))[:8]


def playbooks(root: Path, **files: str) -> Playbooks:
    """The few that must be there, and these: `policy_damaged="…"` is `policy/damaged.md`."""
    for needed in NEEDED:
        (root / needed).parent.mkdir(exist_ok=True)
        copy(Path("playbooks") / needed, root / needed)
    for name, text in files.items():
        folder, _, stem = name.partition("_")
        (root / folder).mkdir(exist_ok=True)
        (root / folder / f"{stem}.md").write_text(f"---\n{text.strip()}\n---\n", encoding="utf-8")
    return Playbooks.only(root)


def question(intent: str = "damaged", /, **changes: Any) -> Question:
    """About a teapot of 34.90 EUR that came three days ago; *changes* of facts are laid over."""
    facts: dict[str, Any] = {
        "order.known": True,
        "order.days_since_delivery": 3,
        "order.total": "34.90 EUR",
        "item.price": "34.90 EUR",
        "item.refundable": "34.90 EUR",
        "item.in_stock": 4,
        "request.at": "2026-11-20T09:00:00+00:00",
        **changes.pop("facts", {}),
    }
    told = {name: fact for name, fact in facts.items() if fact is not None}
    return Question.model_validate({"intents": (intent,), "now": NOW, "facts": told, **changes})


def strings_of(shipped: Playbooks) -> tuple[str, ...]:
    """Every text that a condition compares with: values that make a difference."""
    found: dict[str, None] = {}
    for one in _conditions(shipped):
        found |= dict.fromkeys(texts(one))
    return tuple(found)


def _conditions(shipped: Playbooks) -> Iterable[str]:
    for playbook in shipped.all:
        yield from filter(None, (getattr(playbook, "when", None),))
        for key in ("remedies", "rules", "law", "clocks"):
            for one in getattr(playbook, key, ()):
                yield from filter(None, (getattr(one, n, None) for n in ("allow", "lead", "when")))


def values(kind: Kind, strings: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """What a fact of *kind* may be, mostly near what rules ask for."""
    currencies = st.sampled_from(("EUR", "EUR", "EUR", "GBP", "JPY"))
    made: Mapping[Kind, st.SearchStrategy[Any]] = {
        "bool": st.booleans(),
        "int": st.sampled_from((0, 1, 2, 3, 5, 7, 10, 14, 15, 30, 31, 60, 365, 731)),
        "string": st.sampled_from(("", "x", *strings)),
        "strings": st.lists(st.sampled_from(("x", *strings)), max_size=3).map(tuple),
        "money": st.tuples(st.integers(-100, 50_000), currencies).map(
            lambda one: f"{one[0]} JPY" if one[1] == "JPY" else f"{one[0] / 100:.2f} {one[1]}"
        ),
        "time": st.integers(-90 * 24, 48).map(lambda h: (NOW + timedelta(hours=h)).isoformat()),
    }
    return made[kind]


def facts(strings: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Everything known that is not known always."""
    made = {
        name: values(variable.kind, strings)
        for name, variable in VARIABLES.items()
        if name not in ALWAYS
    }
    return st.fixed_dictionaries({**made, "order.known": st.just(True)})


WISHES = st.lists(
    st.sampled_from(("refund", "resend", "exchange", "return", "cancel", "discount", "repair")),
    max_size=2,
    unique=True,
).map(tuple)


def asked(shipped: Playbooks) -> st.SearchStrategy[Question]:
    """Any case, with every fact there is."""
    markets = [one.id for one in shipped.all if one.kind == "market"]
    platforms = [one.id for one in shipped.all if one.kind == "platform"]
    return st.builds(
        Question,
        intents=st.lists(st.sampled_from(INTENTS), min_size=1, max_size=2, unique=True).map(tuple),
        wishes=WISHES,
        market=st.sampled_from([*markets, None]),
        platform=st.sampled_from(platforms),
        language=st.sampled_from(("en", "de", "zh-Hans", "ja")),
        actor=st.sampled_from(("agent", "agent", "lead")),
        given=st.lists(st.sampled_from(("photo", "receipt", "size")), max_size=2).map(tuple),
        facts=facts(strings_of(shipped)),
        now=st.just(NOW),
    )
