"""What Slack's failures mean: certainly not done, perhaps done, or refused for good.

Slack has no key that would make a post idempotent, so what is in doubt after a post stays in doubt:
only the desk may decide to post again, and then says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from assistant.errors import ParleyError, Rejected, Unavailable, Unsure
from assistant.words import Text, say
from connectors.http import retry_after_s

LATER_S = 30.0
"""Where Slack says “too often” without saying how long to wait."""

_BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_PASSING = frozenset(
    {"service_unavailable", "request_timeout", "team_added_to_org", "external_channel_migrating"}
)
"""Said before anything was done."""
_IN_DOUBT = frozenset({"fatal_error", "internal_error"})
"""“It's possible some aspect of the operation succeeded”, as Slack's documentation has it."""

_GONE = say(
    "Slack no longer accepts Parley's token ({code}). Install the app again, or set "
    "SLACK_BOT_TOKEN to the new one."
)
_NO_PLACE = say("Slack does not know this channel, or Parley is not in it ({code}). Invite it.")
_TOO_MUCH = say("Slack refused the message as too long ({code}).")
_NO_RIGHT = say("Slack does not let Parley do this ({code}). Ask who runs the workspace.")
_TOLD: Mapping[str, Text] = {
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"), _GONE
    ),
    **dict.fromkeys(("channel_not_found", "not_in_channel", "user_not_in_channel"), _NO_PLACE),
    **dict.fromkeys(("msg_too_long", "msg_blocks_too_long", "view_too_large"), _TOO_MUCH),
    **dict.fromkeys(
        ("restricted_action", "no_permission", "ekm_access_denied", "access_denied"), _NO_RIGHT
    ),
    "is_archived": say("The channel is archived in Slack. Unarchive it, or choose another room."),
    "message_not_found": say("The message is gone: somebody deleted it in Slack."),
    "thread_not_found": say("The thread is gone: somebody deleted it in Slack."),
    "expired_trigger_id": say("That took too long for Slack. Press the button again."),
}
TOKEN_IS_GONE = frozenset(code for code, text in _TOLD.items() if text is _GONE)


def code_of(error: ParleyError) -> str:
    """Slack's own word for a refusal, where *error* is one."""
    return error.code if isinstance(error, Rejected) else ""


def translated(error: Exception, now: datetime, *, creates: bool) -> ParleyError:
    """*error* of the SDK, of aiohttp or of time. *creates*: done twice it would show twice."""
    if isinstance(error, SlackClientError):
        response = getattr(error, "response", None)
        if isinstance(response, AsyncSlackResponse):
            return _answered(response, now, creates=creates)
        # The SDK hands over aiohttp's response where the body was no JSON.
        return _unreadable(getattr(response, "status", 0), creates=creates)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return Unavailable(say("Slack can't be reached."))
    if isinstance(error, TimeoutError):
        return _doubt(say("Slack did not answer in time."), creates=creates)
    if isinstance(error, aiohttp.ClientError | OSError):
        return _doubt(say("The connection to Slack broke."), creates=creates)
    # A text, a list or a number where Slack's API always has an object: a proxy's page.
    return _unreadable(0, creates=creates)


def _answered(response: AsyncSlackResponse, now: datetime, *, creates: bool) -> ParleyError:
    data = response.data if isinstance(response.data, dict) else {}
    code = str(data.get("error") or "")
    if response.status_code == 429 or code in _BUSY:
        wait_s = retry_after_s(response.headers, now)
        return Unavailable(say("Slack asks us to wait."), LATER_S if wait_s is None else wait_s)
    if not code or response.status_code >= 500 or response.status_code // 100 == 3:
        return _unreadable(response.status_code, creates=creates)
    if code in _IN_DOUBT:
        return _doubt(say("Slack failed ({code}).", code=code), creates=creates)
    if code in _PASSING:
        return Unavailable(say("Slack can't do this now ({code}).", code=code))
    return _refused(code, data)


def _refused(code: str, data: Mapping[str, object]) -> Rejected:
    if code == "missing_scope":
        needed = str(data.get("needed") or "?")
        told = say("Parley lacks the Slack scope {scope}: install the app again.", scope=needed)
        return Rejected(told, code)
    text = _TOLD.get(code, say("Slack refused: {code}."))
    return Rejected(text.model_copy(update={"values": {"code": code}}), code)


def _unreadable(status: int, *, creates: bool) -> ParleyError:
    text = say("Slack's answer can't be read (status {status}).", status=status)
    if 400 <= status < 500:
        # Somebody before Slack refused: nothing was done.
        return Unavailable(text)
    return _doubt(text, creates=creates)


def _doubt(text: Text, *, creates: bool) -> ParleyError:
    return Unsure(text) if creates else Unavailable(text)
