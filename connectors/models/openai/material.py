"""What a model gets of a brief: as data, small, nothing of other buyers or of the team's notes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assistant.drafting.brief import Brief
from assistant.drafting.compose import is_chat, outline
from assistant.model import Demand, Order, Parcel
from assistant.playbooks import Playbooks
from assistant.words import words
from connectors.models.openai.native import customs, written

MOST_MESSAGES = 12
MOST_WORDS = 8
"""Of one rule; the check knows them all."""
MOST_CHARS = 4_000
"""Of one message; what is understood of more was understood by rules."""
_LICENSED = (
    "refund_amount",
    "refund_on",
    "reply_by",
    "ship_on",
    "arrive_by",
    "check_back",
    "days_late",
    "tracking_pages",
)
_ENGLISH = words("en")


def material(brief: Brief, playbooks: Playbooks) -> str:
    """The brief as JSON."""
    situation, decision = brief.situation, brief.decision
    culture = playbooks.culture(brief.language, situation.market)
    plan = outline(brief, playbooks)
    told = {
        "now": situation.now.isoformat(),
        "buyer": {"name": situation.buyer.name if situation.buyer else "", "of": situation.market},
        "greeting": plan.greeting,
        "close": plan.close,
        "sign_as": "" if is_chat(situation) else situation.signature,
        "channel": situation.channel,
        "platform": situation.platform,
        "wants": list(brief.understanding.intents),
        "wishes": list(brief.understanding.wishes),
        "feels": brief.understanding.emotion.model_dump(),
        "buyers_own_matter": brief.understanding.details,
        "outline": plan.says,
        "facts": {
            "orders": [_order(one) for one in situation.facts.orders[:3]],
            "answers": list(_answers(brief)),
        },
        "decision": {"remedies": list(_remedies(brief))},
        "licensed": _licensed(brief),
        "write": written(brief, culture),
        "must": _demanded(decision.must, "with one of"),
        "must_not": _demanded(decision.must_not, "such as"),
        "ask_for": list(decision.ask_for[:1]),
        "sound": culture.prose,
        "customs": customs(culture, brief),
        "former_drafts": list(brief.former[-2:]),
    }
    kept = {name: value for name, value in told.items() if value not in ("", [], {}, None)}
    return json.dumps(kept, ensure_ascii=False, default=str)


def exchange(brief: Brief) -> list[Mapping[str, str]]:
    """The conversation with the buyer; notes stay inside."""
    said = [one for one in brief.situation.messages if one.author != "note"]
    role = {"buyer": "user", "agent": "assistant"}
    return [
        {"role": role[one.author], "content": one.text[:MOST_CHARS] or "(no words)"}
        for one in said[-MOST_MESSAGES:]
    ]


def _answers(brief: Brief) -> Iterator[dict[str, Any]]:
    """What the team wrote down on what is asked, as far as a draft may state it.

    What to mind of a product is for the team.
    """
    for one in brief.situation.facts.answers:
        if one.sure and one.says:
            language, says = one.said_in(brief.language, "en")
            yield {"asked": one.label(language), "says": says[:MOST_CHARS]}


def _demanded(demands: Sequence[Demand], words: str) -> list[str]:
    """Each once, with the wordings it is about."""
    told: dict[str, list[str]] = {}
    for one in demands:
        told.setdefault(_ENGLISH(one.text), []).extend(one.words)
    return [
        f"{text} ({words}: {', '.join(said[:MOST_WORDS])})" if said else text
        for text, said in told.items()
    ]


def _remedies(brief: Brief) -> Iterator[dict[str, Any]]:
    """Those that may be offered: what the model does not know of, it can't promise."""
    for remedy in brief.decision.allowed():
        proof = next((e for e in brief.decision.proof if e.inputs.get("remedy") == remedy.id), None)
        licensed = {key: proof.inputs[key] for key in _LICENSED if proof and key in proof.inputs}
        yield {"id": remedy.id, "gives": remedy.gives, "verdict": remedy.verdict, **licensed}


def _licensed(brief: Brief) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for evidence in brief.decision.proof:
        if "remedy" not in evidence.inputs:
            found |= {key: evidence.inputs[key] for key in _LICENSED if key in evidence.inputs}
    return found


def _order(order: Order) -> dict[str, Any]:
    return {
        "ref": order.ref,
        "placed": order.placed_at,
        "status": order.status,
        "currency": order.currency,
        "paid": order.totals.total,
        "items": [
            {"title": one.title, "variant": one.variant, "qty": one.qty} for one in order.items[:10]
        ],
        "parcels": [_parcel(one) for one in order.fulfilments[:5]],
    }


def _parcel(parcel: Parcel) -> dict[str, Any]:
    latest = parcel.latest
    return {
        "carrier": parcel.carrier,
        "number": parcel.number,
        "status": parcel.status,
        "eta": parcel.eta,
        "delivered": parcel.delivered_at,
        "latest": latest.model_dump() if latest else None,
    }
