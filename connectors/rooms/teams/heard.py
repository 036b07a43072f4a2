"""What Teams tells a bot, as far as we read it: typed at the door, strange parts left outside.

Source: learn.microsoft.com, Bot Framework activity schema and Teams' channel data, read 2026-11;
the Agents Playground's activities.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from assistant.errors import Malformed
from assistant.model import PersonId
from connectors.http import clean_line
from connectors.rooms.teams.places import Place, channel_of, person_id, place_in

LONGEST_ID = 1_000


def _id(value: object) -> object:
    if not isinstance(value, str):
        return value
    if len(value) > LONGEST_ID or not value.isprintable():
        raise ValueError("this is no id of Teams")
    return value


Id = Annotated[str, BeforeValidator(_id)]


class _Told(BaseModel):
    """Lenient about more, strict about types; `null` is as good as absent."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True
    )

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, told: object) -> object:
        if isinstance(told, dict):
            return {name: value for name, value in told.items() if value is not None}
        return told


class Account(_Told):
    """A person or a bot."""

    id: Id = ""
    name: str = ""
    aad_object_id: Id = ""

    @property
    def person(self) -> PersonId:
        return person_id(self.aad_object_id or self.id)

    @property
    def is_somebody(self) -> bool:
        """A person: ids of bots begin with 28."""
        return bool(self.id) and not self.id.startswith("28:")


class Chat(_Told):
    """Where it was said: a chat, or a thread of a channel."""

    id: Id = ""
    conversation_type: str = ""
    tenant_id: Id = ""


class Entity(_Told):
    """Something about the text: who is mentioned, which client it came from."""

    type: str = ""
    text: str = ""
    mentioned: Account = Account()
    timezone: str = ""


class File(_Told):
    """Something that hangs on a message."""

    content_type: str = ""
    content_url: str = ""
    content: Any = None
    name: str = ""


class _Named(_Told):
    id: Id = ""
    aad_group_id: Id = ""


class ChannelData(_Told):
    """What Teams adds of its own."""

    tenant: _Named = _Named()
    team: _Named = _Named()
    channel: _Named = _Named()
    event_type: str = ""


class Heard(_Told):
    """One activity."""

    type: str
    id: Id = ""
    name: str = ""
    action: str = ""
    channel_id: str = ""
    service_url: str = ""
    sender: Account = Field(default=Account(), alias="from")
    recipient: Account = Account()
    conversation: Chat = Chat()
    text: str = ""
    value: Any = None
    reply_to_id: Id = ""
    locale: str = ""
    local_timezone: str = ""
    timestamp: str = ""
    entities: tuple[Entity, ...] = ()
    attachments: tuple[File, ...] = ()
    members_added: tuple[Account, ...] = ()
    channel_data: ChannelData = ChannelData()

    @property
    def place(self) -> Place | None:
        """The thread it was said in; None in a chat."""
        return place_in(self.conversation.id)

    @property
    def channel(self) -> str:
        """The channel or chat. Of an installation Teams names the chosen channel beside it."""
        return channel_of(self.conversation.id)

    @property
    def is_personal(self) -> bool:
        return self.conversation.conversation_type == "personal"

    @property
    def tenant(self) -> str:
        return self.channel_data.tenant.id or self.conversation.tenant_id

    @property
    def zone(self) -> str:
        """The sender's time zone, where the client says it."""
        return self.local_timezone or next((one.timezone for one in self.entities), "")

    @property
    def mentions(self) -> tuple[Entity, ...]:
        return tuple(one for one in self.entities if one.type.casefold() == "mention")

    @property
    def is_to_bot(self) -> bool:
        """Said to us: in our chat, or by mention."""
        return self.is_personal or any(
            one.mentioned.id == self.recipient.id for one in self.mentions
        )


def heard(told: object) -> Heard:
    """Raises: Malformed."""
    try:
        found = Heard.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Malformed(clean_line(where, 100), first["msg"]) from None
    return found
