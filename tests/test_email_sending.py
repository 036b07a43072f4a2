"""A reply as a mail, handed to real SMTP servers: right, once, and never by guess."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from assistant.errors import Misconfigured, Rejected, Unavailable, Unsure
from assistant.model import (
    Attachment,
    Buyer,
    BuyerId,
    Conversation,
    MessageId,
    Reply,
    ReplyKey,
    StorefrontId,
)
from connectors.buyers.email.channel import Email, checked
from connectors.buyers.email.composing import File, Letter, composed, reply_subject
from connectors.buyers.email.flowed import unflowed
from connectors.buyers.email.oauth import secret_of
from connectors.buyers.email.options import Options
from connectors.buyers.email.reading import read_mail
from connectors.files import FolderFiles
from connectors.http import Parts, client_session
from tests.email_letters import KEY, TOKEN, options
from tests.fakes import START, World, incoming, settings
from tests.processes import ROOT
from tests.provider import Provider, Says

ID = f"{KEY}.{TOKEN}@shop.test"


def letter(text: str = "Your teapot is on its way.", **changes: Any) -> Letter:
    return Letter(
        **{
            "message_id": ID,
            "from_name": "Teehaus",
            "from_address": "support@shop.test",
            "to": "lena@buyer.test",
            "subject": "Re: My order",
            "text": text,
            "language": "en",
            "at": START,
            "in_reply_to": "b@x.test",
            "references": ("a@x.test", "b@x.test"),
            **changes,
        }
    )


def parsed(one: Letter) -> EmailMessage:
    message = message_from_bytes(composed(one), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


# ── the letter ───────────────────────────────────────────────────────────────


def test_a_reply_stands_in_its_thread_and_says_who_it_is_from() -> None:
    """RFC 5322 §3.6.4: In-Reply-To is the parent, References its chain."""
    message = parsed(letter(reply_to="support+abc@shop.test"))
    assert message["Message-ID"] == f"<{ID}>"
    assert message["In-Reply-To"] == "<b@x.test>"
    assert message["References"] == "<a@x.test> <b@x.test>"
    assert message["From"] == '"Teehaus" <support@shop.test>' or "Teehaus" in message["From"]
    assert message["To"] == "lena@buyer.test"
    assert "support+abc@shop.test" in message["Reply-To"]
    assert "Auto-Submitted" not in message
    assert message.get_content_type() == "multipart/alternative"


def test_ids_that_we_made_up_and_chains_without_end_are_left_out() -> None:
    chain = tuple(f"{'x' * 80}{n}@long.example" for n in range(60))
    message = parsed(letter(references=("abc@no-id", *chain), in_reply_to="x@long-id"))
    assert "In-Reply-To" not in message
    found = message["References"].split()
    assert len(found) == 20
    assert found[0] == f"<{chain[0]}>"
    assert all(len(line) < 200 for line in composed(letter(references=chain)).split(b"\r\n"))


NASTY = "Re: hi\r\nBcc: victim@x.test\r\n\r\nbody\x00\x1b"


@pytest.mark.parametrize("field", ["subject", "from_name", "answered_by", "signature"])
def test_no_head_can_be_smuggled_in(field: str) -> None:
    """D: CR and LF in subject, display name, ids, addresses and file names."""
    message = parsed(letter(answered="x", **{field: NASTY}))
    assert set(map(str.lower, message.keys())) <= {
        "from", "to", "subject", "date", "message-id", "in-reply-to", "references",
        "mime-version", "content-type",
    }  # fmt: skip


def test_addresses_ids_and_files_smuggle_nothing_either() -> None:
    for to in ("a@x.test\r\nBcc: v@x.test", "a@x.test,b@x.test", "a b@x.test", "", "a@", "<a@x>"):
        with pytest.raises(Rejected):
            composed(letter(to=to))
    message = parsed(letter(in_reply_to="a@x>\r\nBcc: <v@x", references=("a b@x", "é@x")))
    assert "Bcc" not in message
    assert "References" not in message
    file = File("a\r\nX: y.pdf", "application/pdf\r\nX: z", b"1")
    [attached] = parsed(letter(files=(file,))).iter_attachments()
    assert attached.get_content_type() == "application/octet-stream"
    assert "X" not in attached


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Guten Tag,\n\nIhre Kanne für 34,90 € ist unterwegs.\n\nViele Grüße"),
        (
            "ja",
            "田中様\n\nお問い合わせありがとうございます。" + "急須を発送しました。" * 20,
        ),
        ("zh-Hans", "您好！\n\n茶壶今天已发出，" + "请放心。" * 60),
        ("ar", "مرحبا،\n\nطلبك رقم 10045 في الطريق إليك."),
        ("th", "สวัสดีค่ะ สินค้าอยู่ระหว่างจัดส่ง"),
        ("en", "A line that is much longer than any mail program of old would show. " * 8),
        ("en", " indented\n> not a quotation\nFrom here on\n.\n..dots\n-- \nhm\n😀🎁"),
    ],
)
def test_the_words_arrive_as_they_were_approved(language: str, text: str) -> None:
    """I6: every script, every length, dots and arrows; wrapped for whoever needs it."""
    raw = composed(letter(text, language=language))
    assert raw.isascii() or b"Content-Transfer-Encoding: 8bit" not in raw
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    message = parsed(letter(text, language=language))
    wanted = "\n".join(line.rstrip() for line in text.strip().split("\n"))
    assert unflowed(plain(message), delsp=False).strip() == wanted
    assert ('dir="rtl"' in html(message)) == (language == "ar")


def test_what_the_buyer_wrote_stands_below_in_their_language() -> None:
    answered = {
        "answered": "Wo ist sie?\n> alt",
        "answered_by": "Lena",
        "answered_at": datetime(2026, 11, 20, tzinfo=UTC),
    }
    text = plain(parsed(letter("Unterwegs.", language="de", signature="Teehaus\nKöln", **answered)))
    assert text == (
        "Unterwegs.\n\n-- \nTeehaus\nKöln\n\nAm 20. November 2026 schrieb Lena:\n"
        "> Wo ist sie?\n>> alt\n"
    )
    again = read_mail(composed(letter("Unterwegs.", language="de", **answered)))
    assert again.text == "Unterwegs."


def test_html_holds_nothing_but_escaped_words_and_links() -> None:
    message = parsed(letter("<script>x</script> see https://shop.test/a?b=1&c=2."))
    shown = html(message)
    assert "<script" not in shown
    assert '<a href="https://shop.test/a?b=1&amp;c=2">' in shown


@pytest.mark.parametrize(
    ("subject", "reply"),
    [
        ("My order", "Re: My order"),
        ("RE: My order", "RE: My order"),
        ("AW: Bestellung", "AW: Bestellung"),
        ("回复：订单", "回复：订单"),
        ("", "Re:"),
        ("Refund please", "Re: Refund please"),
    ],
)
def test_a_subject_gets_its_re_once(subject: str, reply: str) -> None:
    assert reply_subject(subject) == reply


def test_long_subjects_in_every_script_come_back_whole() -> None:
    for subject in ("Re: " + "茶壶坏了" * 30, "Re: " + "word " * 60, "Größe", "a" * 300):
        raw = composed(letter(subject=subject.strip()))
        assert read_mail(raw).subject == subject.strip()
        head = raw.partition(b"\r\n\r\n")[0]
        assert all(len(line) <= 310 for line in head.split(b"\r\n"))


def certificate(folder: Path) -> tuple[Path, Path]:
    """Of `localhost`, by nobody well known."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(Encoding.PEM))
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    secret.write_bytes(key.private_bytes(*plain))
    return cert, secret


# ── the server ───────────────────────────────────────────────────────────────


@dataclass
class Box:
    """What an SMTP server took; `says` overrides an answer by the command's name."""

    says: dict[str, str] = field(default_factory=dict)
    taken: list[Envelope] = field(default_factory=list)
    asked: int = 0
    before_answer: Callable[[], Awaitable[None]] | None = None

    async def handle_MAIL(self, server, session, envelope, address, options) -> str:  # type: ignore[no-untyped-def]
        self.asked += 1
        if said := self.says.get("MAIL"):
            return said
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # type: ignore[no-untyped-def]
        if said := self.says.get("RCPT"):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope: Envelope) -> str:  # type: ignore[no-untyped-def]
        if said := self.says.get("DATA"):
            return said
        self.taken.append(envelope)
        if self.says.get("then") == "cut":
            session.peer and server.transport.abort()
        if self.says.get("then") == "hang":
            await asyncio.sleep(3600)
        return "250 2.0.0 queued as 1"


def logs_in(server: Server, session: Session, _: Envelope, how: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == b"secret"
    return AuthResult(success=good, handled=False)


@asynccontextmanager
async def smtp(box: Box, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on loopback: with *tls*, from the first byte, and only for who logs in."""
    loop = asyncio.get_running_loop()

    def made() -> Server:
        return Server(
            box,
            enable_SMTPUTF8=False,
            authenticator=logs_in,
            auth_required=tls is not None,
            auth_require_tls=False,
            loop=loop,
        )

    server = await loop.create_server(made, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def channel(world: World, folder: Path, **changes: Any) -> AsyncIterator[Email]:
    async with client_session() as client:
        parts = Parts(
            settings=settings(),
            store=world.store,
            files=FolderFiles(folder),
            client=client,
            now=world.clock,
        )
        own = {"smtp_security": "plain", "save_sent": "no", "password": None, **changes}
        yield Email(parts, {"": options(**own)})


def conversation(**changes: Any) -> Conversation:
    first = incoming(
        "Where is it?",
        thread="a@x.test",
        channel="email",
        message_id=MessageId("a@x.test"),
        buyer=Buyer(id=BuyerId("email:lena@buyer.test"), name="Lena", email="Lena@buyer.test"),
        subject="My order",
        keys=("a@x.test", "token:x"),
        **changes,
    )
    return Conversation.begun(first, StorefrontId("default"), None).received(first, START)


def reply(**changes: Any) -> Reply:
    return Reply(
        **{
            "key": ReplyKey(KEY),
            "text": "It is on its way.",
            "language": "en",
            "name": "Olga",
            "approved_by": "Olga",
            "approved_at": START,
            "in_reply_to": MessageId("a@x.test"),
            "subject": "My order",
            "answers": ("a@x.test",),
            "references": ("a@x.test",),
            **changes,
        }
    )


async def test_a_reply_goes_to_the_buyer_with_an_id_known_before(
    world: World, tmp_path: Path
) -> None:
    """A3: the same reply has the same Message-ID however often it is tried."""
    box = Box()
    async with smtp(box) as port, channel(world, tmp_path, smtp_port=port) as email:
        first = await email.send(reply(), conversation())
        again = await email.send(reply(), conversation())
    assert first == again
    envelope = box.taken[0]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("support@shop.test", ["Lena@buyer.test"])
    assert isinstance(envelope.content, bytes)
    mail = read_mail(envelope.content)
    assert mail.id == first.external_id == first.keys[0]
    assert mail.answers == ("a@x.test",)
    assert mail.text == "It is on its way."
    assert "> Where is it?" in mail.whole


async def test_it_goes_to_whom_the_thread_began_with_whoever_joined(
    world: World, tmp_path: Path
) -> None:
    """D: no reply to a smuggled address."""
    joined = conversation()
    joined = joined.model_copy(
        update={"buyer": joined.buyer.model_copy(update={"email": "evil@phish.example"})}
    )
    box = Box()
    async with smtp(box) as port, channel(world, tmp_path, smtp_port=port) as email:
        await email.send(reply(), joined)
    assert box.taken[0].rcpt_tos == ["lena@buyer.test"]


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("MAIL", "451 4.3.0 try later", Unavailable),
        ("MAIL", "550 5.7.1 not you", Rejected),
        ("RCPT", "450 4.2.0 greylisted", Unavailable),
        ("RCPT", "550 5.1.1 no such user", Rejected),
        ("RCPT", "552 5.2.2 mailbox full", Rejected),
        ("DATA", "452 4.3.1 no space", Unavailable),
        ("DATA", "554 5.7.1 spam", Rejected),
    ],
)
async def test_what_a_server_says_is_sorted(
    world: World, tmp_path: Path, command: str, answer: str, error: type[Exception]
) -> None:
    """A3: 4xx try again, 5xx final, in the server's own words."""
    box = Box(says={command: answer})
    async with smtp(box) as port, channel(world, tmp_path, smtp_port=port) as email:
        with pytest.raises(error, match=answer[4:]):
            await email.send(reply(), conversation())
    assert box.taken == []


@pytest.mark.parametrize("then", ["cut", "hang"])
async def test_without_an_answer_to_the_letter_nobody_knows_and_nothing_is_repeated(
    world: World, tmp_path: Path, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """8: the server has it, and the answer is lost."""
    monkeypatch.setattr("connectors.buyers.email.posting.ANSWER_S", 0.3)
    box = Box(says={"then": then})
    async with smtp(box) as port, channel(world, tmp_path, smtp_port=port) as email:
        with pytest.raises(Unsure):
            await email.send(reply(), conversation())
    assert len(box.taken) == 1


async def test_before_the_letter_everything_that_breaks_is_certainly_not_sent(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.buyers.email.posting.CONNECT_S", 0.5)

    async def dumb(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        writer.close()

    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 5.3.2 go away\r\n")
        await writer.drain()
        writer.close()

    for talk in (dumb, rude):
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with channel(world, tmp_path, smtp_port=port) as email:
            with pytest.raises(Unavailable):
                await email.send(reply(), conversation())
        server.close()
    async with channel(world, tmp_path, smtp_port=port) as email:
        with pytest.raises(Unavailable, match="can't be reached"):
            await email.send(reply(), conversation())


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # aiosmtpd sees no TLS but STARTTLS
async def test_passwords_go_over_checked_tls_alone(world: World, tmp_path: Path) -> None:
    """A wrong certificate, a wrong password and none are all told apart from a refusal."""
    cert, key = certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(cert, key)
    box = Box()
    own: dict[str, Any] = {"smtp_host": "localhost", "smtp_security": "tls", "password": "secret"}
    async with smtp(box, tls) as port:
        async with channel(world, tmp_path, smtp_port=port, ca_file=cert, **own) as email:
            await email.send(reply(), conversation())
        async with channel(world, tmp_path, smtp_port=port, **own) as email:
            with pytest.raises(Unavailable, match="can't be reached"):
                await email.send(reply(), conversation())
        wrong = {**own, "password": "guess", "ca_file": cert}
        async with channel(world, tmp_path, smtp_port=port, **wrong) as email:
            with pytest.raises(Unavailable, match="refused the log-in"):
                await email.send(reply(), conversation())
    assert len(box.taken) == 1


async def test_a_relay_gets_plain_words_and_files_alone(world: World, tmp_path: Path) -> None:
    """A3, Amazon and Walmart: no HTML, no quotation, no signature, no other Reply-To."""
    path = tmp_path / "x"
    box = Box()
    async with smtp(box) as port:
        changes = {"profile": "amazon", "signature": "Teehaus", "plus_addresses": True}
        async with channel(world, path, smtp_port=port, **changes) as email:
            kept = await email._parts.files.put("a.pdf", "application/pdf", one_chunk(), 100)
            await email.send(reply(attachments=(kept,)), conversation())
            assert not email.can_for(conversation()).links
            assert email.can_for(conversation()).max_file_mb == 10
    message = message_from_bytes(box.taken[0].content or b"", policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message.get_body(("html",)) is None
    assert plain(message) == "It is on its way.\n"
    assert "Reply-To" not in message
    assert [one.get_filename() for one in message.iter_attachments()] == ["a.pdf"]


async def one_chunk() -> AsyncIterator[bytes]:
    yield b"%PDF"


async def test_what_cannot_be_sent_says_why(world: World, tmp_path: Path) -> None:
    box = Box()
    async with smtp(box) as port, channel(world, tmp_path, smtp_port=port) as email:
        gone = Attachment(name="photo.jpg", mime="image/jpeg", sha256="0" * 64)
        with pytest.raises(Rejected, match=r"photo\.jpg"):
            await email.send(reply(attachments=(gone,)), conversation())
        with pytest.raises(Rejected, match="not set up"):
            await email.send(reply(), conversation(account="closed"))
        umlaut = conversation()
        buyer = umlaut.buyer.model_copy(update={"id": "email:jörg@buyer.test", "email": None})
        with pytest.raises(Rejected, match="jörg"):
            await email.send(reply(), umlaut.model_copy(update={"buyer": buyer}))
        idn = buyer.model_copy(update={"id": "email:lena@büro.test"})
        await email.send(reply(), umlaut.model_copy(update={"buyer": idn}))
    assert box.taken[0].rcpt_tos == ["lena@xn--bro-hoa.test"]


def test_options_know_well_known_providers_and_keep_passwords_off_open_wires() -> None:
    gmail = Options(address="a@gmail.com", provider="gmail")
    assert (gmail.imap, gmail.smtp) == (("imap.gmail.com", 993), ("smtp.gmail.com", 465))
    assert (gmail.plus_addresses, gmail.save_sent) == (True, "no")
    assert Options(provider="gmail", imap_host="imap.other.test").imap_host == "imap.other.test"
    with pytest.raises(ValueError, match="tls or starttls"):
        Options(smtp_host="mail.shop.test", smtp_security="plain")
    assert getaddresses([gmail.address])


# ── logging in, being set up ─────────────────────────────────────────────────


async def test_an_access_token_is_fetched_kept_and_renewed(world: World, tmp_path: Path) -> None:
    """Exchange Online takes no passwords for IMAP."""
    async with Provider() as entra, client_session() as client:
        entra.on("POST", "/token", Says(200, {"access_token": "t1", "expires_in": 600}))
        parts = Parts(
            settings=settings(),
            store=world.store,
            files=FolderFiles(tmp_path),
            client=client,
            now=world.clock,
        )
        own = options(
            oauth_token_url=f"{entra.url}/token",
            oauth_client_id="app",
            oauth_client_secret="hush",
            oauth_refresh_token="r1",
            oauth_scope="mail",
        )
        secret = secret_of(own, parts)
        assert await secret() == ("oauth", "t1")
        assert await secret() == ("oauth", "t1")
        [asked] = entra.asked
        assert asked.form == {
            "grant_type": "refresh_token",
            "client_id": "app",
            "client_secret": "hush",
            "refresh_token": "r1",
            "scope": "mail",
        }
        world.clock.passes(seconds=700)
        entra.on("POST", "/token", Says(400, {"error": "invalid_grant"}))
        with pytest.raises(Rejected, match="invalid_grant"):
            await secret()
        entra.on("POST", "/token", Says(503, {"error": "busy"}))
        with pytest.raises(Unavailable):
            await secret()


def test_what_is_missing_is_named_as_it_is_set() -> None:
    with pytest.raises(Misconfigured, match="EMAIL_IMAP_HOST"):
        checked({"": options(imap_host="")})
    with pytest.raises(Misconfigured, match="EMAIL_OUR_BOX_ADDRESS"):
        checked({"our-box": options(address="")})


def test_every_option_is_in_the_document() -> None:
    text = (ROOT / "docs" / "email.md").read_text("utf-8").partition("## All options")[2]
    told = set(re.findall(r"`([a-z_]+)`", text))
    assert set(Options.model_fields) - told - {"api_url"} == set()
