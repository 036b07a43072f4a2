"""The address in a buyer's words, as they wrote it: said back, so that a mistake in it shows."""

from __future__ import annotations

import re

from assistant.drafting.lexicon import buyer_words, stem, written
from assistant.drafting.matter import Matter
from assistant.drafting.plain import fold

LONGEST = 120
_NAMED = re.compile(
    fold(
        r"address|adresse|anschrift|direccion|domicilio|indirizzo|endereco"
        r"|住所|届け先|送り先|주소|배송지|地址"
    )
)
_SIGNS = r"[\n;!?。、\"「」]|\.(?=\s|$)|\s-\s"
_WORDS = fold(
    r"[,\s]*\b(?:instead|please|thanks|thank you|rather|not to|bitte|danke|statt|anstatt|merci"
    r"|au lieu|s'il vous|gracias|por favor|en lugar|en vez|grazie|per favore|invece|obrigad[oa]"
    r"|por gentileza|em vez|and|und|et|y|e)\b"
    r"|(?:に|へ)(?=変更|お?送|お?届|お願)|です|でお願|まで(?=お)"
    r"|(?:으로|로)(?= ?(?:변경|바꿔|보내|배송|부탁))|입니다|이에요|예요"
    r"|谢谢|可以|能不能|能改|行吗|吗|麻烦"
)
_ENDS = re.compile(f"{_SIGNS}|{_WORDS}")
"""What an address is followed by in a sentence."""
_BEGINS = re.compile(r"[\s。、，,：:はをが到至为「是成给]")
"""What stands before an address in a language without spaces."""
_COMMA = re.compile(r",")
_NAMED_IN_KOREAN = re.compile(r"[\n.:,]|(?:주소|배송지)(?:는|를|은)? ?|(?:번|호)? ?주문 ")
_UNSPACED = frozenset({"ja", "ko", "zh"})


def new_address(matter: Matter) -> str | None:
    """The one that their newest messages tell; None where they tell none that is whole."""
    language = stem(matter.understanding.language)
    if language not in written(""):
        return None
    for message in reversed(matter.situation.newest):
        found = _found(message.text, language)
        if found:
            return found
    return None


def asks_for_another(matter: Matter) -> bool:
    """Is the change one of the address?"""
    return any(_NAMED.search(fold(one.text)) for one in matter.situation.newest)


def _found(text: str, language: str) -> str | None:
    folded = fold(text)
    for phrase in buyer_words(language).address:
        match = phrase.search(folded)
        if match is None:
            continue
        start = match.start()
        if language in _UNSPACED:
            begins = _NAMED_IN_KOREAN if language == "ko" else _BEGINS
            start = max((one.end() for one in begins.finditer(folded, 0, start)), default=0)
        # Without spaces the lexicon's pattern may run on into the sentence.
        inside = match.start() + 2 if language in _UNSPACED else match.end()
        ends = [_ENDS.search(folded, inside)]
        if language in _UNSPACED:
            ends.append(_COMMA.search(folded, inside))
        stop = min((end.start() for end in ends if end), default=len(text))
        return " ".join(text[start:stop].strip(" ,:").split())[:LONGEST] or None
    return None
