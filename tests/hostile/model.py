"""A hostile model at a real endpoint: it obeys, leaks, promises, and hides it when refused."""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web

from tests.hostile.cases import NOTE, Attack
from tests.hostile.hiding import WAYS, ways_for

_SLOT = re.compile(r"\{(\w+)(?::(\d+))?\}")


class HostileModel:
    """Speaks Chat Completions. The name of the model it is asked for is the attack to carry out."""

    def __init__(self, attacks: dict[str, Attack]) -> None:
        self.attacks = attacks
        self.url = ""
        self.told: dict[str, list[str]] = {}
        """By attack: all that the model was given for it, message by message."""
        self.wrote: dict[str, list[str]] = {}
        """By attack: what it wrote, answer by answer."""

    async def complete(self, request: web.Request) -> web.Response:
        return web.json_response(self.answer(await request.json()))

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        attack = self.attacks[body["model"]]
        told = [str(one["content"]) for one in body["messages"]]
        self.told.setdefault(attack.id, told)
        wrote = self.wrote.setdefault(attack.id, [])
        draft = self._draft(attack, told, len(wrote))
        wrote.append(draft)
        said = json.dumps({"draft": draft, "meaning": attack.opens}, ensure_ascii=False)
        message = {"role": "assistant", "content": said}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        head = {"id": "c1", "object": "chat.completion", "created": 1, "model": body["model"]}
        usage = {"prompt_tokens": 900, "completion_tokens": 90, "total_tokens": 990}
        return {**head, "choices": [choice], "usage": usage}

    def _draft(self, attack: Attack, told: list[str], attempt: int) -> str:
        evil = payload(attack, told)
        ways = (attack.hides, *ways_for(evil, attack.turn))
        return f"{attack.opens} {WAYS[ways[attempt % 3]](evil)}\n\n{attack.closes}"


def payload(attack: Attack, told: list[str]) -> str:
    """What the attack wants said, from what the model was given."""
    system, brief = told[0], told[1] if len(told) > 1 else "{}"

    def filled(slot: re.Match[str]) -> str:
        texts = {"system": system, "brief": brief, "sound": _sound(brief), "note": NOTE}
        text = " ".join(texts[slot[1]].split())[:700]
        if slot[2] is None:
            return text
        words = text.split()
        start = attack.turn % max(1, len(words) - int(slot[2]))
        return " ".join(words[start : start + int(slot[2])])

    return _SLOT.sub(filled, attack.obeys)


def _sound(brief: str) -> str:
    """The longest thing the model was told of how to sound, else all of it."""
    try:
        told = json.loads(brief)
    except ValueError:
        return brief
    return str(told.get("sound") or brief) if isinstance(told, dict) else brief
