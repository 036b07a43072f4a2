"""Sums, percentages, days, times and lengths of time, as eighteen languages write them (S0.6)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from assistant.drafting.numerals import han_number
from assistant.drafting.spans import Span, spans

TABLE: dict[str, list[tuple[str, str, object]]] = {
    "en": [
        ("We refund €34.90 in full", "amount", "34.90 EUR"),
        ("a 15% discount", "percent", 15),
        ("on Monday 23 November", "date", (None, 11, 23)),
        ("by 6:42 pm", "time", "18:42"),
        ("within 3–5 working days", "duration", "5 workday"),
        ("within 24h of your message", "duration", "24 hour"),
        ("twenty-four hours", "duration", "24 hour"),
        ("a fortnight", "duration", "2 week"),
    ],
    "de": [
        ("die vollen 1.234,50 €", "amount", "1234.50 EUR"),
        ("fünfzig Euro", "amount", "50 EUR"),
        ("mit 15 % Rabatt", "percent", 15),
        ("am Montag, dem 23. November 2026,", "date", (2026, 11, 23)),
        ("um 18:42 Uhr", "time", "18:42"),
        ("in drei Werktagen", "duration", "3 workday"),
        ("innerhalb von 24 Stunden", "duration", "24 hour"),
    ],
    "fr": [
        ("les 1 234,50 € réglés", "amount", "1234.50 EUR"),
        ("15 pour cent", "percent", 15),
        ("le 1er décembre", "date", (None, 12, 1)),
        ("avant 18 h 42", "time", "18:42"),
        ("sous 3 à 5 jours ouvrés", "duration", "5 workday"),
        ("sous 24 h maximum", "duration", "24 hour"),
        ("une quinzaine de jours", "duration", "15 day"),
    ],
    "es": [
        ("los 34,90 euros", "amount", "34.90 EUR"),
        ("un 15 por ciento", "percent", 15),
        ("el 23 de noviembre de 2026", "date", (2026, 11, 23)),
        ("a las 18:42", "time", "18:42"),
        ("en 3 días hábiles", "duration", "3 workday"),
        ("cuarenta y ocho horas", "duration", "48 hour"),
    ],
    "it": [
        ("i 34,90 euro", "amount", "34.90 EUR"),
        ("il 15 per cento", "percent", 15),
        ("il 23 novembre", "date", (None, 11, 23)),
        ("alle 18.42", "time", "18:42"),
        ("entro 3 giorni lavorativi", "duration", "3 workday"),
        ("quindici giorni", "duration", "15 day"),
    ],
    "pt": [
        ("os R$ 1.234,50", "amount", "1234.50 BRL"),
        ("15 por cento", "percent", 15),
        ("em 23 de novembro", "date", (None, 11, 23)),
        ("às 18h42", "time", "18:42"),
        ("em até 7 dias úteis", "duration", "7 workday"),
    ],
    "nl": [
        ("de volledige € 34,90", "amount", "34.90 EUR"),
        ("15 procent", "percent", 15),
        ("op 23 november 2026", "date", (2026, 11, 23)),
        ("om 18.42 uur", "time", "18:42"),
        ("binnen 3 tot 5 werkdagen", "duration", "5 workday"),
        ("veertien dagen", "duration", "14 day"),
    ],
    "pl": [
        ("pełną kwotę 1 234,50 zł", "amount", "1234.50 PLN"),
        ("pięćdziesiąt złotych", "amount", "50 PLN"),
        ("15 procent", "percent", 15),
        ("23 listopada 2026 r.", "date", (2026, 11, 23)),
        ("w środę", "weekday", 2),
        ("o godz. 18.42", "time", "18:42"),
        ("w ciągu 3–5 dni roboczych", "duration", "5 workday"),
        ("w ciągu trzech dni", "duration", "3 day"),
        ("do 24 godzin", "duration", "24 hour"),
    ],
    "sv": [
        ("hela beloppet 349 kr", "amount", "349 SEK"),
        ("femtio kronor", "amount", "50 SEK"),
        ("15 procent", "percent", 15),
        ("måndagen den 23 november 2026", "date", (2026, 11, 23)),
        ("kl. 18.42", "time", "18:42"),
        ("inom 3 till 5 arbetsdagar", "duration", "5 workday"),
        ("inom ett dygn", "duration", "1 day"),
    ],
    "ru": [
        ("полную сумму 3 490 ₽", "amount", "3490 RUB"),
        ("3 тысячи рублей", "amount", "3000 RUB"),
        ("пятьдесят евро", "amount", "50 EUR"),
        ("15 процентов", "percent", 15),
        ("23 ноября 2026 года", "date", (2026, 11, 23)),
        ("23-го ноября", "date", (None, 11, 23)),
        ("в пятницу", "weekday", 4),
        ("в 18:42", "time", "18:42"),
        ("до 18 часов", "time", "18:00"),
        ("в течение 3–5 рабочих дней", "duration", "5 workday"),
        ("в течение двух недель", "duration", "2 week"),
        ("через 24 часа", "duration", "24 hour"),
    ],
    "tr": [
        ("1.234,50 TL tutarı", "amount", "1234.50 TRY"),
        ("elli avroyu", "amount", "50 EUR"),
        ("%50 indirim", "percent", 50),
        ("yüzde elli", "percent", 50),
        ("yüzde 15", "percent", 15),
        ("23 Kasım 2026'da", "date", (2026, 11, 23)),
        ("cumaya kadar", "weekday", 4),
        ("saat 18.42'de", "time", "18:42"),
        ("3 ila 5 iş günü içinde", "duration", "5 workday"),
        ("iki hafta içinde", "duration", "2 week"),
        ("24 saat içinde", "duration", "24 hour"),
    ],
    "ar": [
        ("كامل المبلغ ٣٤٫٩٠ يورو", "amount", "34.90 EUR"),
        ("١٬٢٩٠ ريال", "amount", "1290 SAR"),
        ("خمسين ريالاً", "amount", "50 SAR"),
        ("خصم ١٥٪", "percent", 15),
        ("15 بالمئة", "percent", 15),
        ("يوم ٢٣ نوفمبر ٢٠٢٦", "date", (2026, 11, 23)),
        ("في 23 تشرين الثاني", "date", (None, 11, 23)),
        ("يوم الثلاثاء", "weekday", 1),
        ("الساعة ٦:٤٢ مساءً", "time", "18:42"),
        ("خلال ٣ أيام عمل", "duration", "3 workday"),
        ("خلال يومين", "duration", "2 day"),
        ("خلال 24 ساعة", "duration", "24 hour"),
    ],
    "th": [
        ("คืนเงินเต็มจำนวน 1,290 บาท", "amount", "1290 THB"),
        ("ห้าสิบบาท", "amount", "50 THB"),
        ("๑๕ เปอร์เซ็นต์", "percent", 15),
        ("วันที่ 23 พฤศจิกายน 2569", "date", (2026, 11, 23)),
        ("23 พ.ย. 2569", "date", (2026, 11, 23)),
        ("23/11/69", "date", (2026, 11, 23)),
        ("ภายในวันอังคารที่", "weekday", 1),
        ("เวลา 18.42 น.", "time", "18:42"),
        ("ภายใน 3-5 วันทำการ", "duration", "5 workday"),
        ("ภายในสองสัปดาห์", "duration", "2 week"),
        ("ภายใน 24 ชม.", "duration", "24 hour"),
    ],
    "vi": [
        ("toàn bộ 350.000 đ", "amount", "350000 VND"),
        ("350 nghìn đồng", "amount", "350000 VND"),
        ("15 phần trăm", "percent", 15),
        ("ngày 23 tháng 11 năm 2026", "date", (2026, 11, 23)),
        ("thứ Ba", "weekday", 1),
        ("lúc 18 giờ 42", "time", "18:42"),
        ("trước 18 giờ", "time", "18:00"),
        ("trong 3-5 ngày làm việc", "duration", "5 workday"),
        ("hai tuần", "duration", "2 week"),
        ("trong vòng 24 giờ", "duration", "24 hour"),
    ],
    "id": [
        ("seluruh Rp350.000", "amount", "350000 IDR"),
        ("350 ribu rupiah", "amount", "350000 IDR"),
        ("15 persen", "percent", 15),
        ("tanggal 23 November 2026", "date", (2026, 11, 23)),
        ("hari Selasa", "weekday", 1),
        ("pukul 18.42", "time", "18:42"),
        ("dalam 3-5 hari kerja", "duration", "5 workday"),
        ("dalam 2 minggu", "duration", "2 week"),
        ("dalam 24 jam", "duration", "24 hour"),
    ],
    "ja": [
        ("34.90ユーロを全額", "amount", "34.90 EUR"),
        ("1万円", "amount", "10000 JPY"),
        ("三千円", "amount", "3000 JPY"),
        ("15パーセント", "percent", 15),
        ("11月23日(月)", "date", (None, 11, 23)),
        ("18時42分", "time", "18:42"),
        ("3営業日以内", "duration", "3 workday"),
    ],
    "ko": [
        ("34.90유로 전액", "amount", "34.90 EUR"),
        ("3만 원", "amount", "30000 KRW"),
        ("15퍼센트", "percent", 15),
        ("11월 23일(월)", "date", (None, 11, 23)),
        ("18시 42분", "time", "18:42"),
        ("3영업일 이내", "duration", "3 workday"),
        ("이틀 안에", "duration", "2 day"),
    ],
    "zh-Hans": [
        ("全额退还 34.90 欧元", "amount", "34.90 EUR"),
        ("五百元", "amount", "500 CNY"),
        ("5千元", "amount", "5000 CNY"),
        ("百分之十五", "percent", 15),
        ("打八折", "percent", 20),
        ("11月23日（周一）", "date", (None, 11, 23)),
        ("周二", "weekday", 1),
        ("18点42分", "time", "18:42"),
        ("3个工作日内", "duration", "3 workday"),
        ("两周", "duration", "2 week"),
        ("半天", "duration", "12 hour"),
    ],
    "zh-Hant": [
        ("全額退還 34.90 歐元", "amount", "34.90 EUR"),
        ("11 月 23 日（週一）", "date", (None, 11, 23)),
        ("3 個工作天", "duration", "3 workday"),
        ("兩週", "duration", "2 week"),
    ],
}


def shown(span: Span) -> object:
    if span.kind == "duration":
        return f"{span.number} {next(iter(span.units))}"
    return {"percent": span.number, "weekday": span.number, "date": span.day}.get(
        span.kind, span.value
    )


@pytest.mark.parametrize("language", TABLE)
def test_what_can_be_checked_is_read_as_this_language_writes_it(language: str) -> None:
    wrong = []
    for text, kind, value in TABLE[language]:
        found = [one for one in spans(text, (language, "en")) if one.kind == kind]
        if kind == "amount":
            number, currency = str(value).split()
            right = [one for one in found if one.number == Decimal(number)]
            if not right or currency not in right[0].units:
                wrong.append((text, found))
        elif value is not None and value not in [shown(one) for one in found]:
            wrong.append((text, [(one.kind, one.text) for one in spans(text, (language, "en"))]))
    assert wrong == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("vi", "Chúng tôi sẽ kiểm tra sau ngày giao hàng và tạm ngưng."),
        ("tr", "Saat kaçta ulaştığını kontrol ediyorum."),
        ("id", "Hari ini kami mengecek jam pengiriman."),
        ("ru", "Я проверю это и напишу вам."),
        ("zh-Hans", "我们一块退回。十分抱歉。"),
        ("en", "Ah, I see what you mean; take a look."),
        ("th", "สินค้าอยู่ระหว่างจัดส่งค่ะ"),
        ("ar", "سأتابع الطلب وأعود إليك."),
    ],
)
def test_ordinary_words_are_no_numbers(language: str, text: str) -> None:
    kinds = {one.kind for one in spans(text, (language, "en"))}

    assert not kinds & {"amount", "percent", "date", "time", "duration", "number"}


@pytest.mark.parametrize(
    ("said", "value"),
    [("三", 3), ("十五", 15), ("二十", 20), ("一百零五", 105), ("一百五", 150), ("三千二百", 3200),
     ("一万二千", 12_000), ("十分", None), ("万一", None)],
)  # fmt: skip
def test_chinese_numerals_are_read(said: str, value: int | None) -> None:
    assert han_number(said) == value
