"""The catalogues of the team's words are complete, and Chinese is said as Chinese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from assistant.playbooks import Playbooks
from assistant.words import words
from connectors.rooms.console.render import SCRIPT_WORDS
from tests import catalogue
from tests.catalogue import TRANSLATED, Message

CONSOLE = catalogue.ROOT / "connectors" / "rooms" / "console"


# ── complete ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_word_of_the_team_has_a_wording_and_nothing_else_is_kept(language: str) -> None:
    """Nothing missing, nothing left over, the same holes on both sides."""
    assert catalogue.problems(language) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_stands_as_an_update_would_write_it(language: str) -> None:
    """`python -m tests.catalogue --update` changes nothing, so a change shows in a diff alone."""
    kept = catalogue.path_of(language).read_bytes()
    assert kept == catalogue.update(language), "run: python -m tests.catalogue --update"


def test_every_sentence_can_be_extracted() -> None:
    assert catalogue.hidden() == ()


def test_the_languages_of_the_team_are_those_with_a_catalogue() -> None:
    assert {path.stem for path in catalogue.LOCALE.glob("*.po")} == set(TRANSLATED)
    assert "zh-Hans" in TRANSLATED


def test_sentences_are_found_wherever_they_are_said() -> None:
    """Python, templates, labels, what scripts show, reasons of playbooks."""
    found = {message.id for message in catalogue.messages()}
    assert {
        "Taken back. Nothing was sent.",
        "damaged",
        "Reconnecting…",
        "Who should have it?",
        "{n} in stock",
        "This sounds doubtful. Say what you will do.",
        "The store did not answer in time.",
        "Sober is friendly: facts, dates, figures",
    } <= found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('say("One.")', [Message("One.", None, "f.py")]),
        ('say("One " "line.")', [Message("One line.", None, "f.py")]),
        ('say("A" if x else "B")', [Message("A", None, "f.py"), Message("B", None, "f.py")]),
        ('say_n("{n} tip", "{n} tips", 3)', [Message("{n} tip", "{n} tips", "f.py")]),
        ('words("Plain.")', [Message("Plain.", None, "f.py")]),
        ('words("zh-Hans")', []),
        ("words(say('Inner'))", [Message("Inner", None, "f.py")]),
        ('say("")', []),
    ],
)
def test_what_a_call_says_is_extracted(source: str, found: list[Message]) -> None:
    tree = ast.parse(f"from assistant.words import say, say_n, words\n{source}")
    assert catalogue.of_python("f.py", tree) == (found, [])


def test_another_say_is_not_ours() -> None:
    """The composer's sentences are for buyers, by key."""
    tree = ast.parse('from assistant.drafting.plan import say\nsay("ack.damaged")')
    assert catalogue.of_python("f.py", tree) == ([], [])


@pytest.mark.parametrize("source", ["say(text)", 'say(f"Hello {x}")', 'say("a" + b)'])
def test_a_sentence_put_together_at_run_time_is_told(source: str) -> None:
    tree = ast.parse(f"from assistant.words import say\n{source}")
    _, [lost] = catalogue.of_python("f.py", tree)
    assert lost.place == "f.py:2"


def test_templates_are_read_with_their_attributes_macros_and_choices() -> None:
    source = """
    <a title="{{ _('Back') }}">{{ _("lead") if x else _("agent") }}</a>
    {% macro m() %}{{ _("{n} late", n=3) }}{% endmacro %}
    {{ _("A" if x else "B") }}{{ other("no") }}{{ _(value) }}
    """
    said = {message.id for message in catalogue.of_template("t.html", source)}
    assert said == {"Back", "lead", "agent", "{n} late", "A", "B"}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{who} 发送了 {n} 条。", False),
        ("{n} 条由 {who} 发送。", False),
        ("{who} 发送了。", True),
        ("{who} 发送了 {n} 条，{m}。", True),
        ("{whom} 发送了 {n} 条。", True),
        ("{who} 发送了 {n 条。", True),
    ],
)
def test_a_wording_with_other_holes_than_its_sentence_is_told(text: str, wrong: bool) -> None:
    message = Message("{who} sent {n}.", None, "f.py")
    assert bool(catalogue.wrong_with(message, text)) is wrong


def test_missing_broken_and_left_over_wordings_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The check itself is checked: a catalogue with one of each fails it."""
    empty = catalogue.update("zh-Hans", tmp_path).decode()
    broken = empty.replace('msgid "{n} late"\nmsgstr ""', 'msgid "{n} late"\nmsgstr "超时"')
    left_over = '\nmsgid "Nobody says so."\nmsgstr "没有。"\n'
    catalogue.path_of("zh-Hans", tmp_path).write_text(broken + left_over)

    assert catalogue.main(["--check", "--folder", str(tmp_path)]) == 1

    told = capsys.readouterr().out
    assert "missing: 'Reopen' (assistant/surface/buttons.py)" in told
    assert "{n} is not on both sides: '{n} late' '超时'" in told
    assert "nobody says this any more: 'Nobody says so.'" in told


def test_an_update_keeps_wordings_adds_what_is_new_and_drops_what_is_old(
    tmp_path: Path,
) -> None:
    kept = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    kept += '\nmsgid "Reopen"\nmsgstr "重开"\n\nmsgid "Nobody says so."\nmsgstr "没有。"\n'
    catalogue.path_of("zh-Hans", tmp_path).write_text(kept)

    updated = catalogue.main(["--update", "--folder", str(tmp_path)])

    assert updated == 1, "what is new has no wording yet"
    held = catalogue.wordings("zh-Hans", tmp_path)
    assert held["Reopen"] == ("重开",)
    assert held["Undo"] == ("",)
    assert "Nobody says so." not in held


# ── no word beside the catalogue ─────────────────────────────────────────────


class _Shown(HTMLParser):
    """What of a page people read: its text, and attributes that are shown or read out."""

    READ = frozenset({"title", "alt", "placeholder", "aria-label", "aria-description"})

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent = tag if tag in ("kbd", "code", "script", "style") else ""
        self.words += [value for name, value in attrs if value and name in self.READ]

    def handle_endtag(self, tag: str) -> None:
        self._silent = ""

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)


def _words_of_template(source: str) -> set[str]:
    """Words that a template shows without asking the catalogue."""
    tree = Environment(autoescape=True).parse(source)
    shown = _Shown()
    for output in tree.find_all(nodes.Output):
        for piece in output.nodes:
            shown.feed(piece.data if isinstance(piece, nodes.TemplateData) else "0")
    return set(re.findall(r"[^\W\d_]{2,}", " ".join(shown.words))) - {"Parley"}


@pytest.mark.parametrize("path", catalogue.templates(), ids=lambda path: path.name)
def test_a_template_has_no_words_of_its_own(path: Path) -> None:
    assert _words_of_template(path.read_text("utf-8")) == set()


def test_a_word_in_a_template_would_be_found() -> None:
    source = (
        '<p title="Go {{ x }}">{{ _("Fine") }} left <kbd>Esc</kbd>{% if x %}over{% endif %}</p>'
    )
    assert _words_of_template(source) == {"Go", "left", "over"}


@pytest.mark.parametrize("path", sorted(CONSOLE.glob("static/*.js")), ids=lambda path: path.name)
def test_a_script_shows_only_words_that_it_was_given(path: Path) -> None:
    shown = r"(?:textContent|title|placeholder|ariaLabel|alt)\s*=\s*[\"'`]\s*\w|toast\(\s*[\"'`]"
    assert re.findall(shown, path.read_text("utf-8")) == []


TOLD_TO_THE_TEAM = {
    "Forbidden",
    "NotFound",
    "Refused",
    "Rejected",
    "Stale",
    "Unavailable",
    "Unsure",
}
TOLD_TO_OPERATORS = ("connectors/operating/doctor.py", "connectors/rates.py")
"""Read in a terminal, in English like the rest of the command line."""


def _untranslated(file: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
        if named and node.func.id in TOLD_TO_THE_TEAM:
            first = node.args[0]
            plain = isinstance(first, ast.Constant) and isinstance(first.value, str)
            if plain or isinstance(first, ast.JoinedStr | ast.BinOp):
                yield f"{file}:{node.lineno} {ast.unparse(node)}"


def test_what_goes_wrong_is_told_in_the_reader_s_language() -> None:
    """An agent reads why something was refused, or has to wait, on a card."""
    found = [
        one
        for path in (catalogue.ROOT / "connectors").rglob("*.py")
        if (name := path.relative_to(catalogue.ROOT).as_posix()) not in TOLD_TO_OPERATORS
        for one in _untranslated(name, ast.parse(path.read_text("utf-8")))
    ]
    assert found == []
    assert list(_untranslated("f.py", ast.parse('raise Refused(f"No {x}.")'))) != []


# ── as that language says it ─────────────────────────────────────────────────


def _chinese() -> Iterator[tuple[str, str]]:
    for id, texts in catalogue.wordings("zh-Hans").items():
        for text in texts:
            yield id, text


def test_chinese_has_full_width_punctuation_and_room_around_latin() -> None:
    half = re.compile(r"[\u4e00-\u9fff][,.!?:;()\"']|[,!?:;()\"'][\u4e00-\u9fff]|\.\.\.|[ ]$")
    tight = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")
    assert [text for _, text in _chinese() if half.search(text) or tight.search(text)] == []


def test_chinese_sentences_end_where_the_english_ones_do() -> None:
    """A full stop on one side only shows where sentences follow each other."""
    unlike = [
        (id, text)
        for id, text in _chinese()
        if len(id) > 1 and id.endswith(".") != text.endswith("。")
    ]
    assert unlike == []


GLOSSARY = {
    r"buyers?": "买家",
    r"drafts?": "草稿",
    r"conversations?": "会话",
    r"channels?": "渠道",
    r"playbooks?": "规则手册",
    r"versions?": "版本",
    r"leads?": "主管",
    r"notes?": "备注",
    r"escalated?": "升级",
    r"discard(ed)?": "弃用",
    r"outdated": "失效",
}
"""One word, one meaning, in Chinese as well; a channel of Slack or Teams is a 频道 there."""
THEIR_CHANNEL = re.compile("Slack|Teams|PARLEY_|here|team's channel|no room")
OTHER_MEANINGS = {
    "Do not lead the buyer away from the platform.",
    "lead the buyer off the platform",
    "Discard it",
    "A credit note can't take the refund's place unless the buyer agrees",
}


@pytest.mark.parametrize(("english", "chinese"), list(GLOSSARY.items()))
def test_the_same_word_is_said_for_the_same_thing_everywhere(english: str, chinese: str) -> None:
    said = [
        (id, text)
        for id, text in _chinese()
        if re.search(rf"\b{english}\b", re.sub(r"\{.*?\}", "", id), re.IGNORECASE)
        and not (
            english == "channels?"
            and re.search("Slack|Teams|PARLEY_|here|team's channel|no room", id)
        )
    ]
    assert len(said) >= 2
    assert [id for id, text in said if chinese not in text and id not in OTHER_MEANINGS] == []


def test_chinese_says_nothing_in_english() -> None:
    """Names, keys and settings stay; words do not. A rule may name words of other languages."""
    names = {
        "Parley",
        "README",
        "Slack",
        "Redis",
        "Enter",
        "Mac",
        "SKU",
        "Teams",
        "MB",
        "Webhook",
        "WhatsApp",
        "ID",
        "SLACK_BOT_TOKEN",
        "TEAMS_APP_ID",
        "TEAMS_APP_PASSWORD",
        "TEAMS_TENANT_ID",
        "Microsoft",
        "files",
        "read",
        "maxmemory",
        "OPENAI_API_KEY",
        "answers",
        "API",
        "Meta",
        "Telegram",
        "TELEGRAM_BOT_TOKEN",
        "TELEGRAM_WEBHOOK_SECRET",
        "deleteWebhook",
        "setWebhook",
    }
    rules = {one.id for one in catalogue.of_playbooks(Playbooks.shipped())}
    left = {
        word
        for id, text in _chinese()
        if id not in rules
        for word in re.findall(r"[A-Za-z_]{2,}", re.sub(r"\{.*?\}", "", text))
    }
    assert {word for word in left if not word.startswith("PARLEY_")} <= names


def test_what_scripts_get_is_the_reader_s_and_leaves_their_holes_open() -> None:
    reader = words("zh-Hans")
    told = {name: reader(text) for name, text in SCRIPT_WORDS.items()}
    assert told["sending"] == "{n} 秒后发送"
    assert [text for text in told.values() if not re.search(r"[\u4e00-\u9fff]", text)] == []
