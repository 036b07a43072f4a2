"""From mails to conversations: whose thread, whose words, what is proven, what is a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from assistant.commands import ApproveDraft
from assistant.model import (
    Conversation,
    ConversationId,
    Incoming,
    Report,
    conversation_id,
)
from connectors.arriving import kept
from connectors.buyers.email.arrivals import Reader, apart
from connectors.buyers.email.reading import read_mail
from connectors.buyers.email.tokens import Tokens
from connectors.files import FolderFiles
from tests.email_letters import KEY, TOKEN, letter, options, recorded
from tests.fakes import START, FakeChannel, World

TOKENS = Tokens(SecretStr("a secret of the tests, long enough"))


@pytest.fixture
def files(tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path)


def reader(files: FolderFiles, scope: str = "", account: str = "", **changes: Any) -> Reader:
    return Reader(account, options(**changes), scope, TOKENS, files)


async def read(files: FolderFiles, raw: bytes, **changes: Any) -> Incoming:
    *_, incoming = await reader(files, **changes).arrivals(read_mail(raw), START)
    assert isinstance(incoming, Incoming)
    return incoming


class MailWorld:
    """A desk that is told of mails as they come."""

    def __init__(self, world: World, files: FolderFiles, **changes: Any) -> None:
        self.world, self.reader = world, reader(files, **changes)
        world.channel = FakeChannel("email")

    async def comes(self, raw: bytes) -> None:
        for arrival in await self.reader.arrivals(read_mail(raw), self.world.clock()):
            # Of a reply that this test never sent the desk knows nothing to report on.
            if isinstance(arrival, Incoming) or self.world.channel.accepted:
                await kept(arrival, self.world.clock(), self.world.store)

    async def thread(self, root: str) -> Conversation:
        await self.world.work()
        return await self.world.conversation(conversation_id("email", root))

    async def exists(self, root: str) -> bool:
        await self.world.work()
        return await self.world.store.load(ConversationId(f"email:{root}")) is not None


# ── threads ──────────────────────────────────────────────────────────────────


async def test_a_thread_is_held_together_by_ids_and_never_by_its_subject(
    world: World, files: FolderFiles
) -> None:
    """References, In-Reply-To, a token; a same subject is nothing."""
    mail = MailWorld(world, files)
    await mail.comes(letter("First.", message_id="<a@x.test>"))
    await mail.comes(
        letter("By reference.", message_id="<b@x.test>", references="<z@x> <a@x.test>")
    )
    await mail.comes(letter("By parent.", message_id="<c@x.test>", in_reply_to="<b@x.test>"))
    token = TOKENS.token("a@x.test")
    await mail.comes(
        letter("By address.", message_id="<d@x.test>", to=f"support+{token}@shop.test")
    )
    ours = TOKENS.message_id("reply_" + "0" * 32, "a@x.test", "shop.test")
    await mail.comes(letter("By our id.", message_id="<e@x.test>", in_reply_to=f"<{ours}>"))
    await mail.comes(letter("Same subject.", message_id="<f@x.test>"))

    said = [one.text for one in (await mail.thread("a@x.test")).messages]
    assert said == ["First.", "By reference.", "By parent.", "By address.", "By our id."]
    assert [one.text for one in (await mail.thread("f@x.test")).messages] == ["Same subject."]


async def test_a_mail_that_comes_twice_is_one_message(world: World, files: FolderFiles) -> None:
    """Reliability 0.9: two named helpdesks make two tickets of it."""
    mail = MailWorld(world, files)
    for _ in range(3):
        await mail.comes(letter("First.", message_id="<a@x.test>"))
        await mail.comes(letter("Second.", message_id="<b@x.test>", in_reply_to="<a@x.test>"))
    again = MailWorld(world, files, account="returns")
    await again.comes(letter("First.", message_id="<a@x.test>"))

    assert len((await mail.thread("a@x.test")).messages) == 2
    assert not await mail.exists("b@x.test")


async def test_an_answer_that_comes_before_what_it_answers_starts_the_thread(
    world: World, files: FolderFiles
) -> None:
    """22: reordered."""
    mail = MailWorld(world, files)
    await mail.comes(letter("Second.", message_id="<b@x.test>", in_reply_to="<a@x.test>"))
    await mail.comes(letter("Third.", message_id="<c@x.test>", references="<a@x.test> <b@x.test>"))
    assert len((await mail.thread("b@x.test")).messages) == 2


async def test_a_made_up_token_leads_nowhere(world: World, files: FolderFiles) -> None:
    mail = MailWorld(world, files)
    await mail.comes(letter("First.", message_id="<a@x.test>"))
    await mail.comes(letter("Mine.", message_id="<b@x.test>", to=f"support+{'a' * 20}@shop.test"))
    await mail.comes(
        letter("Mine.", message_id="<c@x.test>", in_reply_to=f"<{KEY}.{TOKEN}@shop.test>")
    )
    assert len((await mail.thread("a@x.test")).messages) == 1
    assert await mail.exists("b@x.test")
    assert await mail.exists("c@x.test")


async def test_nothing_crosses_from_one_storefront_to_another(
    world: World, files: FolderFiles
) -> None:
    """Two brands get the same mail: each has its own conversation of it."""
    one = MailWorld(world, files, scope="tea/")
    other = MailWorld(world, files, scope="coffee/")
    await one.comes(letter(message_id="<a@x.test>"))
    await other.comes(letter(message_id="<b@x.test>", in_reply_to="<a@x.test>"))
    assert await one.exists("tea/a@x.test")
    assert await other.exists("coffee/b@x.test")


async def test_no_id_of_a_mail_is_a_name_in_another_storefront(
    world: World, files: FolderFiles
) -> None:
    """Anybody may write what they like into a Message-ID: a storefront's name, too."""
    tea, first = MailWorld(world, files, scope="tea/"), MailWorld(world, files)
    await tea.comes(letter("Mine.", message_id="<a@x.test>"))
    await first.comes(
        letter("Evil.", message_id="<b@x.test>", in_reply_to="<tea/a@x.test>", to="support@x.test")
    )
    await first.comes(letter("Claimed.", message_id="<tea/c@x.test>"))
    await tea.comes(letter("Later.", message_id="<c@x.test>"))
    await first.comes(letter("More.", message_id="<d@x.test>", in_reply_to="<tea/c@x.test>"))
    assert len((await tea.thread("tea/a@x.test")).messages) == 1
    assert await first.exists("b@x.test")
    assert [one.text for one in (await tea.thread("tea/c@x.test")).messages] == ["Later."]
    own = await first.thread("tea%2Fc@x.test")
    assert [one.text for one in own.messages] == ["Claimed.", "More."]


async def test_who_joins_a_thread_is_not_whom_its_answers_go_to(
    world: World, files: FolderFiles
) -> None:
    """Nobody's orders are shown to whoever had them answer into a thread of theirs."""
    mail = MailWorld(world, files)
    await mail.comes(letter("Hello.", message_id="<a@x.test>", **{"from": "eve@phish.example"}))
    proof = "mx.shop.test; dmarc=pass header.from=buyer.test"
    await mail.comes(
        letter(
            "Where is my parcel?",
            message_id="<b@x.test>",
            in_reply_to="<a@x.test>",
            authentication_results=proof,
        )
    )
    thread = await mail.thread("a@x.test")
    assert [one.trust for one in thread.messages] == ["unproven", "proven"]
    assert (thread.buyer.id, thread.buyer.email) == ("email:eve@phish.example", "eve@phish.example")
    assert not thread.buyer.verified
    assert thread.messages[-1].name == "Lena Weber"


async def test_an_id_of_any_letters_makes_a_key(files: FolderFiles) -> None:
    incoming = await read(files, letter(message_id="<a/b?c=%20é#€@x.test>"))
    assert incoming.thread_key.isascii()
    assert not set(incoming.thread_key) & set("/?#")


async def test_what_belongs_together_is_kept_in_order_and_the_rest_at_once(
    files: FolderFiles,
) -> None:
    raws = [
        letter("a1", message_id="<a1@x>"),
        letter("b1", message_id="<b1@x>"),
        letter("a2", message_id="<a2@x>", in_reply_to="<a1@x>"),
        letter("c1", message_id="<c1@x>"),
        letter("both", message_id="<ab@x>", references="<b1@x> <a2@x>"),
    ]
    parts = apart([await read(files, raw) for raw in raws])
    assert [[one.text for one in part if isinstance(one, Incoming)] for part in parts] == [
        ["a1", "a2", "b1", "both"],
        ["c1"],
    ]


# ── what is proven ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("raw", "trust", "verified", "answers_go_to"),
    [
        (recorded("gmail_de_reply"), "proven", True, "lena.weber@gmail.com"),
        (recorded("contact_form"), "proven", False, "eva@klein.example"),
        (recorded("spoofed_name"), "forged", False, "evil@phish.example"),
        (letter(), "unproven", False, "lena@buyer.test"),
        (letter(reply_to="support@shop.test"), "unproven", False, "lena@buyer.test"),
        (letter(reply_to="a@x.test, b@x.test"), "unproven", False, "lena@buyer.test"),
    ],
)
async def test_only_a_proven_address_that_answers_go_to_unlocks_an_order(
    files: FolderFiles, raw: bytes, trust: str, verified: bool, answers_go_to: str
) -> None:
    """A3: unauthenticated mail unlocks no order data, nor does a proven form of anybody's."""
    incoming = await read(files, raw)
    assert (incoming.trust, incoming.buyer.verified) == (trust, verified)
    assert incoming.buyer.email == answers_go_to
    assert incoming.buyer.id == f"email:{answers_go_to}"


async def test_a_machine_starts_no_clock_and_gets_no_draft(
    world: World, files: FolderFiles
) -> None:
    """RFC 3834: two machines never answer each other."""
    mail = MailWorld(world, files)
    await mail.comes(recorded("newsletter"))
    conversation = await mail.thread("nl1@news.example")
    assert conversation.waiting_since is None
    assert conversation.draft is None


async def test_a_copy_of_our_own_reply_is_no_message(files: FolderFiles) -> None:
    echo = letter(message_id=f"<{KEY}.{TOKEN}@shop.test>", **{"from": "support@shop.test"})
    assert await reader(files).arrivals(read_mail(echo), START) == ()


# ── what becomes of a reply ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "kind", "code", "reason"),
    [
        ("bounce_postfix", "failed", "5.1.1", "rejected: User unknown"),
        ("bounce_delayed_gmail", "delayed", "4.4.1", "did not accept our requests"),
        ("bounce_qmail_plain", "failed", "5.1.1", "no mailbox here by that name"),
        ("read_receipt", "read", "", ""),
    ],
)
async def test_servers_tell_what_became_of_a_reply(
    files: FolderFiles, name: str, kind: str, code: str, reason: str
) -> None:
    """RFC 3464, 8098, and what servers wrote before them."""
    [report] = await reader(files).arrivals(read_mail(recorded(name)), START)
    assert isinstance(report, Report)
    assert (report.kind, report.key, report.code) == (kind, KEY, code)
    assert reason in report.reason
    assert report.follows == (f"token:{TOKEN}",)


async def test_mail_that_bounced_for_whoever_used_our_address_is_left_alone(
    files: FolderFiles,
) -> None:
    assert await reader(files).arrivals(read_mail(recorded("backscatter")), START) == ()


async def test_who_answers_a_reply_has_it(files: FolderFiles) -> None:
    report, incoming = await reader(files).arrivals(read_mail(recorded("gmail_de_reply")), START)
    assert isinstance(report, Report)
    assert (report.kind, report.key) == ("delivered", KEY)
    assert isinstance(incoming, Incoming)


async def test_a_bounce_leaves_the_buyer_waiting_and_an_answer_settles_a_doubt(
    world: World, files: FolderFiles
) -> None:
    """Receipts come back into the thread, by nothing but what mail servers say."""
    mail = MailWorld(world, files)
    await mail.comes(letter("Where is it?", message_id="<a@x.test>"))
    about = (await mail.thread("a@x.test")).id
    await world.handle(ApproveDraft(conversation_id=about, version=1))
    world.clock.passes(seconds=20)
    await world.work()
    [reply] = world.channel.accepted
    ours = TOKENS.message_id(reply.key, "a@x.test", "shop.test")
    bounce = recorded("bounce_postfix").replace(f"{KEY}.{TOKEN}@shop.test".encode(), ours.encode())
    world.clock.passes(seconds=20)
    await mail.comes(bounce)
    await mail.comes(bounce)

    conversation = await mail.thread("a@x.test")
    assert conversation.draft_of(1).state == "failed"
    assert "User unknown" in str(conversation.draft_of(1).reason)
    assert conversation.waiting_since is not None
    assert [one.undelivered for one in conversation.messages] == [False, True]


# ── marketplaces ─────────────────────────────────────────────────────────────


async def test_amazons_relay_is_read_as_what_the_buyer_wrote_about_which_order(
    files: FolderFiles,
) -> None:
    incoming = await read(files, recorded("amazon_question"), profile="amazon")
    assert incoming.text == "Die Kanne ist zerbrochen angekommen. Was nun?"
    assert incoming.platform == "amazon"
    assert incoming.order_refs == ("302-1234567-7654321",)
    assert incoming.trust == "proven"
    assert incoming.buyer.verified
    assert "Bestellnummer" in (incoming.whole or "")


async def test_walmarts_relay_names_its_order_and_starts_its_clock(files: FolderFiles) -> None:
    incoming = await read(files, recorded("walmart_question"), profile="walmart")
    assert (incoming.platform, incoming.order_refs) == ("walmart", ("2000112-34567890",))
    assert not incoming.automatic


async def test_letters_of_a_relay_about_one_order_are_one_exchange(
    world: World, files: FolderFiles
) -> None:
    """The relay's letters name no earlier ones; the alias and the order do."""
    mail = MailWorld(world, files, profile="amazon")
    await mail.comes(recorded("amazon_question"))
    again = recorded("amazon_question").replace(b"0102018c@", b"0102018d@")
    await mail.comes(again)
    other = again.replace(b"0102018d@", b"0102018e@").replace(b"302-1234567", b"302-7777777")
    await mail.comes(other)
    assert len((await mail.thread("0102018c@eu-west-1.amazonses.com")).messages) == 2
    assert await mail.exists("0102018e@eu-west-1.amazonses.com")


async def test_mail_of_a_marketplace_itself_is_no_buyers(files: FolderFiles) -> None:
    raw = letter(**{"from": "seller-notification@amazon.de"})
    incoming = await read(files, raw, profile="amazon")
    assert (incoming.platform, incoming.automatic) == ("own", True)


# ── files ────────────────────────────────────────────────────────────────────


async def test_files_are_kept_by_content_and_what_is_too_much_says_why(
    files: FolderFiles,
) -> None:
    incoming = await read(files, recorded("attachments"))
    assert [one.name for one in incoming.attachments] == ["发票.pdf", "pass wd.png", "Old mail.eml"]
    assert all(one.sha256 and files.path(one.sha256) for one in incoming.attachments)

    incoming = await read(files, recorded("attachments"), max_file_mb=0.000005, max_files=2)
    assert [one.sha256 is None for one in incoming.attachments] == [True, False, True]
    assert "The file is over" in str(incoming.attachments[0].trouble)
    assert "More than 2 files" in str(incoming.attachments[2].trouble)


async def test_a_very_long_history_is_kept_as_a_file(files: FolderFiles) -> None:
    """A conversation is written whole at each change: it can't carry megabytes of quotations."""
    history = "\n".join(f"> line {n} of what was said before" for n in range(3_000))
    raw = letter(f"Yes.\n\nOn 2026-11-20, Shop <s@x.test> wrote:\n{history}", in_reply_to="<a@x>")
    incoming = await read(files, raw)
    assert incoming.text == "Yes."
    assert len(incoming.whole or "") == 30_000
    [kept] = incoming.attachments
    assert files.path(kept.sha256 or "")
    assert (kept.size or 0) > len(history)


async def test_a_mail_of_files_alone_says_what_they_are(files: FolderFiles) -> None:
    raw = letter(
        "x", content_type='image/jpeg; name="teapot.jpg"', content_disposition="attachment"
    )
    assert (await read(files, raw)).text == "teapot.jpg"
