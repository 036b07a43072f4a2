"""Did the buyer say yes to what we proposed? Only a plain, short yes counts; doubt is no yes."""

from __future__ import annotations

import re

from assistant.drafting.brief import Situation
from assistant.drafting.plain import fold

_LONGEST = 80
_YES = (
    *("yes", "yes please", "yeah", "yep", "sure", "ok", "okay", "please do", "go ahead", "agreed"),
    *("i agree", "that is fine", "that's fine", "sounds good", "do it", "confirmed", "i confirm"),
    *("ja", "ja bitte", "gern", "gerne", "einverstanden", "in ordnung", "machen sie das", "passt"),
    *("oui", "d'accord", "volontiers", "allez-y", "c'est bon", "je confirme"),
    *("si", "de acuerdo", "vale", "adelante", "claro", "confirmo", "va bene", "certo", "d'accordo"),
    *("sim", "pode ser", "pode fazer", "concordo", "akkoord", "graag", "prima"),
    *("好", "好的", "可以", "行", "同意", "没问题", "確認", "确认", "是的", "好啊", "沒問題"),
    *("はい", "お願いします", "お願いいたします", "承知しました", "了解です"),
    *("네", "예", "좋아요", "그렇게 해주세요", "동의합니다"),
    *("tak", "zgoda", "ja tack", "да", "согласен", "согласна", "evet", "tamam", "نعم", "موافق"),
)
_POLITE = (
    r"(?:[\s,.!。！，、]|please|bitte|thanks?|thank you|danke|merci|gracias|por favor|谢谢|谢了)*"
)
_ANY = "|".join(sorted((re.escape(fold(one)) for one in _YES), key=len, reverse=True))
_WHOLE = re.compile(rf"{_POLITE}(?:{_ANY})(?:{_POLITE}(?:{_ANY}))*{_POLITE}")


def confirmed(situation: Situation) -> bool | None:
    """True where the newest words are a yes to a question of ours; None where nobody knows."""
    said = [one for one in situation.messages if one.author != "note"]
    asked = [n for n, one in enumerate(said) if one.author == "agent"]
    if not asked or not _asks(said[asked[-1]].text):
        return None
    answer = " ".join(one.text for one in said[asked[-1] + 1 :] if one.author == "buyer")
    folded = fold(answer).strip()
    if not folded or len(folded) > _LONGEST:
        return None
    return True if _WHOLE.fullmatch(folded) else None


def _asks(text: str) -> bool:
    return any(sign in text for sign in "?？؟")
