"""What operators set for Telegram."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import SecretStr, field_validator

from assistant.errors import Misconfigured
from connectors.options import Opts

NAME = "telegram"
TOKEN = re.compile(r"(\d{5,20}):[A-Za-z0-9_-]{20,100}")
SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")


class Options(Opts):
    """One bot."""

    bot_token: SecretStr
    """What @BotFather gave you: `123456:ABC-…`."""
    webhook_secret: SecretStr | None = None
    """The `secret_token` of setWebhook; two with a space while it is changed. Absent: polling."""
    polling: bool | None = None
    """Whether to ask Telegram instead of being called; absent: where there is no secret."""

    @field_validator("bot_token")
    @classmethod
    def _a_token(cls, token: SecretStr) -> SecretStr:
        if not TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("it is no bot token")
        return token

    @field_validator("webhook_secret")
    @classmethod
    def _a_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and not all(SECRET.fullmatch(one) for one in secrets_of(secret)):
            raise ValueError("it needs 16 to 256 letters, digits, _ and -")
        return secret

    @property
    def bot(self) -> str:
        """The bot's id, which stays when its token changes."""
        return self.bot_token.get_secret_value().partition(":")[0]

    @property
    def polls(self) -> bool:
        """Asked by us, not called by Telegram: it does one or the other."""
        return self.webhook_secret is None if self.polling is None else self.polling


def secrets_of(secret: SecretStr | None) -> tuple[str, ...]:
    """Several in one setting, for a rotation."""
    return tuple(secret.get_secret_value().split()) if secret else ()


def checked(known: Mapping[str, Options]) -> Mapping[str, Options]:
    """*known*, once each bot is told apart. Raises: Misconfigured."""
    bots: dict[str, str] = {}
    said: dict[str, str] = {}
    for name, one in known.items():
        where = f"channels.telegram.accounts.{name}" if name else "channels.telegram"
        if one.polls and one.webhook_secret is not None:
            raise Misconfigured(where, "A bot is polled or called, not both: unset one of the two.")
        if not one.polls and one.webhook_secret is None:
            raise Misconfigured("TELEGRAM_WEBHOOK_SECRET", "It is not set, and polling is off.")
        if bots.setdefault(one.bot, name) != name:
            raise Misconfigured(where, "Two accounts have the same bot. Give each its own.")
        for secret in secrets_of(one.webhook_secret):
            if said.setdefault(secret, name) != name:
                raise Misconfigured(where, "Two bots have the same webhook secret. Change one.")
    return known
