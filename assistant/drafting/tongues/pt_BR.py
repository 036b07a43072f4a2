"""Brazilian Portuguese: two genders in both numbers; prepositions grow together with articles."""

from __future__ import annotations

import re

from assistant.drafting.tongues.tongue import Forms, Tongue, counting
from assistant.playbooks import Noun

_HE = frozenset({"mercado envios", "sedex", "correio"})
_OF_SOMEBODY = re.compile(r"presente de (aniversário|casamento|formatura|despedida)$")
"""A day that is somebody's own: *o presente de aniversário da sua mãe*."""
_DAY = r"(?=(?:segunda|terça|quarta|quinta|sexta)\b|sábado\b|domingo\b)"
_GROWN = {
    ("de", "o"): "do", ("de", "a"): "da", ("de", "os"): "dos", ("de", "as"): "das",
    ("em", "o"): "no", ("em", "a"): "na", ("em", "os"): "nos", ("em", "as"): "nas",
    ("a", "o"): "ao", ("a", "a"): "à", ("a", "os"): "aos", ("a", "as"): "às",
    ("por", "o"): "pelo", ("por", "a"): "pela", ("por", "os"): "pelos", ("por", "as"): "pelas",
}  # fmt: skip


def brazilian(noun: Noun | None, title: str | None) -> Forms:
    if noun is None:
        return _unknown(title)
    plural = noun.gender == "p"
    # Of things in the plural the ending tells: *botas*, but *sapatos*.
    feminine = noun.gender == "f" or (plural and noun.word.split()[0].endswith("as"))
    o = ("as" if feminine else "os") if plural else ("a" if feminine else "o")
    a = {"o": "um ", "a": "uma "}.get(o, "")
    your = {"o": "seu", "a": "sua", "os": "seus", "as": "suas"}[o]
    new = f"{noun.word} nov{o}"
    return {
        "": noun.word,
        "the": f"{o} {noun.word}",
        "de": f"d{o} {noun.word}",
        "your": f"{your} {noun.word}",
        "o": o,
        "it": {"o": "ele", "a": "ela", "os": "eles", "as": "elas"}[o],
        "new": f"{a}{new}",
        "new_o": o,
        "new_bare": new,
    }


def _unknown(title: str | None) -> Forms:
    """`produto` and `pedido` are masculine, whatever is in them."""
    yours = f"seu produto “{title}”" if title else "seu pedido"
    return {
        "": title or "pedido",
        "the": f"o produto “{title}”" if title else f"o {yours}",
        "de": f"do {yours.removeprefix('seu ')}" if title else f"do {yours}",
        "your": yours,
        "o": "o",
        "it": "ele",
        "new": "outra unidade",
        "new_o": "a",
        "new_bare": "outra unidade",
    }


def _own(word: str, form: str) -> str:
    if form == "de":
        return f"{word} de" if _OF_SOMEBODY.fullmatch(word) else f"{word} para"
    return word


def _first_name(full: str, last: str) -> str:
    """*Sra. Ana*, of *Ana Souza*: in Brazil a title goes with the first name."""
    return full.split()[0] if " " in full else last


def _carrier(name: str, form: str) -> str:
    """*Os Correios*, *o Mercado Envios*, *a DHL*."""
    known = name.lower()
    return f"{'os' if known == 'correios' else 'o' if known in _HE else 'a'} {name}"


def grown(text: str) -> str:
    """*Da DHL*, *à transportadora*; *no sábado* but *na terça*; *à 1h*, *até a 1h*."""
    text = re.sub(
        r"\b(de|em|a|por) (o|a|os|as)\b(?! \d)",
        lambda found: _GROWN[found[1], found[2]],
        text,
    )
    text = re.sub(rf"\b(para|de) na {_DAY}", r"\1 ", text)
    text = re.sub(r"\b([Nn])a (?=(?:sábado|domingo)\b)", r"\1o ", text)
    text = text.replace("-feira à noite", " à noite").replace("em Rio de", "no Rio de")
    return re.sub(r"\b(às|as|das) (?=[01]h)", _one_o_clock, text)


def _one_o_clock(found: re.Match[str]) -> str:
    return {"às": "à ", "as": "a ", "das": "da "}[found[1]]


TONGUE = Tongue(
    forms=brazilian,
    titles={
        "mr": "Sr. {last}",
        "ms": "Sra. {last}",
        "mrs": "Sra. {last}",
        "dr": "Dr. {last}",
        "dra": "Dra. {last}",
    },
    own=_own,
    surname=_first_name,
    carrier=_carrier,
    finish=grown,
    nth=counting(
        "primeiro|segundo|terceiro|quarto|quinto",
        {r"\b(d?o) seu pacote": r"\1 {nth} pacote", r"\bseu pacote": "o {nth} pacote"},
    ),
)
