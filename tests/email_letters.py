"""Letters for the tests of e-mail, and a mailbox's options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connectors.buyers.email.options import Options

LETTERS = Path(__file__).parent / "fixtures" / "buyers" / "email"
KEY = "reply_0123456789abcdef0123456789abcdef"
TOKEN = "abcdefghij234567klmn"
"""Of the reply that the recorded answers and bounces are about."""


def recorded(name: str) -> bytes:
    return (LETTERS / f"{name}.eml").read_bytes()


def letter(text: str = "Where is my order 10045?", **heads: str) -> bytes:
    """A plain mail; `message_id` becomes `Message-ID`, an empty head is left out."""
    all_heads = {
        "From": "Lena Weber <lena@buyer.test>",
        "To": "support@shop.test",
        "Subject": "My order",
        "Date": "Sat, 21 Nov 2026 09:59:00 +0000",
        "Message-ID": "<m1@buyer.test>",
        "Content-Type": "text/plain; charset=utf-8",
        **{name.replace("_", "-").title(): value for name, value in heads.items()},
    }
    if "Message-Id" in all_heads:
        all_heads["Message-ID"] = all_heads.pop("Message-Id")
    lines = [f"{name}: {value}" for name, value in all_heads.items() if value]
    return ("\r\n".join(lines) + "\r\n\r\n" + text.replace("\n", "\r\n")).encode()


def options(**changes: Any) -> Options:
    return Options(
        **{
            "address": "support@shop.test",
            "password": SecretStr("secret"),
            "imap_host": "127.0.0.1",
            "smtp_host": "127.0.0.1",
            "auth_host": "mx.shop.test",
            **changes,
        }
    )
