"""What a mail says, whatever program wrote it, in whatever charset, however broken."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.buyers.email.decoding import decoded, words
from connectors.buyers.email.flowed import flowed, unflowed
from connectors.buyers.email.html import Page
from connectors.buyers.email.machines import is_automatic
from connectors.buyers.email.quoting import own_words
from connectors.buyers.email.reading import read_mail
from connectors.buyers.email.trust import trust_of
from tests.email_letters import letter, recorded

OWN = frozenset({"support@shop.test"})

SAID = {
    "gmail_de_reply": (
        "Danke für die schnelle Antwort! Die Bestellung ist die 10045,\n"
        "hier noch einmal die drei Punkte:\n- Ausguss abgebrochen\n- Deckel fehlt\n"
        "- Karton war nass\n\nViele Grüße\nLena"
    ),
    "outlook_fr_html": "Bonjour, voici la photo. La théière coûte 34,90 €.",
    "outlook_text_en": ("Still nothing. Please check with the carrier.\n\nTom Brandt\nPurchasing"),
    "apple_mail_es_flowed": (
        "Quiero cambiar la dirección de entrega, porque ya no vivo allí desde hace un mes."
    ),
    "qq_zh_reply": "茶壶的盖子碎了，我要换货。请看照片，谢谢！喆镕",
    "163_zh_gbk": "我的订单10045什么时候发货？镕喆",
    "yahoo_japan_iso2022jp": "注文番号10045の急須が割れていました。交換をお願いします。",
    "outlook_ja_shift_jis": "①の商品はいつ届きますか。～お願いします～",
    "naver_ko_euckr": "주문 10045 언제 도착하나요? 뷁",
    "mailru_koi8r": "Здравствуйте! Где мой заказ?",
    "arabic_win1256": "أين طلبي رقم 10045؟ لم يصل بعد.",
    "thai_tis620_big5_name": "สินค้าอยู่ที่ไหน",
    "no_charset_raw_utf8": "¿Dónde está mi pedido 10045? Añado: ñandú.",
    "wrong_label_utf8": "Gdzie jest moje zamówienie? Zażółć gęślą jaźń.",
    "bottom_posted": "The green one, please.",
    "split_encoded_words": "Hello",
    "contact_form": "Where is my order 10045?",
    "attachments": "See the files.",
}
"""The buyer's own words: nothing quoted, no signature, every character."""

HEADS = {
    "gmail_de_reply": ("Lena Weber", "lena.weber@gmail.com", "Re: Kanne kaputt"),
    "outlook_fr_html": ("François Lefèvre", "f.lefevre@outlook.fr", "RE: Théière"),
    "outlook_text_en": ("Brandt, Tom", "tom.brandt@corp.example", "RE: Order 10023"),
    "qq_zh_reply": ("王小明", "123456@qq.com", "回复：订单10045"),
    "163_zh_gbk": ("陈镕喆", "chen@163.com", "什么时候发货"),
    "yahoo_japan_iso2022jp": ("田中花子", "hanako..t.@docomo.ne.jp", "Re: ご注文の件"),
    "outlook_ja_shift_jis": ("鈴木一郎", "suzuki@corp.example", "注文①について"),
    "naver_ko_euckr": ("김민수", "minsu@naver.example", "배송 문의"),
    "thai_tis620_big5_name": ("王小姐", "wang@example.tw", "สอบถามสินค้า"),
    "no_charset_raw_utf8": ("José Núñez", "jose@example.mx", "¿Dónde está mi pedido?"),
    "broken_utf8": ("Ann", "ann@example.com", "café"),
    "split_encoded_words": ("Li", "li@example.cn", "订单"),
    "spoofed_name": ("", "evil@phish.example", "Verify"),
}


@pytest.mark.parametrize("name", SAID)
def test_the_buyers_own_words_are_read_in_every_charset_and_program(name: str) -> None:
    """Quoted text and signatures cut, charsets of the world."""
    mail = read_mail(recorded(name))
    assert mail.text == SAID[name]
    assert mail.text in mail.whole or "\n" in mail.whole or mail.whole.startswith(mail.text[:20])


@pytest.mark.parametrize("name", HEADS)
def test_names_addresses_and_subjects_are_decoded(name: str) -> None:
    """Characters cut in two by encoded words, raw bytes, narrow labels; a name that claims to be
    another address is none."""
    mail = read_mail(recorded(name))
    assert (mail.sender.name, mail.sender.address, mail.subject) == HEADS[name]


def test_what_was_quoted_is_kept_beside_the_words() -> None:
    mail = read_mail(recorded("qq_zh_reply"))
    assert "您好，请问有什么可以帮您？" in mail.whole
    assert "您好" not in mail.text


def test_answers_between_quoted_lines_keep_them() -> None:
    """“Green.” alone would answer nothing."""
    assert "> And which size?\nThe large one." in read_mail(recorded("interleaved")).text


def test_a_forwarded_mail_is_what_the_buyer_wants_to_show() -> None:
    assert "Your order 10045 has shipped." in read_mail(recorded("forwarded")).text


def test_a_mail_with_a_few_broken_bytes_keeps_all_its_other_words() -> None:
    text = read_mail(recorded("broken_utf8")).text
    assert text.startswith("The caf")
    assert text.endswith(
        "is broken, please send another one. It was for my mother's birthday next week."
    )


def test_a_mail_of_very_many_heads_holds_nobody_up() -> None:
    """One odd mail stops no mailbox: each head costs the same, however many there are."""
    raw = b"From: lena@buyer.test\r\n" + b"X-A: b\r\n" * 60_000 + b"\r\nHello."
    began = time.process_time()
    mail = read_mail(raw)
    assert time.process_time() - began < 2
    assert (mail.text, len(mail.heads["x-a"])) == ("Hello.", 60_000)


def test_threads_are_named_by_ids_the_nearest_first() -> None:
    mail = read_mail(letter(references="<a@x> <b@x>", in_reply_to="<b@x>"))
    assert mail.answers == ("b@x", "a@x")
    assert read_mail(letter(message_id="")).id.endswith("@no-id")
    assert read_mail(letter(message_id="")).id == read_mail(letter(message_id="")).id
    assert len(read_mail(letter(message_id=f"<{'x' * 900}@y>")).id) < 250


def test_times_are_in_utc_and_nonsense_is_none() -> None:
    assert read_mail(letter()).sent_at == datetime(2026, 11, 21, 9, 59, tzinfo=UTC)
    assert read_mail(letter(date="nonsense")).sent_at is None


def test_files_have_their_names_and_pictures_that_only_a_quotation_shows_are_left_out() -> None:
    mail = read_mail(recorded("attachments"))
    assert mail.parts[0].name == "发票.pdf"
    assert mail.parts[2].mime == "message/rfc822"
    assert [one.name for one in read_mail(recorded("outlook_fr_html")).parts] == ["photo.jpg"]


@pytest.mark.parametrize(
    ("name", "trust"),
    [
        ("gmail_de_reply", "proven"),
        ("amazon_question", "proven"),
        ("contact_form", "proven"),
        ("spoofed_name", "forged"),
        ("newsletter", "unproven"),
    ],
)
def test_only_what_our_own_server_found_proves_a_sender(name: str, trust: str) -> None:
    """Reliability D: a second head that says “pass”, written by the sender, proves nothing."""
    assert trust_of(read_mail(recorded(name)), "mx.shop.test") == trust
    assert trust_of(read_mail(recorded(name)), "") == ""
    assert trust_of(read_mail(recorded(name)), "mx.other.test") == "unproven"


@pytest.mark.parametrize(
    ("results", "trust"),
    [
        ("mx.shop.test; dkim=pass header.d=other.example", "unproven"),
        ("mx.shop.test; spf=pass smtp.mailfrom=bounce@buyer.test", "proven"),
        ("mx.shop.test; dkim=pass header.i=@mail.buyer.test", "proven"),
        ("mx.shop.test; dkim=pass header.d=test", "unproven"),
        ("mx.shop.test; dkim=fail header.d=buyer.test; spf=fail", "unproven"),
        ("mx.shop.test; dmarc=fail header.from=buyer.test", "forged"),
        ("mx.shop.test.evil.example; dmarc=pass header.from=buyer.test", "unproven"),
        ("mx.shop.test; none", "unproven"),
        ("(broken", "unproven"),
    ],
)
def test_a_pass_counts_for_the_senders_own_domain_alone(results: str, trust: str) -> None:
    assert trust_of(read_mail(letter(authentication_results=results)), "mx.shop.test") == trust


def test_microsofts_nameless_results_count_where_they_are_on_top() -> None:
    passed = (
        "spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=buyer.test; dkim=pass header.d=buyer.test;"
        "dmarc=pass action=none header.from=buyer.test;compauth=pass reason=100"
    )
    assert trust_of(read_mail(letter(authentication_results=passed)), "office365") == "proven"
    forged = f"evil.example; {passed}"
    assert trust_of(read_mail(letter(authentication_results=forged)), "office365") == "unproven"


@pytest.mark.parametrize(
    ("heads", "automatic"),
    [
        ({}, False),
        ({"auto_submitted": "no"}, False),
        ({"auto_submitted": "auto-replied; owner-email=x"}, True),
        ({"precedence": "bulk"}, True),
        ({"list_id": "<x.example>"}, True),
        ({"return_path": "<>"}, True),
        ({"from": "no-reply@shop.example"}, True),
        ({"from": "Support <support@shop.test>"}, True),
        ({"subject": "Automatische Antwort: Bestellung", "in_reply_to": "<a@b>"}, True),
        ({"subject": "自动回复: 你好", "in_reply_to": "<a@b>"}, True),
        ({"subject": "Out of office chair arrived broken"}, False),
    ],
)
def test_what_a_machine_wrote_is_told_from_what_a_person_wrote(
    heads: dict[str, str], automatic: bool
) -> None:
    """RFC 3834: nothing is ever answered to a machine by itself."""
    assert is_automatic(read_mail(letter(**heads)), OWN) is automatic


def test_html_is_words_alone_and_what_is_hidden_stays_hidden() -> None:
    """Nothing of a letter runs, loads or hides in what an agent reads."""
    page = Page(
        "<html><head><title>t</title><style>p{}</style></head><body>"
        "<div style='display:none'>hidden</div><p>Hello&nbsp;<b>you</b></p><script>hm()</script>"
        "<img src='http://track.example/p.gif'><table><tr><td>a</td><td>b</td></tr></table>"
        "<!-- c --><ul><li>one<li>two</ul></body></html>"
    )
    text = page.text()
    assert "Hello you" in text
    assert "one" in text
    for never in ("hidden", "hm()", "track.example", "p{}", "<", " c "):
        assert never not in text
    assert Page("<div>" * 3_000 + "still read").text() == "still read"


@pytest.mark.parametrize(
    "text",
    [
        "Yes please.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Shop <s@x.test> wrote:\n> Sure?",
        "Yes please.\n\nLe lun. 23 nov. 2026 à 09:00, Shop <s@x.test> a écrit :\n> Sûr ?",
        "Yes please.\n\nIl giorno lun 23 nov 2026 09:00 Shop\n<s@x.test> ha scritto:\n> Ok?",
        "Yes please.\n\nW dniu 23.11.2026 o 09:00, Shop pisze:\nOp 23-11-2026 schreef Shop:\n> Ok?",
        "Yes please.\n\nEm seg., 23 de nov. de 2026 às 09:00, Shop <s@x.test> escreveu:\n> Ok?",
        "Yes please.\n\nShop <s@x.test> 于2026年11月23日周一 09:00写道：\n> 好吗",
        "Yes please.\n\n2026년 11월 23일 (월) 09:00, Shop <s@x.test>님이 작성:\n> 네",
        "Yes please.\n\n____________________\nVon: Shop <s@x.test>\nGesendet: Montag\n\nHm",
        "Yes please.\n\nDa: Shop <s@x.test>\nInviato: lunedì 23 novembre 2026 09:00\nA: x\n\nCiao",
        "Yes please.\n\n-- \nAnn\n+44 1234",
        "Yes please.\n\nSent from my iPhone",
        "Yes please.\n\n发自我的iPhone",
        "Yes please.\n\nVon meinem iPhone gesendet",
        "> Would you like a new one?\n\nYes please.",
    ],
)
def test_quotations_are_cut_in_many_languages(text: str) -> None:
    if "pisze" in text:
        assert own_words(text).startswith("Yes please.")
    else:
        assert own_words(text) == "Yes please."


@pytest.mark.parametrize(
    "text",
    [
        "- one\n- two\n\nThanks,\nAnn",
        "Von meinem Geld will ich nichts mehr hören.",
        "On Monday I wrote: nothing came.",
        "I paid on 2026-11-02 and asked again on the 5th:\nnothing.",
        "From Paris to London: two parcels.\nDate of purchase: 3 May.",
        "---\nOrder 10045\n---",
        "Tak for hjælpen, men den er stadig i stykker.",
    ],
)
def test_what_only_looks_like_a_quotation_or_a_signature_stays(text: str) -> None:
    assert own_words(text) == text


def test_no_line_takes_long_however_hostile() -> None:
    """32 of reliability C: a library took 40 s for the first of these."""
    began = time.perf_counter()
    for text in (
        "On " + "a b " * 5_000,
        "On a 2026\n" * 20_000,
        "From: x\n" * 20_000,
        "-" * 100_000,
        ">" * 50_000,
        "2026 <" * 20_000,
        "* " * 40_000 + ":",
    ):
        own_words(text)
    assert time.perf_counter() - began < 8


def test_flowed_text_comes_back_as_it_was() -> None:
    """RFC 3676, whoever wraps it."""
    text = (
        "Liebe Frau Weber,\n\nwir haben Ihre neue Kanne heute mit DHL an Ihre Adresse in Köln "
        "verschickt, und sie sollte bis Freitag bei Ihnen sein.\n\n> kein Zitat\nFrom here\n"
        + "茶壶"
        * 60
    )
    wrapped = flowed(text)
    assert all(len(line) <= 77 or " " not in line for line in wrapped.split("\n"))
    assert unflowed(wrapped, delsp=False).replace("> kein", "> kein") == text.replace(
        "\n> kein", "\n> kein"
    )


def test_a_charset_nobody_knows_is_guessed_from_the_bytes() -> None:
    assert decoded("Ümläute überall, und keiner weiß es".encode("cp1252"), "x-nobody") == (
        "Ümläute überall, und keiner weiß es"
    )
    assert decoded(
        "中文字符需要足够长才能被正确识别出来，谢谢您的耐心".encode("gb18030"), None
    ).startswith("中文")
    assert words("=?utf-8?B?broken") == "=?utf-8?B?broken"
    assert words("=?x-nobody?Q?caf=C3=A9?=") == "café"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=600), st.integers(0, 10_000))
def test_no_bytes_keep_a_mail_from_being_read(junk: bytes, seed: int) -> None:
    """One mail that can't be read would stop its whole mailbox."""
    read_mail(junk)
    raw = bytearray(recorded("gmail_de_reply"))
    where = random.Random(seed).randrange(len(raw))
    raw[where : where + 20] = junk[:40]
    read_mail(bytes(raw))


def test_mails_made_to_hurt_are_read_within_bounds() -> None:
    """32: 10,000 parts, parts within parts, null bytes, heads without end."""
    began = time.perf_counter()
    parts = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 10_000
    many = letter(content_type='multipart/mixed; boundary="b"') + parts + b"--b--"
    assert len(read_mail(many).text) < 10_000
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(150)
    )
    read_mail(b"From: a@b.example\r\n" + deep + b"Content-Type: text/plain\r\n\r\nx")
    assert "\0" not in read_mail(letter("a\0b")).text
    read_mail(letter(references="<a@b> " * 20_000, subject="=?utf-8?B?" * 5_000))
    assert time.perf_counter() - began < 10
