"""What we believe, know and may do: from a buyer's words to a draft (`docs/contract.json`)."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from assistant.model.ids import Frozen
from assistant.model.orders import Amount, Currency, Order, Stock
from assistant.words import Text

Intent = Literal[
    "where_is_my_order",
    "delivered_not_received",
    "damaged",
    "wrong_item",
    "missing_item",
    "not_as_described",
    "size_exchange",
    "malfunction",
    "cancel_order",
    "change_order",
    "refund_status",
    "return_request",
    "product_question",
    "stock_question",
    "price_or_promotion",
    "payment_problem",
    "invoice",
    "customs",
    "review_positive",
    "review_negative",
    "thanks",
    "complaint_service",
    "legal_or_chargeback",
    "abuse_or_spam",
    "other",
]
EmotionKind = Literal["anger", "disappointment", "worry", "sadness", "joy", "urgency", "neutral"]
Given = Literal[
    "order_number",
    "tracking_number",
    "photo",
    "video",
    "receipt",
    "address",
    "size",
    "email",
    "phone",
    "date",
]
Verdict = Literal["allowed", "lead", "ask", "denied"]
Severity = Literal["block", "warn", "tip"]
Whose = Literal["law", "platform", "ours"]
STRONG = 0.6
"""From here on an emotion is strong: a lead should see it."""


class Emotion(Frozen):
    kind: EmotionKind = "neutral"
    strength: float = Field(default=0.0, ge=0, le=1)

    @property
    def strong(self) -> bool:
        return self.strength >= STRONG


class Mention(Frozen):
    """An article, a sum or a day that the buyer names: a belief, held against what the shop says.

    What of the rest holds depends on `kind`.
    """

    kind: Literal["article", "amount", "date"]
    text: str
    """As written."""
    labelled: bool = True
    """The buyer says what it is; else it only has the look of an article number."""
    number: Amount | None = None
    currencies: tuple[str, ...] = ()
    """Those that the sign can stand for."""
    days: tuple[tuple[int | None, int, int], ...] = ()
    """Year (where said), month (0: not said), day; both, where 3/4 may be either."""


class Understanding(Frozen):
    """What we believe the buyer wants. Beliefs, not facts: nothing of it may be promised."""

    language: str = "und"
    """BCP-47 primary language; `zh-Hans` / `zh-Hant` by script; `und` when unknown."""
    intents: tuple[Intent, ...] = ("other",)
    emotion: Emotion = Emotion()
    order_refs: tuple[str, ...] = ()
    given: tuple[Given, ...] = ()
    tracking_numbers: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()
    """Articles, sums and days, those of the newest words first; never an order's number."""
    wishes: tuple[str, ...] = ()
    """What the buyer asks for by name: `refund`, `resend`, `exchange`, `information` …"""
    details: dict[str, str] = Field(default_factory=dict)
    """The buyer's own matter, to be named back: `occasion`, `person`, `part`, `product` …"""
    source: Literal["rules", "model"] = "rules"
    """Who read the buyer's words; what a model says of them was checked by rules."""
    reason: Text | None = None
    """Why the rules read them alone, where a model should have helped."""
    doubted: bool = False
    """A model reads wholly other matters than the rules are sure of: a person should compare."""


class TeamAnswer(Frozen):
    """What the team wrote down and a buyer's question is about: sayable, with its source."""

    id: str
    about: str
    asked: dict[str, str]
    """By language: the question it answers, as a label."""
    says: dict[str, str]
    source: str
    checked_on: date
    sure: bool = False
    """It fits so well that a draft may state it."""
    at_hand: bool = False
    """It is about the product at hand: its cautions are shown, its claims are checked."""
    intents: tuple[str, ...] = ()
    cautions: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    not_claimed: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def rule(self) -> str:
        """As proofs and findings cite it."""
        return f"answer.{self.id}"

    def said_in(self, *languages: str) -> tuple[str, str]:
        """The first of *languages* it says something in, else its own; and what it says.

        What is written in `pt` is said in `pt-BR`, too.
        """
        for language in (*languages, *self.says):
            says = self.says.get(language) or self.says.get(language.split("-")[0])
            if says:
                return language, says
        return "", ""

    def speaks(self, language: str) -> bool:
        """Did somebody write it in *language*?"""
        return self.said_in(language)[0] == language

    def label(self, language: str) -> str:
        """The question it answers, for a reader of *language*."""
        return self.asked.get(language) or next(iter(self.asked.values()), self.id)

    def warns(self, language: str) -> tuple[str, ...]:
        """Its cautions for a reader of *language*; in another one rather than not at all."""
        return next((told for key in (language, "", "en") if (told := self.cautions.get(key))), ())


class Facts(Frozen):
    """What shops and carriers confirmed, with its age, and what the team knows; hence sayable."""

    orders: tuple[Order, ...] = ()
    stock: tuple[Stock, ...] = ()
    answers: tuple[TeamAnswer, ...] = ()
    """Those that fit what the buyer asks, best first, and those about the product at hand."""
    at: AwareDatetime | None = None
    troubles: tuple[Text, ...] = ()
    """What could not be looked up, and why: said on the card, never hidden."""


class Cost(Frozen):
    amount: Amount
    currency: Currency
    parts: dict[str, Amount] = Field(default_factory=dict)
    """Of a cost to us: goods, freight … in the same currency; `recovery` was taken off."""


class Remedy(Frozen):
    """One thing we could do for the buyer, and whether we may."""

    id: str
    verdict: Verdict
    because: tuple[str, ...]
    missing: tuple[str, ...] = ()
    cost: Cost | None = None
    """To the seller."""
    gives: str = ""
    """`refund`, `resend`, `exchange` …"""
    amount: Cost | None = None
    """What the buyer gets, any fee taken off already."""
    fee: Cost | None = None
    """What is kept back."""


class Demand(Frozen):
    """Something that must, or must not, be said."""

    rule: str
    check: str
    """An id of `assistant.playbooks.CHECKS`; `words` where the rule brings its own wordings."""
    text: str
    words: tuple[str, ...] = ()
    """In the language of the reply: one of them must be said, or none may be."""
    better: str | None = None
    """A wording that can stand in the place of a forbidden one."""
    severity: Severity | None = None
    """As the playbook has it; None: as is usual for the check."""


class Evidence(Frozen):
    """One step of a proof: a rule, where it comes from, and what it looked at."""

    rule: str
    source: str = ""
    checked_on: date | None = None
    inputs: dict[str, Any] = Field(default_factory=dict)


class RunningClock(Frozen):
    """A time limit that runs in this case, and who set it."""

    rule: str
    says: str
    due: AwareDatetime
    whose: Whose


class Decision(Frozen):
    """What the playbooks allow, demand and forbid here, with proof. Same input, same decision."""

    remedies: tuple[Remedy, ...] = ()
    must: tuple[Demand, ...] = ()
    must_not: tuple[Demand, ...] = ()
    ask_for: tuple[str, ...] = ()
    proof: tuple[Evidence, ...] = ()
    playbook_version: str = ""
    clocks: tuple[RunningClock, ...] = ()
    """The nearest first."""
    links: str = "any"
    """Which a message may carry: `none`, `tracking`, `own`, `any`."""
    attachments: tuple[str, ...] = ("any",)
    """The kinds a message may carry: `image`, `pdf` …; nothing, or `any`."""

    def allowed(self) -> tuple[Remedy, ...]:
        """The remedies an agent may offer, best first."""
        return tuple(remedy for remedy in self.remedies if remedy.verdict == "allowed")


class Fix(Frozen):
    """What one press does about a finding: *text* in place of these words."""

    start: int
    end: int
    text: str


class Finding(Frozen):
    """An objection of the review. Offsets count code points of the text."""

    severity: Severity
    rule: str
    start: int
    end: int
    message: Text
    better: str | None = None
    lead_may_override: bool = True
    fix: Fix | None = None
    """Where it is more than `better` in place of the words it is about."""


class Proposal(Frozen):
    """What a drafter returns: words, not yet a draft."""

    text: str
    agent_text: str | None
    """The same in the agent's language; None where it can't be said honestly."""
    language: str
    drafter: Literal["offline", "model"]
    reason: Text | None = None
    """Why it is not what was wanted: by the composer, since the model was away."""
    phrases: tuple[str, ...] = ()
    """The keys of the language's phrases that it was worded with."""
