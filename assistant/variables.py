"""The environment variables that Parley reads: their names are a promise to operators."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["text", "number", "list", "secret", "address"]
"""`secret` is never shown; an `address` is shown without the password it may hold."""


class Variable(NamedTuple):
    """One environment variable. `field` is its place in Settings, if it has one yet."""

    name: str
    about: str
    write: str
    """What to write, as it ends the sentence “Write …”."""
    field: str | None = None
    kind: Kind = "text"
    default: str = ""
    """What operators read as its default; the value itself is the field's."""
    connector: str = ""
    """The connector that this version does not bring yet."""
    in_file: bool = False
    """May stand in the settings file too; the environment wins."""


_URL = "an address such as https://parley.example.com"


def _later(name: str, connector: str, about: str, kind: Kind = "secret") -> Variable:
    return Variable(name, about, f"what {connector} shows", kind=kind, connector=connector)


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "PARLEY_CONFIG",
        "The settings file: storefronts, members, channels.",
        "the path of a TOML file, such as parley.toml",
    ),
    Variable(
        "PARLEY_DATA",
        "The data directory: state, attachments, secrets that Parley made.",
        "a directory that Parley may write to",
        field="data",
        default=".parley",
    ),
    Variable(
        "PARLEY_HOST",
        "The address to listen on.",
        "an address of this machine, such as 127.0.0.1 or 0.0.0.0",
        field="host",
        default="127.0.0.1",
    ),
    Variable(
        "PARLEY_PORT",
        "The port to listen on.",
        "a port from 0 to 65535, such as 8080",
        field="port",
        kind="number",
        default="8080",
    ),
    Variable(
        "PARLEY_PUBLIC_URL",
        "The address at which people and platforms reach Parley, where a proxy stands in front.",
        _URL,
        field="public_url",
        default="the address it listens on",
    ),
    Variable(
        "PARLEY_SECRET",
        "Signs sessions and log-in links.",
        "at least 32 characters that nobody can guess, the same for every process",
        field="secret",
        kind="secret",
        default="made, and kept in the data directory",
    ),
    Variable(
        "PARLEY_REDIS_URL",
        "The Redis or Valkey that holds the state.",
        "an address such as redis://127.0.0.1:6379/0, rediss://… or unix:///run/redis.sock",
        field="redis_url",
        kind="address",
        default="a server of its own, in the data directory",
    ),
    Variable(
        "PARLEY_ROOMS",
        "Where the team works.",
        "names with commas between them, such as console",
        field="rooms",
        kind="list",
        default="console",
        in_file=True,
    ),
    Variable(
        "PARLEY_BUYERS",
        "The channels by which buyers reach the team.",
        "names with commas between them, such as webchat,webhook",
        field="buyers",
        kind="list",
        default="webchat,webhook",
        in_file=True,
    ),
    Variable(
        "PARLEY_ORIGINS",
        "The web sites that may show the web chat.",
        "origins with commas between them, such as https://shop.example,https://www.shop.example",
        field="origins",
        kind="list",
        default="only Parley's own page",
        in_file=True,
    ),
    Variable(
        "PARLEY_UNDO_SECONDS",
        "How long an approved reply waits, so that it can be undone.",
        "seconds from 0 to 600, such as 8",
        field="undo_seconds",
        kind="number",
        default="8",
        in_file=True,
    ),
    Variable(
        "PARLEY_LANGUAGE",
        "The language of rooms, and of people who chose none.",
        "en or zh-Hans",
        field="language",
        default="en",
        in_file=True,
    ),
    Variable(
        "PARLEY_SHOPS",
        "Where orders are looked up.",
        "names with commas between them, such as demo",
        field="shops",
        kind="list",
        default="none; `demo` under `parley demo`",
        in_file=True,
    ),
    Variable(
        "PARLEY_WEBHOOK_SECRET",
        "Signs the webhook channel, both ways.",
        "whsec_ and the base64 of 24 bytes or more, as Standard Webhooks has it",
        field="webhook_secret",
        kind="secret",
        default="made, kept in the data directory, shown by `parley doctor`",
    ),
    Variable(
        "PARLEY_WEBHOOK_REPLY_URL",
        "Where replies of the webhook channel are posted.",
        "an address such as https://relay.example.com/replies",
        field="webhook_reply_url",
        kind="address",
        default="none: replies can't leave by the webhook channel",
    ),
    Variable(
        "OPENAI_API_KEY",
        "The key of the model that drafts.",
        "the key that the model's provider gave you",
        field="openai_api_key",
        kind="secret",
        default="none: drafts are written offline",
        connector="a language model",
    ),
    Variable(
        "OPENAI_BASE_URL",
        "The OpenAI-compatible endpoint of the model that drafts.",
        "an address such as https://models.example.com/v1",
        field="openai_base_url",
        kind="address",
        connector="a language model",
    ),
    Variable(
        "PARLEY_MODEL",
        "The model that drafts.",
        "the model's name at its provider",
        field="model",
        connector="a language model",
    ),
    _later("SLACK_BOT_TOKEN", "Slack", "The bot's token (xoxb-…)."),
    _later("SLACK_SIGNING_SECRET", "Slack", "Proves that a request comes from Slack."),
    _later("SLACK_APP_TOKEN", "Slack", "For Socket Mode (xapp-…)."),
    _later("SLACK_CLIENT_ID", "Slack", "For installation by OAuth.", "text"),
    _later("SLACK_CLIENT_SECRET", "Slack", "For installation by OAuth."),
    _later("SLACK_API_URL", "Slack", "Another address of Slack's API.", "address"),
    _later("PARLEY_SLACK_ROOM", "Slack", "The channel in which the team works.", "text"),
    _later("PARLEY_TEAMS_ROOM", "Microsoft Teams", "The channel in which the team works.", "text"),
    _later("TEAMS_APP_ID", "Microsoft Teams", "The bot's app id.", "text"),
    _later("TEAMS_APP_PASSWORD", "Microsoft Teams", "The bot's password."),
    _later("TEAMS_TENANT_ID", "Microsoft Teams", "The tenant that may use the bot.", "text"),
    _later("PARLEY_TEAMS_DEV", "Microsoft Teams", "Allows a bot without an app id.", "text"),
)
