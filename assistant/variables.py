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
    in_file: bool = False
    """May stand in the settings file too; the environment wins."""


_URL = "an address such as https://parley.example.com"


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "PARLEY_CONFIG",
        "The settings file: storefronts, members, rooms, routes, channels.",
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
        "Signs sessions and links, encrypts the tokens that are stored.",
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
        "names with commas between them, such as console,slack",
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
        "PARLEY_TRACKERS",
        "Who is asked about parcels whose shop says nothing new; the first goes first.",
        "names with commas between them, such as seventeentrack",
        field="trackers",
        kind="list",
        default="none",
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
        "The key of the language model's provider.",
        "the key that the model's provider gave you",
        field="openai_api_key",
        kind="secret",
        default="none: drafts are written offline",
    ),
    Variable(
        "OPENAI_BASE_URL",
        "The OpenAI-compatible endpoint of that model.",
        "an address such as https://models.example.com/v1",
        field="openai_base_url",
        kind="address",
    ),
    Variable(
        "PARLEY_MODEL",
        "The model that reads, drafts and translates; rules and composer stand in for it.",
        "the model's name at its provider",
        field="model_name",
    ),
    Variable(
        "SLACK_BOT_TOKEN",
        "The bot's token, where Parley is installed in one workspace.",
        "the Bot User OAuth Token that Slack shows, which starts with xoxb-",
        field="slack_bot_token",
        kind="secret",
        default="none: installed by OAuth, or Slack is not used",
    ),
    Variable(
        "SLACK_SIGNING_SECRET",
        "Proves that a request comes from Slack.",
        "the Signing Secret of the app's Basic Information page",
        field="slack_signing_secret",
        kind="secret",
    ),
    Variable(
        "SLACK_APP_TOKEN",
        "For Socket Mode: Slack's events without an address of our own.",
        "an app-level token with connections:write, which starts with xapp-",
        field="slack_app_token",
        kind="secret",
        default="none: Slack posts to /slack/events",
    ),
    Variable(
        "SLACK_CLIENT_ID",
        "For installation by OAuth, in several workspaces.",
        "the Client ID of the app's Basic Information page",
        field="slack_client_id",
    ),
    Variable(
        "SLACK_CLIENT_SECRET",
        "For installation by OAuth.",
        "the Client Secret of the app's Basic Information page",
        field="slack_client_secret",
        kind="secret",
    ),
    Variable(
        "SLACK_API_URL",
        "Another address of Slack's API.",
        "an address such as https://slack.com/api/",
        field="slack_api_url",
        kind="address",
        default="https://slack.com/api/",
    ),
    Variable(
        "PARLEY_SLACK_ROOM",
        "The Slack channel that is the room `slack`.",
        "a channel's id such as C0123ABC, or T0456DEF:C0123ABC among several workspaces",
        field="slack_room",
    ),
    Variable(
        "PARLEY_TEAMS_ROOM",
        "The Teams channel that is the room `teams`.",
        "a channel's id such as 19:abc@thread.tacv2",
        field="teams_room",
    ),
    Variable(
        "TEAMS_APP_ID",
        "The bot's app id.",
        "the Application (client) ID of the Azure bot",
        field="teams_app_id",
    ),
    Variable(
        "TEAMS_APP_PASSWORD",
        "The bot's password.",
        "a client secret of the Azure bot's app registration",
        field="teams_app_password",
        kind="secret",
    ),
    Variable(
        "TEAMS_TENANT_ID",
        "The tenant that may use the bot.",
        "the Directory (tenant) ID",
        field="teams_tenant_id",
        default="any tenant that installed the app",
    ),
    Variable(
        "PARLEY_TEAMS_DEV",
        "Allows a bot without an app id, on loopback only: for the Agents Playground.",
        "1",
        field="teams_dev",
    ),
)
