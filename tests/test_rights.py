"""A lesser offer never stands alone where the law owes more (S4.7; pain: coupons for faults)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from assistant.drafting.brief import Brief
from assistant.drafting.review import review
from assistant.model import Cost, Decision, Demand, Evidence, Remedy, Understanding, Verdict
from assistant.playbooks import CHECKS
from tests.drafting_cases import situation, teapot_order

RIGHT = Demand(rule="EU.guarantee", check="state_right", text=CHECKS["state_right"])
ALONE = {
    "en": "I can offer you a partial refund of 10.47 EUR if you keep the teapot.",
    "de": "Ich kann Ihnen 10,47 EUR erstatten, wenn Sie die Kanne behalten.",
    "fr": "Je vous propose un remboursement partiel de 10,47 EUR si vous gardez la théière.",
    "es": "Le ofrezco un reembolso parcial de 10,47 EUR si conserva la tetera.",
    "it": "Le propongo un rimborso parziale di 10,47 EUR se tiene la teiera.",
    "pt": "Ofereço um reembolso parcial de 10,47 EUR se ficar com o bule.",
    "nl": "Ik bied u 10,47 EUR aan als u de theepot houdt.",
    "ja": "そのままお使いいただける場合、10.47 EUR を返金いたします。",
    "ko": "그대로 사용하신다면 10.47 EUR를 돌려드리겠습니다.",
    "zh-Hans": "如果您愿意留下茶壶，我退您 10.47 EUR。",
}
BESIDE = {
    "en": " If you prefer, you get a full refund instead.",
    "de": " Wenn Sie lieber den vollen Kaufpreis zurück möchten, erhalten Sie ihn.",
    "fr": " Si vous préférez, vous avez droit à un remboursement intégral.",
    "es": " Si lo prefiere, recibe el reembolso completo.",
    "it": " Se preferisce, ha diritto a un rimborso completo.",
    "pt": " Se preferir, tem direito ao reembolso total.",
    "nl": " Als u dat liever heeft, krijgt u de volledige terugbetaling.",
    "ja": " 全額のご返金もお選びいただけます。",
    "ko": " 원하시면 전액 환불해 드립니다.",
    "zh-Hans": " 您也可以选择全额退款。",
}


def decision(**verdicts: Verdict) -> Decision:
    """With the sums that the playbooks would give for a teapot of 34.90 EUR."""
    sums = {"refund": "34.90", "keep_it": "10.47", "goodwill": "4.80", "voucher": "5.00"}
    gives = {"keep_it": "partial_refund", "voucher": "coupon"}
    remedies, proof = [], []
    for id, verdict in verdicts.items():
        kind = gives.get(id, id)
        amount = Cost(amount=Decimal(sums[id]), currency="EUR") if id in sums else None
        open_to_us = amount is not None and verdict in ("allowed", "lead")
        key = "amount" if kind in ("goodwill", "coupon") else "refund_amount"
        inputs = {"remedy": id, "gives": kind, "verdict": verdict}
        told = {key: f"{sums[id]} EUR"} if open_to_us else {}
        proof.append(Evidence(rule=f"damaged.{id}", inputs=inputs | told))
        remedies.append(
            Remedy(id=id, verdict=verdict, because=(f"damaged.{id}",), gives=kind, amount=amount)
        )
    return Decision(remedies=tuple(remedies), proof=tuple(proof), must=(RIGHT,))


def rules(text: str, language: str, decided: Decision) -> set[str]:
    told = Understanding(language=language, intents=("damaged",))
    brief = Brief(
        situation=situation(order=teapot_order()),
        understanding=told,
        decision=decided,
        language=language,
        culture=language,
    )
    return {one.rule for one in review(text, brief)}


@pytest.mark.parametrize("language", list(ALONE))
def test_a_part_of_the_money_alone_hides_the_right(language: str) -> None:
    both = decision(refund="allowed", keep_it="allowed")

    assert RIGHT.rule in rules(ALONE[language], language, both)
    assert RIGHT.rule not in rules(ALONE[language] + BESIDE[language], language, both)


def test_who_offers_nothing_lesser_need_not_name_the_right() -> None:
    text = "I am refunding the full 34.90 EUR this evening."

    assert RIGHT.rule not in rules(text, "en", decision(refund="allowed", keep_it="allowed"))


def test_a_right_that_is_denied_is_not_named() -> None:
    text = ALONE["en"] + " You cannot have a full refund."

    assert RIGHT.rule in rules(text, "en", decision(refund="allowed", keep_it="allowed"))


# ── what a decision licenses ─────────────────────────────────────────────────

PART = "I am refunding you 10.47 EUR today."
ALL = "I am refunding you 34.90 EUR today."


@pytest.mark.parametrize(
    ("text", "verdicts", "blocked"),
    [
        (PART, {"keep_it": "allowed"}, False),
        (PART, {"keep_it": "denied"}, True),
        (PART, {"keep_it": "lead"}, True),
        (ALL, {"keep_it": "allowed"}, True),
        (ALL, {"refund": "allowed", "keep_it": "allowed"}, False),
        ("I am refunding you today.", {"keep_it": "allowed"}, True),
        ("I am refunding you today.", {"goodwill": "allowed"}, True),
        ("I am refunding you 4.80 EUR for the wait.", {"goodwill": "allowed"}, False),
        ("I am giving you a voucher of 5.00 EUR.", {"voucher": "allowed"}, False),
        ("I am giving you a voucher of 5.00 EUR.", {"goodwill": "allowed"}, True),
        ("I am giving you a voucher of 5.00 EUR.", {"voucher": "denied"}, True),
        ("I will send you a new lid.", {"part": "allowed"}, False),
        ("I will send you a new lid.", {"part": "denied"}, True),
        ("I am refunding you 34.90 EUR today.", {"return": "allowed"}, True),
    ],
)
def test_only_what_is_allowed_may_be_promised(text: str, verdicts: dict, blocked: bool) -> None:
    """S4.7: partial refunds, coupons and kindnesses are promised only as the decision has them."""
    found = rules(text, "en", decision(**verdicts))

    assert any(one.startswith("commitment.") for one in found) is blocked, found


def test_money_for_a_return_is_promised_once_it_is_on_its_way() -> None:
    text = "Once we have received it, we will refund you."

    assert "commitment.refund" not in rules(text, "en", decision(**{"return": "allowed"}))
    assert "commitment.refund" in rules(
        "We will refund you.", "en", decision(**{"return": "allowed"})
    )
