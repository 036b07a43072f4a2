"""The web console: the team's room in a browser, for the first ten minutes and for good.

It shows what the desk's cards say and hands the desk what people press; it decides nothing itself.
"""

from connectors.rooms.console.room import ConsoleRoom
from connectors.rooms.console.routes import mount
from connectors.rooms.console.session import make_login_link

__all__ = ["ConsoleRoom", "make_login_link", "mount"]
