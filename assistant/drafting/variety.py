"""Which variety of a language a reply is written in: read as one, written as several."""

from __future__ import annotations

_PORTUGAL = "PT"
BRAZILIAN, EUROPEAN = "pt-BR", "pt-PT"


def variety(language: str, country: str | None, locale: str | None) -> str:
    """The reply's language for a buyer who writes *language*.

    Portuguese is Brazilian, but for buyers in Portugal or who set their device to its Portuguese:
    they would take Brazilian for a shop that doesn't know where they live.
    """
    if language != "pt":
        return language
    region = (locale or "").replace("_", "-").split("-")[-1]
    return EUROPEAN if _PORTUGAL in (country, region) else BRAZILIAN
