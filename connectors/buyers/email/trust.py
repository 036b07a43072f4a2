"""Whether a mail is from whom it says, as our own mail server found: RFC 8601.

Only the topmost `Authentication-Results` counts, and only where it names the server that the
operator named (`auth_host`): anybody can write such a head into a mail. A server that writes its
own puts it on top, and takes out others that bear its name.
"""

from __future__ import annotations

import re
from typing import Literal

import authres

from connectors.buyers.email.reading import Mail

Trust = Literal["", "proven", "unproven", "forged"]

MICROSOFT = "office365"
"""Its servers leave their name out (seen in samples alone): a topmost nameless one is theirs."""

_FOLD = re.compile(r"\s+")
_DOMAIN_OF = re.compile(r"(?:.*@)?([a-z0-9.-]+)", re.I)


def trust_of(mail: Mail, auth_host: str) -> Trust:
    """Empty where nobody checks: no server is named, or it said nothing about this mail."""
    if not auth_host:
        return ""
    results = _results(mail, auth_host)
    if results is None or len(mail.senders) != 1:
        return "unproven"
    domain = mail.sender.domain
    passed = {(one.method, one.result) for one in results}
    if ("dmarc", "fail") in passed:
        return "forged"
    if any(_proves(one, domain) for one in results):
        return "proven"
    return "unproven"


def _results(mail: Mail, auth_host: str) -> list[authres.AuthenticationResult] | None:
    raw = next(iter(mail.heads.get("authentication-results", ())), "")
    line = _FOLD.sub(" ", raw).strip()[:10_000]
    if auth_host == MICROSOFT:
        if ";" in line and "=" not in line.partition(";")[0]:
            return None
        line = f"{MICROSOFT}; {line}"
    try:
        found = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {line}")
    except (authres.AuthResError, ValueError, IndexError, AttributeError):
        return None
    if (found.authserv_id or "").lower() != auth_host.lower():
        return None
    return list(found.results)


def _proves(one: authres.AuthenticationResult, domain: str) -> bool:
    """It passed, for the very domain that the buyer's address is of, or one that holds it."""
    if one.result != "pass" or one.method not in ("dmarc", "dkim", "spf"):
        return False
    wanted = {"dmarc": ("from",), "dkim": ("d", "i"), "spf": ("mailfrom",)}[one.method]
    values = (str(of.value) for of in one.properties if of.name in wanted)
    return any(_covers(_domain(value), domain, one.method) for value in values)


def _domain(value: str) -> str:
    found = _DOMAIN_OF.fullmatch(value.strip())
    return found[1].lower().rstrip(".") if found else ""


def _covers(proven: str, domain: str, method: str) -> bool:
    """The same, or one inside the other, as DMARC's relaxed alignment has it."""
    if not proven or "." not in proven or "." not in domain:
        return False
    if method == "dmarc":
        return proven == domain or domain.endswith(f".{proven}")
    return proven == domain or domain.endswith(f".{proven}") or proven.endswith(f".{domain}")
