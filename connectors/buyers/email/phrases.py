"""What mail programs write around words that they quote, in their languages. Lower case."""

from __future__ import annotations


def _phrases(lines: str) -> tuple[str, ...]:
    """Between bars. A space at an end is written as `_`."""
    return tuple(one.strip().replace("_", " ") for one in lines.split("|") if one.strip())


WROTE = _phrases(
    """
    wrote: | writes: | schrieb: | geschrieben: | a écrit : | a écrit: | ha scritto: |
    escribió: | escreveu: | schreef: | geschreven: | skrev: | kirjoitti: | napisał(a): |
    napisał: | napisała: | napsal(a): | napísal(a): | написал(а): | написал: | написала: |
    пишет: | 写道: | 写道： | 寫道: | 寫道： | のメール: | 書きました: | 書きました： |
    のメッセージ: | 님이 작성: | 작성: | yazdı: | şunu yazdı: | đã viết: | menulis: |
    เขียนว่า: | a scris: | ha escrito: | έγραψε: | írta: | كتب: | כתב: | כתבה: | wrote : |
    escreveu : | написав(ла):
    """
)
"""Between a date, a name and the words that they quote, as the end of a line."""

BEGINS = _phrases(
    """
    on_ | am_ | le_ | el_ | em_ | op_ | den_ | il_ | il giorno_ | dne_ | w dniu_ | в_ | вт |
    пн | ср | чт | пт | сб | вс | 在 | 于 | vào_ | pada_ | la_ | ma_ | dňa_
    """
)
"""How such a line begins, where the verb is in a later one."""

VERBS = _phrases(
    """
    schrieb | schrieben | geschreven | schreef | skrev
    """
)
"""Where the name comes last."""

SEPARATORS = _phrases(
    """
    original message | original-nachricht | ursprüngliche nachricht | originalnachricht |
    message d'origine | message original | mensaje original | mensagem original |
    messaggio originale | oorspronkelijk bericht | wiadomość oryginalna | původní zpráva |
    исходное сообщение | originalmeddelande | ursprungligt meddelande |
    oprindelig meddelelse | opprinnelig melding | orijinal mesaj | 原始邮件 | 原始郵件 |
    原邮件 | 回复的原邮件 | 回复邮件原件 | original | 元のメッセージ | original mail |
    원본 메시지 | 원본 메일 | thư gốc | ข้อความต้นฉบับ | reply message |
    weitergeleitete nachricht | forwarded message | الرسالة الأصلية
    """
)
"""Between dashes, above a copied head."""

FROM = _phrases(
    """
    from | von | de | da | van | od | от | от кого | från | fra | kimden | gönderen | 发件人 |
    寄件者 | 寄件人 | 差出人 | 送信者 | 보낸 사람 | 보낸사람 | từ | dari | จาก | من | מאת |
    lähettäjä | feladó | de la | από
    """
)
"""A copied head's first label."""

SENT = _phrases(
    """
    sent | date | gesendet | datum | envoyé | date d'envoi | enviado | enviado el | fecha |
    enviada em | data | inviato | verzonden | wysłano | odesláno | отправлено | дата |
    skickat | sendt | dato | gönderildi | tarih | gönderme tarihi | 发送时间 | 发送日期 |
    日期 | 時間 | 時刻 | 寄件日期 | 傳送日期 | 送信日時 | 日時 | 送信日 | 보낸 날짜 | 날짜 |
    보낸날짜 | ngày | đã gửi | tanggal | วันที่ | التاريخ | תאריך | lähetetty | elküldve |
    trimis | to | an | à | para | a | aan | do | кому | till | til | 收件人 | 收件者 | 宛先 |
    받는 사람 | 받는사람 | subject | betreff | objet | asunto | assunto | oggetto |
    onderwerp | temat | předmět | тема | ämne | emne | konu | 主题 | 主旨 | 件名 | 제목
    """
)
"""What labels may follow it."""

SENT_FROM = _phrases(
    """
    sent from my_ | sent from mail for_ | sent from yahoo | sent from outlook |
    get outlook for_ | von meinem_ | gesendet von_ | diese nachricht wurde von meinem_ |
    envoyé de mon_ | envoyé depuis_ | enviado desde mi_ | enviado desde_ | enviado do meu_ |
    inviato da_ | verzonden vanaf_ | verstuurd vanaf_ | wysłane z_ | odesláno z_ |
    отправлено с_ | отправлено из_ | skickat från_ | sendt fra min_ | sendt fra_ |
    iphone'umdan | 发自我的 | 發自我的 | 从我的 | 從我的 | 傳送自 | 發送自 | iphoneから送信 |
    ipadから送信 | androidから送信 | 나의 iphone에서 | 내 iphone에서 | đã gửi từ_ |
    dikirim dari_ | yahoo mail:_ | sent via_
    """
)
"""How a telephone's own greeting begins."""

SENT_WITH = ("から送信", "에서 보냄", "gesendet", "verzonden", "gönderildi", "发送")
"""How one ends, where the verb does."""
