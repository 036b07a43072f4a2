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
from pydantic import SecretStr

from assistant.playbooks import MUST, MUST_NOT, Playbooks
from assistant.playbooks.vocabulary import VARIABLES
from assistant.words import SOURCE, words
from connectors.buyers.webhook import Signer
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


def test_the_documented_vocabulary_is_that_of_the_code() -> None:
    """To mend it, put what the failure shows between the comments of docs/playbooks.md."""
    assert between("playbooks.md", "names") == names()
    assert between("playbooks.md", "checks") == checks()


def test_the_documented_policy_is_right_over_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "damaged.md").write_text(blocks("docs/playbooks.md", "markdown")[0])

    found = [one for one in Playbooks.load(tmp_path).policies if one.id == "damaged"]

    assert [one.remedies[1].lead_above for one in found] == [("25.00 EUR",)]


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
