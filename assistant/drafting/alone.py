"""What a model may not say by itself, where a person may: stricter than any list of promises.

Lists of promises catch the usual wordings. A model that was talked into something words it
otherwise; so whatever speaks of money, gifts or guilt, in any wording, needs a decision behind it,
and a sentence that nobody can read in the buyer's language can't be checked at all. Nor can a whole
reply in a language that has no entry in `lexicon/guard.yaml`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from datetime import date, timedelta

from assistant.drafting.commitments import given_verdict, refunded, reported
from assistant.drafting.guard import Guard, guard, guards
from assistant.drafting.lexicon import Phrase, ReplyWords, reply_words, stem, written
from assistant.drafting.plain import fold
from assistant.drafting.subject import Sentence, Subject, denied
from assistant.model import Finding
from assistant.words import say

Place = tuple[int, int]
_TOKENS = re.compile(r"[^\W\d_]+")
_ENOUGH = 6
"""Words; fewer are read together with the next sentence."""
_SHARE = 0.12
"""Of a stretch of words, at least so many are frequent ones, in every language."""
_SCRIPTS = {
    "zh": re.compile(r"[\u3400-\u9fff]"),
    "ja": re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uff66-\uff9d]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
}
_LEET = str.maketrans("4310573@$", "aeiosteas")
_KANA = re.compile(r"[\u3041-\u30ff]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{9,}")
_HAN_SUM = re.compile(
    r"[一二三四五六七八九十百千万两壹贰叁肆伍陆柒捌玖拾佰仟]{1,12}\s?(?:ユーロ|欧元|円|元|块钱|块|美元|ドル|유로|원)"
)
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")


def alone(subject: Subject) -> Iterator[Finding]:
    """Nothing, where a person wrote it, or the composer from a person's phrases."""
    if not subject.by_model:
        return
    if guard(subject.language) is None:
        message = say(
            "Nothing here can check a machine's words in this language. Write it yourself."
        )
        yield subject.finding("block", "language.unchecked", subject.whole, message)
    for language in dict.fromkeys((stem(subject.language), "en")):
        known = guard(language)
        if known:
            yield from _instructed(subject, known)
            yield from _undecided(subject, known)
    yield from _elsewhere_said(subject)
    yield from _unreadable(subject)


# ── promises in any wording ──────────────────────────────────────────────────


def _instructed(subject: Subject, known: Guard) -> Iterator[Finding]:
    for one in known.instructed:
        match = one.search(subject.folded)
        if match and match[0] not in subject.titles:
            message = say("This speaks of instructions or of a machine.")
            yield subject.finding(
                "block", "leak.prompt", match.span(), message, lead_may_override=False
            )
            return


def _undecided(subject: Subject, known: Guard) -> Iterator[Finding]:
    """The first word of each kind that no decision stands behind."""
    for kind, phrases in known.kinds.items():
        if kind == "refund" and refunded(subject):
            continue
        place = next(_spoken(subject, known, phrases, kind), None)
        if place:
            what = subject.text[place[0] : place[1]]
            message = say("No decision stands behind “{what}”.", what=what)
            yield subject.finding("block", f"commitment.{kind}", place, message)
    place = next(_spoken(subject, known, known.liable, ""), None)
    if place:
        message = say("Do not admit liability or judge the legal position.")
        yield subject.finding("block", "commitment.liability", place, message)


def _spoken(
    subject: Subject, known: Guard, phrases: tuple[Phrase, ...], kind: str
) -> Iterator[Place]:
    words = reply_words(known.language) if known.language in written("-reply") else None
    spoken = [one for one in phrases if one.search(subject.folded)]
    for sentence in subject.sentences if spoken else ():
        if kind and given_verdict(subject, kind, sentence) == "allowed":
            continue
        for one in spoken:
            for match in one.finditer(sentence.folded):
                if not _spared(subject, known, words, sentence, match, one, kind):
                    yield sentence.start + match.start(), sentence.start + match.end()


def _spared(
    subject: Subject,
    known: Guard,
    words: ReplyWords | None,
    sentence: Sentence,
    match: re.Match[str],
    one: Phrase,
    kind: str,
) -> bool:
    if any(
        other.start() < match.end() and match.start() < other.end()
        for harmless in known.harmless
        for other in harmless.finditer(sentence.folded)
    ):
        return True
    if words is None:
        return False
    if denied(words, sentence.folded, match, one) or reported(words, sentence, match):
        return True
    open_still = kind and given_verdict(subject, kind, sentence) == "ask"
    return bool(open_still) and any(one.search(sentence.folded) for one in words.conditions)


# ── what only the buyer said ─────────────────────────────────────────────────


def _elsewhere_said(subject: Subject) -> Iterator[Finding]:
    """Sums, days and addresses that a stranger may have put into the conversation."""
    licence = subject.licence
    for span in subject.of("amount", "percent"):
        check = licence.amount if span.kind == "amount" else licence.percent
        if check(span) and not check(span, promised=True):
            message = say("Only the buyer said {what}. Nobody confirmed it.", what=span.text)
            yield subject.finding("block", f"value.{span.kind}", subject.at(span), message)
    own = _own_contacts(subject)
    for span in subject.of("email", "phone"):
        if span.value in licence.contacts and span.value not in own:
            message = say("Only the buyer said {what}. Nobody confirmed it.", what=span.text)
            yield subject.finding("block", "leak.contact", subject.at(span), message)
    for match in _HAN_SUM.finditer(subject.folded):
        if not any(
            match.start() < span.end for span in subject.of("amount") if span.start <= match.start()
        ):
            message = say("Nobody confirmed the amount {what}.", what=match[0])
            yield subject.finding("block", "value.amount", match.span(), message)
    yield from _arrivals(subject)


def _own_contacts(subject: Subject) -> frozenset[str]:
    """Those that the channel and the shop know, and those the team wrote down."""
    situation = subject.brief.situation
    known = [situation.buyer.email] if situation.buyer else []
    known += [order.customer.email for order in situation.facts.orders]
    told = [says for one in situation.facts.answers for says in one.says.values()]
    told += [situation.signature, situation.brand]
    answers = {
        span.value
        for span in subject.of("email", "phone")
        if any(span.text in says for says in told)
    }
    return frozenset({*(fold(one) for one in known if one), *answers})


def _arrivals(subject: Subject) -> Iterator[Finding]:
    """“It is with you tomorrow”, where nobody who carries it said so."""
    words = subject.own
    if words is None or not words.checks.get("arrival"):
        return
    days = _expected(subject)
    for sentence in subject.sentences:
        if not any(one.search(sentence.folded) for one in words.checks["arrival"]):
            continue
        for word, step in words.file.today.items():
            where = _stands(fold(word), sentence.folded, unspaced=words.unspaced)
            if where is None or step < 0 or subject.licence.today + timedelta(days=step) in days:
                continue
            if any(one.search(sentence.folded) for one in words.promising):
                continue  # What we do by then is ours to promise.
            place = (sentence.start + where, sentence.start + where + len(word))
            message = say("Nobody confirmed this arrival date.")
            yield subject.finding("block", "value.date", place, message)
            return


def _stands(word: str, folded: str, *, unspaced: bool) -> int | None:
    pattern = re.escape(word) if unspaced else rf"(?<!\w){re.escape(word)}(?!\w)"
    match = re.search(pattern, folded)
    return match.start() if match else None


def _expected(subject: Subject) -> frozenset[date]:
    """The days that carriers and the decision name."""
    zone = subject.licence.zone
    parcels = [one for order in subject.brief.situation.facts.orders for one in order.fulfilments]
    moments = [one.eta for one in parcels] + [one.delivered_at for one in parcels]
    days = {at.astimezone(zone).date() for at in moments if at}
    for evidence in subject.brief.decision.proof:
        for key in ("arrive_by", "ship_on", "refund_on", "reply_by", "check_back"):
            raw = str(evidence.inputs.get(key, ""))[:10]
            if re.fullmatch(r"\d{4}-\d\d-\d\d", raw):
                days.add(date.fromisoformat(raw))
    return frozenset(days)


# ── sentences nobody can read ────────────────────────────────────────────────


def _unreadable(subject: Subject) -> Iterator[Finding]:
    place = next(_foreign(subject), None)
    if place:
        message = say("This is not in the buyer's language, so nobody can check it.")
        yield subject.finding("block", "text.language", place, message)


def _foreign(subject: Subject) -> Iterator[Place]:
    language = stem(subject.language)
    known = _names(subject)
    text = subject.without("link", "email", "tracking")
    script = _SCRIPTS.get(language)
    if script is not None:
        yield from _in_other_letters(subject, text, language, script, known)
    else:
        yield from _in_odd_letters(text, known)
    words = guard(language)
    if words and not words.unspaced:
        yield from _without_small_words(subject, text, words.small | known)
        yield from _turned(subject, text)


def _names(subject: Subject) -> frozenset[str]:
    """Names of people, places, products and carriers are in no language."""
    situation = subject.brief.situation
    told = [situation.signature, situation.brand, situation.buyer.name if situation.buyer else ""]
    for order in situation.facts.orders:
        told += [order.customer.name, order.ship_to.name, order.ship_to.city or ""]
        told += [item.title for item in order.items]
        for parcel in order.fulfilments:
            told += [parcel.carrier or "", *(event.place for event in parcel.events)]
    told += [stock.title for stock in situation.facts.stock]
    told += [says for one in situation.facts.answers for says in one.says.values()]
    return frozenset(word for one in told for word in _TOKENS.findall(fold(one)))


def _in_other_letters(
    subject: Subject, text: str, language: str, script: re.Pattern[str], known: frozenset[str]
) -> Iterator[Place]:
    """In a script of its own, a sentence has letters of that script."""
    for sentence in subject.sentences:
        raw = text[sentence.start : sentence.end]
        strange = [one for one in _TOKENS.findall(fold(raw)) if one not in known]
        others = sum(len(one) for one in strange if not script.search(one))
        own = len(script.findall(raw))
        han_only = language == "ja" and _HAN_RUN.search(raw) and not _KANA.search(raw)
        if others > max(14, own) or han_only or (language == "zh" and _KANA.search(raw)):
            yield sentence.start, sentence.end


def _in_odd_letters(text: str, known: frozenset[str]) -> Iterator[Place]:
    """Where all is written in Latin letters, a word in others."""
    for match in _TOKENS.finditer(text):
        if not match[0].isascii() and not _LATIN.search(match[0]) and fold(match[0]) not in known:
            yield match.span()


def _without_small_words(subject: Subject, text: str, small: frozenset[str]) -> Iterator[Place]:
    """Words enough, and hardly one that is frequent in this language."""
    start, words = 0, list[str]()
    for sentence in subject.sentences:
        start = start if words else sentence.start
        words += _TOKENS.findall(fold(text[sentence.start : sentence.end]))
        if len(words) < _ENOUGH:
            continue
        if sum(word in small for word in words) < max(1, len(words) * _SHARE):
            yield start, sentence.end
        words = []


def _turned(subject: Subject, text: str) -> Iterator[Place]:
    """A sentence that says more to a reader when every letter is another, or it is turned."""
    for sentence in subject.sentences:
        raw = text[sentence.start : sentence.end]
        if sum(char.isalpha() for char in raw) < _ENOUGH:
            continue
        plain = _readable(raw)
        others = (codecs.encode(raw, "rot13"), raw[::-1], raw.translate(_LEET))
        most = max(_readable(other) for other in others)
        if most > max(1, plain) or (plain == 0 and most and len(_TOKENS.findall(raw)) >= 4):
            yield sentence.start, sentence.end


def _readable(raw: str) -> int:
    """How many of its words are frequent ones, in the language that has most."""
    words = [word for word in _TOKENS.findall(fold(raw)) if len(word) > 1]
    return max((sum(word in one.small for word in words) for one in guards()), default=0)
