"""Pages from templates, and the style, script and icon they need."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from assistant.surface.cards import Button, ConversationCard
from assistant.words import LANGUAGES, Text, say, words
from connectors.rooms.console.pieces import FUNCTIONS

MIMES = {
    "console.css": "text/css",
    "playbooks.css": "text/css",
    "console.js": "text/javascript",
    "compose.js": "text/javascript",
    "morph.js": "text/javascript",
    "talk.js": "text/javascript",
    "translate.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
ABOUT_DRAFT = frozenset(
    {
        "approve_draft",
        "undo_approval",
        "discard_draft",
        "open_reply",
        "regenerate_draft",
        "settle_doubt",
    }
)
"""Commands whose buttons stand under the draft; the others are at the conversation's head."""
# The script fills the holes itself, so they pass through the translation as they are.
SCRIPT_WORDS: Mapping[str, Text] = {
    "reconnecting": say("Reconnecting…"),
    "loggedOut": say("You are logged out. Open a new link to go on; what you typed is kept here."),
    "unreachable": say("Parley can't be reached. Nothing was sent; press again in a moment."),
    "sending": say("Sending in {n} s", n="{n}"),
    "sendingNow": say("Sending …"),
    "kept": say("Your edit from {when} is still here.", when="{when}"),
    "keptLocally": say("Closed. What you typed is kept; open the form again to go on."),
    "block": say("Blocks"),
    "warn": say("Check"),
    "tip": say("Tip"),
    "better": say("Take this wording"),
    "add": say("Add it"),
    "remove": say("Remove it"),
    "checking": say("Checking …"),
    "copied": say("Copied."),
    "translating": say("Translating …"),
    "readsIn": say("As {who} reads it, in {language}", who="{who}", language="{language}"),
    "seeIn": say("See it in {language}", language="{language}"),
    "sendIn": say("Send in {language}", language="{language}"),
    "send": say("Send"),
    "readBack": say("Translated back:"),
    "notRead": say("Read it below, then send it."),
    "typing": say("{who} is typing …", who="{who}"),
    "over": say("Too long for this channel by {n}", n="{n}"),
}


class Asset(NamedTuple):
    body: bytes
    zipped: bytes
    mime: str


class Pages:
    """Every template of the console, rendered for one reader at a time."""

    def __init__(self) -> None:
        self.assets = {name: _asset(name, mime) for name, mime in MIMES.items()}
        digest = hashlib.sha256(b"".join(asset.body for asset in self.assets.values()))
        self.edition = digest.hexdigest()[:16]
        self._templates = Environment(
            loader=PackageLoader("connectors.rooms.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            asset=lambda name: f"/console/static/{self.edition}/{name}",
            **FUNCTIONS,
            languages=LANGUAGES,
        )

    def render(self, template: str, language: str, **context: Any) -> str:
        """*template* in *language*. Raises: jinja2.UndefinedError for a name it does not get."""
        reader = words(language)
        told = {name: reader(text) for name, text in SCRIPT_WORDS.items()}
        return self._templates.get_template(template).render(
            _=reader, language=reader.language, script_words=told, **context
        )


class Split(NamedTuple):
    """A card's buttons by where they stand, each in the card's order."""

    under: tuple[Button, ...] = ()
    """The draft."""
    head: tuple[Button, ...] = ()
    quick: tuple[Button, ...] = ()
    """Answers to begin a reply with."""


def split_buttons(card: ConversationCard) -> Split:
    """The menu of other wordings is one form here, with all of them in it."""
    quick = tuple(one for one in card.buttons if one.form == "answer")
    pressed = [one for one in card.buttons if one.menu != "regenerate" or one.form]
    pressed = [one for one in pressed if one not in quick]
    under = tuple(button for button in pressed if button.command.kind in ABOUT_DRAFT)
    return Split(under, tuple(button for button in pressed if button not in under), quick)


def words_language(card: ConversationCard) -> str:
    """The language of the buyer's newest words, as the thread knows it."""
    spoken = (line.language for line in reversed(card.thread) if line.side == "buyer")
    return next(spoken, "und")


def _asset(name: str, mime: str) -> Asset:
    body = files("connectors.rooms.console").joinpath("static", name).read_bytes()
    return Asset(body, gzip.compress(body, mtime=0), mime)
