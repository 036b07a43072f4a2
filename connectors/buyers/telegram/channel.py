"""The channel of Telegram: webhooks or long polling in, the Bot API out."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import Rejected, Unauthentic, Unavailable, Unsure
from assistant.model import Arrival, Attachment, Conversation, Incoming, Receipt, Reply
from assistant.ports import Capabilities, Take, Webhook, cursor_of
from assistant.ports.store import FOR_GOOD
from assistant.words import say
from connectors.buyers.telegram.api import Bot, Upload
from connectors.buyers.telegram.options import NAME, Options, checked, secrets_of
from connectors.buyers.telegram.updates import PLACE, WANTED, incoming
from connectors.fetching import Downloads, Places
from connectors.foreign import dicts, document, text_of
from connectors.http import Parts, mended
from connectors.options import accounts
from connectors.parts import account_missing, in_parts, kept_file

log = logging.getLogger(__name__)

HEADER = "x-telegram-bot-api-secret-token"
CAPTION = 1_024
MOST_DOWN = 20_000_000
"""What a bot may fetch; a larger file of a buyer stays where it is."""
PHOTO_MB = 10
ASK_S = 25
"""How long Telegram keeps a question open while there is nothing to tell."""


class Telegram:
    """`ports.WebhookChannel`, `PullingChannel` and `MediaChannel` for bots."""

    name = NAME
    can = Capabilities(
        idempotent=False,
        max_chars=4_096,
        attachments=True,
        max_files=10,
        max_file_mb=50,
        edits=True,
    )

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._accounts = checked(accounts(parts.settings, NAME, Options))
        self._bots = {
            name: Bot(parts.client, parts.now, one) for name, one in self._accounts.items()
        }

    # ── in, called by Telegram ───────────────────────────────────────────────

    async def receive(self, webhook: Webhook) -> Sequence[Arrival]:
        """Verify, then parse; writes nothing. Raises: Unauthentic, Malformed."""
        account = self._called(webhook.headers)
        update = document(webhook.body)
        return self._told([update], account)

    def _called(self, headers: Mapping[str, str]) -> str:
        """Whose bot it is: each has a secret of its own. Raises: Unauthentic."""
        offered = headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not offered:
            raise Unauthentic("The header X-Telegram-Bot-Api-Secret-Token is missing.")
        whose: str | None = None
        for name, one in self._accounts.items():
            for secret in secrets_of(one.webhook_secret):
                if hmac.compare_digest(secret.encode(), offered):
                    whose = name
        if whose is None:
            raise Unauthentic(
                "The secret token is wrong. Call setWebhook again with the right one."
            )
        return whose

    def _told(self, updates: Sequence[Mapping[str, Any]], account: str) -> tuple[Incoming, ...]:
        bot, at = self._accounts[account].bot, self._parts.now()
        told = [incoming(one, bot, account, at) for one in updates]
        if len(told) > (known := len([one for one in told if one is not None])):
            log.info("%d updates are of groups or about nothing", len(told) - known)
        return tuple(one for one in told if one is not None)

    # ── in, asked by us ──────────────────────────────────────────────────────

    def accounts(self) -> Sequence[str]:
        """The bots that are polled."""
        return tuple(name for name, one in self._accounts.items() if one.polls)

    async def pull(self, account: str, take: Take) -> None:
        """Ask for ever, from where the last one stopped.

        Raises: Unavailable; Rejected, where the token is wrong, or a webhook is set as well.
        """
        bot, where = self._bots[account], cursor_of(NAME, self._accounts[account].bot)
        await self._not_called_too(bot)
        while True:
            asked_from = int(await self._parts.store.kept(where) or 0)
            updates = dicts(await self._ask(bot, asked_from))
            await take(self._told([mended(one) for one in updates], account))
            ids = [one["update_id"] for one in updates if isinstance(one.get("update_id"), int)]
            if ids:
                await self._parts.store.keep(where, str(max(ids) + 1), FOR_GOOD)

    @staticmethod
    async def _ask(bot: Bot, asked_from: int) -> Any:
        wanted = {"timeout": ASK_S, "limit": 100, "allowed_updates": WANTED}
        if asked_from:
            wanted["offset"] = asked_from
        try:
            return await bot.call("getUpdates", wanted, timeout_s=ASK_S + 10)
        except Unsure as error:
            raise Unavailable(error.text, error.retry_after_s) from error

    @staticmethod
    async def _not_called_too(bot: Bot) -> None:
        """Raises: Rejected, where Telegram calls an address: it would answer no question."""
        told = await bot.call("getWebhookInfo", {})
        if url := text_of(told, "url"):
            raise Rejected(
                say(
                    "Telegram calls {url} for this bot, so it can't be polled. Remove that webhook "
                    "(deleteWebhook), or set TELEGRAM_WEBHOOK_SECRET and use Parley's address.",
                    url=url,
                ),
                "webhook_set",
            )

    async def fetch(self, attachment: Attachment, of: Conversation) -> Attachment:
        """A buyer's file, kept. Raises: TooLarge, Rejected, Unavailable."""
        id = (attachment.url or "").removeprefix(PLACE)
        if not id or id == attachment.url:
            raise Rejected(say("The file is not at Telegram, and is not fetched."), "foreign_file")
        bot = self._bot(of.account)
        try:
            told = await bot.call("getFile", {"file_id": id})
        except Unsure as error:
            raise Unavailable(error.text, error.retry_after_s) from error
        path = text_of(told, "file_path")
        if not path or ".." in path:
            raise Rejected(say("Telegram no longer has the file."), "no_file")
        downloads = Downloads(self._parts.client, self._parts.files, Places((), bot.root))
        return await downloads.keep(bot.file(path), attachment, MOST_DOWN)

    # ── out ──────────────────────────────────────────────────────────────────

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        """Hand *reply* over; a short text stands under the first file.

        Raises: Rejected (the buyer blocked the bot, …), Unavailable, Unsure.
        """
        bot, chat = self._bot(to.account), to.thread_key.rpartition("/")[2]
        files = [(one, kept_file(self._parts.files, one)) for one in reply.attachments]
        under = bool(files) and len(reply.text) <= CAPTION
        parts: list[_Part] = []
        if reply.text and not under:
            words = {"text": reply.text, "link_preview_options": {"is_disabled": True}}
            parts.append(_Part("sendMessage", words))
        for n, (file, path) in enumerate(files):
            parts.append(_part(file, path, reply.text if under and n == 0 else ""))
        receipt = await in_parts(parts, lambda part: _sent(bot, chat, part))
        # Ids count within a chat alone: they name nothing beyond it.
        return receipt.model_copy(update={"keys": ()})

    def _bot(self, account: str) -> Bot:
        if account not in self._bots:
            raise account_missing("Telegram", account)
        return self._bots[account]

    async def probe(self) -> str:
        """Whether the tokens hold and how messages come, for `parley doctor`."""
        told = []
        for name, one in self._accounts.items():
            who = await self._bots[name].call("getMe", {})
            called = await self._bots[name].call("getWebhookInfo", {})
            url, error = text_of(called, "url"), text_of(called, "last_error_message")
            if one.polls and url:
                raise Rejected(say("{url} is called, so it can't be polled.", url=url), "409")
            if not one.polls and not url:
                raise Rejected(say("No webhook is set. Call setWebhook, see the docs."), "no_url")
            how = "polled" if one.polls else url + (f" ({error})" if error else "")
            told.append(f"@{text_of(who, 'username')}: {how}")
        return ", ".join(told)


class _Part:
    """One call of a reply."""

    def __init__(self, method: str, parameters: dict[str, Any], upload: Upload | None = None):
        self.method, self.parameters, self.upload = method, parameters, upload


def _part(file: Attachment, path: Path, caption: str) -> _Part:
    """Pictures that a phone shows go as photos, and everything else as it is."""
    photo = file.mime in ("image/jpeg", "image/png") and (file.size or 0) <= PHOTO_MB * 1_000_000
    kind = "photo" if photo else "document"
    words = {"caption": caption} if caption else {}
    upload = Upload(kind, file.name, file.mime, path)
    return _Part(f"send{kind.capitalize()}", words, upload)


async def _sent(bot: Bot, chat: str, part: _Part) -> str:
    """The id that Telegram gave it. Raises: Rejected, Unavailable, Unsure."""
    told = await bot.call(part.method, {"chat_id": chat, **part.parameters}, upload=part.upload)
    id = text_of(told, "message_id")
    if not id:
        raise Unsure(say("Telegram answered, but not whether the reply was taken."))
    return id
