"""What a buyer wrote now, apart from what their mail program put under it.

One walk over the lines, each of which is looked at in time that is linear in its length. The
libraries for this were tried: `mail-parser-reply` takes 40 s for one hostile line of 20,000
characters, and takes a list with hyphens for a signature; `quotequail` knows no Chinese, Japanese,
Korean, Italian or Polish.
"""

from __future__ import annotations

import re

LONGEST = 1_000
"""Characters of a line that is looked at: programs write no longer ones."""

# fmt: off
# What programs write between a date, a name and the words that they quote, as the end of a line.
_WROTE = (
    "wrote:", "writes:", "schrieb:", "geschrieben:", "a écrit :", "a écrit :", "a écrit:", "ha scritto:",
    "escribió:", "escreveu:", "schreef:", "geschreven:", "skrev:", "kirjoitti:", "napisał(a):",
    "napisał:", "napisała:", "napsal(a):", "napísal(a):", "написал(а):", "написал:", "написала:", "пишет:",
    "写道:", "写道：", "寫道:", "寫道：", "のメール:", "書きました:", "書きました：", "のメッセージ:", "님이 작성:",
    "님이 작성:", "작성:", "yazdı:", "şunu yazdı:", "đã viết:", "menulis:", "เขียนว่า:", "a scris:", "ha escrito:",
    "έγραψε:", "írta:", "كتب:", "כתב:", "כתבה:", "wrote :", "escreveu :", "написав(ла):",
)
_BEGINS = (
    "on ", "am ", "le ", "el ", "em ", "op ", "den ", "il ", "il giorno ", "dne ", "w dniu ",
    "в ", "вт", "пн", "ср", "чт", "пт", "сб", "вс", "在", "于", "vào ", "pada ", "la ", "ma ", "dňa ",
)
# Above a copied head: a line of dashes with one of these, or the copied head itself.
_SEPARATORS = (
    "original message", "original-nachricht", "ursprüngliche nachricht", "originalnachricht",
    "message d'origine", "message original", "mensaje original", "mensagem original",
    "messaggio originale", "oorspronkelijk bericht", "wiadomość oryginalna", "původní zpráva",
    "исходное сообщение", "originalmeddelande", "ursprungligt meddelande", "oprindelig meddelelse",
    "opprinnelig melding", "orijinal mesaj", "原始邮件", "原始郵件", "原邮件", "回复的原邮件", "回复邮件原件",
    "original", "元のメッセージ", "original mail", "원본 메시지", "원본 메일", "thư gốc", "ข้อความต้นฉบับ",
    "reply message", "weitergeleitete nachricht", "forwarded message", "الرسالة الأصلية",
)
_FROM = (
    "from", "von", "de", "da", "van", "od", "от", "от кого", "från", "fra", "kimden", "gönderen",
    "发件人", "寄件者", "寄件人", "差出人", "送信者", "보낸 사람", "보낸사람", "từ", "dari", "จาก", "من", "מאת", "lähettäjä",
    "feladó", "de la", "από",
)
_SENT = (
    "sent", "date", "gesendet", "datum", "envoyé", "date d'envoi", "enviado", "enviado el", "fecha",
    "enviada em", "data", "inviato", "verzonden", "wysłano", "odesláno", "отправлено", "дата",
    "skickat", "sendt", "dato", "gönderildi", "tarih", "gönderme tarihi", "发送时间", "发送日期", "日期", "時間", "時刻",
    "寄件日期", "傳送日期", "送信日時", "日時", "送信日", "보낸 날짜", "날짜", "보낸날짜", "ngày", "đã gửi", "tanggal", "วันที่", "التاريخ",
    "תאריך", "lähetetty", "elküldve", "trimis", "to", "an", "à", "para", "a", "aan", "do", "кому", "till", "til",
    "收件人", "收件者", "宛先", "받는 사람", "받는사람", "subject", "betreff", "objet", "asunto", "assunto",
    "oggetto", "onderwerp", "temat", "předmět", "тема", "ämne", "emne", "konu", "主题", "主旨", "件名", "제목",
)
_SENT_FROM = (
    "sent from my ", "sent from mail for ", "sent from yahoo", "sent from outlook", "get outlook for ",
    "von meinem ", "gesendet von ", "diese nachricht wurde von meinem ", "envoyé de mon ",
    "envoyé depuis ", "enviado desde mi ", "enviado desde ", "enviado do meu ", "inviato da ",
    "verzonden vanaf ", "verstuurd vanaf ", "wysłane z ", "odesláno z ", "отправлено с ", "отправлено из ", "skickat från ",
    "sendt fra min ", "sendt fra ", "iphone'umdan", "发自我的", "發自我的", "从我的", "從我的", "傳送自", "發送自",
    "iphoneから送信", "ipadから送信", "androidから送信", "나의 iphone에서", "내 iphone에서",
    "đã gửi từ ", "dikirim dari ", "yahoo mail: ", "sent via ",
)
# fmt: on
_FROM_SET, _SENT_SET = frozenset(_FROM), frozenset(_SENT)
_DASHED = re.compile(r"[-_=*— ]{3,}([^-_=*—].{0,60}?)[-_=*— :：]{3,}")
_JUST_LINE = re.compile(r"[_—]{20,}|-{30,}")
_HEAD = re.compile(r"[*\s]*([^:：]{1,24}?)\s?[*]*\s?[:：][*]*\s*(.*)")
_AROUND = " \t*\xa0\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
_HAS_DATE = re.compile(r"\d{1,4}[./年-]\s?\d{1,2}|\d{1,2}[:.h]\d{2}|\b(19|20)\d\d\b")
_JAPANESE = re.compile(r"\d{4}[年/-]\d{1,2}[月/-]\d{1,2}.{0,60}[<＜][^<>＜＞@]{1,64}@[^<>＜＞]{1,255}[>＞]\s*[:：]?$")


def own_words(text: str) -> str:
    """*text* without quoted mail and signature; all of it where nothing would be left.

    Answers between quoted lines mean nothing without them: such a text stays as it is.
    """
    lines = text.split("\n")
    end = next((n for n in range(len(lines)) if _history_begins(lines, n)), len(lines))
    kept = _without_quoted(lines[:end], lines[end:])
    if kept is None:
        return text.strip()
    said = _without_signature(kept)
    return said or text.strip()


def _without_quoted(above: list[str], below: list[str]) -> list[str] | None:
    """What is no quotation, above it or below; None where both are mixed."""
    quoted = [n for n, line in enumerate(above) if line.startswith(">")]
    if quoted:
        # Quoted without a word about whose they are.
        first, last = quoted[0], quoted[-1]
        before, after = above[:first], above[last + 1 :]
        inside = [line for line in above[first:last] if line.strip() and not line.startswith(">")]
        if inside or (_said(before) and _said(after)):
            return None
        return before if _said(before) else after
    after = _after_quotation(below)
    if _said(above):
        return None if _said(_cut_signature(after)) else above
    return after


def _after_quotation(below: list[str]) -> list[str]:
    """What stands under a quotation whose every line is marked; nothing where it is not marked."""
    marked = [n for n, line in enumerate(below[:400]) if line.startswith(">")]
    if not marked or marked[0] > 4:
        return []
    inside = [line for line in below[marked[0] :] if line.strip() and not line.startswith(">")]
    return inside


def _said(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)


def _history_begins(lines: list[str], n: int) -> bool:
    line = lines[n].strip(_AROUND)
    if not line or len(line) > LONGEST:
        return False
    return _is_attribution(lines, n, line) or _is_separator(lines, n, line) or _is_head(lines, n)


def _is_attribution(lines: list[str], n: int, line: str) -> bool:
    """“On …, Anna wrote:”, which may go over two or three lines."""
    if _JAPANESE.search(line):
        return True
    folded = line.casefold()
    if folded.endswith(_WROTE) or _names_writer(folded):
        return bool(_HAS_DATE.search(line)) or "@" in line
    if not folded.startswith(_BEGINS) or not _HAS_DATE.search(line):
        return False
    following = [one.strip().casefold() for one in lines[n + 1 : n + 3]]
    return any(one.endswith(_WROTE) and len(one) < LONGEST for one in following if one)


def _names_writer(folded: str) -> bool:
    """“schrieb Anna <a@b.example>:”: the verb is in the middle in some languages."""
    if not folded.endswith((":", "：")):
        return False
    return any(f" {verb} " in folded for verb in ("schrieb", "schreef", "skrev", "schrieben", "geschreven"))


def _is_separator(lines: list[str], n: int, line: str) -> bool:
    if dashed := _DASHED.fullmatch(line):
        return dashed[1].strip(" -:：").casefold() in _SEPARATORS
    return bool(_JUST_LINE.fullmatch(line)) and any(
        _is_head(lines, at) for at in range(n + 1, min(n + 4, len(lines)))
    )


def _is_head(lines: list[str], n: int) -> bool:
    """The copied head of Outlook, QQ, 163: who it was from, and then when, or to whom."""
    first = _label(lines[n])
    if first not in _FROM_SET:
        return False
    following = [one for one in lines[n + 1 : n + 6] if one.strip()][:2]
    return bool(following) and all(_label(one) in _SENT_SET for one in following[:1])


def _label(line: str) -> str:
    head = _HEAD.match(line[:LONGEST])
    return head[1].strip().casefold() if head and head[2] else ""


def _without_signature(lines: list[str]) -> str:
    return "\n".join(_cut_signature(lines)).strip()


def _cut_signature(lines: list[str]) -> list[str]:
    """Up to the line that programs put before a signature, and without their own greetings."""
    cut = next((n for n, line in enumerate(lines) if line.rstrip() == "--"), len(lines))
    kept = lines[:cut]
    while kept and (not kept[-1].strip() or _is_greeting_of_a_program(kept[-1])):
        kept = kept[:-1]
    return kept


def _is_greeting_of_a_program(line: str) -> bool:
    folded = line.strip(" \t*_<>[]").casefold()
    return len(folded) < 100 and (
        folded.startswith(_SENT_FROM) or folded.endswith(("から送信", "에서 보냄", "gesendet"))
    )
