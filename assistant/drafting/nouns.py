"""The forms in which a language needs the product: with its article, as a pronoun, as a new one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from assistant.playbooks import Noun

Forms = Mapping[str, str]

_DE: Mapping[str, Mapping[str, str]] = {
    "the": {"m": "der", "f": "die", "n": "das", "p": "die"},
    "the_obj": {"m": "den", "f": "die", "n": "das", "p": "die"},
    "your": {"m": "Ihr", "f": "Ihre", "n": "Ihr", "p": "Ihre"},
    "it": {"m": "er", "f": "sie", "n": "es", "p": "sie"},
    "it_obj": {"m": "ihn", "f": "sie", "n": "es", "p": "sie"},
    "new": {"m": "ein neuer", "f": "eine neue", "n": "ein neues", "p": "neue"},
    "new_obj": {"m": "einen neuen", "f": "eine neue", "n": "ein neues", "p": "neue"},
    "bare": {"m": "neuer", "f": "neue", "n": "neues", "p": "neue"},
}


def german(noun: Noun | None, title: str | None) -> Forms:
    """A title gets „der Artikel“ before it: its own gender is unknown."""
    if noun is None:
        return _german_unknown(title)
    one = {name: forms[noun.gender] for name, forms in _DE.items()}
    word = noun.word
    return {
        "": word,
        "the": f"{one['the']} {word}",
        "the_obj": f"{one['the_obj']} {word}",
        "your": f"{one['your']} {word}",
        "it": one["it"],
        "new": f"{one['new']} {word}",
        "new_obj": f"{one['new_obj']} {word}",
        "new_it": one["it"],
        "new_it_obj": one["it_obj"],
        "new_bare": f"{one['bare']} {word}",
    }


def _german_unknown(title: str | None) -> Forms:
    shared = {
        "new": "Ersatz",
        "new_obj": "Ersatz",
        "new_it": "er",
        "new_it_obj": "ihn",
        "new_bare": "Ersatz",
    }
    if title is None:
        order = "Ihre Bestellung"
        return {
            "": "Bestellung",
            "the": order,
            "the_obj": order,
            "your": order,
            "it": "sie",
        } | shared
    quoted = f"„{title}“"
    return {
        "": quoted,
        "the": f"der Artikel {quoted}",
        "the_obj": f"den Artikel {quoted}",
        "your": f"Ihr Artikel {quoted}",
        "it": "er",
        **shared,
    }


def english(noun: Noun | None, title: str | None) -> Forms:
    if noun is None and title is None:
        order = "your order"
        new = {"new": "a replacement", "new_bare": "replacement"}
        return {"": "order", "the": order, "the_obj": order, "your": order, "it": "it"} | new
    word = noun.word if noun else title or ""
    plural = noun is not None and noun.gender == "p"
    the = f"the {word}" if noun else f"your {word}"
    return {
        "": word,
        "the": the,
        "the_obj": the,
        "your": f"your {word}",
        "it": "they" if plural else "it",
        "new": f"new {word}" if plural else f"a new {word}",
        "new_bare": f"new {word}",
    }


def chinese(noun: Noun | None, title: str | None) -> Forms:
    if noun is None:
        thing = f"您买的“{title}”" if title else "您订购的商品"
        return {"": title or "商品", "the": thing, "the_obj": thing, "your": thing, "it": "它"} | {
            "new": "一件新的",
            "new_obj": "一件新的",
            "new_bare": "补发",
        }
    measure = noun.measure or "件"
    this = f"这{measure}{noun.word}"
    return {
        "": noun.word,
        "the": this,
        "the_obj": this,
        "your": f"您的{noun.word}",
        "it": "它",
        "new": f"一{measure}新的",
        "new_obj": f"一{measure}新的",
        "new_bare": "补发",
    }


FORMS: Mapping[str, Callable[[Noun | None, str | None], Forms]] = {
    "en": english,
    "de": german,
    "zh-Hans": chinese,
}
"""By language; one without an entry here needs none in its phrases, and gets English's."""


def possessive(word: str) -> str:
    """`your mother's`, `your parents'`."""
    return f"{word}'" if word.endswith("s") else f"{word}'s"


def with_article(word: str) -> str:
    """`a birthday present`, `an anniversary present`."""
    return f"an {word}" if word[:1].lower() in "aeiou" else f"a {word}"
