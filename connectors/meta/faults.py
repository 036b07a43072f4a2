"""Meta's error codes in our words: what happened, what to do, and whether trying again helps.

Sources: developers.facebook.com, WhatsApp Cloud API error codes and Messenger Platform error codes,
read 2026-11; the codes of WhatsApp also in pywa 4.5.0. A code that stands in no list is refused for
good with a 4xx, and anybody's guess with a 5xx.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from assistant.errors import ParleyError, Rejected, Unavailable, Unsure
from assistant.words import Text, say
from connectors.http import clean_line

WAITS_S: Mapping[str, float] = {
    "4": 60,
    "17": 60,
    "32": 60,
    "341": 300,
    "613": 60,
    "1200": 30,
    "80007": 300,
    "130429": 10,
    "131016": 60,
    "131056": 6,
    "131057": 300,
    "133016": 600,
}
"""Too many calls, or out of service: nothing was taken. So long to wait where Meta does not say."""

_WINDOW = say(
    "More than 24 hours have passed since the buyer last wrote: free text is not taken any more."
)
_TOKEN = say("Meta no longer accepts the access token. Make a new one and set it: see the docs.")
_PERMISSION = say(
    "The app lacks a permission for this account. Grant it in Meta's App Dashboard, then try again."
)
_ACCOUNT = say("Meta has restricted this account. Look at Account Quality in Business Manager.")
_TEMPLATE = say("The template's gaps don't fit what was approved. Compare it in WhatsApp Manager.")
_UNREACHABLE = say("The buyer can't be reached there now: they blocked the account, or left.")

WORDS: Mapping[str, Text] = {
    "0": _TOKEN,
    "3": _PERMISSION,
    "10": _PERMISSION,
    "10/2018065": _WINDOW,
    "10/2018278": _WINDOW,
    "10/2534022": _WINDOW,
    "100/2018001": _UNREACHABLE,
    "100/2018109": say("The file is larger than the channel takes."),
    "190": _TOKEN,
    "230": _PERMISSION,
    "368": _ACCOUNT,
    "551": _UNREACHABLE,
    "130472": say("WhatsApp held the message back: the buyer is part of an experiment of Meta's."),
    "130497": say("This account may not write to buyers in that country."),
    "131005": _PERMISSION,
    "131026": say(
        "WhatsApp can't deliver to the buyer: no WhatsApp there, or too old a version. Answer by "
        "another way."
    ),
    "131030": say(
        "This is a test number, and the buyer is not on its list. Add them in the App Dashboard."
    ),
    "131031": _ACCOUNT,
    "131037": say("The number's display name is not approved yet. See WhatsApp Manager."),
    "131042": say("Meta could not charge the account. See its payment method in WhatsApp Manager."),
    "131045": say("The number is not registered for the Cloud API. Register it, then try again."),
    "131047": _WINDOW,
    "131048": say("WhatsApp limits this number: too many buyers blocked it or called it spam."),
    "131049": say("WhatsApp held the message back to spare the buyer. Wait a day before another."),
    "131050": say("The buyer wants no offers from this business any more."),
    "131051": say("WhatsApp does not take this type of message."),
    "131052": say("WhatsApp could not read the buyer's file. Ask them to send it again."),
    "131053": say("WhatsApp could not take the file: its type or size is not one it knows."),
    "131062": say("WhatsApp does not take this message for a buyer without a phone number."),
    "132000": _TEMPLATE,
    "132001": say("There is no approved template of that name and language. See WhatsApp Manager."),
    "132005": say("The template is too long once it is filled. Shorten what fills it."),
    "132007": say("WhatsApp refused what the template says. See its policy in WhatsApp Manager."),
    "132008": _TEMPLATE,
    "132012": _TEMPLATE,
    "132015": say("The template is paused, because buyers disliked it. Choose another one."),
    "132016": say("The template is switched off for good. Choose another one."),
}


class Fault(NamedTuple):
    """An error as the Graph API tells it."""

    code: str
    subcode: str
    words: str

    @property
    def name(self) -> str:
        return f"{self.code}/{self.subcode}" if self.subcode else self.code


def fault_of(document: Any) -> Fault | None:
    """None where *document* is no error of the Graph API."""
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return None
    more = error.get("error_data")
    details = more.get("details") if isinstance(more, dict) else None
    return Fault(
        code=str(error.get("code", "")),
        subcode=str(error.get("error_subcode") or ""),
        words=clean_line(str(details or error.get("message") or ""), 300),
    )


def error_of(status: int, fault: Fault | None, retry_s: float | None) -> ParleyError:
    """What a refusal of the Graph API means to whoever sends."""
    code = fault.name if fault else str(status)
    wait_s = WAITS_S.get(fault.code) if fault else None
    if wait_s or status == 429:
        return Unavailable(say("Meta asks to wait ({code}).", code=code), retry_s or wait_s)
    known = _known(fault) if fault else None
    if known:
        return Rejected(known, code)
    if status >= 500:
        return Unsure(say("Meta answered {status}.", status=status), retry_s)
    why = fault.words if fault else "–"
    return Rejected(say("Meta refused it ({code}): {why}", code=code, why=why), code)


def _known(fault: Fault) -> Text | None:
    if fault.code.isdigit() and 200 <= int(fault.code) < 300:
        return _PERMISSION
    return WORDS.get(fault.name) or WORDS.get(fault.code)
