"""Letters through a real Dovecot and a real Postfix: in, answered, back in the buyer's mailbox.

IDLE, a server that goes away in the middle, a thousand letters at once, a mailbox of fifty
thousand, and a Parley that is killed while it reads.
"""

from __future__ import annotations

import asyncio
import smtplib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from app import settings_of
from assistant.commands import ApproveDraft
from assistant.model import Conversation, conversation_id
from connectors.buyers.email.channel import Email
from connectors.files import FolderFiles
from connectors.http import Parts, client_session
from connectors.store import RedisStore
from tests.email_letters import letter, options
from tests.fakes import Clock, settings
from tests.faults.crowd import Agent
from tests.peers.aside import apart
from tests.peers.mail_server import BUYER, PASSWORD, RETURNS, SUPPORT, MailServer, mail_server
from tests.peers.servers import Server, Site
from tests.processes import get, until
from tests.test_email_sending import conversation, reply

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def server() -> Iterator[MailServer]:
    """One of the test's own, to stop or to fill."""
    with mail_server() as server:
        yield server


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, PARLEY_BUYERS="email", PARLEY_UNDO_SECONDS="0", PARLEY_SHOPS="")
    yield site
    site.end()


@asynccontextmanager
async def store_of(parley: Server) -> AsyncIterator[RedisStore]:
    store = await RedisStore.open(f"unix://{parley.place / 'data' / 'valkey.sock'}")
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def olga(parley: Server) -> AsyncIterator[Agent]:
    settings = settings_of(parley.environ).settings
    assert settings is not None
    agent = Agent("Olga", lambda: parley.url, settings)
    try:
        yield agent
    finally:
        await agent.close()


async def drafted(store: RedisStore, root: str, seq: int = 1) -> Conversation:
    """The conversation of that first letter, once message *seq* has a draft."""
    about = conversation_id("email", root)
    for _ in range(600):
        found = await store.load(about)
        draft = found.draft if found else None
        if found and draft and draft.answers_seq >= seq and draft.state == "proposed":
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"no draft for {root}: {found and found.no_draft}")


def from_buyer(text: str, n: str, **heads: str) -> bytes:
    heads.setdefault("message_id", f"<{n}@buyer.test>")
    return letter(text, **{"from": f"Lena Weber <{BUYER}>", **heads})


def plain(message: Message) -> str:
    again = BytesParser(policy=policy.default).parsebytes(message.as_bytes())
    assert isinstance(again, EmailMessage)
    part = again.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@apart
async def test_a_letter_is_answered_in_its_thread_and_the_next_one_joins_it(
    mail: MailServer, site: Site
) -> None:
    """Mail → conversation → reply → the buyer's mailbox → their answer → same thread."""
    parley = site.start("serve", **mail.settings())
    began = time.monotonic()
    mail.write(from_buyer("Hello, where is my order 10045?", "q1", subject="Where is it? 茶壶"))
    assert until(lambda: parley.metric("parley_messages_visible_total") == 1)
    print(f"visible {time.monotonic() - began:.2f} s after it was handed to Postfix")

    async with store_of(parley) as store, olga(parley) as agent:
        asked = await drafted(store, "q1@buyer.test")
        assert asked.buyer.email == BUYER
        assert asked.draft is not None
        command = ApproveDraft(conversation_id=asked.id, version=asked.draft.version)
        assert await agent.press(command) == 200
        [reply] = mail.got(BUYER)
        assert reply["In-Reply-To"] == "<q1@buyer.test>"
        assert reply["References"] == "<q1@buyer.test>"
        assert asked.draft.text.splitlines()[0] in plain(reply)
        assert "> Hello, where is my order 10045?" in plain(reply)
        [saved] = mail.mails(SUPPORT, "Sent")
        assert saved["Message-ID"] == reply["Message-ID"]

        mail.write(from_buyer("Thanks, and when?", "q2", in_reply_to=reply["Message-ID"]))
        again = await drafted(store, "q1@buyer.test", seq=3)
        assert [one.author for one in again.messages] == ["buyer", "agent", "buyer"]
        assert again.draft_of(1).delivered_at is not None
        mail.write(from_buyer("Thanks, and when?", "q2", in_reply_to=reply["Message-ID"]))
        mail.write(from_buyer("Another matter.", "q3", subject="Re: Where is it? 茶壶"))
        await drafted(store, "q3@buyer.test")
        joined = await store.load(again.id)
        assert joined is not None
        assert len(joined.messages) == 3


@apart
async def test_a_bounce_comes_back_to_its_reply(mail: MailServer, site: Site) -> None:
    """RFC 3464, from a real Postfix: the buyer waits again, and the card says why."""
    parley = site.start("serve", **mail.settings())
    raw = letter(
        "Where is it?", message_id="<g1@elsewhere.test>", **{"from": "gone@elsewhere.test"}
    )
    mail.write(raw, sender="gone@elsewhere.test")
    async with store_of(parley) as store, olga(parley) as agent:
        asked = await drafted(store, "g1@elsewhere.test")
        assert await agent.press(ApproveDraft(conversation_id=asked.id, version=1)) == 200
        for _ in range(300):
            told = await store.load(asked.id)
            if told and told.draft_of(1).state == "failed":
                break
            await asyncio.sleep(0.1)
        assert told is not None
        assert told.draft_of(1).state == "failed"
        assert "no such person" in str(told.draft_of(1).reason)
        assert told.waiting_since is not None


@apart
async def test_an_answer_that_gets_lost_is_asked_about_and_never_sent_again(
    mail: MailServer, site: Site
) -> None:
    """8: Postfix has the letter, and its answer never comes. Whoever answers it settles it."""
    async with deaf(mail.smtp) as port:
        own = {"EMAIL_SMTP_HOST": "127.0.0.1", "EMAIL_SMTP_SECURITY": "plain"}
        parley = site.start(
            "serve", **{**mail.settings(RETURNS), **own, "EMAIL_SMTP_PORT": str(port)}
        )
        before = len(mail.mails(BUYER))
        mail.write(from_buyer("Is it blue?", "u1"), to=RETURNS)
        async with store_of(parley) as store, olga(parley) as agent:
            asked = await drafted(store, "u1@buyer.test")
            assert await agent.press(ApproveDraft(conversation_id=asked.id, version=1)) == 200
            told = await state(store, asked, "unsure")
            assert "did not say" in str(told.draft_of(1).reason)
            [reply] = mail.got(BUYER, before + 1)[before:]
            await asyncio.sleep(3)
            assert len(mail.mails(BUYER)) == before + 1

            mail.write(from_buyer("I see.", "u2", in_reply_to=reply["Message-ID"]), to=RETURNS)
            await state(store, asked, "sent")


async def state(store: RedisStore, asked: Conversation, wanted: str) -> Conversation:
    """The conversation, once its first draft is so."""
    for _ in range(400):
        found = await store.load(asked.id)
        if found and found.draft_of(1).state == wanted:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"it is {found and found.draft_of(1).state}, not {wanted}")


@asynccontextmanager
async def deaf(server: int) -> AsyncIterator[int]:
    """A way to *server* on which its answer to a letter is lost, and the connection with it."""

    async def talk(client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        answers, on = await asyncio.open_connection("127.0.0.1", server)
        letter_begun = False

        async def forth() -> None:
            while line := await client.readline():
                on.write(line)

        async def answer() -> None:
            nonlocal letter_begun
            while line := await answers.readline():
                if letter_begun:
                    break
                letter_begun = line.startswith(b"354")
                back.write(line)

        sending = asyncio.create_task(forth())
        await answer()
        sending.cancel()
        back.close()
        on.close()

    proxy = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield proxy.sockets[0].getsockname()[1]
    finally:
        proxy.close()


@apart
async def test_what_was_sent_is_found_in_the_sent_folder(mail: MailServer, tmp_path: Path) -> None:
    """C7: a reply that was cut off is looked up, and only what is there counts."""
    async with client_session() as client:
        store: Any = None  # sending and looking up leave it alone
        parts = Parts(
            settings=settings(),
            store=store,
            files=FolderFiles(tmp_path),
            client=client,
            now=Clock(),
        )
        own = options(
            imap_host="localhost",
            imap_port=mail.imaps,
            smtp_host="localhost",
            smtp_port=mail.smtps,
            ca_file=mail.ca,
        )
        email = Email(parts, {"": own})
        assert "support@shop.test" in await email.probe()
        asked = conversation()
        to = asked.buyer.model_copy(update={"id": f"email:{BUYER}", "email": BUYER})
        asked = asked.model_copy(update={"buyer": to})
        assert await email.find(reply(), asked) is None
        receipt = await email.send(reply(), asked)
        assert await email.find(reply(), asked) == receipt
        assert await email.find(reply(key="reply_" + "1" * 32), asked) is None


def test_idle_tells_of_new_mail_at_once_and_a_restarted_server_loses_none(
    server: MailServer, site: Site
) -> None:
    """The server goes away in the middle, and comes back without IDLE."""
    parley = site.start("serve", EMAIL_POLL_SECONDS="1", **server.settings())
    visible: list[float] = []
    for n in range(5):
        time.sleep(0.3)
        began = time.monotonic()
        server.write(from_buyer(f"Question {n}?", f"i{n}"))
        assert _has(parley, n + 1)
        visible.append(time.monotonic() - began)
    print("accepted after", [f"{one:.2f}" for one in visible], "s")
    assert sorted(visible)[2] < 5

    server.stop_imap()
    for n in range(5, 10):
        server.write(from_buyer(f"Question {n}?", f"i{n}"))
    time.sleep(2)
    server.start_imap(idle=False)
    assert _has(parley, 10, 60)
    server.write(from_buyer("And by polling?", "i10"))
    assert _has(parley, 11)
    assert parley.metric("parley_commands_dead_total") == 0


@apart
async def test_a_thousand_letters_at_once_are_a_thousand_conversations_whatever_is_killed(
    server: MailServer, site: Site
) -> None:
    """3, 6: none lost, none doubled, though Parley and Dovecot are killed while they come."""
    parley = site.start("serve", **server.settings())
    began = time.monotonic()

    def written() -> None:
        with server.posting() as smtp:
            for n in range(1_000):
                smtp.sendmail(BUYER, [SUPPORT], from_buyer(f"Letter number {n}.", f"t{n}"))

    writing = asyncio.create_task(asyncio.to_thread(written))
    for at in (150, 400, 700):
        await _accepted(parley, at, 120)
        if at == 400:
            await asyncio.to_thread(server.stop_imap)
            await asyncio.to_thread(server.start_imap)
        else:
            await asyncio.to_thread(parley.killed)
            await asyncio.to_thread(parley.again)
    await writing
    await _accepted(parley, 1_000, 180)
    print(f"1,000 letters with two kills in {time.monotonic() - began:.1f} s")
    await asyncio.sleep(1)
    assert parley.metric("parley_messages_accepted_total") == 1_000
    async with store_of(parley) as store:
        for _ in range(600):
            missing = [
                n
                for n in range(1_000)
                if await store.version(conversation_id("email", f"t{n}@buyer.test")) == 0
            ]
            if not missing:
                break
            await asyncio.sleep(0.2)
        assert missing == []
        for n in range(0, 1_000, 37):
            found = await store.load(conversation_id("email", f"t{n}@buyer.test"))
            assert found is not None
            assert [one.text for one in found.messages] == [f"Letter number {n}."]


async def _accepted(parley: Server, count: int, seconds: float) -> None:
    assert await asyncio.to_thread(_has, parley, count, seconds), parley.said()[-2_000:]


def _has(parley: Server, count: int, seconds: float = 30) -> bool:
    """It accepted that many messages."""
    accepted = "parley_messages_accepted_total"
    return bool(until(lambda: (parley.metric(accepted) or 0) >= count, seconds))


def test_a_mailbox_of_fifty_thousand_is_not_read_at_the_start(
    server: MailServer, site: Site
) -> None:
    """A mailbox of years is not a queue of work: start-up reads none of it."""
    server.stop_imap()
    server.fill(
        SUPPORT, [from_buyer(f"Old letter {n}.", f"old{n}", date="") for n in range(50_000)]
    )
    server.start_imap()
    with server.mailbox(SUPPORT) as client:  # Dovecot numbers what it finds, once
        assert len(client.search("ALL")) == 50_000
    began = time.monotonic()
    parley = site.start("serve", **server.settings())
    server.write(from_buyer("The new one.", "new"))
    assert until(lambda: parley.metric("parley_messages_accepted_total") == 1, 150)
    print(f"up and the new letter in after {time.monotonic() - began:.1f} s")
    time.sleep(1)
    assert parley.metric("parley_messages_accepted_total") == 1


@apart
async def test_two_mailboxes_and_a_wrong_password_are_kept_apart(
    mail: MailServer, tmp_path: Path
) -> None:
    """One mailbox that can't be asked holds up no other, and is told of."""
    config = tmp_path / "parley.toml"
    config.write_text(
        "[channels.email.accounts.support]\n[channels.email.accounts.returns]\n"
        f'[channels.email]\nimap_host = "localhost"\nimap_port = {mail.imaps}\n'
        f'smtp_host = "localhost"\nsmtp_port = {mail.smtps}\nca_file = "{mail.ca}"\n'
    )
    site = Site(
        tmp_path,
        PARLEY_BUYERS="email",
        PARLEY_SHOPS="",
        PARLEY_CONFIG=str(config),
        EMAIL_SUPPORT_ADDRESS=SUPPORT,
        EMAIL_SUPPORT_PASSWORD="wrong",
        EMAIL_RETURNS_ADDRESS=RETURNS,
        EMAIL_RETURNS_PASSWORD=PASSWORD,
    )
    try:
        parley = site.start("serve")
        mail.write(from_buyer("To the other box.", "r1"), to=RETURNS)
        async with store_of(parley) as store:
            found = await drafted(store, "r1@buyer.test")
        assert found.account == "returns"
        assert until(lambda: "email:support" in _readyz(parley), 20)
        assert "refused the log-in" in parley.said()
    finally:
        site.end()


def _readyz(parley: Server) -> str:
    return get(f"{parley.url}/readyz")[1]


def test_the_stand_in_refuses_what_a_provider_refuses(mail: MailServer) -> None:
    """The peer itself: no log-in without TLS and password, no mail to anywhere else."""
    with smtplib.SMTP("127.0.0.1", mail.smtp) as smtp:
        refused, said = smtp.docmd("RCPT", "TO:<a@nowhere.example>")
        assert refused >= 500, said
    with smtplib.SMTP("127.0.0.1", mail.submission) as smtp:
        smtp.ehlo("x")
        assert smtp.mail("a@b.test")[0] == 530
