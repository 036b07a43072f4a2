"""Spanish and Brazilian Portuguese: every wording in every form, drafts as natives write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import product
from typing import Any, get_args

import pytest

from assistant.commands import Manner, Wish
from assistant.drafting.brief import Brief, Spoken
from assistant.drafting.compose import compose, why_no_draft
from assistant.drafting.plan import (
    Amount,
    Carrier,
    Count,
    Day,
    Moment,
    Name,
    Own,
    Place,
    Raw,
    Say,
    Span,
    Thing,
    Title,
    Value,
    say,
)
from assistant.drafting.prepare import brief_from, prepare
from assistant.drafting.promises import promises
from assistant.drafting.review import review
from assistant.drafting.tongues import tongue
from assistant.drafting.translate import pieces, speaks
from assistant.drafting.understand import understand
from assistant.drafting.wording import Voice, upper_first
from assistant.model import Buyer, BuyerId, Emotion, Intent, Item, TeamAnswer, Understanding
from assistant.playbooks import Money, Phrases, Playbooks
from assistant.playbooks.slots import OPTIONAL, SENTENCES, VARIANTS
from tests.drafting_cases import (
    SPOILT_BIRTHDAY,
    WHERE_IS_IT,
    at,
    parcel,
    situation,
    teapot_order,
    waiting_order,
)

LANGUAGES = ("es", "pt-BR")
MARKETS = {"es": ("ES", "MX"), "pt-BR": ("BR",)}
READ_AS = {"es": "es", "pt-BR": "pt"}
INTENTS: tuple[Intent, ...] = get_args(Intent)
UNDRAFTED = frozenset({"legal_or_chargeback", "abuse_or_spam"})
THINGS = (
    *(Thing(concept=one) for one in ("teapot", "kettle", "shoes", "boots", "gloves", "sneakers")),
    Thing(title="Frobnikator X1"),
    Thing(),
)
TODAY = date(2026, 11, 21)
WRONG = {
    "es": re.compile(
        r"\bde el\b|\ba el\b|\blas 1:|\btus?\b|\bvosotros|\bel (la|los|las)\b|\buna? unos|p\.m\.\."
    ),
    "pt-BR": re.compile(
        r"\b(de|em|por|a) (o|a|os|as) (?=[a-z])|\bna (sábado|domingo)|\bàs 1h|\bas 1h|\bpara na\b"
        r"|\bde na\b|\bvosso|\btelemóvel|\bencomenda\b|\bobrigad[oa]\b"
    ),
}
BROKEN = re.compile(r"[{}\[\]|]|  |\.\.| [,.;:?!](\s|$)|,[,.;]|\(\)|[«“]\s|\bNone\b")
ENGLISH = re.compile(
    r"\b(the|your|you|and|order|parcel|refund|please|sorry|on|by|is|are|was|with|today)\b", re.I
)


@cache
def books() -> Playbooks:
    return Playbooks.shipped()


def phrases(language: str) -> Phrases:
    found = books().phrases(language)
    assert found is not None
    return found


# ── every wording, in every form ─────────────────────────────────────────────


def moment(day: int, hour: int, how: Any) -> Moment:
    return Moment(datetime(2026, 11, day, hour, 5 if hour == 13 else 0, tzinfo=UTC), how)


def values(thing: Thing, n: int) -> dict[str, Value]:
    """Something for each slot: today or Sunday, a name or none, one day late or four."""
    first = n % 2 == 0
    when = (moment(21, 9, "at"), moment(20, 13, "at"), moment(14, 1, "at"))[n % 3]
    day = (TODAY, date(2026, 11, 22), date(2026, 11, 24), date(2026, 12, 7))[n % 4]
    money = Amount(Money.parse("34.90 EUR" if first else "120.00 BRL"))
    late = say("frag.late", days=Span(1 if first else 4))
    broken = say("frag.damaged", product=thing) if first else Own("parts", "spout")
    return {
        "name": Name("Ana Souza", "Souza", "Ana", "ms" if first else None),
        "gift": Own("gifts", "birthday" if first else "christmas"),
        "person": Own("people", "mother" if first else "parents"),
        "days": Span(1 if first else 12),
        "place": say("frag.place", place=Place("Leipzig")),
        "late": late,
        "broken": broken,
        "trouble": say("trouble.late.broken", late=late, broken=broken),
        "fact": say("parcel.lost"),
        "product": thing,
        "piece": Thing("lid", piece=True),
        "address": Raw("Calle Mayor 24, 28013 Madrid"),
        "need": Day(day),
        "shows_by": Day(date(2026, 11, 25), "by"),
        "occasion": Own("occasions", "trip" if first else "wedding"),
        "ref": Raw("10023"),
        "when": when,
        "eta": Day(day),
        "carrier": Carrier("DHL" if first else None),
        "n": Count(2),
        "placed": Day(day),
        "link": Raw("https://www.dhl.com"),
        "number": Raw("0034"),
        "day": Day(date(2026, 11, 24) if first else date(2026, 12, 5), "evening"),
        "check_back": (moment(21, 18, "by"), moment(23, 13, "by"), moment(28, 1, "by"))[n % 3],
        "size": Raw("42"),
        "amount": money,
        "refund_on": Day((TODAY, date(2026, 11, 22), date(2026, 11, 29))[n % 3], "refund"),
        "ship_on": Day(day),
        "arrive_by": Day(date(2026, 11, 28) if first else date(2026, 12, 1), "by"),
        "code": say("code.resend", product=thing) if first else say("code.refund"),
        "reply_by": moment(21 if first else 23, 13 if first else 18, "before"),
        "refunded_on": Day(date(2026, 11, 15)),
        "title": Title("Tetera Inés", ("blue",)),
        "price": money,
        "expected": Day(day),
        "topic": say("topic.invoice" if first else "topic.damaged"),
    }


def bare(key: str) -> str:
    name, _, variant = key.rpartition(".")
    return bare(name) if key not in SENTENCES and variant in VARIANTS else key


def wrong(language: str, text: str) -> bool:
    """Is a form, a contraction, a space or a sign not as it should be?"""
    prose = re.sub(r"https\S+", "…", text)
    opened = language != "es" or prose.count("¿") == prose.count("?")
    return bool(not opened or BROKEN.search(prose) or WRONG[language].search(prose))


def worded(language: str, market: str | None) -> Iterator[tuple[str, str]]:
    """Each wording of each key with each thing: (key, sentence)."""
    shipped = phrases(language)
    culture = books().culture(language, market)
    for key, ways in shipped.phrases.items():
        for number, way in enumerate(ways):
            one = shipped.model_copy(update={"phrases": {**shipped.phrases, key: (way,)}})
            voice = Voice(one, culture, chat=False, today=TODAY, seed=key)
            things = THINGS if "{product" in way or "{trouble" in way or "[" in way else THINGS[:1]
            for n, thing in enumerate(things, start=number):
                for m in (0, 5):
                    given = values(thing, n + m)
                    needed = {**SENTENCES, **OPTIONAL}[bare(key)]
                    slots = {name: given[name] for name in needed.all}
                    if m and needed.optional:
                        slots = {name: given[name] for name in needed.required}
                    if key.startswith("greet."):
                        continue
                    yield key, upper_first(voice.say(Say(key, slots)))


@pytest.mark.parametrize(
    ("language", "market"), [(one, market) for one in LANGUAGES for market in MARKETS[one]]
)
def test_every_wording_reads_right_with_every_thing_day_and_carrier(language, market):
    """Genders, numbers, contractions, clocks and signs; nothing empty, nothing English."""
    found = {
        (key, text)
        for key, text in worded(language, market)
        if wrong(language, text)
        or ENGLISH.search(re.sub(r"https\S+", "", text))
        or not text.lstrip("¿«“")[:1].isupper()
    }
    assert found == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_often_has_more_than_one_wording(language):
    """S0.1: two buyers with the same question get two replies."""
    once = {
        key
        for key in SENTENCES
        if not key.startswith(("frag.", "trouble.", "code.", "topic.", "close.letter", "keep"))
        and len(set(phrases(language).phrases[key])) < 2
    }
    assert once == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_for_what_buyers_write_about_are_all_there(language):
    mine, theirs = phrases(language).words, phrases("en").words
    for shelf in ("gifts", "occasions", "people", "parts", "colours"):
        assert getattr(mine, shelf).keys() == getattr(theirs, shelf).keys()
    assert mine.products.keys() == theirs.products.keys()
    assert {noun.gender for noun in mine.products.values()} <= {"m", "f", "p"}


@pytest.mark.parametrize(
    ("language", "concept", "the", "new", "ending"),
    [
        ("es", "teapot", "la tetera", "una tetera nueva", "a"),
        ("es", "kettle", "el hervidor", "un hervidor nuevo", "o"),
        ("es", "boots", "las botas", "unas botas nuevas", "as"),
        ("es", "gloves", "los guantes", "unos guantes nuevos", "os"),
        ("pt-BR", "teapot", "o bule", "um bule novo", "o"),
        ("pt-BR", "lamp", "a luminária", "uma luminária nova", "a"),
        ("pt-BR", "gloves", "as luvas", "luvas novas", "as"),
        ("pt-BR", "shoes", "os sapatos", "sapatos novos", "os"),
        ("pt-BR", "sneakers", "o tênis", "um tênis novo", "o"),
    ],
)
def test_articles_and_endings_follow_the_thing(language, concept, the, new, ending):
    forms = tongue(language).forms(phrases(language).words.products[concept], None)

    assert (forms["the"], forms["new"], forms["o"]) == (the, new, ending)


@pytest.mark.parametrize(
    ("full", "called"),
    [
        ("Marta Romero García", "Romero"),
        ("Juan Carlos Pérez", "Pérez"),
        ("Ana María Romero García", "Romero"),
        ("Marta de la Cruz", "de la Cruz"),
        ("Marta de la Cruz García", "de la Cruz"),
        ("Marta Romero", "Romero"),
    ],
)
def test_of_two_surnames_a_title_takes_the_first(full, called):
    assert tongue("es").surname(full, full.split()[-1]) == called


# ── drafts ───────────────────────────────────────────────────────────────────

TITLES = {
    "es": ("Tetera Inés", "Hervidor Sol", "Botas Luna", "Guantes Mar", "Frobnikator X1"),
    "pt-BR": ("Bule Inês", "Luminária Sol", "Luvas Mar", "Sapatos Luna", "Frobnikator X1"),
}
NAMES = ("Sra. Ana Souza", "Ana Souza", "Sr. Lima", "buyer_4711")
FEELINGS = ("neutral", "anger", "disappointment", "worry", "sadness", "urgency")
CASES = [
    case
    for n, case in enumerate(
        product(
            [one for one in INTENTS if one not in UNDRAFTED],
            FEELINGS,
            range(5),
            NAMES,
            ("email", "whatsapp"),
            range(4),
        )
    )
    if n % 397 == 0
]


def orders(n: int, country: str, title: str) -> Any:
    item = Item(sku="T", title=title, unit_price=Decimal("34.90"), in_stock=7)
    return (
        None,
        teapot_order(country=country, items=(item,)),
        waiting_order(parcel(eta=at(17)), country=country),
        waiting_order(country=country),
    )[n]


def told(language: str, case: Any) -> tuple[Brief, str]:
    intent, felt, thing, name, channel, n = case
    market = MARKETS[language][n % len(MARKETS[language])]
    order = orders(n, market, TITLES[language][thing])
    understanding = Understanding(
        language=READ_AS[language],
        intents=(intent,),
        emotion=Emotion(kind=felt, strength=0.5),
        order_refs=(order.ref,) if order else (),
        given=("order_number", "photo") if order else (),
        wishes=("refund",) if thing % 2 else ("resend",),
        details={"part_key": "spout"} if thing == 0 else {},
    )
    at_hand = situation(
        "10023 10045", order, name=name, channel=channel, market=market, signature="Olga"
    )
    return brief_from(at_hand, understanding, books()), market


def figures(text: str) -> set[str]:
    """Numbers of two figures and more; hours may be told otherwise."""
    return set(re.findall(r"\d{3,}|\d+[.,]\d\d", text.replace(",", ".")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_drafts_are_whole_clean_and_the_same_for_the_agent(language):
    """S0.1, S1.2, S3.1: nothing to object to, at most one apology, the agent reads the figures."""
    sorry = re.compile(r"disculp|siento|desculp|sinto", re.I)
    found = []
    for case in CASES:
        brief, market = told(language, case)
        made = compose(brief, books())
        text = made.text.replace("\N{NO-BREAK SPACE}", " ")
        prose = re.sub(r"https\S+", "", text)
        bad = [one for one in review(made.text, brief, books(), by_agent=False)
               if one.severity != "tip"]  # fmt: skip
        if (
            bad
            or made.language != language
            or made.agent_text is None
            or figures(re.sub(r"https\S+", "", made.agent_text)) != figures(prose)
            or len(sorry.findall(text)) > 1
            or wrong(language, " ".join(text.split()))
            or re.search(
                r"(?m)^[a-zñáéíóúâêôãõç]|[.?!] [a-zñáéíóú]", re.sub(r"[ap][.]m[.]", "", prose)
            )
        ):
            found.append((case, market, [one.rule for one in bad], text))
    assert found == []


@pytest.mark.parametrize("channel", ["email", "whatsapp"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_replies_of_a_conversation_open_the_same(language, channel):
    understanding = WHERE_IS_IT.model_copy(update={"language": READ_AS[language]})
    said: list[Spoken] = []
    for _ in range(4):
        said.append(Spoken(author="buyer", text="¿Y mi pedido 10023?"))
        at_hand = situation(
            order=waiting_order(country=MARKETS[language][0]),
            channel=channel,
            market=MARKETS[language][0],
            before=said[:-1],
        )
        text = compose(brief_from(at_hand, understanding, books()), books()).text
        said.append(Spoken(author="agent", text=text))
    openings = {" ".join(one.text.split())[:40] for one in said if one.author == "agent"}
    assert len(openings) == 4


@pytest.mark.parametrize("manner", get_args(Manner))
@pytest.mark.parametrize("language", LANGUAGES)
def test_shorter_warmer_and_more_formal_are_clean_too(language, manner):
    """S4.6: the same facts in every manner, one apology."""
    market = MARKETS[language][0]
    for understanding, order in (
        (SPOILT_BIRTHDAY, teapot_order(country=market)),
        (WHERE_IS_IT, waiting_order(country=market)),
        (WHERE_IS_IT, waiting_order(parcel(eta=at(17)), country=market)),
    ):
        spoken = understanding.model_copy(update={"language": READ_AS[language]})
        at_hand = situation(
            "10023 10045", order, name="Ana Souza", channel="email", market=market, photos=1
        )
        brief = brief_from(at_hand, spoken, books())
        first = compose(brief, books()).text
        asked = brief.model_copy(update={"wish": Wish(manner=manner), "former": (first,)})
        text = compose(asked, books()).text

        assert text != first
        found = review(text, asked, books(), by_agent=False)
        assert [one.rule for one in found if one.severity != "tip"] == []
        assert not wrong(language, " ".join(text.split()))


# ── as natives would ─────────────────────────────────────────────────────────


def draft(text: str, language: str, **facts: Any) -> str:
    brief = prepare(situation(text, **facts), books())
    assert brief.language == language
    return compose(brief, books()).text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_spoilt_birthday_in_spanish():
    """voices, A: usted, two surnames, the gift, the spout, one apology, amount and day."""
    text = draft(
        "La tetera era el regalo de cumpleaños de mi madre, llegó tres días tarde y con el "
        "pitorro roto. Estoy indignada, quiero mi dinero. Pedido 10045",
        "es",
        order=teapot_order(country="ES"),
        name="Sra. Marta Romero García",
        market="ES",
        channel="email",
        signature="Olga",
        photos=1,
    )
    greeting, opening, middle, after, close = text.split("\n\n")

    assert greeting == "Hola, Sra. Romero:"
    assert "el regalo de cumpleaños de su madre" in opening
    assert "tres días tarde y con el pitorro roto" in opening
    assert "34,90 €" in middle
    assert "el lunes 23 de noviembre" in middle
    assert "«tetera nueva»" in middle
    assert "foto" in after
    assert close == "Un saludo,\nOlga"


def test_mexicans_read_mexican_words_and_clocks():
    facts = {"market": "MX", "name": "Marta Romero", "channel": "email", "signature": "Olga"}
    asked = WHERE_IS_IT.model_copy(update={"language": "es"})

    def text(order: Any) -> str:
        return compose(brief_from(situation(order=order, **facts), asked, books()), books()).text

    seen = text(waiting_order(country="MX"))
    late = text(waiting_order(parcel(eta=at(17)), country="MX"))

    assert seen.startswith("Buen día, Marta Romero:")
    assert "a.m. en Leipzig" in seen
    assert "rastrearlo" in seen
    assert "antes de las 6:00 p.m." in late
    assert "p.m.." not in late
    assert seen.endswith("Quedo a sus órdenes.\nSaludos cordiales,\nOlga")


def test_a_worried_question_in_brazil_is_warm_and_short():
    """voices, B."""
    text = draft(
        "oi kd meu pedido 10023?",
        "pt-BR",
        order=waiting_order(country="BR"),
        name="Lucas Lima",
        market="BR",
    )

    assert text.startswith("Oi, Lucas! ")
    assert "ontem às 14h42 em Leipzig" in text
    assert "terça-feira, 24 de novembro" in text
    assert "Na terça à noite" in text


def test_nobody_who_is_upset_is_greeted_with_an_exclamation():
    upset = WHERE_IS_IT.model_copy(
        update={"language": "pt", "emotion": Emotion(kind="anger", strength=0.7)}
    )
    at_hand = situation(order=waiting_order(country="BR"), name="Lucas", market="BR")
    assert compose(brief_from(at_hand, upset, books()), books()).text.startswith("Oi, Lucas. ")


@pytest.mark.parametrize(
    ("market", "locale", "written"),
    [
        ("BR", None, True),
        (None, None, True),
        ("US", "pt-BR", True),
        ("PT", None, False),
        (None, "pt-PT", False),
        ("DE", "pt_PT", False),
    ],
)
def test_portugal_is_left_to_people_and_told_why(market, locale, written):
    """DESIGN: drafts are Brazilian; to a buyer in Portugal they would be somebody else's."""
    buyer = Buyer(id=BuyerId("email:x"), name="Ana", locale=locale)
    at_hand = situation("Onde está o pedido?", market=market).model_copy(update={"buyer": buyer})
    asked = WHERE_IS_IT.model_copy(update={"language": "pt"})

    brief = brief_from(at_hand, asked, books())
    why = why_no_draft(brief, books())

    assert brief.language == ("pt-BR" if written else "pt-PT")
    assert brief.culture == ("pt-BR" if written else "pt")
    assert brief.understanding.language == "pt"
    assert (why is None) == written
    if why is not None:
        assert "Portuguese (Portugal)" in str(why)


def test_the_review_reads_both_kinds_of_portuguese():
    """A person may answer Lisbon by hand; that is no other language."""
    asked = WHERE_IS_IT.model_copy(update={"language": "pt"})
    for market in ("BR", "PT"):
        brief = brief_from(situation(order=waiting_order(), market=market), asked, books())
        found = review(
            "Boa tarde. A sua encomenda chega na terça-feira, 24 de novembro.", brief, books()
        )
        assert "text.language" not in {one.rule for one in found}


def test_what_the_team_wrote_in_portuguese_is_said_in_brazil():
    answer = TeamAnswer(
        id="wash",
        about="care",
        asked={"en": "Dishwasher?"},
        says={"pt": "Lave o bule à mão.", "en": "Wash it by hand."},
        source="sheet",
        checked_on=date(2026, 11, 1),
        sure=True,
    )
    assert answer.said_in("pt-BR", "en") == ("pt-BR", "Lave o bule à mão.")
    assert answer.said_in("fr", "en") == ("en", "Wash it by hand.")


@pytest.mark.parametrize(
    ("market", "free"),
    [("BR", "por nossa conta|sem nenhum custo"), ("US", "fica por sua|com você")],
)
def test_who_regrets_within_a_week_in_brazil_pays_nothing_to_send_it_back(market, free):
    """CDC 49; elsewhere the buyer is told before they send it."""
    asked = Understanding(language="pt", intents=("return_request",), wishes=("return",))
    at_hand = situation(order=teapot_order(country=market), market=market, channel="email")
    brief = brief_from(at_hand, asked, books())
    text = compose(brief, books()).text

    assert re.search(free, text)
    assert [one.rule for one in review(text, brief, books()) if one.severity == "block"] == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("es", "Le escribo el lunes 23 de noviembre antes de las 18:00."),
        ("es", "El martes por la noche lo compruebo otra vez."),
        ("es", "Tendrá noticias mías el lunes antes de las 18:00."),
        ("pt", "Escrevo para você até as 18h de segunda-feira, 23 de novembro."),
        ("pt", "Dou um retorno até as 18h de segunda-feira."),
        ("pt", "Na terça à noite confiro de novo."),
    ],
)
def test_what_is_promised_becomes_a_clock(language, said):
    """S2.8: whoever says when they write has to write then."""
    asked = WHERE_IS_IT.model_copy(update={"language": language})
    brief = brief_from(situation(order=waiting_order()), asked, books())

    assert [one.due_at.day for one in promises(said, brief, books())] in ([23], [24])


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Solo llegó el 18, tres días tarde y rota. Pedido 10045", "damaged"),
        ("lo pedí dos veces sin querer, quiero cancelar el pedido 10081", "cancel_order"),
        ("todavia no me llega mi guia, no he sabido nada de mi paquete", "where_is_my_order"),
        ("o bule só chegou dia 18 e com o bico quebrado, pedido 10045", "damaged"),
        ("comprei faz 15 dias e até agora nada", "where_is_my_order"),
        ("só veio uma caneca, pedi duas", "missing_item"),
        ("kd minha encomenda pq ainda n chegou", "where_is_my_order"),
    ],
)
def test_buyers_are_understood_as_they_write(text, intent):
    """Without accents, in slang, in their country's words; nothing is heard that is not said."""
    understood = understand(situation(text, market=None))
    assert understood.intents == (intent,)


def test_someone_elses_wedding_is_an_event_and_not_a_present():
    """“Para a festa de casamento da minha irmã” may be what she wears to it."""
    for details, said in (
        ({"occasion": "wedding", "person": "sister"}, "para la boda"),
        ({"occasion": "birthday", "person": "sister"}, "regalo de cumpleaños de su hermana"),
    ):
        asked = WHERE_IS_IT.model_copy(update={"language": "es", "details": details})
        brief = brief_from(situation(order=waiting_order(country="ES")), asked, books())
        assert said in compose(brief, books()).text


@pytest.mark.parametrize(
    "text", ["Hola, Sra. Romero: le escribo el lunes.", "Olá, Sra. Ana: escrevo na segunda."]
)
def test_a_title_ends_no_sentence(text):
    """S3.1: the preview goes sentence by sentence."""
    assert len(pieces(text)) == 1


def test_brazilian_words_are_in_brazilian_already():
    assert speaks("Acabei de conferir, seu pacote ainda não chegou.", "pt-BR")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Según el seguimiento, su paquete está en su punto de recogida."),
        ("pt", "No seu lugar, eu também ficaria assim; envio um vestido novo, com desculpas."),
    ],
)
def test_a_comma_and_a_little_word_are_no_address(language, text):
    """What a person or a draft says plainly is no link in disguise."""
    asked = WHERE_IS_IT.model_copy(update={"language": language})
    brief = brief_from(situation(order=waiting_order()), asked, books())
    found = {one.rule for one in review(text, brief, books(), by_agent=False)}
    assert not found & {"value.link", "leak.disguised"}
