"""What people say to the bot, in both languages, becomes a command (pain 2)."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assistant.commands import (
    Action,
    AddNote,
    Assign,
    AttachOrder,
    CloseConversation,
    Escalate,
    FindAnswers,
    LookUp,
    MoveConversation,
    OfferWords,
    ReopenConversation,
    ReportUnanswered,
    ShowHelp,
    ShowHome,
    ShowQueue,
    ShowUnanswered,
    ShowWhy,
    SnoozeConversation,
    TakeConversation,
)
from assistant.errors import Refused
from assistant.model import ConversationId, OrderRef, PersonId, Spot
from assistant.surface.grammar import Mention, Spoken, look_up_of, mark, meant, slash
from assistant.surface.home import COMMANDS
from assistant.words import Text, words

HERE = ConversationId("webchat:v1")
NOW = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
"""A Saturday, 12:00 in Berlin."""
BERLIN = ZoneInfo("Europe/Berlin")
OLGA = Mention(PersonId("slack:T1:U1"), "Olga")
MARIA = Mention(PersonId("slack:T1:U2"), "Maria Lopez")
IN_THREAD: dict[str, Any] = {"conversation_id": HERE}


def said(text: str, conversation: ConversationId | None = HERE, *, zone: tzinfo = BERLIN) -> Action:
    """*text* with `@olga` and `@maria` as the platform's mentions."""
    marked = text.replace("@olga", mark(0)).replace("@maria", mark(1))
    return meant(Spoken(marked, (OLGA, MARIA)), conversation, NOW, zone)


def to_olga(reason: str = "") -> Assign:
    return Assign(**IN_THREAD, to=OLGA.id, reason=reason)


def offer(text: str) -> OfferWords:
    return OfferWords(**IN_THREAD, id="", text=text, spot=Spot(room=""))


def note(text: str) -> AddNote:
    return AddNote(**IN_THREAD, text=text)


def escalate(reason: str) -> Escalate:
    return Escalate(**IN_THREAD, reason=reason)


def close(reason: str = "") -> CloseConversation:
    return CloseConversation(**IN_THREAD, reason=reason)


def look_up(what: str, query: str) -> LookUp:
    return LookUp.model_validate({"what": what, "query": query, "about": HERE})


TAKE = TakeConversation(**IN_THREAD)
NOBODY = Assign(**IN_THREAD, to=None)


# ── leads assign by mention ──────────────────────────────────────────────────

ASSIGNMENTS = [
    ("@olga please take this", ""),
    ("@olga, please take this, refund above limit", "refund above limit"),
    ("please @olga take this because she speaks Japanese", "she speaks Japanese"),
    ("@olga can you handle this please? She is angry", "? She is angry"),
    ("can @olga take over this conversation", ""),
    ("ask @olga to look after it: a regular", "a regular"),
    ("@olga take this since @maria is away", "@Maria Lopez is away"),
    ("@olga yours: refund above limit", "refund above limit"),
    ("assign to @olga because refund above limit", "refund above limit"),
    ("Assign this to @olga, refund above limit", "refund above limit"),
    ("assign @olga", ""),
    ("ASSIGN TO @olga - Refund above LIMIT", "Refund above LIMIT"),
    ("assign to @olga refund above limit", "refund above limit"),
    ("assign @olga @olga", ""),
    ("reassign to @olga due to illness", "illness"),
    ("give this to @olga because it is urgent", "it is urgent"),
    ("hand over to @olga", ""),
    ("please assign this one to @olga to handle, VIP", "VIP"),
    ("@olga 请处理", ""),
    ("@olga请处理一下，金额超过额度", "金额超过额度"),
    ("请 @olga 处理，因为超额", "超额"),
    ("麻烦@olga跟进一下", ""),
    ("让 @olga 接手这个", ""),
    ("转给 @olga，因为超额", "超额"),
    ("转给@olga 因为 超额", "超额"),
    ("分配给 @olga：超过退款额度", "超过退款额度"),
    ("分配 @olga", ""),
    ("指派给@olga 原因：会日语", "会日语"),
    ("交给 @olga 处理，客户很生气", "客户很生气"),
    ("轉給 @olga，因為超額", "超額"),
    ("assign\u00a0to @olga\u200b because\u3000refund above limit", "refund above limit"),
]


@pytest.mark.parametrize(("text", "reason"), ASSIGNMENTS, ids=[text for text, _ in ASSIGNMENTS])
def test_a_lead_gives_a_conversation_to_the_person_they_mention(text: str, reason: str) -> None:
    """Pain 2: owner and reason from a sentence in the thread."""
    assert said(text) == to_olga(reason)


@pytest.mark.parametrize(
    ("text", "to", "reason"),
    [
        ("assign to Olga", "Olga", ""),
        (
            "assign to @Olga Petrova because refund above limit",
            "Olga Petrova",
            "refund above limit",
        ),
        ("assign Olga, refund above limit", "Olga", "refund above limit"),
        ("assign to olga please", "olga", ""),
        ("转给 小王，因为超额", "小王", "超额"),
        ("转给小王因为超额", "小王", "超额"),
    ],
)
def test_a_name_that_is_only_written_is_passed_on_as_it_is(text: str, to: str, reason: str) -> None:
    """Whether anybody is called that, the desk knows."""
    assert said(text) == Assign(**IN_THREAD, to=PersonId(to), reason=reason)


@pytest.mark.parametrize(
    "text",
    [
        "assign to @olga and @maria because it is big",
        "@olga @maria please take this",
        "@olga, @maria: please take this",
        "assign @olga, @maria",
        "转给 @olga 和 @maria",
        "请@olga、@maria处理",
    ],
)
def test_several_persons_are_refused_by_name_and_nobody_is_chosen(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        said(text)

    assert str(refusal.value) == (
        "A conversation has one owner, and you named Olga, Maria Lopez. Name one."
    )
    assert "Olga, Maria Lopez" in words("zh-Hans")(refusal.value.text)


@pytest.mark.parametrize("text", ["assign", "assign to", "转给"])
def test_an_assignment_to_nobody_in_particular_asks_for_whom(text: str) -> None:
    with pytest.raises(Refused, match=r"Say who should have it"):
        said(text)


@pytest.mark.parametrize(
    "text",
    [
        "take",
        "Take this",
        "I'll take it",
        "I take this one, I know her",
        "please take over",
        "mine",
        "assign to me",
        "assign this to myself",
        "接手",
        "我来处理",
        "我来接手这个",
        "认领",
        "转给我",
    ],
)
def test_who_takes_it_has_it(text: str) -> None:
    assert said(text) == TAKE


@pytest.mark.parametrize(
    "text", ["unassign", "hand back", "release this", "assign to nobody", "取消分配", "退回队列"]
)
def test_it_goes_back_to_the_queue(text: str) -> None:
    assert said(text) == NOBODY


# ── words for the buyer, words for the team ──────────────────────────────────


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("reply Hello Lena, it leaves today.", "Hello Lena, it leaves today."),
        ("Reply: Hello", "Hello"),
        ("reply to her: Hello", "Hello"),
        ("reply to the buyer: Hello", "Hello"),
        ("REPLY\nGuten Tag,\n\n  eingerückt\nGrüße", "Guten Tag,\n\n  eingerückt\nGrüße"),
        ("回复 您好，今天发出。", "您好，今天发出。"),
        ("回复：您好", "您好"),
        ("回复买家：您好", "您好"),
        ("回覆：您好", "您好"),
        ("reply take care, Lena", "take care, Lena"),
        ("reply - one\n- two", "- one\n- two"),
        ("reply to be sure, please send a photo", "to be sure, please send a photo"),
        ("reply 👩‍👩‍👧 says: ok", "👩‍👩‍👧 says: ok"),
        ("reply @olga will write to you", "@Olga will write to you"),
    ],
)
def test_a_reply_is_offered_to_its_author_word_for_word(text: str, reply: str) -> None:
    """Pain 1, S2.2: nothing leaves by a word; line breaks and emoji are what was typed."""
    assert said(text) == offer(reply)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("note She called twice.", "She called twice."),
        ("note: line one\n\nline three", "line one\n\nline three"),
        ("Please note that she called", "that she called"),
        ("add a note: ask @maria", "ask @Maria Lopez"),
        ("notes - a\n- b", "- a\n- b"),
        ("备注 客户来电", "客户来电"),
        ("备注：客户来电\n第二行", "客户来电\n第二行"),
        ("備註：客戶來電", "客戶來電"),
        ("备注客户来电", "客户来电"),
        ("ｎｏｔｅ： full width", "full width"),
        ("n\u200bote hidden", "hidden"),
        ("note", ""),
    ],
)
def test_a_note_is_kept_word_for_word(text: str, kept: str) -> None:
    """S2.5"""
    assert said(text) == note(kept)


def test_a_reply_without_words_asks_for_them() -> None:
    with pytest.raises(Refused, match="Write what the buyer should read"):
        said("reply")


def test_a_note_that_is_too_long_is_refused_with_the_limit() -> None:
    with pytest.raises(Refused, match="10000 characters are the limit"):
        said("note " + "x" * 10_001)


# ── what happens to the conversation ─────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("escalate refund above limit", escalate("refund above limit")),
        ("escalate: She threatens to sue", escalate("She threatens to sue")),
        ("escalate this to a lead because she threatens to sue", escalate("she threatens to sue")),
        ("needs a lead: 400 €", escalate("400 €")),
        ("escalate", escalate("")),
        ("升级 客户威胁起诉", escalate("客户威胁起诉")),
        ("升级，因为金额超额", escalate("金额超额")),
        ("升级给主管：金额超额", escalate("金额超额")),
        ("需要主管：金额超额", escalate("金额超额")),
        ("close", close()),
        ("close this", close()),
        ("close solved by phone", close("solved by phone")),
        ("close: Solved by phone", close("Solved by phone")),
        ("resolved", close()),
        ("close this conversation because it is a duplicate", close("it is a duplicate")),
        ("关闭", close()),
        ("关闭 已解决", close("已解决")),
        ("关闭：重复", close("重复")),
        ("結束，已解決", close("已解決")),
        ("reopen", ReopenConversation(**IN_THREAD)),
        ("重开", ReopenConversation(**IN_THREAD)),
        ("重新打开", ReopenConversation(**IN_THREAD)),
        ("move to support-de", MoveConversation(**IN_THREAD, room="support-de")),
        ("move this to #support-de", MoveConversation(**IN_THREAD, room="support-de")),
        ("Move it to “Support DE”.", MoveConversation(**IN_THREAD, room="Support DE")),
        ("移到 support-de", MoveConversation(**IN_THREAD, room="support-de")),
        ("转到售后频道", MoveConversation(**IN_THREAD, room="售后")),
        ("attach order 10045", AttachOrder(**IN_THREAD, ref=OrderRef("10045"))),
        ("this is about order #10045", AttachOrder(**IN_THREAD, ref=OrderRef("10045"))),
        ("关联订单 10045", AttachOrder(**IN_THREAD, ref=OrderRef("10045"))),
        ("why", ShowWhy(**IN_THREAD)),
        ("Why?", ShowWhy(**IN_THREAD)),
        ("why can't we refund her", ShowWhy(**IN_THREAD)),
        ("为什么", ShowWhy(**IN_THREAD)),
        ("为什么不能退款？", ShowWhy(**IN_THREAD)),
    ],
)
def test_a_word_in_the_thread_does_what_a_button_does(text: str, expected: Action) -> None:
    """Pain 2"""
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("snooze 1h", "21 13:00"),
        ("snooze for 3 hours", "21 15:00"),
        ("Snooze this 30 min", "21 12:30"),
        ("snooze 1h 30m", "21 13:30"),
        ("snooze half an hour", "21 12:30"),
        ("snooze 2 days", "23 12:00"),
        ("snooze a week", "28 12:00"),
        ("snooze tomorrow", "22 09:00"),
        ("snooze until tomorrow 14:00", "22 14:00"),
        ("snooze until tomorrow at 3pm", "22 15:00"),
        ("snooze tomorrow morning", "22 09:00"),
        ("snooze monday", "23 09:00"),
        ("snooze till Friday 10:00", "27 10:00"),
        ("snooze saturday", "28 09:00"),
        ("snooze next friday", "27 09:00"),
        ("snooze next week", "23 09:00"),
        ("snooze 16:30", "21 16:30"),
        ("snooze until 9:00", "22 09:00"),
        ("snooze tonight", "21 18:00"),
        ("snooze 2026-11-25", "25 09:00"),
        ("snooze 25 Nov 10:30", "25 10:30"),
        ("snooze Nov 25", "25 09:00"),
        ("remind me tomorrow", "22 09:00"),
        ("稍后 1小时", "21 13:00"),
        ("稍后 2 天", "23 12:00"),
        ("稍后两天后", "23 12:00"),
        ("稍后 半小时", "21 12:30"),
        ("稍后 一个半小时", "21 13:30"),
        ("稍后 十五分钟", "21 12:15"),
        ("稍后 明天", "22 09:00"),
        ("推迟到明天下午3点", "22 15:00"),
        ("稍后 明早", "22 09:00"),
        ("稍后 今晚8点", "21 20:00"),
        ("稍后 下午三点半", "21 15:30"),
        ("稍后 后天", "23 09:00"),
        ("稍后 周一", "23 09:00"),
        ("稍后 下周三", "25 09:00"),
        ("稍后 星期五 10:00", "27 10:00"),
        ("稍后 11月25日", "25 09:00"),
        ("稍後 １ 小時", "21 13:00"),
    ],
)
def test_a_snooze_ends_when_its_speaker_means(text: str, local: str) -> None:
    """Their clock, not ours."""
    command = said(text)

    assert isinstance(command, SnoozeConversation)
    assert command.until is not None
    assert command.until.astimezone(BERLIN).strftime("%d %H:%M") == local


def test_two_days_are_two_days_of_the_clock_when_it_is_changed_between() -> None:
    before = datetime(2026, 10, 24, 10, 0, tzinfo=UTC)  # noon in Berlin, the day before

    command = meant(Spoken("snooze 2 days"), HERE, before, BERLIN)

    assert isinstance(command, SnoozeConversation)
    assert command.until is not None
    assert command.until.astimezone(BERLIN).hour == 12
    assert meant(Spoken("snooze 3h"), HERE, before, BERLIN) == SnoozeConversation(
        **IN_THREAD, until=datetime(2026, 10, 24, 13, 0, tzinfo=UTC)
    )


@pytest.mark.parametrize("text", ["snooze", "snooze a while", "稍后", "snooze 99:00", "snooze 5"])
def test_a_snooze_without_a_time_asks_for_one(text: str) -> None:
    with pytest.raises(Refused, match="Say until when"):
        said(text)


def test_a_snooze_never_ends_in_the_past() -> None:
    with pytest.raises(Refused, match="still to come"):
        said("snooze today 9:00")


@pytest.mark.parametrize(
    ("text", "button"),
    [
        ("approve", "Approve & send"),
        ("send it", "Approve & send"),
        ("批准", "Approve & send"),
        ("edit the draft", "Edit"),
        ("discard", "Discard"),
        ("undo", "Undo"),
        ("撤销", "Undo"),
        ("regenerate", "Regenerate"),
    ],
)
def test_no_word_approves_a_version_that_its_speaker_may_not_have_read(
    text: str, button: str
) -> None:
    """Pains 9 and 10: a version is approved where it is read."""
    with pytest.raises(Refused, match=f"Press “{button}” on the card"):
        said(text)


# ── looking up ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "what", "query"),
    [
        ("order 10045", "order", "10045"),
        ("order #10045?", "order", "10045"),
        ("order number 10045 please", "order", "10045"),
        ("where is order 10045", "order", "10045"),
        ("show me order 302-1234567-1234567", "order", "302-1234567-1234567"),
        ("order “ABC-99”", "order", "ABC-99"),
        ("order ABCDE", "order", "ABCDE"),
        ("orders of lena@example.de", "order", "lena@example.de"),
        ("订单 10045", "order", "10045"),
        ("订单10045到哪了", "order", "10045"),
        ("查一下订单号：１００４５", "order", "10045"),
        ("track 00340434161094000017", "track", "00340434161094000017"),
        ("track 0034 0434 1610 9400 0017", "track", "00340434161094000017"),
        ("tracking 1Z 999 AA1 01 2345 6784", "track", "1Z999AA10123456784"),
        ("物流 RR123456785CN", "track", "RR123456785CN"),
        ("查快递RR123456785CN", "track", "RR123456785CN"),
        ("stock TEA-GREEN-01", "stock", "TEA-GREEN-01"),
        ("stock of green teapot?", "stock", "green teapot"),
        ("库存 绿色茶壶", "stock", "绿色茶壶"),
        ("buyer lena@example.de", "buyer", "lena@example.de"),
        ("买家 lena@example.de", "buyer", "lena@example.de"),
        ("find lena@example.de", "any", "lena@example.de"),
        ("look up green teapot", "any", "green teapot"),
        ("查 10045", "any", "10045"),
        ("10045", "any", "10045"),
        (" #10045 ", "any", "10045"),
        ("`10045`", "any", "10045"),
        ("where is 10045?", "any", "10045"),
        ("１００４５", "any", "10045"),
        ("10\u200b045", "any", "10045"),
        ("Lena.Weber@example.de", "any", "Lena.Weber@example.de"),
        ("00340434161094000017", "any", "00340434161094000017"),
        ("0034 0434 1610 9400 0017", "any", "00340434161094000017"),
        ("RR123456785CN", "any", "RR123456785CN"),
        ("302-1234567-1234567", "any", "302-1234567-1234567"),
    ],
)
def test_a_question_about_an_order_is_looked_up_for_this_conversation(
    text: str, what: str, query: str
) -> None:
    """S3.8: the order is one look away, by whatever is at hand."""
    assert said(text) == look_up(what, query)


@pytest.mark.parametrize("text", ["order", "track:", "库存", "find"])
def test_an_empty_question_says_what_to_type(text: str) -> None:
    with pytest.raises(Refused, match="Type an order number"):
        said(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("queue", ShowQueue()),
        ("show the queue", ShowQueue()),
        ("queue mine", ShowQueue(only="mine")),
        ("my queue", ShowQueue(only="mine")),
        ("queue: unassigned", ShowQueue(only="unassigned")),
        ("队列", ShowQueue()),
        ("队列 我的", ShowQueue(only="mine")),
        ("队列：未分配", ShowQueue(only="unassigned")),
        ("home", ShowHome()),
        ("主页", ShowHome()),
        ("help", ShowHelp()),
        ("?", ShowHelp()),
        ("？", ShowHelp()),
        ("帮助", ShowHelp()),
        ("hi!", ShowHelp()),
        ("", ShowHelp()),
        (" \u200b\n", ShowHelp()),
    ],
)
def test_queue_home_and_help_are_asked_for_anywhere(text: str, expected: Action) -> None:
    assert said(text) == expected
    assert said(text, None) == expected


# ── what can't be a command ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "banana",
        "@olga what do you think?",
        "@olga please don't take this",
        "@maria",
        "take a photo of it",
        "give her a refund",
        "order is missing",
        "send her the invoice",
        "notebook",
        "closet",
        "Can somebody help @olga",
        "物流怎么样",
        "这个客户很生气",
    ],
)
def test_what_is_not_understood_is_said_back_and_does_nothing(text: str) -> None:
    """No guess: talk stays talk (pain 1)."""
    named = text.replace("@olga", "@Olga").replace("@maria", "@Maria Lopez")
    assert said(text) == ShowHelp(unknown=named)


def test_only_the_start_of_something_long_is_said_back() -> None:
    command = said("lorem ipsum " * 4_000)

    assert isinstance(command, ShowHelp)
    assert len(command.unknown) == 200


@pytest.mark.parametrize(
    "text",
    [
        "reply Hello",
        "note x",
        "@olga please take this",
        "take",
        "escalate x",
        "close",
        "reopen",
        "snooze 1h",
        "why",
        "move to x",
        "attach 10045",
        "回复 您好",
        "转给 @olga",
        "关闭",
    ],
)
def test_what_belongs_to_a_conversation_is_refused_outside_of_its_thread(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        said(text, None)

    assert str(refusal.value).startswith("Say this in the conversation's thread")
    assert "会话" in words("zh-Hans")(refusal.value.text)


def test_a_look_up_outside_of_a_thread_is_about_no_conversation() -> None:
    assert said("order 10045", None) == LookUp(what="order", query="10045")


def test_a_mark_that_stands_for_nobody_is_only_text() -> None:
    assert meant(Spoken("note 3 @5 each"), HERE, NOW, UTC) == note("3 @5 each")
    assert meant(Spoken("note lena@1.de"), HERE, NOW, UTC) == note("lena@1.de")
    bare = Spoken("assign to @0 because it is late", (OLGA,))
    assert meant(bare, HERE, NOW, UTC) == to_olga("it is late")


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("example", [typed for typed, _ in COMMANDS], ids=str)
def test_every_example_of_the_help_is_understood(example: Text, language: str) -> None:
    """In the language in which the help shows it."""
    typed = words(language)(example)

    command = said(typed.replace("@name", "@olga").replace("@姓名", "@olga").replace("…", " x 1"))

    assert not isinstance(command, ShowHelp)
    if language == "zh-Hans":
        assert type(command) is type(
            said(str(example).replace("@name", "@olga").replace("…", " x 1"))
        )


# ── slash commands ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("/order", "10045", LookUp(what="order", query="10045")),
        ("order", " #10045 ", LookUp(what="order", query="10045")),
        ("/order", "lena@example.de", LookUp(what="order", query="lena@example.de")),
        ("/track", "0034 0434", LookUp(what="track", query="0034 0434")),
        ("/stock", "green teapot", LookUp(what="stock", query="green teapot")),
        ("/BUYER", "lena@example.de", LookUp(what="buyer", query="lena@example.de")),
        ("/queue", "", ShowQueue()),
        ("/queue", "mine", ShowQueue(only="mine")),
        ("/queue", "我的", ShowQueue(only="mine")),
        ("/parley", "", ShowHelp()),
        ("/parley", "help", ShowHelp()),
        ("/parley", "queue", ShowQueue()),
        ("/parley", "home", ShowHome()),
        ("/parley", "order 10045", LookUp(what="order", query="10045")),
        ("/parley", "10045", LookUp(what="any", query="10045")),
        ("/parley", "订单 10045", LookUp(what="order", query="10045")),
        ("/parley", "sing", ShowHelp(unknown="sing")),
        ("/sing", "a song", ShowHelp(unknown="/sing")),
    ],
)
def test_slash_commands_ask_the_same_questions(name: str, text: str, expected: Action) -> None:
    assert slash(name, text, NOW, BERLIN) == expected


@pytest.mark.parametrize("name", ["/order", "/track", "/stock", "/buyer"])
def test_an_empty_slash_command_says_what_to_type(name: str) -> None:
    with pytest.raises(Refused, match="Type an order number"):
        slash(name, " ", NOW, BERLIN)


def test_a_slash_command_works_where_the_platform_says_which_thread_it_is_in() -> None:
    assert slash("/order", "10045", NOW, BERLIN, HERE) == look_up("order", "10045")
    assert slash("/parley", "close solved", NOW, BERLIN, HERE) == close("solved")


def test_a_question_is_never_longer_than_a_shop_takes() -> None:
    command = slash("/stock", "x" * 5_000, NOW, BERLIN)

    assert isinstance(command, LookUp)
    assert len(command.query) == 200


@pytest.mark.parametrize(
    ("typed", "what", "query"),
    [
        ("库存 茶壶", "stock", "茶壶"),
        ("订单 10045", "order", "10045"),
        ("green teapot", "any", "green teapot"),
    ],
)
def test_a_look_up_box_speaks_both_languages(typed: str, what: str, query: str) -> None:
    assert look_up_of(typed) == LookUp.model_validate({"what": what, "query": query})


# ── what the team knows ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "query"),
    [
        ("answer teapot boiling water", "teapot boiling water"),
        ("answers about returns, please", "returns"),
        ("please find answers: gift wrapping", "gift wrapping"),
        ("what do we know about the teapot", "the teapot"),
        ("FAQ shipping", "shipping"),
        ("答案 茶壶 开水", "茶壶 开水"),
        ("帮我查答案：退货", "退货"),
        ("知识库 运费", "运费"),
    ],
)
def test_what_the_team_knows_is_asked_in_both_languages(said: str, query: str) -> None:
    """In a thread the answer can be used there."""
    found = meant(Spoken(said), ConversationId("webchat:1"), datetime.now(UTC), UTC)

    assert found == FindAnswers(query=query, about=ConversationId("webchat:1"))


def test_an_answer_to_the_buyer_is_a_reply() -> None:
    found = meant(
        Spoken("answer her: it leaves today"), ConversationId("w:1"), datetime.now(UTC), UTC
    )

    assert isinstance(found, OfferWords)
    assert found.text == "it leaves today"


@pytest.mark.parametrize("said", ["unanswered Can it stand frost?", "没人知道 Can it stand frost?"])
def test_what_nobody_knows_is_reported_where_it_is_asked(said: str) -> None:
    about = ConversationId("webchat:1")

    here = meant(Spoken(said), about, datetime.now(UTC), UTC)
    elsewhere = meant(Spoken("unanswered"), None, datetime.now(UTC), UTC)

    assert here == ReportUnanswered(conversation_id=about, question="Can it stand frost?")
    assert elsewhere == ShowUnanswered()


def test_slack_has_a_command_for_answers() -> None:
    found = slash("/answers", "boiling water", datetime.now(UTC), UTC)

    assert found == FindAnswers(query="boiling water")
