"""Every sentence the offline composer can need, and the slots that each wording of it must use.

A phrases file gives each key one or more wordings of the same content: whichever is chosen says
the same, which is what makes `agent_text` an exact translation. A slot is `{name}` or
`{name.form}`; `[one|many]` follows the number of the sentence's thing (shoes *were*, a teapot
*was*); in a greeting `[with a title|without]` follows how the buyer is called. A key may have
wordings of its own for chats under `<key>.chat`, and for a manner somebody asks for under
`<key>.short`, `<key>.warm`, `<key>.formal`; a greeting also for who has a title, under
`greet.letter.ms.formal`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from assistant.playbooks.frontmatter import Path
from assistant.playbooks.kinds import INTENTS, Phrases
from assistant.playbooks.problems import nearest

VARIANTS = ("chat", "short", "warm", "formal", "mr", "ms", "mrs", "dr", "dra", "free")
"""What may follow a key: the same said otherwise, in chats, in a manner, to whom by title."""

_SENTENCES = """
greet.letter: name
greet.letter.anon:
greet.chat: name
greet.chat.anon:
close.letter:
close.offer:
frag.gift: gift
frag.gift.person: gift person
frag.late: days
frag.late.unknown:
frag.damaged: product?
frag.place: place
frag.carrier:
frag.carrier.dat:
trouble.late: late
trouble.broken: broken
trouble.late.broken: late broken
looked: fact
ack.occasion.gift: product gift trouble
ack.occasion.event: product occasion trouble
ack.waiting.gift: product gift
ack.waiting.event: product occasion
ack.needed.gift: product gift
ack.needed.event: product occasion
ack.damaged: product trouble
ack.size: product
ack.size.unknown:
sorry.anger:
sorry.disappointment:
sorry.worry:
sorry.sadness:
sorry.urgency:
sorry.neutral:
feel.anger:
feel.disappointment:
feel.worry:
feel.sadness:
feel.urgency:
thank.number: ref
parcel.scan.eta: place? when eta
parcel.scan: place? when
parcel.scan.old: place? when days
parcel.scan.last: place? when
parcel.eta: eta
parcel.out: place? when
parcel.label:
parcel.unscanned:
parcel.unscanned.eta: eta
parcel.late: eta days
parcel.delivered: carrier when place?
parcel.delivered.undated: carrier
parcel.exception: carrier when place?
parcel.lost:
parcels.several: n
time.yes: need
time.close: need
time.close.same: need
time.late: need
time.unknown: need
order.preparing: ref
order.preparing.placed: ref placed
order.cancelled: ref
follow.link: link number
follow.link.only: link
follow.number: carrier number
follow.platform: number
trace.link: link number
trace.link.only: link
trace.number: carrier number
trace.platform: number
back.eta: day
back.eta.today:
back.by: check_back
back.stock: check_back
do.inquiry: carrier check_back
do.inquiry.delivered: carrier check_back
do.hurry: carrier check_back
do.warehouse: check_back
do.lookup: check_back
do.size.check: size check_back
ask.neighbours:
ask.needed_by:
ask.matter:
ask.order_number:
ask.photo: product
ask.photo.arrived:
ask.video:
ask.size:
ask.address:
ask.receipt:
then.decide:
then.look:
do.cancel: ref amount refund_on
do.stop: carrier check_back
do.return: product amount check_back
refund.made: amount refunded_on
refund.made.undated: amount
refund.shows: shows_by
refund.trace: check_back
do.keep: product amount refund_on
do.refund.plain: amount refund_on
do.refund.plain.asked: amount refund_on
do.resend.plain: product ship_on arrive_by
do.resend.plain.asked: product ship_on arrive_by
do.resend.plain.undated: product ship_on
do.resend.plain.undated.asked: product ship_on
do.resend.piece: product ship_on arrive_by
do.resend.piece.undated: product ship_on?
tell.leaves: check_back
do.refund.full: amount refund_on
do.refund.full.asked: amount refund_on
do.refund.item: amount product refund_on
do.refund.item.asked: amount product refund_on
do.resend: product ship_on arrive_by
do.resend.asked: product ship_on arrive_by
do.resend.undated: product ship_on
do.resend.undated.asked: product ship_on
or.resend: product ship_on arrive_by code reply_by
or.resend.undated: product ship_on code reply_by
or.refund: amount code reply_by
or.whole: amount code reply_by
or.cancel: amount code reply_by
do.exchange: size ship_on arrive_by
do.exchange.undated: size ship_on
code.refund:
code.cancel:
code.resend: product
code.resend.plain:
have.photo:
have.photos:
keep.it: product
lead.remedy: check_back
stock.yes: title
stock.yes.price: title price
stock.no: title
stock.no.date: title expected
stock.unknown: check_back
thanks.joy:
thanks.joy.product: product
thanks.plain:
thanks.open:
work.topic: topic check_back
work.topic.also: topic
"""


TIMES: Mapping[str, frozenset[str]] = {
    "today": frozenset(),
    "tomorrow": frozenset(),
    "on": frozenset({"date"}),
    "at_today": frozenset({"time"}),
    "at_yesterday": frozenset({"time"}),
    "at": frozenset({"date", "time"}),
    "by_today": frozenset({"time"}),
    "by": frozenset({"date", "time"}),
    "before_today": frozenset({"time"}),
    "before": frozenset({"date", "time"}),
    "by_day": frozenset({"date"}),
    "evening_today": frozenset(),
    "evening_soon": frozenset({"weekday"}),
    "evening": frozenset({"date"}),
    "refund_today": frozenset(),
    "refund_tomorrow": frozenset(),
    "day_one": frozenset(),
    "days": frozenset({"n"}),
}
"""How a day or hour stands in a sentence; `date_by` may stand for `date`; `…_dat`: the dative."""
NOON = "noon"
"""A language's word for twelve o'clock, where figures leave in doubt which twelve it is."""


class Slots(NamedTuple):
    required: frozenset[str]
    optional: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.required | self.optional


def _read(table: str) -> Iterator[tuple[str, Slots]]:
    for line in table.strip().splitlines():
        key, _, names = line.partition(":")
        given = names.split()
        optional = frozenset(name[:-1] for name in given if name.endswith("?"))
        yield key, Slots(frozenset(name for name in given if not name.endswith("?")), optional)


_ABOUT = """
ack.malfunction.product: product
ack.wrong_item.product: product
ack.not_as_described.product: product
ack.missing_item.piece: piece product
ack.change_order.address: address
"""
_NOTHING = Slots(frozenset(), frozenset())
SENTENCES: Mapping[str, Slots] = {
    **dict(_read(_SENTENCES)),
    **{f"ack.{intent}": _NOTHING for intent in INTENTS if intent not in ("damaged",)},
    **dict(_read(_ABOUT)),
    **{f"topic.{intent}": _NOTHING for intent in INTENTS},
}
"""Key → slots. `ack.<intent>` opens, `topic.<intent>` names the matter inside a sentence."""
OPTIONAL: Mapping[str, Slots] = {
    "work.topic.named": Slots(frozenset({"check_back"}), frozenset({"topic"})),
}
"""What a language may word of its own: `work.topic` right after the topic was named. Where it has
none, the key without its last part stands."""

_SLOT = re.compile(r"\{([^{}]*)\}")
NAME = re.compile(r"([a-z_]+)(?:\.([a-z_]+))?")


def wrong_phrases(playbook: Phrases) -> Iterator[tuple[Path, str]]:
    """What is missing, misspelt or loses a fact in a language's wording: (where, what)."""
    for key in SENTENCES.keys() - playbook.phrases.keys():
        yield ("phrases",), f'the wording of "{key}" is missing'
    yield from _wrong_times(playbook)
    for key, wordings in playbook.phrases.items():
        plain = _plain(key)
        known = SENTENCES.get(plain) or OPTIONAL.get(plain)
        if known is None:
            yield ("phrases", key), f"no sentence has this name{nearest(key, SENTENCES)}"
            continue
        if not wordings:
            yield ("phrases", key), "give it at least one wording"
        for n, wording in enumerate(wordings):
            for what in _wrong_slots(wording, known):
                yield ("phrases", key, n), what


def _plain(key: str) -> str:
    """The key that *key* is a variant of, if it is one."""
    name, _, variant = key.rpartition(".")
    return _plain(name) if key not in SENTENCES and variant in VARIANTS else key


def _wrong_times(playbook: Phrases) -> Iterator[tuple[Path, str]]:
    for key in TIMES.keys() - playbook.times.keys():
        yield ("times",), f'the wording of "{key}" is missing'
    for key, wording in playbook.times.items():
        if key == NOON:
            continue
        needed = TIMES.get(key.removesuffix("_dat"))
        if needed is None:
            yield ("times", key), f"no time is called this{nearest(key, TIMES)}"
            continue
        used = {slot.removesuffix("_by") for slot in _SLOT.findall(wording)}
        if used != needed:
            wanted = ", ".join(f"{{{name}}}" for name in sorted(needed)) or "no slot"
            yield ("times", key), f"must use {wanted}"


def _wrong_slots(wording: str, known: Slots) -> Iterator[str]:
    bare = _SLOT.sub("", wording)
    if "{" in bare or "}" in bare or bare.count("[") != bare.count("]"):
        yield "a bracket is not closed"
    used = set()
    for slot in _SLOT.findall(wording):
        match = NAME.fullmatch(slot)
        name = match[1] if match else slot
        used.add(name)
        if name not in known.all:
            yield f"unknown slot {{{slot}}}{nearest(name, known.all)}"
    for name in sorted(known.required - used):
        yield f"must say {{{name}}}: without it the sentence loses a fact"
