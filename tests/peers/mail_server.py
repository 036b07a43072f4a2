"""A real mail server on loopback: Dovecot for IMAP, Postfix for SMTP, each on ports of its own.

Mailboxes `support@shop.test`, `returns@shop.test`, `buyer@buyer.test`, password `secret`; mail to
`gone@elsewhere.test` bounces. `make peers` installs both; they want root, as Postfix always does.
"""

from __future__ import annotations

import os
import shutil
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from socket import create_connection

import pytest
from imapclient import IMAPClient

from tests.processes import free_port, until

HERE = Path(__file__).parent / "mail"
PASSWORD = "secret"
SUPPORT, RETURNS, BUYER = "support@shop.test", "returns@shop.test", "buyer@buyer.test"
INSTALL = "apt-get install -y --no-install-recommends dovecot-imapd dovecot-lmtpd postfix openssl"
NO_IDLE = "IMAP4rev1 LITERAL+ SASL-IR UIDPLUS SPECIAL-USE NAMESPACE"
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming")
MORE_QUEUES = ("maildrop", "private", "public", "pid", "saved", "trace")


class MailServer:
    """Both servers in one folder. `ca` is the certificate that they show."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.imap, self.imaps, self.smtp, self.submission, self.smtps = (
            free_port() for _ in range(5)
        )
        self.ca = place / "ssl" / "cert.pem"
        self._dovecot: subprocess.Popen[bytes] | None = None

    # ── running it ───────────────────────────────────────────────────────────

    def prepare(self) -> None:
        for name in ("pf", "queue", "data", "home", "run", "state", "ssl"):
            (self.place / name).mkdir()
        if subprocess.run(["id", "vmail"], capture_output=True).returncode:
            subprocess.run(["useradd", "--system", "--no-create-home", "vmail"], check=True)
        shutil.chown(self.place / "home", "vmail", "vmail")
        shutil.chown(self.place / "data", "postfix")
        self._certificate()
        (self.place / "users").write_text(
            "".join(f"{one}:{PASSWORD}\n" for one in (SUPPORT, RETURNS, BUYER))
        )
        self._write("main.cf", "pf/main.cf")
        self._write("master.cf", "pf/master.cf")
        for name in ("postfix-files", "dynamicmaps.cf"):
            with suppress(FileNotFoundError):
                shutil.copy(f"/etc/postfix/{name}", self.place / "pf")

    def _certificate(self) -> None:
        subprocess.run(
            f"openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost "
            f"-addext subjectAltName=DNS:localhost,IP:127.0.0.1 "
            f"-keyout {self.place}/ssl/key.pem -out {self.ca}".split(),
            check=True,
            capture_output=True,
        )

    def _write(self, name: str, to: str, capability: str = "") -> None:
        text = (HERE / name).read_text("utf-8")
        for key, value in (
            ("DIR", self.place),
            ("CAPABILITY", capability),
            ("IMAPS", self.imaps),
            ("IMAP", self.imap),
            ("SMTPS", self.smtps),
            ("SMTP", self.smtp),
            ("SUBMISSION", self.submission),
        ):
            text = text.replace(f"@{key}@", str(value))
        (self.place / to).write_text(text)

    def start(self) -> None:
        self.start_imap()
        self._postfix("start")
        for port in (self.smtp, self.submission, self.smtps):
            _listens(port)

    def start_imap(self, *, idle: bool = True) -> None:
        """*idle*: whether it says that it knows IDLE."""
        self._write("dovecot.conf", "dovecot.conf", "" if idle else NO_IDLE)
        with (self.place / "dovecot.out").open("ab") as out:
            self._dovecot = subprocess.Popen(
                [_found("dovecot"), "-F", "-c", str(self.place / "dovecot.conf")],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        _listens(self.imap)

    def stop_imap(self) -> None:
        """Everybody's connection breaks."""
        if self._dovecot is not None:
            self._dovecot.terminate()
            self._dovecot.wait(20)

    def stop_smtp(self) -> None:
        self._postfix("stop")

    def start_smtp(self) -> None:
        self._postfix("start")
        _listens(self.submission)

    def stop(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self._postfix("stop")
        self.stop_imap()

    def _postfix(self, what: str) -> None:
        with (self.place / "postfix.out").open("ab") as out:
            subprocess.run(
                [_found("postfix"), "-c", str(self.place / "pf"), what],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                check=True,
                timeout=60,
            )

    # ── what is in it ────────────────────────────────────────────────────────

    def settings(self, address: str = SUPPORT, name: str = "EMAIL") -> dict[str, str]:
        """The environment of a Parley with that mailbox: TLS, STARTTLS, checked certificates."""
        return {
            f"{name}_ADDRESS": address,
            f"{name}_PASSWORD": PASSWORD,
            f"{name}_IMAP_HOST": "localhost",
            f"{name}_IMAP_PORT": str(self.imaps),
            f"{name}_SMTP_HOST": "localhost",
            f"{name}_SMTP_PORT": str(self.submission),
            f"{name}_SMTP_SECURITY": "starttls",
            f"{name}_CA_FILE": str(self.ca),
        }

    @contextmanager
    def posting(self) -> Iterator[smtplib.SMTP]:
        """A connection by which buyers write."""
        with smtplib.SMTP("127.0.0.1", self.smtp) as smtp:
            yield smtp

    def write(self, raw: bytes, *, to: str = SUPPORT, sender: str = BUYER) -> None:
        with self.posting() as smtp:
            smtp.sendmail(sender, [to], raw)

    @contextmanager
    def mailbox(self, address: str, folder: str = "INBOX") -> Iterator[IMAPClient]:
        with IMAPClient("127.0.0.1", self.imap, ssl=False) as client:
            client.login(address, PASSWORD)
            client.select_folder(folder)
            yield client

    def mails(self, address: str, folder: str = "INBOX") -> list[Message]:
        """Everything in a folder, the oldest first."""
        with self.mailbox(address, folder) as client:
            uids = client.search("ALL")
            told = client.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
        return [message_from_bytes(told[uid][b"BODY[]"]) for uid in sorted(told)]

    def got(self, address: str, count: int = 1, seconds: float = 30) -> list[Message]:
        """The mails of *address*, once there are *count*."""
        found = until(lambda: (m := self.mails(address)) and len(m) >= count and m, seconds)
        assert found, f"{address} has {len(self.mails(address))} mails, not {count}"
        return list(found)

    def fill(self, address: str, mails: Sequence[bytes]) -> None:
        """Old mail, put into the mailbox's own files: delivered one by one it would take long."""
        name, _, domain = address.partition("@")
        maildir = self.place / "home" / domain / name / "Maildir"
        for folder in ("cur", "new", "tmp"):
            (maildir / folder).mkdir(parents=True, exist_ok=True)
        long_ago = time.time() - 90 * 86400
        for n, raw in enumerate(mails):
            path = maildir / "cur" / f"{int(long_ago)}.{n:06}.old:2,S"
            path.write_bytes(raw)
            os.utime(path, (long_ago, long_ago))
        subprocess.run(
            ["chown", "-R", "vmail:vmail", str(self.place / "home")], check=True, timeout=120
        )


def _found(program: str) -> str:
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if path is None:
        pytest.fail(f"{program} is not installed. Run: make peers (or: {INSTALL})", pytrace=False)
    return path


def _listens(port: int) -> None:
    def up() -> bool:
        try:
            with create_connection(("127.0.0.1", port), 1):
                return True
        except OSError:
            return False

    assert until(up, 20), f"nobody listens at {port}"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """One that is up; a test without root fails and says so."""
    _found("dovecot")
    if os.geteuid() != 0:
        pytest.fail("Postfix is started by root alone. Run these tests as root.", pytrace=False)
    # Their own users have to get in, which they can't below a test's private folder.
    with tempfile.TemporaryDirectory(prefix="parley-mail-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        server = MailServer(place)
        server.prepare()
        try:
            server.start()
            yield server
        finally:
            server.stop()
