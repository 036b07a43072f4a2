"""What the settings file says of one connector: the common part; the rest it checks by itself."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator


class _Open(BaseModel):
    """What every connector has; the rest is its own, which it checks by its own `Options`."""

    model_config = ConfigDict(frozen=True, extra="allow")


class ChannelSettings(_Open):
    undo_seconds: float | None = Field(default=None, ge=0, le=600)
    accounts: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Several mailboxes, numbers, shops of one channel, by names of the operator's."""

    @field_validator("accounts")
    @classmethod
    def _names(cls, accounts: dict[str, Any]) -> dict[str, Any]:
        for name in accounts:
            if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,40}", name):
                raise ValueError(
                    f"an account is named in small letters, digits and hyphens, unlike “{name}”"
                )
        return accounts


class ShopSettings(_Open):
    """A shop by a name of the operator's."""

    kind: str = ""
    """Which connector; absent: the one that is called as the shop is."""
