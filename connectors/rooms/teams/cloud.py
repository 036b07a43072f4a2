"""Where Microsoft's services are. Tests have theirs on loopback."""

from __future__ import annotations

from dataclasses import dataclass

from botframework.connector.auth import AuthenticationConstants


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """Addresses, and who signs."""

    issuer: str = AuthenticationConstants.TO_BOT_FROM_CHANNEL_TOKEN_ISSUER
    """Who signs what Teams sends us."""
    keys_url: str = AuthenticationConstants.TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL
    """The document that leads to the keys it is checked by."""
    login_url: str = AuthenticationConstants.TO_CHANNEL_FROM_BOT_LOGIN_URL_PREFIX.rstrip("/")
    """Who gives us tokens for calling Teams."""
    scope: str = f"{AuthenticationConstants.TO_CHANNEL_FROM_BOT_OAUTH_SCOPE}/.default"
    service_url: str = "https://smba.trafficmanager.net/teams/"
    """Where Teams takes messages, until it tells of another address."""

    def token_url(self, tenant: str) -> str:
        """A bot that belongs to no tenant asks the Bot Framework's own."""
        path = AuthenticationConstants.TO_CHANNEL_FROM_BOT_TOKEN_ENDPOINT_PATH
        tenant = tenant or AuthenticationConstants.DEFAULT_CHANNEL_AUTH_TENANT
        return f"{self.login_url}/{tenant}{path}"


PUBLIC = Cloud()
