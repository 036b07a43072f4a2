"""What an operator sets for a mailbox, and the servers of well-known providers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, Self

from pydantic import Field, SecretStr, model_validator

from connectors.options import Opts

Security = Literal["tls", "starttls", "plain"]


class _Servers(NamedTuple):
    imap: str
    smtp: str
    smtp_port: int
    smtp_security: Security
    keeps_sent: bool
    """What is sent by its SMTP shows in the Sent folder without our doing."""
    plus: bool
    """`support+anything@…` reaches `support@…`."""
    auth_host: str = ""
    """What it calls itself in Authentication-Results."""


# As the providers' help has them to our knowledge; none was tried, so each is unverified.
PROVIDERS: Mapping[str, _Servers] = {
    "gmail": _Servers("imap.gmail.com", "smtp.gmail.com", 465, "tls", True, True, "mx.google.com"),
    "office365": _Servers(
        "outlook.office365.com", "smtp.office365.com", 587, "starttls", True, True, "office365"
    ),
    "fastmail": _Servers("imap.fastmail.com", "smtp.fastmail.com", 465, "tls", False, True),
    "icloud": _Servers("imap.mail.me.com", "smtp.mail.me.com", 587, "starttls", False, True),
    "yahoo": _Servers("imap.mail.yahoo.com", "smtp.mail.yahoo.com", 465, "tls", True, False),
    "zoho": _Servers("imap.zoho.com", "smtp.zoho.com", 465, "tls", True, True),
    "qq": _Servers("imap.qq.com", "smtp.qq.com", 465, "tls", False, False),
    "exmail": _Servers("imap.exmail.qq.com", "smtp.exmail.qq.com", 465, "tls", False, False),
    "163": _Servers("imap.163.com", "smtp.163.com", 465, "tls", False, False),
}
Provider = Literal[
    "", "gmail", "office365", "fastmail", "icloud", "yahoo", "zoho", "qq", "exmail", "163"
]


class Options(Opts):
    """One mailbox. `EMAIL_<FIELD>`, or `[channels.email]` for what is no secret."""

    address: str = Field(default="", pattern=r"^$|^[^\s<>@]+@[^\s<>@]+$")
    """The address buyers write to, and replies come from."""
    name: str = ""
    """Shown beside it; absent: the storefront's brand."""
    also: tuple[str, ...] = ()
    """Other addresses whose mail ends in this mailbox."""
    provider: Provider = ""
    """A well-known one, whose servers are then set already."""
    user: str = ""
    """The name to log in with; absent: the address."""
    password: SecretStr | None = None
    """Of the mailbox; with two-step verification an app password."""
    oauth_token_url: str = ""
    """Where to get access tokens (OAuth 2), instead of a password."""
    oauth_client_id: str = ""
    oauth_client_secret: SecretStr | None = None
    oauth_refresh_token: SecretStr | None = None
    """Absent: the client's own credentials are used, as a registration in Entra ID has them."""
    oauth_scope: str = ""
    imap_host: str = ""
    imap_port: int = Field(default=0, ge=0, le=65535)
    imap_security: Security = "tls"
    smtp_host: str = ""
    smtp_port: int = Field(default=0, ge=0, le=65535)
    smtp_security: Security = "tls"
    """`plain` only for a server on this machine."""
    ca_file: Path | None = None
    """Who signed the servers' certificates, where that is nobody well known."""
    folder: str = "INBOX"
    sent_folder: str = ""
    """Absent: the one the server calls `\\Sent`."""
    save_sent: Literal["auto", "yes", "no"] = "auto"
    """Whether replies are put into the Sent folder; `auto`: unless the provider does it."""
    auth_host: str = ""
    """The name of your own server in `Authentication-Results`; absent: no mail is proven."""
    plus_addresses: bool | None = None
    """Whether `name+token@` reaches this mailbox; absent: as the provider has it, else no."""
    profile: Literal["", "amazon", "walmart"] = ""
    """A marketplace whose relay this mailbox is for."""
    html: bool = True
    """Letters also as HTML, beside the plain text; never to a relay."""
    quote: bool = True
    """What the buyer wrote, under the reply; never to a relay."""
    signature: str = ""
    """Lines under every letter."""
    poll_seconds: float = Field(default=60, ge=1, le=3600)
    """How often to look where the server has no IDLE."""
    idle_seconds: float = Field(default=540, ge=1, le=1740)
    """After how long IDLE is asked for anew, and the mailbox looked through."""
    look_back_days: int = Field(default=1, ge=0, le=30)
    """At the very first start: how old unanswered mail may be; at most 200 of them are taken."""
    max_file_mb: float = Field(default=20, gt=0, le=100)
    """Larger files are named, and not kept."""
    max_files: int = Field(default=20, ge=1, le=100)

    @model_validator(mode="before")
    @classmethod
    def _as_the_provider_has_it(cls, given: object) -> object:
        known = PROVIDERS.get(given.get("provider", "")) if isinstance(given, dict) else None
        if known is None or not isinstance(given, dict):
            return given
        preset = {
            "imap_host": known.imap,
            "smtp_host": known.smtp,
            "smtp_port": known.smtp_port,
            "smtp_security": known.smtp_security,
            "auth_host": known.auth_host,
            "plus_addresses": known.plus,
            "save_sent": "no" if known.keeps_sent else "auto",
        }
        return {**preset, **given}

    @model_validator(mode="after")
    def _safely(self) -> Self:
        """A password in the clear goes to no other machine."""
        for host, how in (
            (self.imap_host, self.imap_security),
            (self.smtp_host, self.smtp_security),
        ):
            if how == "plain" and host not in ("", "127.0.0.1", "::1", "localhost"):
                raise ValueError(
                    f"plain is for a server on this machine; {host} needs tls or starttls"
                )
        return self

    @property
    def login(self) -> str:
        return self.user or self.address

    @property
    def own(self) -> frozenset[str]:
        """Our addresses of this mailbox, in lower case."""
        return frozenset(one.lower() for one in (self.address, *self.also) if one)

    @property
    def imap(self) -> tuple[str, int]:
        return self.imap_host, self.imap_port or (993 if self.imap_security == "tls" else 143)

    @property
    def smtp(self) -> tuple[str, int]:
        standard = {"tls": 465, "starttls": 587, "plain": 25}[self.smtp_security]
        return self.smtp_host, self.smtp_port or standard
