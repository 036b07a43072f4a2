"""An evaluation as JSON, for scripts and CI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.drafting.contract import FindingOut, shown
from assistant.drafting.lines import decision_out
from assistant.evaluating.compare import Side
from assistant.evaluating.figures import Figures, Judged, Share
from assistant.words import Words


def plain(sides: Sequence[Side], words: Words) -> dict[str, Any]:
    """Figures first, then every situation of every side."""
    return {"sides": [_side(one, words) for one in sides]}


def _side(side: Side, words: Words) -> dict[str, Any]:
    return {
        "name": side.name,
        "playbook_version": side.playbook_version,
        "figures": _figures(side.figures),
        "languages": {name: _figures(one) for name, one in side.languages.items()},
        "situations": [_situation(one, words) for one in side.results],
    }


def _figures(of: Figures) -> dict[str, Any]:
    return {
        "situations": of.situations,
        "as_expected": _share(of.expected),
        **{name.replace(" ", "_"): _share(share) for name, share in of.right.items()},
        "sendable_at_first_try": _share(of.sendable),
        "findings": [
            {"rule": rule, "severity": severity, "drafts": n}
            for (rule, severity), n in of.findings.items()
        ],
        "repairs": of.repairs,
        "fallbacks": of.fallbacks,
        "seconds": {"p50": round(of.p50_s, 4), "p95": round(of.p95_s, 4)},
        "per_draft": {
            "calls": round(of.calls, 2),
            "tokens_in": round(of.tokens_in),
            "tokens_out": round(of.tokens_out),
            "cost": None if of.cost is None else f"{of.cost:.6f} {of.currency}",
        },
    }


def _share(of: Share) -> dict[str, Any]:
    return {"right": of.right, "of": of.of}


def _situation(one: Judged, words: Words) -> dict[str, Any]:
    outcome, effort = one.outcome, one.outcome.effort
    meant, proposal = outcome.brief.understanding, outcome.proposal
    return {
        "id": outcome.sample.id,
        "language": outcome.sample.language,
        "where": outcome.sample.where,
        "understanding": meant.model_dump(
            mode="json", include={"language", "intents", "emotion", "given", "details"}
        ),
        "decision": decision_out(outcome.brief.decision)["remedies"],
        "draft": proposal.model_dump(mode="json", exclude={"reason"}) if proposal else None,
        "why_no_draft": words(outcome.why_none) if outcome.why_none else None,
        "findings": [_finding(shown(each, words)) for each in outcome.findings],
        "not_as_expected": [
            {"about": miss.about, "expected": miss.expected, "got": miss.got} for miss in one.misses
        ],
        "seconds": round(outcome.seconds, 4),
        "made": effort.model_dump(mode="json", exclude={"seconds"}),
    }


def _finding(one: FindingOut) -> dict[str, Any]:
    return one.model_dump(mode="json", exclude_none=True)
