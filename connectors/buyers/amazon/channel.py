"""Amazon Messaging: messages of given kinds about an order. It takes no answers to a buyer.

“You cannot use this API to respond to messages from buyers” (the API's use case guide): answers go
by e-mail to the address that Amazon made for the buyer, in the same thread, which is the channel
`email` with the profile `amazon`. What is sent here begins with an order: Amazon says which kinds
it takes about it now, and in which language the buyer reads. A thread is an order.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import Rejected
from assistant.model import Attachment, Conversation, Receipt, Reply
from assistant.ports import Capabilities, Opening
from assistant.words import say
from connectors.buyers.amazon.api import Amazon
from connectors.buyers.amazon.kinds import KINDS, Kind
from connectors.buyers.amazon.options import Options
from connectors.http import Parts
from connectors.marketplaces import thread_key, thread_of

_ORDER = re.compile(r"\d{3}-\d{7}-\d{7}")


class AmazonChannel:
    """`ports.Openable` for every account; nothing comes in."""

    name = "amazon"
    can = Capabilities(
        idempotent=False,
        max_chars=2_000,
        links=False,
        attachments=True,
        max_files=5,
        max_file_mb=10,
        starts=True,
    )

    def __init__(self, parts: Parts, sellers: Mapping[str, Options]) -> None:
        self._parts, self._sellers = parts, sellers
        self._apis = {account: Amazon(parts, account, one) for account, one in sellers.items()}

    async def kinds(self, account: str, order: str) -> Sequence[str]:
        """Which of those we know Amazon takes about *order* now. Raises: Unavailable, Rejected."""
        return [one for one in await self._api_of(account).kinds(order) if one in KINDS]

    async def language(self, account: str, order: str) -> str:
        """What the buyer reads, as `en-US`. Raises: Unavailable, Rejected."""
        return await self._api_of(account).locale(order)

    async def openings(self, order: str) -> Sequence[Opening]:
        """What may be begun about *order* now, of each account that has it.

        Kinds that are nothing but a file are not among them. Raises: Unavailable, Rejected.
        """
        if not _ORDER.fullmatch(order):
            return ()
        found: list[Opening] = []
        for account in self._sellers:
            kinds = [one for one in await self.kinds(account, order) if not KINDS[one].only_files]
            if kinds:
                locale = (await self.language(account, order)).replace("_", "-")
                thread = thread_key(account, order)
                found += [Opening(k, KINDS[k].title, locale, account, thread) for k in kinds]
        return found

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        """Raises: Unavailable, Unsure, Rejected."""
        if any(one.author == "buyer" for one in to.messages):
            raise Rejected(
                say(
                    "Amazon's API takes no answers to a buyer. Answer by e-mail, in the thread of "
                    "the address that Amazon made for this buyer."
                ),
                "not_an_answer",
            )
        api, order = self._api_of(to.account), thread_of(to)
        name = reply.template.name if reply.template else ""
        kind = await self._allowed(api, order, name)
        await _readable(api, order, reply.language)
        await api.send(order, name, await self._body(api, order, name, kind, reply))
        # Amazon gives no id: what stands for the message is the order and its kind.
        return Receipt(external_id=f"{order}:{name}")

    async def _allowed(self, api: Amazon, order: str, name: str) -> Kind:
        """Raises: Rejected, where Amazon does not take that kind about the order now."""
        taken = await api.kinds(order)
        if name in taken and name in KINDS:
            return KINDS[name]
        listed = ", ".join(one for one in taken if one in KINDS) or "–"
        raise Rejected(
            say(
                "Amazon does not take “{kind}” about this order now. It takes: {kinds}.",
                kind=name or "?",
                kinds=listed,
            ),
            "kind",
        )

    async def _body(
        self, api: Amazon, order: str, name: str, kind: Kind, reply: Reply
    ) -> Mapping[str, Any]:
        """Raises: Rejected (text or files that this kind does not take), Unavailable."""
        body: dict[str, Any] = {}
        if kind.only_files and not reply.attachments:
            raise Rejected(say("“{kind}” wants a file. Attach it.", kind=name), "files")
        if reply.attachments and not kind.files:
            raise Rejected(say("“{kind}” takes no files.", kind=name), "files")
        if kind.max_chars:
            if len(reply.text) > kind.max_chars:
                raise Rejected(
                    say("“{kind}” takes up to {n} characters.", kind=name, n=kind.max_chars), "text"
                )
            body["text"] = reply.text
        if reply.attachments:
            body["attachments"] = [
                await self._uploaded(api, order, name, one) for one in reply.attachments
            ]
        return body

    async def _uploaded(
        self, api: Amazon, order: str, name: str, file: Attachment
    ) -> Mapping[str, str]:
        path = self._parts.files.path(file.sha256) if file.sha256 else None
        if path is None:
            raise Rejected(say("The file {name} is gone.", name=file.name))
        content = await asyncio.to_thread(Path(path).read_bytes)
        id = await api.upload(order, name, content, file.mime)
        return {"uploadDestinationId": id, "fileName": file.name}

    async def probe(self) -> str:
        """For `parley doctor`. Raises: Unavailable, Rejected."""
        for api in self._apis.values():
            await api.authorised()
        return f"{len(self._apis)} account(s) are authorised at Amazon."

    def _api_of(self, account: str) -> Amazon:
        """Raises: Rejected, where it is not configured any more."""
        if account not in self._apis:
            raise Rejected(say("The account {account} is not configured.", account=account))
        return self._apis[account]


async def _readable(api: Amazon, order: str, language: str) -> None:
    """Raises: Rejected, where the buyer reads another language. Amazon demands theirs."""
    wanted = (await api.locale(order)).replace("_", "-")
    if wanted and wanted.split("-")[0].lower() != language.split("-")[0].lower():
        raise Rejected(
            say("Amazon wants this buyer's language, which is {language}.", language=wanted),
            "language",
        )
