"""Where a duty of support breaks a platform's rule (pains, duties against rules; S4.1)."""

from __future__ import annotations

import pytest

from assistant.drafting.brief import Brief
from assistant.drafting.review import review
from assistant.model import Decision, Demand, Finding, Understanding
from assistant.playbooks import MUST_NOT
from tests.drafting_cases import situation

SAID: dict[str, dict[str, tuple[str, ...]]] = {
    "confirm_receipt_pressure": {
        "en": (
            "Please confirm receipt in the app, then I send it.",
            "Kindly tap “Order received”.",
        ),
        "de": (
            "Bitte bestätigen Sie den Erhalt der Ware.",
            "Ich bitte, den Empfang zu bestätigen.",
        ),
        "fr": (
            "Merci de confirmer la réception du colis.",
            "Confirmez la réception, s'il vous plaît.",
        ),
        "es": ("Por favor confirme la recepción del pedido.", "¿Puede confirmar la recepción?"),
        "it": ("Confermi la ricezione del pacco.", "Può confermare la ricezione?"),
        "pt": ("Confirme o recebimento no aplicativo.", "Poderia confirmar o recebimento?"),
        "nl": ("Kunt u de ontvangst in de app bevestigen?", "Bevestigt u de ontvangst?"),
        "ja": ("受取確認のお手続きをお願いいたします。",),
        "ko": ("구매확정 부탁드립니다.", "수취 확인을 해 주세요."),
        "zh-Hans": ("麻烦您尽快确认收货。", "请您点确认收货。"),
        "zh-Hant": ("請您先確認收貨。",),
    },
    "close_dispute_request": {
        "en": ("Could you close the dispute first?", "Please withdraw your return request."),
        "de": ("Schließen Sie bitte den Fall.", "Ich bitte Sie, den Konflikt zu schließen."),
        "fr": ("Merci de clôturer le litige.", "Pourriez-vous annuler votre réclamation ?"),
        "es": ("Cierre la disputa, por favor.", "¿Podría cerrar el reclamo?"),
        "it": ("Chiuda la controversia, per favore.", "Potrebbe ritirare il reclamo?"),
        "pt": ("Encerre a reclamação, por favor.", "Você pode cancelar a disputa?"),
        "nl": ("Kunt u het geschil sluiten?", "Sluit het geschil, dan betaal ik terug."),
        "ja": ("クレームを取り下げていただけますか。",),
        "ko": ("반품 신청을 취소해 주세요.",),
        "zh-Hans": ("麻烦您先取消退款申请。", "请撤销纠纷。"),
        "zh-Hant": ("請先撤銷爭議。",),
    },
    "fake_urgency": {
        "en": ("This is your last chance.", "Order now before they are gone."),
        "de": ("Das ist Ihre letzte Chance.", "Schlagen Sie jetzt zu."),
        "fr": ("C'est la dernière chance.", "Dépêchez-vous de commander."),
        "es": ("Es la última oportunidad.", "Solo por hoy lo tiene a este precio."),
        "it": ("È l'ultima occasione.", "Si affretti."),
        "pt": ("É a última chance.", "Compre antes que seja tarde."),
        "nl": ("Dit is uw laatste kans.", "Wees er snel bij."),
        "ja": ("本日限りの価格です。", "お急ぎください。"),
        "ko": ("마지막 기회입니다.", "서두르세요."),
        "zh-Hans": ("这是最后机会。", "请赶快下单。"),
        "zh-Hant": ("欲購從速。",),
    },
    "holiday_greeting": {
        "en": ("Merry Christmas to you!", "Eid Mubarak, Sam."),
        "de": ("Frohe Weihnachten!", "Gesegnete Ostern wünsche ich."),
        "fr": ("Joyeux Noël !", "Bon ramadan."),
        "es": ("Feliz Navidad.", "Felices Pascuas."),
        "it": ("Buon Natale.", "Buona Pasqua."),
        "pt": ("Feliz Natal!",),
        "nl": ("Fijne kerstdagen.",),
        "ja": ("メリークリスマス。",),
        "ko": ("메리 크리스마스.",),
        "zh-Hans": ("祝您圣诞快乐。",),
        "zh-Hant": ("祝您聖誕快樂。",),
    },
    "opening_marks": {"es": ("Hola, Ana. Puede mandarme una foto?", "Muchas gracias!")},
    "tight_marks": {"fr": ("Bonjour! Je regarde.", "Voici ce que je propose: un remboursement.")},
}
CLEAN: dict[str, tuple[str, ...]] = {
    "en": (
        "Could you confirm that the parcel has arrived, and at which address?",
        "Please confirm receipt of this message.",
        "Please confirm the delivery address; I have closed your case here.",
        "You can open a claim with the carrier at any time. There are only 2 left in stock.",
        "There is no need to hurry: please answer whenever it suits you.",
        "Happy New Year, and thank you for your order.",
    ),
    "de": (
        "Ich bestätige den Erhalt Ihres Fotos und schließe den Fall heute ab.",
        "Bitte bestätigen Sie mir kurz die Adresse.",
        "Sie können jederzeit einen Fall eröffnen. Das ist die letzte Möglichkeit zur Änderung.",
        "Ich beeile mich. Bestellen können Sie jederzeit. Schöne Feiertage.",
    ),
    "fr": (
        "Je vous confirme la réception de votre photo ; je m'en occupe avant 18:30.",
        "Je vais clôturer le dossier de mon côté : voici le lien https://example.com/a?b=c",
        "Bonjour Madame Petit, avez-vous reçu le colis ? Bonnes fêtes de fin d'année !",
    ),
    "es": (
        "Le confirmo la recepción de su foto. ¿Puede decirme si ya llegó? ¡Gracias!",
        "Puede abrir un reclamo cuando quiera. No hay prisa. Felices fiestas.",
    ),
    "it": (
        "Le confermo la ricezione della foto. Può confermare l'indirizzo di consegna?",
        "Il Suo reclamo è stato chiuso ieri. Non c'è fretta. Buone feste.",
    ),
    "pt": (
        "Confirmo o recebimento da sua foto. Só hoje vi a sua mensagem, desculpe.",
        "Você pode abrir uma reclamação. Espero que tudo corra bem. Boas festas!",
    ),
    "nl": (
        "Ik bevestig de ontvangst van uw foto. Kunt u na ontvangst een foto sturen?",
        "Het geschil is gesloten. Er is geen haast bij. Fijne feestdagen.",
    ),
    "ja": (
        "受け取り確認のご連絡をありがとうございます。急いで確認いたします。",
        "ご返品の申請は画面から取り消しできます。残りは3点です。",
    ),
    "ko": (
        "구매확정 후에도 반품하실 수 있습니다. 서둘러 확인하겠습니다.",
        "반품 신청을 취소해 드리겠습니다.",
    ),
    "zh-Hans": (
        "您确认收货后仍可申请售后。请在确认收货前检查商品。",
        "退款申请已经通过。我会尽快为您处理，不着急。新年快乐。",
    ),
    "zh-Hant": ("請在確認收貨前檢查商品。我會儘快為您處理。",),
}


def findings(
    check: str, text: str, language: str, said: str = "Where is my order?"
) -> tuple[Finding, ...]:
    at_hand = situation(said).model_copy(update={"zone": "Europe/Berlin"})
    brief = Brief(
        situation=at_hand,
        understanding=Understanding(language=language),
        decision=Decision(must_not=(Demand(rule="p.1", check=check, text=MUST_NOT[check]),)),
        language=language,
        culture=language,
    )
    return tuple(one for one in review(text, brief) if one.rule == "p.1")


@pytest.mark.parametrize(
    ("check", "language", "text"),
    [
        (check, language, text)
        for check, languages in SAID.items()
        for language, texts in languages.items()
        for text in texts
    ],
)
def test_what_a_platform_or_a_culture_forbids_is_found(
    check: str, language: str, text: str
) -> None:
    """Pains: confirming receipt, closing disputes, haste, feasts that may not be theirs."""
    [found] = findings(check, text, language)
    assert text[found.start : found.end].strip()


@pytest.mark.parametrize(
    ("check", "language", "text"),
    [
        (check, language, text)
        for check in SAID
        for language, texts in CLEAN.items()
        for text in texts
        if check not in ("opening_marks", "tight_marks") or language in SAID[check]
    ],
)
def test_ordinary_words_are_left_alone(check: str, language: str, text: str) -> None:
    """A false alarm teaches people to overlook the true ones."""
    assert not findings(check, text, language)


def test_a_feast_that_the_buyer_named_may_be_greeted() -> None:
    """S2.11: greetings for their holidays."""
    text = "Merry Christmas to you too, Tom."
    assert findings("holiday_greeting", text, "en")
    assert not findings("holiday_greeting", text, "en", said="Merry Christmas! Where is it?")


def test_how_grave_it_is_follows_from_what_it_breaks() -> None:
    [platform] = findings("close_dispute_request", "Please close the dispute.", "en")
    assert (platform.severity, platform.lead_may_override) == ("block", False)
    [manners] = findings("fake_urgency", "This is your last chance.", "en")
    assert manners.severity == "warn"
    [spelling] = findings("tight_marks", "Bonjour!", "fr")
    assert spelling.severity == "tip"
