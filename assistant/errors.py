"""What can go wrong, split by what the caller can do about it.

ParleyError
├── Refused         what a person asked for can't be done: they are told why, and what to do
│   ├── Stale       somebody or something was faster
│   ├── NotFound    there is no such conversation, draft, order …
│   ├── Unfilled    a field of a form lacks something: the text says what
│   └── Forbidden   this person's role does not allow it
├── Misconfigured   settings or a playbook: says file, line and key; stops the start
├── Malformed       a payload that is not what its format says: 400, nothing stored
├── TooLarge        a payload or attachment over its limit: 413, nothing stored
├── Unauthentic     a payload whose sender can't be verified: 401, nothing stored
├── Unavailable     another system is down or busy: passes by itself, try again later
├── Rejected        another system refused for good: trying again is no use
├── Unsure          another system may or may not have done it: a person must look
├── Conflict        the conversation changed while we worked on it: load it again
└── Fenced          this worker lost its lease: another one has the work now
"""

from __future__ import annotations

import traceback

from assistant.words import Text, say

__all__ = [
    "Conflict",
    "Fenced",
    "Forbidden",
    "Malformed",
    "Misconfigured",
    "NotFound",
    "ParleyError",
    "Refused",
    "Rejected",
    "Stale",
    "TooLarge",
    "Unauthentic",
    "Unavailable",
    "Unfilled",
    "Unsure",
    "whereabouts",
]


class ParleyError(Exception):
    """All of ours. `text` is for a person; `str(error)` is it in English."""

    def __init__(self, text: Text | str) -> None:
        self.text = text if isinstance(text, Text) else say("{what}", what=text)
        super().__init__(str(self.text))


class Refused(ParleyError):
    """What a person asked for can't be done; the text says why and what to do."""


class Stale(Refused):
    """Somebody or something was faster; the text says who or what."""


class NotFound(Refused):
    """There is no such thing; the text says what was looked for."""


class Unfilled(Refused):
    """A `field` of a form lacks something; the text says what to write or choose there."""

    def __init__(self, field: str, text: Text | str) -> None:
        self.field = field
        super().__init__(text)


class Forbidden(Refused):
    """This person's role does not allow it; the text says whose does.

    `language`: the one they read, where a room knows it of somebody who is none of the team.
    """

    def __init__(self, text: Text | str, language: str | None = None) -> None:
        self.language = language
        super().__init__(text)


class Misconfigured(ParleyError):
    """A setting or a file is wrong. `where` is `file:line key`, or the variable's name."""

    def __init__(self, where: str, what: str) -> None:
        self.where, self.what = where, what
        super().__init__(f"{where}: {what}")


class Malformed(ParleyError):
    """A payload is not what its format says. `field` is the path to what is wrong."""

    def __init__(self, field: str, what: str) -> None:
        self.field, self.what = field, what
        super().__init__(f"{field}: {what}" if field else what)


class TooLarge(ParleyError):
    """A payload or an attachment is over its limit, which the text names."""


class Unauthentic(ParleyError):
    """The sender of a payload can't be verified."""


class Unavailable(ParleyError):
    """Another system is down or busy; `retry_after_s` where it said for how long."""

    def __init__(self, text: Text | str, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(text)


class Rejected(ParleyError):
    """Another system refused for good. `code` is its own word for it."""

    def __init__(self, text: Text | str, code: str = "") -> None:
        self.code = code
        super().__init__(text)


class Unsure(ParleyError):
    """Another system may or may not have done what we asked; only a person can tell.

    `retry_after_s` where it said when to ask again: the same key, where it knows keys.
    """

    def __init__(self, text: Text | str, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(text)


class Conflict(ParleyError):
    """The conversation changed since it was loaded."""


class Fenced(ParleyError):
    """This worker's lease passed to another one; what it was doing is no longer its to write."""


def whereabouts(error: BaseException) -> str:
    """What kind of error nobody foresaw, and where: for logs, which never hold its words.

    An exception's words may be a buyer's.
    """
    where = "".join(traceback.format_tb(error.__traceback__))
    return f"{type(error).__name__}\n{where}"
