"""Settings: every name of the contract, and a wrong one is told with its place and a way out."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.errors import Misconfigured
from assistant.loading import Loaded, Names, load, load_settings
from assistant.settings import Settings
from assistant.tomlfile import read_toml
from assistant.variables import VARIABLES

ROOT = Path(__file__).parent.parent
NAMES = Names(rooms=("console", "slack", "teams"), buyers=("webchat", "webhook"), shops=("demo",))
SECRET = "s" * 40
WEBHOOK_SECRET = "whsec_" + "QUJD" * 10

Load = Callable[..., Loaded]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"PARLEY_DATA": str(tmp_path / "data"), "HOME": "/root", "LANG": "C"}


@pytest.fixture
def file(tmp_path: Path, environ: dict[str, str]) -> Callable[[str], Loaded]:
    """Load with this text as the settings file."""

    def loaded(text: str) -> Loaded:
        path = tmp_path / "parley.toml"
        path.write_text(text)
        return load({**environ, "PARLEY_CONFIG": str(path)}, NAMES)

    return loaded


def said(loaded: Loaded) -> str:
    """All problems, with the directory of the settings file left out."""
    lines = [str(problem) for problem in loaded.problems]
    return "\n".join(
        line[line.find("parley.toml") :] if "parley.toml" in line else line for line in lines
    )


def source(loaded: Loaded, name: str) -> str:
    return next(value.source for value in loaded.values if value.name == name)


def test_nothing_set_gives_the_defaults_of_the_contract(environ: dict[str, str]) -> None:
    settings = load_settings(environ, NAMES)

    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.rooms == ("console",)
    assert settings.buyers == ("webchat", "webhook")
    assert settings.shops == ()
    assert (settings.undo_seconds, settings.language) == (8, "en")
    assert settings.redis_url is None
    [storefront] = settings.storefronts
    assert (storefront.id, storefront.platform, storefront.market) == ("default", "own", None)
    assert (storefront.rooms, storefront.shops) == (("console",), ())


def test_every_variable_of_the_contract_is_known() -> None:
    contract = (
        "PARLEY_CONFIG PARLEY_HOST PARLEY_PORT PARLEY_PUBLIC_URL PARLEY_SECRET PARLEY_DATA"
        " PARLEY_REDIS_URL PARLEY_ROOMS PARLEY_BUYERS PARLEY_ORIGINS PARLEY_UNDO_SECONDS"
        " PARLEY_LANGUAGE PARLEY_SHOPS PARLEY_TRACKERS PARLEY_WEBHOOK_SECRET"
        " PARLEY_WEBHOOK_REPLY_URL"
        " OPENAI_API_KEY OPENAI_BASE_URL PARLEY_MODEL SLACK_BOT_TOKEN SLACK_SIGNING_SECRET"
        " SLACK_APP_TOKEN SLACK_CLIENT_ID SLACK_CLIENT_SECRET SLACK_API_URL PARLEY_SLACK_ROOM"
        " PARLEY_TEAMS_ROOM TEAMS_APP_ID TEAMS_APP_PASSWORD TEAMS_TENANT_ID PARLEY_TEAMS_DEV"
    )

    assert {one.name for one in VARIABLES} == set(contract.split())


def test_every_field_of_a_variable_is_one_of_settings() -> None:
    fields = {one.field for one in VARIABLES if one.field}

    tables = {"storefronts", "members", "channels", "room", "routes", "slack", "teams", "rates"}
    tables |= {"model", "shop", "tracker", "trackers", "environment"}
    assert fields | tables | {"offer_words"} == set(Settings.model_fields)


def test_the_documented_defaults_are_the_real_ones(environ: dict[str, str]) -> None:
    settings = load_settings(environ, NAMES)

    for one in VARIABLES:
        if one.field in ("host", "port", "rooms", "buyers", "undo_seconds", "language"):
            value = getattr(settings, one.field)
            written = ",".join(value) if isinstance(value, tuple) else f"{value}".removesuffix(".0")
            assert written == one.default, one.name


def test_an_unknown_parley_variable_names_the_nearest(environ: dict[str, str]) -> None:
    loaded = load({**environ, "PARLEY_PROT": "80"}, NAMES)

    assert loaded.settings is None
    assert said(loaded) == ("PARLEY_PROT: There is no such setting. Did you mean PARLEY_PORT?")


def test_other_programs_variables_are_none_of_our_business(environ: dict[str, str]) -> None:
    assert load({**environ, "PORT": "x", "OPENAI_ORG": "y"}, NAMES).problems == ()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "PARLEY_PORT",
            "80a",
            "“80a”: this is not a whole number. Write a port from 0 to 65535, such as 8080.",
        ),
        (
            "PARLEY_PORT",
            "70000",
            "“70000”: this is too large: the most is 65535."
            " Write a port from 0 to 65535, such as 8080.",
        ),
        (
            "PARLEY_UNDO_SECONDS",
            "soon",
            "“soon”: this is not a number. Write seconds from 0 to 600, such as 8.",
        ),
        (
            "PARLEY_LANGUAGE",
            "fr",
            "PARLEY_LANGUAGE: “fr”: Parley does not speak it; write en or zh-Hans.",
        ),
        (
            "PARLEY_ROOMS",
            "slack",
            "The room slack has no place yet. Set PARLEY_SLACK_ROOM to the id of a channel.",
        ),
        (
            "PARLEY_ROOMS",
            "teams",
            "The room teams has no place yet. Set PARLEY_TEAMS_ROOM to the id of a channel.",
        ),
        ("PARLEY_ROOMS", "consol", "There is no room called “consol”. Did you mean “console”?"),
        (
            "PARLEY_BUYERS",
            "webchat,fax",
            "There is no channel called “fax”. This version has: webchat, webhook.",
        ),
        ("PARLEY_SHOPS", "demmo", "There is no shop called “demmo”. Did you mean “demo”?"),
        ("PARLEY_PUBLIC_URL", "parley.example.com", "“parley.example.com”: this is no web address"),
        ("PARLEY_ORIGINS", "https://a.example/shop", "an origin has no path"),
        ("PARLEY_REDIS_URL", "localhost:6379", "it does not start with redis://"),
        ("PARLEY_WEBHOOK_REPLY_URL", "ftp://x.example", "this is no web address"),
    ],
)
def test_a_bad_value_is_told_with_what_to_write(
    environ: dict[str, str], name: str, value: str, told: str
) -> None:
    loaded = load({**environ, name: value}, NAMES)

    assert loaded.settings is None
    [problem] = loaded.problems
    assert str(problem).startswith(f"{name}: ")
    assert told in str(problem)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PARLEY_SECRET", "short-and-known"),
        ("PARLEY_WEBHOOK_SECRET", "whsec_notbase64!notbase64!"),
        ("PARLEY_WEBHOOK_SECRET", "whsec_c2hvcnQ="),
        ("PARLEY_WEBHOOK_SECRET", f"{WEBHOOK_SECRET} wrong_c2hvcnQ="),
        ("PARLEY_REDIS_URL", "http://:hunter2@cache.example"),
        ("OPENAI_BASE_URL", "ftp://me:hunter2@models.example"),
    ],
)
def test_the_value_of_a_secret_is_never_said(
    environ: dict[str, str], name: str, value: str
) -> None:
    loaded = load({**environ, name: value}, NAMES)

    assert loaded.settings is None
    assert name in said(loaded)
    assert value not in said(loaded)
    assert "hunter2" not in said(loaded)
    assert all(value != row.shown for row in loaded.values)


def test_every_problem_is_found_in_one_go(environ: dict[str, str]) -> None:
    loaded = load(
        {**environ, "PARLEY_PORT": "x", "PARLEY_HOTS": "y", "PARLEY_LANGUAGE": "z"}, NAMES
    )

    assert {problem.where for problem in loaded.problems} == {
        "PARLEY_HOTS",
        "PARLEY_LANGUAGE",
        "PARLEY_PORT",
    }


def test_an_empty_variable_is_as_if_it_were_not_set(environ: dict[str, str]) -> None:
    assert load_settings({**environ, "PARLEY_PORT": " ", "PARLEY_MODEL": ""}, NAMES).port == 8080


def table() -> str:
    """The settings as docs/operating.md lists them."""
    rows = ["| variable | what | absent |", "|---|---|---|"]
    for one in VARIABLES:
        file = " *file*" if one.in_file else ""
        rows.append(f"| `{one.name}`{file} | {one.about} | {one.default or 'none'} |")
    return "\n".join(rows)


def test_the_documented_settings_are_those_of_the_code() -> None:
    """To mend it, put what the failure shows between the two comments of docs/operating.md."""
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    _, _, rest = text.partition("<!-- settings:")
    documented = rest.partition("-->")[2].partition("<!-- end of settings -->")[0]

    assert documented.strip() == table()


def test_the_documented_settings_file_is_right(
    environ: dict[str, str], file: Callable[[str], Loaded]
) -> None:
    """With the secrets of its rooms' platforms, which stand in no file."""
    environ.update(SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1", TEAMS_APP_ID="1")
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")

    loaded = file(text.partition("```toml")[2].partition("```")[0])

    assert loaded.problems == ()


# ── secrets and the data directory ───────────────────────────────────────────


def test_absent_secrets_are_made_once_and_kept_for_the_owner_alone(
    environ: dict[str, str], tmp_path: Path
) -> None:
    first, second = load_settings(environ, NAMES), load_settings(environ, NAMES)

    assert first.secret == second.secret
    assert first.webhook_secret == second.webhook_secret
    assert first.webhook_secret.get_secret_value().startswith("whsec_")
    for name in ("secret", "webhook_secret"):
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert source(load(environ, NAMES), "PARLEY_SECRET") == (
        f"made and kept in {tmp_path / 'data' / 'secret'}"
    )


def test_processes_that_start_at_once_get_the_same_secret(environ: dict[str, str]) -> None:
    with ThreadPoolExecutor(16) as starts:
        secrets = {
            settings.secret.get_secret_value()
            for settings in starts.map(lambda _: load_settings(environ, NAMES), range(64))
        }

    assert len(secrets) == 1


def test_a_secret_that_is_set_is_not_kept(environ: dict[str, str], tmp_path: Path) -> None:
    given = {"PARLEY_SECRET": SECRET, "PARLEY_WEBHOOK_SECRET": WEBHOOK_SECRET}

    settings = load_settings({**environ, **given}, NAMES)

    assert settings.secret.get_secret_value() == SECRET
    assert list((tmp_path / "data").iterdir()) == []


def test_a_data_directory_that_is_a_file_is_told_and_the_rest_is_checked_too(
    tmp_path: Path,
) -> None:
    (tmp_path / "taken").write_text("")

    loaded = load({"PARLEY_DATA": str(tmp_path / "taken"), "PARLEY_PORT": "x"}, NAMES)

    where = [problem.where for problem in loaded.problems]
    assert where == ["PARLEY_DATA", "PARLEY_PORT"]
    assert "Make it writable, or set PARLEY_DATA to a directory that is." in said(loaded)


def test_a_data_directory_is_absolute_whatever_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert load_settings({}, NAMES).data == tmp_path / ".parley"


def test_a_damaged_secret_in_the_data_directory_is_told(
    environ: dict[str, str], tmp_path: Path
) -> None:
    load_settings(environ, NAMES)
    (tmp_path / "data" / "secret").write_text("oops")

    with pytest.raises(Misconfigured, match="PARLEY_SECRET: it is shorter than 32 characters"):
        load_settings(environ, NAMES)


# ── the settings file ────────────────────────────────────────────────────────

GOOD = """
undo_seconds = 20
shops = ["demo"]

[[storefronts]]
id = "amazon-de"
brand = "Blaue Stunde"
platform = "amazon"
market = "DE"
accounts = ["webhook:amazon-de"]
shops = ["demo"]

[storefronts.hours]
zone = "Europe/Berlin"
days = [1, 2, 3, 4, 5, 6]
start = "08:30"

[[storefronts]]
id = "own"
accounts = ["webchat"]

[[members]]
id = "console:mia"
name = "Mia"
role = "lead"
language = "zh-Hans"

[channels.webchat]
undo_seconds = 3
"""


def test_the_settings_file_brings_storefronts_members_and_channels(
    file: Callable[[str], Loaded],
) -> None:
    settings = file(GOOD).settings

    assert settings is not None
    amazon, own = settings.storefronts
    assert (amazon.platform, amazon.market, amazon.hours.start) == ("amazon", "DE", "08:30")
    assert own.shops == ("demo",), "a storefront that names none has the listed shops"
    assert settings.storefront_of("webhook", "amazon-de") == amazon
    assert settings.storefront_of("webchat", "") == own
    assert settings.members[0].role == "lead"
    assert (settings.undo_s("webchat", None), settings.undo_s("webhook", None)) == (3, 20)


def test_a_storefronts_playbooks_are_found_from_the_file_wherever_parley_is_started(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "parley.toml").write_text(
        "[[storefronts]]\nid = 'a'\nplaybooks = 'ours'\n"
        "[[storefronts]]\nid = 'b'\nplaybooks = '/srv/theirs'\n"
        "[[storefronts]]\nid = 'c'\n"
    )
    monkeypatch.chdir(tmp_path)

    for named in ("etc/parley.toml", str(folder / "parley.toml")):
        settings = load_settings({**environ, "PARLEY_CONFIG": named}, NAMES)
        found = [one.playbooks for one in settings.storefronts]
        assert found == [folder / "ours", Path("/srv/theirs"), None]


def test_the_environment_wins_over_the_file_and_both_are_named_as_sources(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    path = tmp_path / "parley.toml"
    path.write_text(GOOD)

    loaded = load({**environ, "PARLEY_CONFIG": str(path), "PARLEY_UNDO_SECONDS": "1"}, NAMES)

    assert loaded.settings is not None
    assert loaded.settings.undo_seconds == 1
    assert source(loaded, "PARLEY_UNDO_SECONDS") == "environment"
    assert source(loaded, "PARLEY_SHOPS") == f"{path}:3"
    assert source(loaded, "PARLEY_HOST") == "default"
    assert source(loaded, "storefronts") == f"{path}:5"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('rooms = ["console"', "parley.toml:1: This is not TOML: Unclosed array. Mend it."),
        (
            'undo_seconds = 8\nstorefrunts = "x"',
            "parley.toml:2 storefrunts: There is no setting “storefrunts” here."
            " Did you mean “storefronts”?",
        ),
        (
            '[[routes]]\nto = ["console"]\nintent = ["damaged"]',
            "parley.toml:3 routes.intent: There is no setting “intent” here."
            " Did you mean “intents”?",
        ),
        (
            '[room.vip]\nslack = "C0VIP"\nlang = "en"',
            "parley.toml:3 room.vip.lang: There is no setting “lang” here."
            " Did you mean “language”?",
        ),
        (
            '[slack]\nlead = ["U0123MIA"]',
            "parley.toml:2 slack.lead: There is no setting “lead” here. Did you mean “leads”?",
        ),
        (
            "port = 8080",
            "parley.toml:1 port: There is no setting “port” here."
            " It is set by the environment variable PARLEY_PORT.",
        ),
        (
            '[[storefronts]]\nid = "a"\n\n[[storefronts]]\nid = "b"\nplattform = "amazon"',
            "parley.toml:6 storefronts.plattform: There is no setting “plattform” here."
            " Did you mean “platform”?",
        ),
        (
            '[[storefronts]]\n[storefronts.hours]\nzone = "Berlin"',
            "parley.toml:3 storefronts.hours.zone: “Berlin”: there is no such time zone;"
            " write one such as Europe/Berlin.",
        ),
        (
            '[[storefronts]]\nhours = {start = "9"}',
            "parley.toml:2 storefronts.hours.start: “9”: a time of day is written as 09:00.",
        ),
        (
            '[[storefronts]]\nmarket = "Germany"',
            "parley.toml:2 storefronts.market: “Germany”:"
            " a country has two capital letters, such as DE.",
        ),
        (
            '[[members]]\nname = "Mia"',
            "parley.toml:1 members.id: this key is missing.",
        ),
        (
            '[[members]]\nid = "console:mia"\nname = "Mia"\nrole = "boss"',
            "parley.toml:4 members.role: “boss”: this is not agent or lead.",
        ),
        (
            "[channels.webchat]\nundo = 3",
            "parley.toml:2 channels.webchat.undo: There is no setting “undo” here."
            " Did you mean “undo_seconds”?",
        ),
        (
            "undo_seconds = 900",
            "parley.toml:1 undo_seconds: “900”: this is too large: the most is 600."
            " Write seconds from 0 to 600, such as 8.",
        ),
        (
            'rooms = ["slack"]',
            "parley.toml:1 rooms: The room slack has no place yet."
            " Set PARLEY_SLACK_ROOM to the id of a channel.",
        ),
        (
            '[[storefronts]]\nid = "a"\nshops = ["demo"]',
            "parley.toml:3 storefronts.shops: “demo” is not in PARLEY_SHOPS."
            " Add it there, or take it out here.",
        ),
        (
            '[[storefronts]]\nid = "a"\n[[storefronts]]\nid = "a"',
            "parley.toml: two storefronts have the id “a”; give it to one.",
        ),
        (
            '[[storefronts]]\nid = "a"\naccounts = ["webchat"]\n'
            '[[storefronts]]\nid = "b"\naccounts = ["webchat"]',
            "parley.toml: two storefronts own the account “webchat”; give it to one.",
        ),
        ("members = 3", "parley.toml:1 members: “3”: this is not a list."),
        (
            '[storefronts]\nid = "a"',
            "parley.toml:1 storefronts: there can be several: write [[storefronts]],"
            " with two brackets.",
        ),
        (
            "PARLEY_PORT = 8080",
            "parley.toml:1 PARLEY_PORT: There is no setting “PARLEY_PORT” here."
            " It is set by the environment.",
        ),
        (
            'PARLEY_LANGUAGE = "en"',
            "parley.toml:1 PARLEY_LANGUAGE: There is no setting “PARLEY_LANGUAGE” here."
            " Write language.",
        ),
        (
            "storefronts = []",
            "parley.toml:1 storefronts: “[]”: this list is empty; write at least one.",
        ),
        (
            "[[storefronts]]\nhours = {days = []}",
            "parley.toml:2 storefronts.hours.days: “[]”: this list is empty; write at least one.",
        ),
        (
            '[[storefronts]]\n[storefronts.hours]\nstart = "18:00"\nend = "09:00"',
            "parley.toml:4 storefronts.hours.end: “09:00”:"
            " the day has to end later than it starts.",
        ),
        (
            '[[storefronts]]\naccounts = ["webchat", "webhok:shop-1"]',
            "parley.toml:2 storefronts.accounts: There is no channel called “webhok”."
            " Did you mean “webhook”?",
        ),
        (
            "[channels.webcht]\nundo_seconds = 3",
            "parley.toml:1 channels.webcht: There is no channel called “webcht”."
            " Did you mean “webchat”?",
        ),
    ],
)
def test_what_is_wrong_in_the_file_is_told_with_its_line(
    file: Callable[[str], Loaded], text: str, told: str
) -> None:
    loaded = file(text)

    assert loaded.settings is None
    assert said(loaded) == told


def test_a_settings_file_that_is_not_there_is_told(environ: dict[str, str]) -> None:
    loaded = load({**environ, "PARLEY_CONFIG": "/nowhere/parley.toml"}, NAMES)

    assert said(loaded) == (
        "parley.toml: It can't be read: No such file or directory. Check PARLEY_CONFIG."
    )


def test_lines_are_found_for_quoted_and_dotted_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(
        '# a comment\n"quoted" = 1\na.b = 2\n\n[[t]]\nx = 1\n[t.u]\ny = 2\n[[t]]\nx = 3\n'
    )

    lines: Mapping[tuple[str | int, ...], int] = read_toml(path).lines

    assert lines[("quoted",)] == 2
    assert lines[("a", "b")] == 3
    assert (lines[("t", 0, "x")], lines[("t", 0, "u", "y")], lines[("t", 1, "x")]) == (6, 8, 10)


def test_what_a_model_may_use_is_set_in_the_file(file: Callable[[str], Loaded]) -> None:
    """A budget by day and conversation, with figures."""
    loaded = file(
        '[model]\ntokens_per_day = 2_000_000\nprice_in = "0.15 USD"\nprice_out = "0.6 USD"'
    )
    assert loaded.settings is not None
    assert loaded.settings.model.tokens_per_day == 2_000_000
    assert loaded.settings.model.tokens_per_conversation is None
    for wrong, said in (
        ("tokens_per_day = -1", "tokens_per_day"),
        ('price_in = "cheap"\nprice_out = "0.6 USD"', "0.15 USD"),
        ('price_in = "0.15 USD"', "both price_in and price_out"),
        ("tokens = 5", "Did you mean “tokens_per_day”"),
    ):
        [problem] = file(f"[model]\n{wrong}").problems
        assert said in str(problem)


def test_a_key_without_a_model_s_name_is_no_silent_nothing(environ: dict[str, str]) -> None:
    meant = {"OPENAI_API_KEY": "sk-1", "OPENAI_BASE_URL": "https://models.example/v1"}

    said = load_settings({**environ, **meant}, NAMES).unnamed_model
    named = load_settings({**environ, **meant, "PARLEY_MODEL": "m"}, NAMES).unnamed_model

    assert said.startswith("OPENAI_API_KEY and OPENAI_BASE_URL are set, but no language model")
    assert "sk-1" not in said
    assert named == load_settings(environ, NAMES).unnamed_model == ""
