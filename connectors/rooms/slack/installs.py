"""Workspaces where Parley was installed by OAuth: their tokens, encrypted, in the store.

The key is derived from `PARLEY_SECRET`; who reads the store without it reads no token.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import AwareDatetime, SecretStr, ValidationError
from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from assistant.errors import Rejected, Unavailable
from assistant.model import Frozen
from assistant.ports import Store
from assistant.words import say

log = logging.getLogger(__name__)

_FOR_GOOD = timedelta(days=36_500)
UNREADABLE = "unreadable_token"
"""The code of a token that is there, and encrypted with another secret."""


class Installed(Frozen):
    """One workspace's installation. Its token is nobody's to see."""

    team: str
    team_name: str = ""
    token: SecretStr
    bot_user: str = ""
    scopes: tuple[str, ...] = ()
    installed_at: AwareDatetime | None = None

    def in_clear(self) -> bytes:
        """With the token, for the cipher alone."""
        told = self.model_dump(mode="json")
        return json.dumps({**told, "token": self.token.get_secret_value()}).encode()


class Installations:
    """The installations, by workspace."""

    def __init__(self, store: Store, secret: SecretStr) -> None:
        self._store = store
        self._cipher = Fernet(_key(secret))

    async def save(self, installed: Installed) -> None:
        """Raises: Unavailable."""
        sealed = self._cipher.encrypt(installed.in_clear()).decode()
        await self._store.keep(_name(installed.team), sealed, _FOR_GOOD)

    async def find(self, team: str) -> Installed | None:
        """Raises: Unavailable, Rejected (it is there, and can't be read)."""
        sealed = await self._store.kept(_name(team))
        if sealed is None:
            return None
        try:
            installed = Installed.model_validate_json(self._cipher.decrypt(sealed.encode()))
        except (InvalidToken, ValidationError) as error:
            log.error(
                "the Slack token of %s can't be read. PARLEY_SECRET changed: install again", team
            )
            told = say(
                "The Slack token of {team} can't be read. PARLEY_SECRET changed: install Parley "
                "there again.",
                team=team,
            )
            raise Rejected(told, UNREADABLE) from error
        # Somebody who can write the store can't pass one workspace's token off as another's.
        return installed if installed.team == team else None

    async def drop(self, team: str, at: datetime) -> bool:
        """Forget its token, unless it is newer than *at*. Raises: Unavailable."""
        try:
            found = await self.find(team)
        except Rejected:
            found = None
        if found is not None and found.installed_at is not None and at <= found.installed_at:
            return False
        await self._store.keep(_name(team), "", _FOR_GOOD)
        return True


class BoltStore(AsyncInstallationStore):
    """The same, as Bolt's OAuth flow wants to save it."""

    def __init__(self, installations: Installations, now: Callable[[], datetime]) -> None:
        self._installations, self._now = installations, now

    @property
    def logger(self) -> logging.Logger:
        return log

    async def async_save(self, installation: Installation) -> None:
        """Raises: BoltError, which Bolt shows as a failed installation."""
        if not installation.team_id or not installation.bot_token:
            raise BoltError("Parley is installed in one workspace at a time, with a bot token")
        installed = Installed(
            team=installation.team_id,
            team_name=installation.team_name or "",
            token=SecretStr(installation.bot_token),
            bot_user=installation.bot_user_id or "",
            scopes=tuple(installation.bot_scopes or ()),
            installed_at=self._now(),
        )
        try:
            await self._installations.save(installed)
        except Unavailable as error:
            raise BoltError("the store is away; try again in a moment") from error
        log.info("installed in the Slack workspace %s", installed.team)

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        """Nobody needs it: whoever calls Slack takes the token from `Installations`."""
        return None


def _name(team: str) -> str:
    return f"slack:install:{team}"


def _key(secret: SecretStr) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"parley slack installations 1")
    return base64.urlsafe_b64encode(hkdf.derive(secret.get_secret_value().encode()))
