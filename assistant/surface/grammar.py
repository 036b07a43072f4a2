"""Words to commands: what people say to the bot in a thread, and slash commands.

English and Chinese, as leads and agents type them. What is not understood asks for help; what is
understood and can't be done is refused, with what to say instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import partial
from typing import TypeAlias

from assistant.commands import (
    Action,
    FindAnswers,
    LookUp,
    Question,
    ShowHelp,
    ShowUnanswered,
)
from assistant.errors import Refused
from assistant.model import ConversationId
from assistant.surface.giving import BECAUSE, assign, hand_to, reason_in, to_person
from assistant.surface.moments import typed_until
from assistant.surface.typed import THIS, Mention, Scene, Spoken, Typed, mark, without
from assistant.words import Text, say

__all__ = ["Mention", "Spoken", "look_up_of", "mark", "meant", "slash"]

QUERY_CHARS = 200
ANSWER_CHARS = 500
QUESTION_CHARS = 1_000
UNKNOWN_CHARS = 200
"""How much of what was not understood is said back."""


def meant(
    spoken: Spoken, conversation: ConversationId | None, now: datetime, zone: tzinfo
) -> Action:
    """The command that *spoken* is, said in the thread of *conversation* or outside of any.

    `now` and the speaker's `zone` give `snooze tomorrow` its meaning. What nobody understands is
    ShowHelp with those words. Raises: Refused, where it is understood and can't be a command.
    """
    whole = Typed(spoken.text, spoken.mentions)
    said = without(_POLITE, whole)
    at = Scene(conversation, now, zone)
    command = to_person(said, at) or _by_verb(said, at)
    if command is not None:
        return command
    reference = said.only_reference
    if reference:
        return at.command("look_up", what="any", query=reference, about=conversation)
    return ShowHelp(unknown=" ".join(whole.named.split())[:UNKNOWN_CHARS] if said.plain else "")


def slash(
    name: str, text: str, now: datetime, zone: tzinfo, conversation: ConversationId | None = None
) -> Action:
    """`/order 10045`, `/queue mine`, `/parley help`. Raises: Refused."""
    verb = name.strip().removeprefix("/").casefold()
    at = Scene(conversation, now, zone)
    if verb in ("order", "track", "stock", "buyer"):
        return _looked_up(verb, Typed(text).plain, at)
    if verb in ("answers", "answer"):
        return _answers(Typed(text), at)
    if verb == "queue":
        return _queue(Typed(text), at)
    if verb == "parley":
        return meant(Spoken(text), conversation, now, zone)
    return ShowHelp(unknown=f"/{verb}"[:UNKNOWN_CHARS])


def look_up_of(typed: str, about: ConversationId | None = None) -> Question:
    """What is typed into a look-up box: `/order 10045`, `库存 茶壶`, an address, words.

    *about* is the conversation that is open: an answer may be used in it. Raises: Refused.
    """
    said = Typed(typed.strip().removeprefix("/"))
    if said.match(_UNANSWERED):
        return ShowUnanswered()
    if found := said.match(_ANSWERS):
        query = said.after(found.end()).plain or said.plain
        return FindAnswers(query=query[:ANSWER_CHARS], about=about)
    what, rest = _what(said)
    query = _query(rest.plain)
    return LookUp.model_validate({"what": what, "query": query})


_Means: TypeAlias = Callable[[Typed, Scene], Action | None]
"""From what follows a verb to its command; None: so it makes no sense."""


def _by_verb(said: Typed, at: Scene) -> Action | None:
    for pattern, means in _VERBS:
        found = said.match(pattern)
        if found:
            return means(said.after(found.end()), at)
    return None


# ── verbs ──────────────────────────────────────────────────────────

_TAKEN = re.compile(
    rf"(?:[\s,]*(?:over|care of|please|now|{THIS}|处理|接手|跟进|一下|了|吧)(?![a-z]))*"
    r"\s*(?:$|[,.!:;。-]|because|since|因为)"
)
_OBJECT = re.compile(rf"\s*(?:{THIS}(?![a-z])|了|一下)?")
_LEAD = re.compile(
    rf"\s*(?:{THIS}(?![a-z]))?\s*"
    r"(?:to (?:(?:a|an|the|my|our) )?(?:(?:team )?lead|manager|supervisor|boss)(?![a-z])"
    r"|[给到](?:主管|经理|领导|组长|上级))?"
)
_ONLY = (
    (re.compile(r"(?:of )?(?:mine|my|me)(?![a-z])|我"), "mine"),
    (re.compile(r"(?:unassigned|free|nobody)(?![a-z])|未分配|无人|没人"), "unassigned"),
    (re.compile(r"closed(?![a-z])|已?关闭|已?结束"), "closed"),
)


def _reply(rest: Typed, at: Scene) -> Action:
    """Offered to whoever said it, not sent: one press sends. The room fills in which words."""
    if not rest.named:
        raise Refused(say("Write what the buyer should read: “reply”, then your words."))
    return at.here("offer_words", id="", text=rest.named, spot={"room": ""})


def _note(rest: Typed, at: Scene) -> Action:
    return at.here("add_note", text=rest.named)


def _take(rest: Typed, at: Scene) -> Action | None:
    return at.here("take_conversation") if rest.match(_TAKEN) else None


def _hand_back(rest: Typed, at: Scene) -> Action:
    return at.here("assign", to=None)


def _escalate(rest: Typed, at: Scene) -> Action:
    return at.here("escalate", reason=reason_in(without(_LEAD, rest)))


def _close(rest: Typed, at: Scene) -> Action:
    return at.here("close_conversation", reason=reason_in(without(_OBJECT, rest)))


def _snooze(rest: Typed, at: Scene) -> Action:
    until = typed_until(without(_OBJECT, rest).plain, at.now, at.zone)
    if until is None:
        raise Refused(say("Say until when, such as “snooze 3h”, “tomorrow”, “monday” or “16:30”."))
    return at.here("snooze_conversation", until=until)


def _move(rest: Typed, at: Scene) -> Action:
    room = rest.plain.removesuffix("频道").removesuffix("群").strip()
    if not room:
        raise Refused(say("Say which room it moves to: “move to”, then the room's name."))
    return at.here("move_conversation", room=room)


def _attach(rest: Typed, at: Scene) -> Action | None:
    reference = rest.reference
    return at.here("attach_order", ref=reference) if reference else None


def _queue(rest: Typed, at: Scene) -> Action:
    rest = without(BECAUSE, rest)
    only = next((name for pattern, name in _ONLY if rest.match(pattern)), "all")
    return at.command("show_queue", only=only)


def _press(label: Text, rest: Typed, at: Scene) -> Action | None:
    """What depends on the version somebody read is pressed where that version is."""
    if rest.match(_DRAFT) is None:
        return None
    raise Refused(
        say("Press “{button}” on the card: it knows which version you have read.", button=label)
    )


def _plainly(kind: str, rest: Typed, at: Scene) -> Action:
    return at.command(kind)


def _of_this(kind: str, rest: Typed, at: Scene) -> Action:
    return at.here(kind)


def _answers(rest: Typed, at: Scene) -> Action:
    """What the team knows of it, in whichever words."""
    query = rest.plain
    if not query:
        raise Refused(say("Say what you want to know: “answer”, then a few words."))
    return at.command("find_answers", query=query[:ANSWER_CHARS], about=at.conversation)


def _unanswered(rest: Typed, at: Scene) -> Action:
    """In a conversation: nobody knows this. Elsewhere: what nobody knew."""
    if at.conversation is None or rest.match(_ALL_OF_THEM):
        return at.command("show_unanswered")
    return at.here("report_unanswered", question=rest.named[:QUESTION_CHARS])


# ── looking up ───────────────────────────────────────────────────────────────


def _look_up(what: str, rest: Typed, at: Scene) -> Action | None:
    """`order 10045`, `track 0034 …`: what looks like a number or an address; stock: any words."""
    query = rest.plain if what == "stock" else rest.reference
    if query is None and rest.plain:
        return None
    return _looked_up(what, query or "", at)


def _find(rest: Typed, at: Scene) -> Action | None:
    what, rest = _what(rest)
    if what != "any":
        return _look_up(what, rest, at)
    return _looked_up("any", rest.only_reference or rest.plain, at)


def _looked_up(what: str, query: str, at: Scene) -> Action:
    return at.command("look_up", what=what, query=_query(query), about=at.conversation)


def _what(said: Typed) -> tuple[str, Typed]:
    for pattern, what in _LOOK_UPS:
        found = said.match(pattern)
        if found:
            return what, said.after(found.end())
    return "any", said


def _query(typed: str) -> str:
    """Raises: Refused, where nothing was typed."""
    if not typed:
        raise Refused(
            say("Type an order number, an e-mail address, a tracking number or an article.")
        )
    return typed[:QUERY_CHARS]


# ── which verb it is ─────────────────────────────────────────────────────────


def _verb(english: str, chinese: str, then: str = r"[\s:,\-]*") -> re.Pattern[str]:
    return re.compile(rf"(?:(?:{english})(?![a-z0-9'])|{chinese}){then}")


_POLITE = re.compile(
    r"(?:[\s,.!:;>*~\-]|(?:please|pls|kindly|hey|hi|hello|ok|okay|(?:can|could|would|will) you"
    r"|(?:show|tell|give) me|show|what about|how about|where is|where's|status of)(?![a-z])"
    r"|请问?|麻烦|帮我|帮忙|你好|您好)*"
)
_DRAFT = re.compile(r"(?:[\s,]*(?:this|it|that|the|draft|reply|now|草稿|回复|吧))*[\s.!。]*$")
_THEN_WORDS = r"[ \t]*[:,]?\s*"
_TO_BUYER = r"(?:him|her|them|(?:the )?(?:buyer|customer))"
_LOOK_UPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (_verb(r"orders?", r"订单号?|单号"), "order"),
    (_verb(r"track(?:ing)?|parcel", r"物流|快递|包裹|运单|追踪"), "track"),
    (_verb(r"(?:in )?stock(?: of)?|inventory", r"库存|存货"), "stock"),
    (_verb(r"buyer|customer", r"买家|客户|顾客"), "buyer"),
)
_UNANSWERED = _verb(
    r"unanswered|nobody knows|no(?:body| one) can answer",
    r"没人知道|无人知道|不知道怎么答|待解答|未解答",
    _THEN_WORDS,
)
_ANSWERS = _verb(
    r"(?:(?:find|look up|search)(?: for)? )?(?:quick )?answers?(?: (?:to|about|for|on))?"
    r"|faq|what do we know(?: (?:of|about))?",
    r"(?:查|找|有没有)?(?:答案|标准答复|快捷回复|知识库|常见问题)",
    _THEN_WORDS,
)
_ALL_OF_THEM = re.compile(r"(?:questions?|list|all)(?![a-z])|问题|列表|清单")
_VERBS: tuple[tuple[re.Pattern[str], _Means], ...] = (
    (
        _verb(
            rf"(?:(?:reply|respond)(?: to {_TO_BUYER})?|answer(?: to)? {_TO_BUYER})"
            r"(?: with(?=\s*:))?",
            r"(?:回[复覆]|答[复覆])(?:(?:买家|客户|顾客|他|她|对方)(?=\s*[:,]))?",
            _THEN_WORDS,
        ),
        _reply,
    ),
    (
        _verb(
            r"(?:add (?:a )?)?notes?", r"(?:加|添加)?(?:内部)?(?:[备備][注註]|记录)", _THEN_WORDS
        ),
        _note,
    ),
    (
        _verb(
            r"(?:i(?:'ll| will| can)? )?take|claim|mine",
            r"接手|认领|我来?(?:接手|处理|跟进|负责)|我来|我接",
        ),
        _take,
    ),
    (_verb(r"unassign|hand back|give back|put back|release", r"取消分配|退回|放回"), _hand_back),
    (_verb(r"(?:re)?assign", r"转给|转交给?|重?新?分配给?|指派给?|移交给?|派给"), assign),
    (_verb(r"give|hand(?: over)?|pass|transfer", r"交给"), hand_to),
    (_verb(r"escalate|needs? a lead|call a lead", r"升级|上报|(?:需要|找|请)主管"), _escalate),
    (_verb(r"close(?! (?:to|by|enough))|resolved?", r"关闭|关单|结束|完结"), _close),
    (
        _verb(r"reopen|open again", r"重开|重新打开|再打开"),
        partial(_of_this, "reopen_conversation"),
    ),
    (
        _verb(r"snooze|postpone|put aside|remind me|later", r"稍后|推迟|暂缓|搁置|晚点|提醒我"),
        _snooze,
    ),
    (_verb(r"why", r"为什么|为何|依据"), partial(_of_this, "show_why")),
    (
        _verb(rf"(?:move|route)(?: {THIS})?(?: (?:to|into))?", r"移动?到|移至|转到|挪到|换到"),
        _move,
    ),
    (
        _verb(
            rf"(?:attach|link)(?: {THIS} to)?|this is(?: about)?(?= order)",
            r"关联|绑定|这是(?=订单)",
        ),
        _attach,
    ),
    (_UNANSWERED, _unanswered),
    (_ANSWERS, _answers),
    (_verb(r"my queue", r"我的队列"), lambda rest, at: at.command("show_queue", only="mine")),
    (_verb(r"(?:the )?queue", r"队列|排队"), _queue),
    (_verb(r"home(?: page)?", r"主页|首页"), partial(_plainly, "show_home")),
    (_verb(r"help|commands|what can you do", r"帮助|怎么用|\?"), partial(_plainly, "show_help")),
    (
        _verb(r"approve(?: (?:and|&) send)?|send", r"批准|发送|同意"),
        partial(_press, say("Approve & send")),
    ),
    (_verb(r"edit", r"编辑|修改"), partial(_press, say("Edit"))),
    (_verb(r"discard", r"弃用|放弃|丢弃"), partial(_press, say("Discard"))),
    (_verb(r"undo", r"撤销|撤回"), partial(_press, say("Undo"))),
    (_verb(r"regenerate|rewrite", r"重写|重新生成"), partial(_press, say("Regenerate"))),
    *((pattern, partial(_look_up, what)) for pattern, what in _LOOK_UPS),
    (_verb(r"find|look up|lookup|search(?: for)?|check", r"查(?:一?下|询|找|看)?|搜索?"), _find),
)
