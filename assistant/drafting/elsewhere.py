"""Ways to lead a buyer elsewhere that no list of links finds: spelled, split, by messenger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from assistant.drafting.findings import CHECK
from assistant.drafting.guard import digit_words, dots
from assistant.drafting.plain import fold
from assistant.drafting.subject import Subject
from assistant.model import Demand, Finding
from assistant.words import say

Place = tuple[int, int]
_ENDS = (
    "com|net|org|info|biz|io|shop|store|online|site|xyz|top|app|club|live|link|page|tv|cc|co|cn"
    "|ru|su|jp|kr|br|uk|eu|fr|pl|tr|tk|ml|ga|vip|icu|рф|ру|ком|нет|コム|컴|คอม|كوم"
)
"""Ends of addresses that are no word after a spelled dot in any of our languages."""
_GLUED = re.compile(
    r"(?<![a-z0-9.@_-])(?:[a-z0-9][a-z0-9-]*\.)+(?P<end>[a-z]{2,24}|xn--[a-z0-9-]+)(?![a-z0-9])"
)
_NATIVE = re.compile(
    r"[^\W\d_][\w-]{0,62}\.(?:[\u0370-\u03ff\u0400-\u052f\u0590-\u06ff\u0900-\u097f]{2,}"
    r"|中国|中國|公司|网络|網絡|网址|在线|中文网|商城|商店|购物|香港|台湾|台灣|新加坡|한국|닷컴|닷넷|みんな|コム|ストア|"
    r"クラウド|セール|ไทย|คอม)(?!\w)"
)
_FILES = frozenset(
    [
        "jpg",
        "jpeg",
        "png",
        "gif",
        "webp",
        "heic",
        "pdf",
        "doc",
        "docx",
        "xls",
        "xlsx",
        "csv",
        "txt",
        "mp4",
    ]
)
_SHORT_FORMS = frozenset({"p.ej", "u.dgl", "o.dgl", "z.hd", "ph.d", "s.oben", "v.chr", "n.chr"})
_APART = re.compile(
    r"[a-z0-9-]{2,63}\s+\.\s*(?P<end>[a-z]{2,12})(?![\w.])|[a-z0-9-]{2,63}\.\s+(?P<far>com|net|org)(?![a-z0-9])"
)
_OTHER_DOT = re.compile(
    rf"[\w-]{{2,63}}(?:\s?[·•∙․‧。｡・]\s?|\s[,_]\s?|[,_])(?:{_ENDS})(?![a-z0-9])"
)
"""A comma with a space after it alone is a comma: `novo, com`, `seguimiento, su`."""
_NUMERIC = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]|\.\d)")
_SCHEME = re.compile(
    r"(?<![a-z])(?!https?:)(?:[a-z][a-z0-9+.-]{1,15}://|//[a-z0-9-]+\.|"
    r"(?:javascript|data|tel|sms|callto|skype|tg|viber|weixin|alipays?|intent|file|blob):(?=[^\s]))"
)
_HANDLE = re.compile(r"(?<![\w.@])@\s?[a-z0-9_][a-z0-9_.-]{2,}")
_MESSENGER = re.compile(
    r"whats\s?app|(?<![a-z])wa\.me|telegram|телеграм\w*|(?<!\w)тг(?!\w)|в[оа]тс[аэ]п\w*|(?<!\w)вайбер\w*"
    r"|(?<![a-z])viber(?![a-z])|we\s?chat|wei\s?xin|(?<![a-z])kakao|카톡|카카오|라인 ?(?:아이디|id)"
    r"|(?<![a-z])zalo(?![a-z])|instagram|facebook|discord|(?<![a-z])skype|snapchat"
    r"|واتس ?اب|واتساب|تيليجرام|تلغرام|ไลน์|ラインの?id|line ?の?id|(?<!\w)zap(?:zap)?(?!\w)"
    r"|微信|[薇威徽维微][❤♥信芯心xX]|卫信|(?<![a-z])[vw]\s?[信❤♥]|(?<![a-z0-9])[vw]x(?![a-z])"
    r"|加[^。\n]{0,3}(?:[vw薇威徽❤♥+➕]|微|好友)|扣扣|抠抠|企鹅号|(?<![a-z])qq(?![a-z])|电报|飞机号|纸飞机"
)
_LINE = re.compile(r"(?<![A-Za-z])LINE(?![A-Za-z])")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_FORBID = frozenset({"off_platform", "contact_details"})


def elsewhere(subject: Subject) -> Iterator[Finding]:
    """Addresses in disguise, spelled numbers, accounts with messengers."""
    for place, sure in _addresses(subject):
        what = subject.text[place[0] : place[1]]
        if sure or not subject.by_agent:
            message = say("{what} is not a link that may be sent to this buyer.", what=what)
            yield subject.finding("block", "value.link", place, message)
        else:
            message = say("{what} reads as a web address. Put a space after the stop.", what=what)
            yield subject.finding("warn", "value.link", place, message)
    for place in _spelled_numbers(subject):
        what = subject.text[place[0] : place[1]]
        message = say("{what} is neither the buyer's nor ours to give away.", what=what)
        yield subject.finding(
            "block", "leak.contact", place, message, lead_may_override=subject.by_agent
        )
    yield from _accounts(subject)


# ── addresses ────────────────────────────────────────────────────────────────


def _addresses(subject: Subject) -> Iterator[tuple[Place, bool]]:
    """Where one stands, and whether it can be nothing else."""
    rest = subject.without("link", "email", "tracking", "time", "date")
    folded = fold(rest)
    for pattern in (_OTHER_DOT, _NUMERIC, _SCHEME, _spelled_dot()):
        yield from ((match.span(), True) for match in pattern.finditer(folded))
    for match in _APART.finditer(folded):
        if rest[match.start() : match.end()].islower() and _is_end(match):
            yield match.span(), True
    for match in (*_GLUED.finditer(folded), *_NATIVE.finditer(folded)):
        if not _innocent(rest[match.start() : match.end()]):
            yield match.span(), False


def _is_end(match: re.Match[str]) -> bool:
    end = match["end"]
    return end is None or re.fullmatch(f"(?:{_ENDS}|de|me|es|it|nl)", end) is not None


def _innocent(raw: str) -> bool:
    """A sentence without a space after its stop, a short form, a file."""
    end = raw.rpartition(".")[2]
    begins = end[:1].isupper() and not end.isupper()
    return begins or fold(end) in _FILES or fold(raw) in _SHORT_FORMS


@cache
def _spelled_dot() -> re.Pattern[str]:
    """`parcels dot com`, `parcels (punkt) de`, `parcels点com`, `parcelsdotcom`."""
    dot, plain = dots(), "|".join(one for one in dots().split("|") if one.isascii())
    other = "|".join(one for one in dots().split("|") if not one.isascii())
    return re.compile(
        rf"[\w-]{{2,63}}\s?[(\[{{<]\s?(?:{dot}|\.)\s?[)\]}}>]\s?[\w-]{{2,63}}"
        rf"|[\w-]{{2,63}}[-_\s]{{1,2}}(?:{plain})[-_\s]{{1,2}}(?:{_ENDS}|(?<!p[ou]nto[-_\s])de(?!\s\w+\s\w))(?![a-z0-9])"
        rf"|[\w-]{{2,63}}[-_\s]{{0,2}}(?:{other})[-_\s]{{0,2}}(?:{_ENDS}|de|org)(?![a-z0-9])"
        rf"|[a-z0-9]{{2,63}}(?:dot|punkt|punto|ponto)(?:com|net|org|ru|cn)(?!\w)"
        rf"|[a-z0-9-]{{2,63}}\s(?:dot|punkt|kropka)\s[a-z]{{2,12}}(?!\w)"
        rf"|[a-z0-9-]{{2,63}}\s?(?:닷컴|닷넷|ドットコム|点康|點康|นจุดคอม)"
    )


# ── numbers in words ─────────────────────────────────────────────────────────


def _spelled_numbers(subject: Subject) -> Iterator[Place]:
    """Six digits or more in words, and a mobile number without its country."""
    for match in _digits_in_words().finditer(subject.folded):
        if len(_figures(match[0])) >= 6:
            yield match.span()
    refs = {order.ref for order in subject.brief.situation.facts.orders}
    for match in _MOBILE.finditer(subject.without("tracking", "link")):
        if match[0] not in refs and (subject.by_model or not subject.licence.number(match[0])):
            yield match.span()


@cache
def _digits_in_words() -> re.Pattern[str]:
    words = sorted(digit_words(), key=len, reverse=True)
    spaced = "|".join(re.escape(one) for one in words if one.isalpha() and len(one) > 1)
    signs = "".join(one for one in words if len(one) == 1 and not one.isascii())
    return re.compile(
        rf"(?<!\w)(?:(?:{spaced}|\d)[\s,;.-]+){{5,}}(?:{spaced}|\d)(?!\w)|[{signs}][{signs}\s-]{{5,}}"
        r"|(?:\d\ufe0f?\u20e3\s?){6,}"
    )


def _figures(raw: str) -> list[str]:
    words = re.findall(r"\w+", raw)
    if len(words) < 6:
        return [char for char in raw if char.isalnum()]
    return words if any(not word.isdigit() for word in words) else []


# ── accounts with messengers ─────────────────────────────────────────────────


def _accounts(subject: Subject) -> Iterator[Finding]:
    """A machine never names one; a person may where the platform lets them."""
    forbidden = next((one for one in subject.brief.decision.must_not if one.check in _FORBID), None)
    for place in _named(subject):
        what = subject.text[place[0] : place[1]]
        if forbidden:
            yield _against(subject, forbidden, place)
        elif not subject.by_agent:
            message = say("{what} takes the buyer elsewhere. Leave it out.", what=what)
            yield subject.finding("block", "leak.elsewhere", place, message)
        else:
            message = say("{what} takes the buyer elsewhere. Make sure it is ours.", what=what)
            yield subject.finding("tip", "leak.elsewhere", place, message)
        return


def _against(subject: Subject, demand: Demand, place: Place) -> Finding:
    message = CHECK[demand.check]
    return subject.finding("block", demand.rule, place, message, lead_may_override=False)


def _named(subject: Subject) -> Iterator[Place]:
    situation, rest = subject.brief.situation, subject.without("link", "email")
    told = [says for one in situation.facts.answers for says in one.says.values()]
    own = fold(" ".join((situation.channel, situation.brand, situation.signature, *told)))
    for pattern in (_MESSENGER, _HANDLE):
        for match in pattern.finditer(fold(rest)):
            if match[0] not in own:
                yield match.span()
    if subject.language.split("-")[0] in ("ja", "th", "zh", "ko"):
        yield from (match.span() for match in _LINE.finditer(rest))
