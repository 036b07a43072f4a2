"""How a draft was made, in words: who read, who wrote, by which versions, at what cost."""

from __future__ import annotations

from assistant.model import Draft, Making
from assistant.words import Text, Words, say, say_n


def made_lines(draft: Draft | None, words: Words) -> tuple[str, ...]:
    """Two lines at most; none for what a person wrote, or what was kept before this was noted."""
    if draft is None or draft.made is None:
        return ()
    made = draft.made
    versions = say("By playbooks {version}.", version=made.playbook_version)
    if made.prompts:
        prompts = words(say(", ")).join(made.prompts)
        versions = say(
            "By playbooks {version} and prompts {prompts}.",
            version=made.playbook_version,
            prompts=prompts,
        )
    used = (words.together([words(_who(draft, made)), words(_used(made))]),) if made.calls else ()
    return (*used, words(versions))


def _who(draft: Draft, made: Making) -> Text:
    match (made.read_by, draft.drafter):
        case ("model", "model"):
            return say("Read and written by {model}.", model=made.model)
        case ("rules", "model"):
            return say("Read by rules, written by {model}.", model=made.model)
        case ("model", _):
            return say("Read by {model}, written offline.", model=made.model)
        case _:
            return say("{model} was asked; read by rules, written offline.", model=made.model)


def _used(made: Making) -> Text:
    calls = say_n("{n} call", "{n} calls", made.calls)
    repairs = say_n("{n} repair", "{n} repairs", made.repairs)
    return say(
        "{calls}, {repairs}, {tokens_in} tokens in and {tokens_out} out, {seconds} s.",
        calls=calls,
        repairs=repairs,
        tokens_in=made.tokens_in,
        tokens_out=made.tokens_out,
        seconds=f"{made.seconds:.1f}",
    )
