"""The report page of `parley evaluate`: one file, no network, in the language of its reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from assistant.evaluating.figures import Figures, Share
from assistant.evaluating.labels import ABOUT, DIFFERS, GIVEN, SEVERITIES, VERDICTS
from assistant.evaluating.page import Report, runs
from assistant.model import Cost, Remedy
from assistant.surface.labels import EMOTIONS, INTENTS, channel_label, language_label
from assistant.surface.proof import GIVES
from assistant.words import Text, Words, say, say_n

_COLUMNS: Mapping[str, Text] = {
    "as expected": say("As expected"),
    "at first try": say("Sendable at first try"),
    "first intent": ABOUT["first intent"],
    "all intents": ABOUT["all intents"],
    "decision": ABOUT["decision"],
}


_NAMES: Mapping[str, Text] = {"offline": say("the composer, without a model")}
"""What a side is called, where that is not the name of a model."""


def rendered(report: Report, words: Words) -> str:
    """The whole page."""
    pages = files("connectors.operating").joinpath("pages")
    templates = Environment(
        loader=PackageLoader("connectors.operating", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("evaluation.html").render(
        _=words,
        # Our own file, which closes no element.
        css=Markup(pages.joinpath("evaluation.css").read_text("utf-8")),  # noqa: S704
        report=report,
        summary=_summary(report),
        columns=_COLUMNS,
        with_model=any(one.figures.calls for one in report.sides),
        most_found=max((n for bar in report.rules for n in bar.counts), default=1),
        **_labels(words),
        **_functions(words),
    )


def _summary(report: Report) -> Text:
    first = report.sides[0]
    return say(
        "Situations: {n} · Languages: {languages} · {name} · Playbooks {version}",
        n=first.figures.situations,
        languages=len(report.languages),
        name=_NAMES.get(first.name, first.name),
        version=first.playbook_version,
    )


def _labels(words: Words) -> dict[str, Any]:
    return {
        "about": ABOUT,
        "differs": DIFFERS,
        "given": GIVEN,
        "severities": SEVERITIES,
        "verdicts": VERDICTS,
        "intents": INTENTS,
        "emotions": EMOTIONS,
        "channel": lambda name: channel_label(name, words),
        "language_label": lambda name: language_label(name, words),
    }


def _functions(words: Words) -> dict[str, Any]:
    def remedy(one: Remedy) -> str:
        return words(GIVES[one.gives]) if one.gives in GIVES else one.id

    def money(cost: Cost) -> str:
        return words.money(cost.amount, cost.currency)

    return {
        "runs": runs,
        "percent": percent,
        "seconds": seconds,
        "part": _part,
        "side_name": lambda name: words(_NAMES[name]) if name in _NAMES else name,
        "remedy": remedy,
        "money": money,
        "calls": lambda n: say_n("{n} call", "{n} calls", n),
        "repairs": lambda n: say_n("{n} repair", "{n} repairs", n),
        "show": _SHOWN,
    }


def percent(part: float | None) -> str:
    """Whole, but never 100 where one is missing nor 0 where one is there."""
    if part is None:
        return "–"
    whole = round(100 * part)
    if whole == 100 and part < 1:
        return f"{100 * part:.1f}%" if part < 0.9995 else "99.9%"
    return f"{whole or (1 if part else 0)}%"


def seconds(length: float) -> str:
    return f"{1000 * length:.0f} ms" if length < 1 else f"{length:.1f} s"


def _part(of: Figures, column: str) -> Share:
    return {"as expected": of.expected, "at first try": of.sendable, **of.right}[column]


def _cost(of: Figures) -> str:
    if of.cost is None:
        return "–"
    digits = 2 if of.cost >= Decimal("0.1") else 5
    return f"{of.cost:.{digits}f} {of.currency}"


_SHOWN: Mapping[str, Callable[[Figures], str]] = {
    "sendable": lambda of: percent(of.sendable.part),
    "first_intent": lambda of: percent(of.right["first intent"].part),
    "decision": lambda of: percent(of.right["decision"].part),
    "p50": lambda of: seconds(of.p50_s),
    "p95": lambda of: seconds(of.p95_s),
    "calls": lambda of: f"{of.calls:.1f}",
    "tokens": lambda of: f"{of.tokens_in:.0f} + {of.tokens_out:.0f}",
    "cost": _cost,
    "repairs": lambda of: str(of.repairs),
    "fallbacks": lambda of: str(of.fallbacks),
}
