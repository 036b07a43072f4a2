"""The reader behind the `Reader` port: a model reads, rules believe what the words bear out."""

from __future__ import annotations

import json

from assistant.drafting.brief import Situation, Spoken
from assistant.drafting.plain import own_words
from assistant.drafting.reading import Reading, believed
from assistant.drafting.understand import understand
from assistant.model import Understanding, effort
from assistant.playbooks import Playbooks
from connectors.models.openai.endpoint import Endpoint
from connectors.models.openai.prompts import Prompt

PATIENCE_S = 8.0
"""Of the whole, so that time is left to write."""
MOST_TOKENS = 500
MOST_MESSAGES = 8
MOST_CHARS = 3_000
"""Of one message: its beginning, and its end."""


class ModelReader:
    """What a buyer wants, by a model where it is there."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._prompt = Prompt("understand")

    async def read(self, situation: Situation, playbooks: Playbooks) -> Understanding:
        """Raises: Unavailable; the rules understand then."""
        work = effort()
        await work.tell("reading")
        work.prompts[self._prompt.name] = self._prompt.version
        reading = await self._endpoint.ask(
            self._prompt.filled(),
            [{"role": "user", "content": _material(situation)}],
            Reading,
            most_tokens=MOST_TOKENS,
            deadline_s=PATIENCE_S,
        )
        return believed(reading, situation, understand(situation, playbooks), playbooks)


def _material(situation: Situation) -> str:
    """The exchange as JSON: whatever a buyer wrote is a string in it."""
    said = [one for one in situation.messages if one.author != "note"][-MOST_MESSAGES:]
    new = situation.newest
    return json.dumps(
        {"messages": [_message(one, new=any(one is it for it in new)) for one in said]},
        ensure_ascii=False,
    )


def _message(one: Spoken, *, new: bool) -> dict[str, object]:
    text = own_words(one.text)
    if len(text) > MOST_CHARS:
        text = f"{text[: MOST_CHARS * 3 // 4]}\n…\n{text[-MOST_CHARS // 4 :]}"
    told: dict[str, object] = {
        "from": "buyer" if one.author == "buyer" else "shop",
        "subject": (one.subject or "")[:200],
        "text": text,
        "files": [file.name[:80] for file in one.attachments[:10]],
        "new": new,
    }
    return {key: value for key, value in told.items() if value not in ("", [], False)}
