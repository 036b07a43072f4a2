"""What operators set for WhatsApp."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

from assistant.model import ApprovedText
from connectors.meta.graph import VERSION
from connectors.options import Opts


class Options(Opts):
    """One phone number."""

    app_secret: SecretStr
    """The app's secret (App Dashboard, Settings, Basic); two with a space while it is changed."""
    verify_token: SecretStr
    """Any words of yours; write the same ones where the App Dashboard asks for a verify token."""
    token: SecretStr
    """An access token of a system user with `whatsapp_business_messaging`."""
    phone_number_id: Annotated[str, Field(pattern=r"^\d{5,30}$")]
    """The number's id (not the number itself), as WhatsApp Manager shows it."""
    version: Annotated[str, Field(pattern=r"^v\d{2,3}\.\d$")] = VERSION
    """Of the Graph API."""
    templates: tuple[ApprovedText, ...] = ()
    """Templates that Meta approved: what can be sent once the 24 hours are over."""
