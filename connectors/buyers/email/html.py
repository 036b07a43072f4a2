"""HTML to text that is safe to show: no script, no style, nothing hidden, nothing fetched."""

from __future__ import annotations

import re

import lxml.html
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml.etree import LxmlError

MAX_HTML = 2_000_000
"""Characters of HTML that are looked at; a letter of that size is mostly styles."""

_CONFIG = ParserConfig(css=CSS_PROFILES["strict"], display_images=False, display_links=False)
_PARSER = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
_TAG = re.compile(r"<[^>]{0,5000}>")
_GAPS = re.compile(r"\n[ \t\xa0]*(?:\n[ \t\xa0]*)+\n")
_CONTENT_ID = re.compile(r"""cid:([^"'\s>)]{1,250})""", re.I)

# What mail programs put a quotation into: the node goes, or it and all that follows it.
_QUOTED = (
    "//blockquote[@type='cite']|//includetail|//*[contains(@class,'gmail_quote')]"
    "|//*[contains(@class,'gmail_extra') and .//blockquote]|//*[contains(@class,'yahoo_quoted')]"
    "|//*[contains(@class,'moz-cite-prefix')]|//*[contains(@class,'protonmail_quote')]"
    "|//*[contains(@class,'zmail_extra')]|//*[@id='isReplyContent']|//*[@id='isForwardContent']"
    "|//*[contains(@class,'ntes_not_fresh_quote')]|//*[@name='quote' and self::div]"
)
_FROM_HERE = (
    "//*[@id='divRplyFwdMsg']|//*[@id='appendonsend']|//*[@id='x_divRplyFwdMsg']"
    "|//div[contains(@style,'border-top:solid #E1E1E1')]"
    "|//div[contains(@style,'border-top:solid #B5C4DF')]"
    "|//div[contains(@style,'border-top-color: rgb(225')]|//hr[@id='stopSpelling']"
)
_SIGNATURES = (
    "//*[contains(@class,'gmail_signature')]|//*[@id='Signature']|//*[@id='signature']"
    "|//*[contains(@class,'moz-signature')]|//*[@id='ms-outlook-mobile-signature']"
    "|//*[@id='AppleMailSignature']|//*[contains(@class,'protonmail_signature_block')]"
)


class Page:
    """A letter in HTML."""

    def __init__(self, html: str) -> None:
        self._html = html[:MAX_HTML]

    def text(self) -> str:
        """All of its words, laid out as lines."""
        return self._laid_out(self._tree())

    def own_text(self) -> str:
        """Without what its mail program marked as quoted, or as a signature."""
        tree = self._tree()
        if tree is not None:
            _cut(tree)
        return self._laid_out(tree)

    def shown(self, own: bool) -> frozenset[str]:
        """The ids of the pictures that it shows; *own*: in the buyer's own words alone."""
        tree = self._tree()
        if tree is not None and own:
            _cut(tree)
        html = lxml.html.tostring(tree, encoding="unicode") if tree is not None else self._html
        return frozenset(id.strip("<>") for id in _CONTENT_ID.findall(html))

    def _tree(self) -> lxml.html.HtmlElement | None:
        if not self._html.strip():
            return None
        try:
            html = self._html.encode("utf-8", "replace")
            return lxml.html.document_fromstring(html, parser=_PARSER)
        except (LxmlError, ValueError):
            return None

    def _laid_out(self, tree: lxml.html.HtmlElement | None) -> str:
        laid = Inscriptis(tree, _CONFIG).get_text() if tree is not None else ""
        # The parser gives up where elements are nested hundreds deep: then the words alone.
        laid = laid if laid.strip() else _TAG.sub(" ", self._html)
        lines = (line.rstrip() for line in laid.replace("\xa0", " ").split("\n"))
        return _GAPS.sub("\n\n", "\n".join(lines)).strip()


def _cut(tree: lxml.html.HtmlElement) -> None:
    for node in tree.xpath(_FROM_HERE):
        _drop_following(node)
    for node in tree.xpath(f"{_QUOTED}|{_SIGNATURES}"):
        if node.getparent() is not None and node.tag not in ("body", "html"):
            node.drop_tree()


def _drop_following(node: lxml.html.HtmlElement) -> None:
    """*node* and everything after it in the document."""
    here = node
    while here is not None and here.tag not in ("body", "html"):
        parent = here.getparent()
        for later in list(here.itersiblings()):
            later.drop_tree()
        if here is not node:
            here.tail = None
        here = parent
    if node.getparent() is not None and node.tag not in ("body", "html"):
        node.tail = None
        node.drop_tree()
