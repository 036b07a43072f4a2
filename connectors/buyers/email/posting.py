"""Handing a mail to an SMTP server, and sorting what it says.

Before the server has the whole letter nothing was sent: an error is Unavailable or Rejected. Once
the letter is on its way only its answer counts; without one nobody knows, and it is Unsure.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import aiosmtplib
from aiosmtplib import SMTP

from assistant.errors import Rejected, Unavailable, Unsure
from assistant.words import say
from connectors.buyers.email.composing import mail_address
from connectors.buyers.email.options import Options
from connectors.http import clean_line

log = logging.getLogger(__name__)

CONNECT_S = 8.0
ANSWER_S = 15.0
Secret = Callable[[], Awaitable[tuple[str, str]]]
"""How to log in: `password` or `oauth`, and the secret."""


class Outbox:
    """The SMTP server of one mailbox."""

    def __init__(self, options: Options, secret: Secret) -> None:
        self._options, self._secret = options, secret

    async def post(self, to: str, letter: bytes) -> str:
        """Hand *letter* over for *to*; the server's own words.

        Raises: Unavailable (certainly not taken), Rejected (refused for good), Unsure.
        """
        async with self._connected() as server:
            await self._addressed(server, to)
            return await _handed_over(server, letter)

    async def probe(self) -> None:
        """Log in, and nothing else. Raises: Unavailable."""
        async with self._connected():
            return

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        options = self._options
        host, port = options.smtp
        server = SMTP(
            hostname=host,
            port=port,
            use_tls=options.smtp_security == "tls",
            start_tls=options.smtp_security == "starttls",
            tls_context=tls_context(options) if options.smtp_security != "plain" else None,
            timeout=ANSWER_S,
            local_hostname=options.address.rpartition("@")[2] or None,
        )
        try:
            await self._open(server, host)
            yield server
        finally:
            with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await server.quit()
            server.close()

    async def _open(self, server: SMTP, host: str) -> None:
        try:
            async with asyncio.timeout(CONNECT_S):
                await server.connect()
                await server.ehlo()
                kind, secret = await self._secret()
                if kind == "oauth":
                    await server.auth_xoauth2(self._options.login, secret)
                elif secret and server.supports_extension("auth"):
                    await server.login(self._options.login, secret)
        except aiosmtplib.SMTPAuthenticationError as error:
            log.warning("the mail server %s refused the log-in: %d", host, error.code)
            raise Unavailable(
                say(
                    "The mail server {host} refused the log-in of {user}: {why}",
                    host=host,
                    user=self._options.login,
                    why=_said(error),
                )
            ) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            log.warning("the mail server %s can't be reached: %s", host, type(error).__name__)
            raise Unavailable(say("The mail server {host} can't be reached.", host=host)) from error

    async def _addressed(self, server: SMTP, to: str) -> None:
        """Sender and recipient; a refusal here is about them."""
        utf8 = ["SMTPUTF8"] if not mail_address(to).isascii() else []
        if utf8 and not server.supports_extension("smtputf8"):
            raise Rejected(
                say("The mail server can't write to an address with letters as in {to}.", to=to)
            )
        try:
            await server.mail(mail_address(self._options.address), options=utf8, encoding="utf-8")
            await server.rcpt(mail_address(to), encoding="utf-8")
        except aiosmtplib.SMTPResponseException as error:
            raise _sorted(error) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise Unavailable(say("The mail server broke off before the letter.")) from error


async def _handed_over(server: SMTP, letter: bytes) -> str:
    try:
        return clean_line((await server.data(letter)).message, 300)
    except aiosmtplib.SMTPResponseException as error:
        raise _sorted(error) from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        log.warning("the mail server did not answer: %s", type(error).__name__)
        raise Unsure(
            say("The mail server got the letter, and did not say that it took it.")
        ) from error


def _sorted(error: aiosmtplib.SMTPResponseException) -> Unavailable | Rejected:
    if 400 <= error.code < 500:
        return Unavailable(say("The mail server asks to try again later: {why}", why=_said(error)))
    return Rejected(
        say("The mail server refused the reply: {why}", why=_said(error)), str(error.code)
    )


def _said(error: aiosmtplib.SMTPResponseException) -> str:
    return clean_line(f"{error.code} {error.message}", 300)


def tls_context(options: Options) -> ssl.SSLContext:
    """Certificates are checked, always; against the operator's own authority where one is set."""
    return ssl.create_default_context(cafile=str(options.ca_file) if options.ca_file else None)
