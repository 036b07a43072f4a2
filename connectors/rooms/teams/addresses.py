"""Where our token may be sent: to Teams, and nowhere else."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from connectors.rooms.teams.cloud import Cloud

CONNECTORS = (
    ".botframework.com",
    ".teams.microsoft.com",
    "smba.trafficmanager.net",
    "smba.infra.gov.teams.microsoft.us",
)
"""Hosts that take messages and have their pictures. Whoever rents a machine of Azure may have a
name under trafficmanager.net, so that one is Teams' own alone.

Source: learn.microsoft.com, Send proactive messages, read 2026-11.
"""


class Addresses:
    """The one list of places that get our token, asked wherever one is attached."""

    def __init__(self, cloud: Cloud, *, local: bool = False) -> None:
        """*local*: in development this machine is Teams, and no token there is."""
        self._ours, self._local = _origin(cloud.service_url), local

    def has(self, url: str) -> bool:
        """Teams is at *url*."""
        origin = _origin(url)
        if origin is None:
            return False
        scheme, host, port = origin
        if self._local:
            return scheme in ("http", "https") and is_local(host)
        return origin == self._ours or ((scheme, port) == ("https", 443) and _is_connector(host))


def is_local(host: str) -> bool:
    """It is this machine."""
    if host.rstrip(".").casefold() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_connector(host: str) -> bool:
    return any(host == one or (one[0] == "." and host.endswith(one)) for one in CONNECTORS)


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None where *url* is no address that we would call."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or "@" in parts.netloc or "\\" in url or not url.isprintable():
        return None
    scheme = parts.scheme.casefold()
    usual = {"https": 443, "http": 80}.get(scheme)
    return scheme, parts.hostname.casefold(), usual if port is None else port
