"""A reply as a mail: heads that nobody can add to, words that every program shows right.

The same reply has the same Message-ID however often it is sent, and it is known before the first
byte leaves.
"""

from __future__ import annotations

import html
import re
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from assistant.errors import Rejected
from assistant.words import say
from connectors.buyers.email.flowed import flowed, quoted
from connectors.http import clean_line, clean_text

KEPT_REFERENCES = 20
QUOTED_CHARS = 4_000

_POLICY = SMTP.clone(cte_type="7bit")
_ID = re.compile(r"[!-;=?-~]{1,240}@[!-;=?-~]{1,240}|[!-;=?-~]{3,240}")
_MADE_UP = ("@no-id", "@long-id")
_RE = re.compile(
    r"\s*(re|aw|sv|antw|vs|odp|res|rif|ynt|回复|答复|回覆|返信|答覆|회신|re\[\d+\])\s*[:：]", re.I
)
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_RIGHT_TO_LEFT = frozenset(("ar", "he", "fa", "ur", "ps", "yi", "dv", "ckb"))

_WROTE = {
    "ar": "في {date}، كتب {name}:",
    "cs": "Dne {date} {name} napsal(a):",
    "da": "Den {date} skrev {name}:",
    "de": "Am {date} schrieb {name}:",
    "en": "On {date}, {name} wrote:",
    "es": "El {date}, {name} escribió:",
    "fi": "{name} kirjoitti {date}:",
    "fr": "Le {date}, {name} a écrit :",
    "he": "בתאריך {date}, {name} כתב/ה:",
    "it": "Il {date} {name} ha scritto:",
    "ja": "{date}、{name} さんは書きました：",
    "ko": "{date}, {name} 님이 작성:",
    "nl": "Op {date} schreef {name}:",
    "pl": "{date} {name} napisał(a):",
    "pt": "Em {date}, {name} escreveu:",
    "ru": "{date}, {name} пишет:",
    "sv": "Den {date} skrev {name}:",
    "th": "เมื่อ {date} {name} เขียนว่า:",
    "tr": "{date} tarihinde {name} şunu yazdı:",
    "vi": "Vào {date}, {name} đã viết:",
    "zh": "{date}，{name} 写道：",
}


class File(NamedTuple):
    name: str
    mime: str
    content: bytes


class Letter(NamedTuple):
    """Everything a mail is made of."""

    message_id: str
    from_name: str
    from_address: str
    to: str
    subject: str
    text: str
    language: str
    at: datetime
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    signature: str = ""
    answered: str = ""
    """What the buyer wrote."""
    answered_by: str = ""
    answered_at: datetime | None = None
    html: bool = True
    files: tuple[File, ...] = ()


def composed(letter: Letter) -> bytes:
    """The mail's bytes. Raises: Rejected, where its address can't be written to."""
    heads = "\r\n".join(_heads(letter))
    return f"{heads}\r\n".encode() + _body(letter)


def reply_subject(subject: str) -> str:
    """`Re:` once, whatever the buyer's program calls it."""
    line = clean_line(subject, 500)
    if not line:
        return "Re:"
    return line if _RE.match(line) else f"Re: {line}"


# ── heads ────────────────────────────────────────────────────────────────────


def _heads(letter: Letter) -> list[str]:
    sender = mail_address(letter.from_address)
    heads = [
        f"From: {_named(letter.from_name, sender)}",
        f"To: {mail_address(letter.to)}",
        f"Subject: {_encoded(letter.subject, len('Subject: '))}",
        f"Date: {format_datetime(letter.at)}",
        f"Message-ID: <{_checked(letter.message_id)}>",
    ]
    if letter.reply_to:
        heads.append(f"Reply-To: {_named(letter.from_name, mail_address(letter.reply_to))}")
    parent = letter.in_reply_to if _is_id(letter.in_reply_to) else ""
    if parent:
        heads.append(f"In-Reply-To: <{parent}>")
    chain = [one for one in dict.fromkeys((*letter.references, parent)) if _is_id(one)]
    if len(chain) > KEPT_REFERENCES:
        chain = [chain[0], *chain[-KEPT_REFERENCES + 1 :]]
    if chain:
        heads.append("References: " + "\r\n ".join(f"<{one}>" for one in chain))
    return heads


def mail_address(address: str) -> str:
    """*address* as servers take it: its domain in ASCII. Raises: Rejected."""
    local, at, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode() if not domain.isascii() else domain
    except UnicodeError:
        ascii_domain = ""
    if not (at and local and ascii_domain) or re.search(r"[\s<>,;:()\[\]\\\x00-\x1f\x7f]", address):
        raise Rejected(say("{address} is no address that mail can be sent to.", address=address))
    return f"{local}@{ascii_domain}"


def _named(name: str, address: str) -> str:
    line = clean_line(name, 100)
    if not line:
        return address
    if line.isascii():
        escaped = line.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address}>'
    return f"{_encoded(line, len('Reply-To: '))} <{address}>"


def _encoded(text: str, before: int) -> str:
    """One line as a head has it: folded, in words of RFC 2047 where it is not ASCII."""
    line = clean_line(text, 500)
    charset = "us-ascii" if line.isascii() else "utf-8"
    coded = Header(line, charset, maxlinelen=76, continuation_ws=" ").encode(
        linesep="\r\n", maxlinelen=76 - before if before else 76
    )
    return coded


def _is_id(id: str) -> bool:
    return bool(_ID.fullmatch(id)) and not id.endswith(_MADE_UP)


def _checked(id: str) -> str:
    assert _is_id(id), "a Message-ID of ours is plain"
    return id


# ── body ─────────────────────────────────────────────────────────────────────


def _body(letter: Letter) -> bytes:
    message = EmailMessage(policy=_POLICY)
    message.set_content(_plain(letter), charset="utf-8", params={"format": "flowed"})
    if letter.html:
        message.add_alternative(_html(letter), subtype="html", charset="utf-8")
    for file in letter.files:
        kind, _, sub = file.mime.partition("/")
        if kind in ("message", "multipart", "") or not re.fullmatch(r"[\w.+-]+", sub):
            kind, sub = "application", "octet-stream"
        message.add_attachment(
            file.content, maintype=kind, subtype=sub, filename=clean_line(file.name)
        )
    return message.as_bytes()


def _plain(letter: Letter) -> str:
    parts = [flowed(clean_text(letter.text).strip())]
    if letter.signature:
        parts.append(f"-- \n{flowed(letter.signature.strip())}")
    if letter.answered:
        parts.append(f"{_attribution(letter)}\n{quoted(_shortened(letter.answered))}")
    return "\n\n".join(parts) + "\n"


def _html(letter: Letter) -> str:
    """The same words; whoever reads from right to left gets them so."""
    way = "rtl" if letter.language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"
    said = _paragraphs(clean_text(letter.text).strip())
    if letter.signature:
        said += f'<p style="color:#555">{_lines(letter.signature.strip())}</p>'
    answered = ""
    if letter.answered:
        answered = (
            f'<p dir="auto">{_lines(_attribution(letter))}</p><blockquote type="cite" dir="auto" '
            'style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">'
            f"{_paragraphs(_shortened(letter.answered))}</blockquote>"
        )
    language = html.escape(letter.language if letter.language != "und" else "", quote=True)
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"></head><body>'
        f'<div dir="{way}" lang="{language}">{said}</div>{answered}</body></html>\n'
    )


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_lines(one)}</p>\n" for one in re.split(r"\n{2,}", text) if one.strip())


def _lines(text: str) -> str:
    """Escaped, its lines kept, its links to be pressed."""
    shown, at = [], 0
    for link in _LINK.finditer(text):
        shown.append(html.escape(text[at : link.start()]))
        address = html.escape(link[0], quote=True)
        shown.append(f'<a href="{address}">{address}</a>')
        at = link.end()
    shown.append(html.escape(text[at:]))
    return "".join(shown).replace("\n", "<br>\n")


def _shortened(text: str) -> str:
    plain = clean_text(text).strip()
    return plain if len(plain) <= QUOTED_CHARS else f"{plain[:QUOTED_CHARS].rstrip()} […]"


def _attribution(letter: Letter) -> str:
    """“On 21 November 2026, Anna wrote:” in the buyer's language."""
    language = letter.language.partition("-")[0]
    language = language if language in _WROTE else "en"
    name = clean_line(letter.answered_by, 80) or letter.to
    at = letter.answered_at or letter.at
    try:
        date = format_date(at.date(), "long", Locale.parse(letter.language.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        date = format_date(at.date(), "long", Locale.parse(language))
    return _WROTE[language].format(date=date, name=name)
