"""The documents: their examples run, their links lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from assistant.commands import Action, ShowHelp
from assistant.loading import Names, load
from assistant.model import ConversationId, PersonId
from assistant.playbooks import MUST, MUST_NOT, Playbooks
from assistant.playbooks.kinds import MODELS, Fact, Law, NotSold, RemedyRule, Rule
from assistant.playbooks.vocabulary import FUNCTIONS, VARIABLES
from assistant.proving.library import Library
from assistant.proving.trial import tried
from assistant.settings import Settings
from assistant.surface.grammar import Mention, Spoken, mark, meant
from assistant.variables import VARIABLES as SETTINGS
from assistant.words import SOURCE, words
from connectors import plugs
from connectors.buyers.webhook import Signer
from connectors.rooms.slack import manifest
from tests.processes import APP, ROOT, SECRET, Running, clean_environ, get, until

DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(document: str, language: str) -> list[str]:
    """The code in *language* that a document shows."""
    text = (ROOT / document).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def function(document: str, name: str) -> Any:
    """The function that a document shows, ready to be called."""
    [code] = [code for code in blocks(document, "python") if f"def {name}(" in code]
    scope: dict[str, Any] = {}
    exec(compile(code, document, "exec"), scope)
    return scope[name]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_of_ours_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text("utf-8"))

    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_into_a_document_leads_to_a_heading(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]*)#([^)]+)\)", document.read_text("utf-8"))

    wrong = [
        f"{file}#{heading}"
        for file, heading in links
        if heading not in headings(document.parent / file if file else document)
    ]

    assert wrong == []


def headings(document: Path) -> set[str]:
    """As a link names them."""
    found = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", one.casefold()).replace(" ", "-") for one in found}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_variable_that_a_document_names_exists(document: Path) -> None:
    named = re.findall(r"\b(?:PARLEY|SLACK|TEAMS|OPENAI)_[A-Z_]+\b", document.read_text("utf-8"))

    assert {*named} - {one.name for one in SETTINGS} == set()


def test_every_picture_is_shown_and_small() -> None:
    shown = "".join(one.read_text("utf-8") for one in DOCUMENTS)
    sizes = {one.name: one.stat().st_size for one in (ROOT / "docs" / "pictures").iterdir()}

    assert [name for name in sizes if f"pictures/{name}" not in shown] == []
    assert [name for name, size in sizes.items() if size > 150_000] == []
    assert sum(sizes.values()) <= 1_200_000


@pytest.fixture(scope="module")
def parley(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("parley"), "serve")
    yield running.ready()
    running.end()


def test_the_signing_example_sends_the_example_event(parley: Running) -> None:
    """docs/webhook.md"""
    send = function("docs/webhook.md", "send")
    inbound = json.loads(blocks("docs/webhook.md", "json")[0])

    assert send(f"{parley.url}/buyers/webhook", SECRET, inbound) == 200
    assert until(lambda: parley.metric("parley_messages_visible_total") == 1)


def test_the_checking_example_believes_parley_and_nobody_else() -> None:
    """docs/webhook.md"""
    is_from_parley = function("docs/webhook.md", "is_from_parley")
    body = blocks("docs/webhook.md", "json")[1].encode()
    made = Signer(SecretStr(SECRET)).headers("reply_1", body, datetime.now(UTC))
    headers = {name.lower(): value for name, value in made.items()}

    assert is_from_parley(headers, body, SECRET)
    assert not is_from_parley(headers, body + b" ", SECRET)
    assert not is_from_parley({**headers, "webhook-timestamp": "1"}, body, SECRET)


def test_the_documented_metrics_are_the_real_ones(parley: Running) -> None:
    """docs/operating.md"""
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(parley_\w+)", text, re.M))

    real = set(re.findall(r"^# TYPE (\w+)", get(f"{parley.url}/metrics")[1], re.M))

    assert documented == real


def between(document: str, name: str) -> str:
    """What stands between the comments `<!-- name: … -->` and `<!-- end of name -->`."""
    text = (ROOT / "docs" / document).read_text("utf-8").partition(f"<!-- {name}:")[2]
    return text.partition("-->")[2].partition(f"<!-- end of {name} -->")[0].strip()


def names() -> str:
    """The vocabulary of conditions, as docs/playbooks.md lists it."""
    rows = [f"| `{name}` | {one.kind} | {one.meaning} |" for name, one in VARIABLES.items()]
    return "\n".join(["| name | kind | what it is |", "|---|---|---|", *rows])


def checks() -> str:
    """The checks, as docs/playbooks.md lists them."""
    must = [f"| `must` | `{name}` | {words(SOURCE)(text)} |" for name, text in MUST.items()]
    never = [f"| `forbid` | `{name}` | {words(SOURCE)(text)} |" for name, text in MUST_NOT.items()]
    return "\n".join(["| side | name | what it means |", "|---|---|---|", *must, *never])


def functions() -> str:
    """What conditions can compute, as docs/playbooks.md lists it."""
    rows = [f"| `{name}` | {how} |" for name, how in FUNCTIONS.items()]
    return "\n".join(["| function | how it is written |", "|---|---|", *rows])


TABLES = {"names": names, "checks": checks, "functions": functions}
"""What docs/playbooks.md shows of the code, between comments of these names."""


@pytest.mark.parametrize("name", TABLES)
def test_the_documented_vocabulary_is_that_of_the_code(name: str) -> None:
    """`python -m tests.test_docs` writes it anew."""
    assert between("playbooks.md", name) == TABLES[name]()


@pytest.mark.parametrize("model", [*MODELS.values(), RemedyRule, Rule, Law, NotSold, Fact])
def test_every_key_of_a_playbook_is_documented(model: type[BaseModel]) -> None:
    text = (ROOT / "docs" / "playbooks.md").read_text("utf-8")
    fields = {one.alias or name for name, one in model.model_fields.items()}

    missing = {one for one in fields - {"prose", "file"} if f"`{one}`" not in text}

    assert missing - {"words", "times", "says"} == set()


def test_the_documented_changes_and_facts_are_right(tmp_path: Path) -> None:
    for n, front in enumerate(blocks("docs/playbooks.md", "yaml")):
        if "kind: " in front:
            file = tmp_path / "policy" / f"{n}.md"
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"---\n{front}---\n", "utf-8")

    laid_over = Playbooks.load(tmp_path)

    assert "order.changes" in laid_over.vocabulary.variables
    [damaged] = [one for one in laid_over.policies if one.id == "damaged"]
    assert damaged.rules[-1].id == "ours.1"


def test_the_documented_policy_is_right_over_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "damaged.md").write_text(blocks("docs/playbooks.md", "markdown")[0])

    found = [one for one in Playbooks.load(tmp_path).policies if one.id == "damaged"]

    assert [one.remedies[1].lead_above for one in found] == [("25.00 EUR",)]


def test_the_documented_cases_hold_by_the_documented_policy(tmp_path: Path) -> None:
    for folder, file, text in (
        ("policy", "damaged.md", blocks("docs/playbooks.md", "markdown")[0]),
        ("cases", "policy-damaged.yaml", _documented_cases()),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / file).write_text(text)
    library = Library.load(tmp_path, own=True)

    found = [tried(one, library.playbooks) for one in library.cases]

    assert [one.misses for one in found] == [(), (), ()]


def _documented_cases() -> str:
    [text] = [one for one in blocks("docs/playbooks.md", "yaml") if "\ncases:\n" in one]
    return text


# ── Slack and Teams ──────────────────────────────────────────────────────────


def said(text: str) -> Action:
    """What Parley makes of words in a conversation's thread."""
    mentions = (Mention(PersonId("slack:T1:U1"), "Olga"),) if "@Olga" in text else ()
    spoken = Spoken(text.replace("@Olga", mark(0)), mentions)
    return meant(spoken, ConversationId("webchat:1"), datetime(2026, 11, 27, 12, tzinfo=UTC), UTC)


def test_the_documented_commands_are_understood_in_both_languages() -> None:
    """S2.4: docs/working-in-chats.md, and the same ones in its Chinese twin."""
    rows = re.findall(
        r"^\| `(.+?)` \| `(.+?)` \|", between("working-in-chats.md", "commands"), re.M
    )
    twin = (ROOT / "docs" / "working-in-chats.zh-Hans.md").read_text("utf-8")
    asked = {"snooze tomorrow", "snooze monday", "snooze 16:30", "稍后 明天", "稍后 周一"}

    assert len(rows) >= 20
    assert [chinese for _, chinese in rows if f"| `{chinese}` |" not in twin] == []
    assert [english for english, chinese in rows if said(english).kind != said(chinese).kind] == []
    assert {said(one).kind for one in asked} == {"snooze_conversation"}
    helped = [one for row in rows for one in row if said(one) == ShowHelp()]
    assert helped == ["help", "帮助"]
    assert all(isinstance(said(one), ShowHelp) is (one in helped) for row in rows for one in row)


@pytest.mark.parametrize("document", ["slack.md", "teams.md"])
def test_doctor_and_the_settings_say_what_the_document_quotes(document: str) -> None:
    """The tables of mistakes: each quotation is in the code."""
    text = (ROOT / "docs" / document).read_text("utf-8").partition("## What doctor says")[2]
    quoted = re.findall(r"^\| `(.+?)` \|", text.partition("\n## ")[0], re.M)
    sources = [*(ROOT / "assistant").rglob("*.py"), *(ROOT / "connectors" / "rooms").rglob("*.py")]
    code = "\n".join(one.read_text("utf-8") for one in sources)
    whole = re.sub(r'"\s*\n\s*f?"', "", code)

    assert len(quoted) > 10
    assert [one for one in quoted if one not in whole] == []


@pytest.mark.parametrize("document", ["docs/slack.md", "docs/teams.md"])
def test_the_documented_parts_of_the_settings_file_are_right(document: str, tmp_path: Path) -> None:
    environ = {
        "PARLEY_DATA": str(tmp_path / "data"),
        "PARLEY_CONFIG": str(tmp_path / "parley.toml"),
        "PARLEY_SLACK_ROOM": "C0123ABC",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
    }
    parts = Names(plugs.platform_names(), plugs.channel_names(), plugs.shop_names())
    for toml in blocks(document, "toml"):
        (tmp_path / "parley.toml").write_text(toml)
        assert load(environ, parts).problems == ()


def test_the_manifest_for_socket_mode_is_made_of_the_shipped_one() -> None:
    """To mend it: below its comments stands what `manifest.filled` gives for Socket Mode."""
    text = (ROOT / "docs" / "slack.socket.yaml").read_text("utf-8")
    with_socket = Settings(
        secret=SecretStr("s" * 40),
        webhook_secret=SecretStr(SECRET),
        slack_app_token=SecretStr("xapp-1"),
    )

    assert re.sub(r"^#.*\n", "", text, flags=re.M) == manifest.filled(with_socket)


def test_the_example_of_the_readme_drafts(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    [line] = re.findall(r"^echo '(\{.*\})' \| parley draft$", text, re.M)

    done = subprocess.run(
        [*APP, "draft"],
        input=line,
        text=True,
        capture_output=True,
        timeout=60,
        cwd=tmp_path,
        env=clean_environ(tmp_path),
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["draft"]["language"] == "de"


def write() -> None:
    """Put the tables of the code into docs/playbooks.md."""
    path = ROOT / "docs" / "playbooks.md"
    text = path.read_text("utf-8")
    for name, table in TABLES.items():
        start = text.index("-->", text.index(f"<!-- {name}:")) + 3
        end = text.index(f"<!-- end of {name} -->")
        text = f"{text[:start]}\n\n{table()}\n\n{text[end:]}"
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    write()
