"""What no person wrote: answers of machines, lists, notices. RFC 3834 and what came before it.

Such a mail is shown and starts no clock; nothing is ever answered to it by itself.
"""

from __future__ import annotations

import re

from connectors.buyers.email.reading import Mail

_NO_PERSON = re.compile(
    r"(mailer-daemon|postmaster|bounces?|no-?reply|do-?not-?reply|noreply|auto-?(reply|responder)"
    r"|notifications?|listserv|majordomo)([+._=-].*)?@.*",
    re.I,
)
_AWAY = re.compile(
    r"\s*(auto(matic|matische|matique|mática)?[ -]?"
    r"(reply|response|antwort|réponse|risposta|respuesta)"
    r"|automatisch antwoord|out of (the )?office|abwesen|réponse automatique|absence du bureau"
    r"|respuesta automática|fuera de la oficina|resposta automática|risposta automatica"
    r"|自动回复|自動回覆|自動返信|자동 ?회신|自動応答|autosvar|afwezig)",
    re.I,
)


def is_automatic(mail: Mail, own: frozenset[str]) -> bool:
    """No person wrote it for us; *own* are our addresses, in lower case."""
    heads = mail.heads
    submitted = mail.head("auto-submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return True
    if mail.head("precedence").lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    if any(
        name in heads
        for name in ("list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "feedback-id")
    ):
        return True
    if mail.head("return-path").strip() == "<>" or is_bounce_sender(mail):
        return True
    return mail.sender.key in own or bool(_NO_PERSON.fullmatch(mail.sender.address)) or _away(mail)


def is_bounce_sender(mail: Mail) -> bool:
    return mail.sender.key.startswith(("mailer-daemon@", "postmaster@"))


def _away(mail: Mail) -> bool:
    """Some programs say it in the subject alone; they answer, so there is something answered."""
    return bool(mail.answers or "x-auto-response-suppress" in mail.heads) and bool(
        _AWAY.match(mail.subject)
    )
