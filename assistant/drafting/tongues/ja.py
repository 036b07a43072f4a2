"""Japanese: surname and 様, no space anywhere, an apology that goes on from what went wrong."""

from __future__ import annotations

import re

from assistant.drafting.plan import Name
from assistant.drafting.tongues.tongue import Forms, Tongue, counting
from assistant.playbooks import Noun

_WRITTEN = """
佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 渡邉 山本 中村 小林 加藤 吉田 山田
佐々木 山口 松本 井上 木村 林 斎藤 斉藤 齋藤 齊藤 清水 山崎 森 池田 橋本
阿部 石川 山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤
青木 坂本 福田 太田 西村 藤井 金子 岡本 藤原 三浦 中野 中川 原田 松田 竹内
小野 田村 中山 和田 石田 森田 上田 原 内田 柴田 酒井 宮崎 横山 高木 安藤
宮本 大野 小島 谷口 工藤 今井 高田 増田 丸山 杉山 村田 大塚 新井 小山 平野
藤本 河野 上野 野口 武田 松井 千葉 菅原 岩崎 久保 木下 佐野 野村 松尾 市川
菊地 菊池 杉本 古川 大西 島田 水野 桜井 櫻井 渡部 高野 山内 吉川 西田 飯田
西川 小松 北村 安田 五十嵐 川口 平田 関 中田 東 服部 川崎 岩田 土屋 福島
本田 辻 樋口 秋山 田口 永井 中西 吉村 川上 石原 大橋 松岡 馬場 浜田 森本
星野 矢野 浅野 大久保 吉岡 小池 松下 熊谷 野田 山中 荒木 松浦 大島 菅野
望月 早川 堀 片山 尾崎 児玉 小野寺 大谷 栗原 須藤 岡崎 荒井 黒田 川村 内藤
竹田 奥村 成田 堀内 黒木 関口 松村 川田 岩本 上原 小田 西山 内山 平井 白石
宮田 本間 吉本 三宅 大川 北川 飯塚 中井 津田 今村 福井 南 横田 岡 萩原
篠原 神田 三上 前川 長田 宮川
"""
SURNAMES = frozenset(_WRITTEN.split())
"""Written without a space, a name shows where its surname ends only to who knows surnames."""
_JAPANESE = re.compile(r"[々〇一-鿿ぁ-んァ-ヶー ]+")
_LONGEST = 3

_ENDINGS = {
    "となってしまいました。": "となってしまい、",
    "してしまいました。": "してしまい、",
    "となりました。": "となり、",
    "揃っておりませんでした。": "揃っておらず、",
    "行き届いておりませんでした。": "行き届いておらず、",
    "届いておりません。": "届いておらず、",
    "お待ちいただいております。": "お待ちいただくこととなり、",
    "異なっておりました。": "異なっており、",
    "となっておりました。": "となっており、",
    "となっております。": "となっており、",
    "生じております。": "生じており、",
    "がございました。": "があり、",
    "遅れております。": "遅れており、",
}
"""How a sentence goes on into the apology for it."""
_SORRY = "(?=誠に申し訳|深くお詫び)"
_GOES_ON = re.compile("(" + "|".join(map(re.escape, _ENDINGS)) + ")" + _SORRY)


def japanese(noun: Noun | None, title: str | None) -> Forms:
    """A noun stands bare; what nobody knows is お品, a title is quoted."""
    if noun is not None:
        word, new = noun.word, f"新しい{noun.word}"
    else:
        word, new = (f"「{title}」" if title else "ご注文のお品"), "新しいお品"
    return {"": word, "new": new, "new_bare": "再送"}


def surname(full: str) -> str:
    """佐藤 of 佐藤花子 and 佐藤 花子; the whole name where nobody can tell."""
    if not _JAPANESE.fullmatch(full):
        return full
    first, _, rest = full.partition(" ")
    if rest:
        return first
    for length in range(min(_LONGEST, len(full) - 1), 0, -1):
        if full[:length] in SURNAMES:
            return full[:length]
    return full


def called(name: Name) -> str:
    """Surname and 様; the full name and 様 of who writes it in another order."""
    return f"{name.last if name.title and name.last else surname(name.full)}様"


def tight(text: str) -> str:
    """`34.90ユーロ`, `2,980円`: as one writes an amount inside a sentence."""
    return re.sub(r"(?<=\d)[ \u00a0](?=[ぁ-んァ-ヶ一-鿿])", "", text)


def sized(text: str) -> str:
    """`Lサイズ`, but `サイズ40`."""
    return re.sub(r"(?<![\d.])(\d{2,3}(?:[.,]5)?)サイズ", r"サイズ\1", text)


def going_on(text: str) -> str:
    """…が割れた状態でのお届けとなり、誠に申し訳ございません。"""
    return _GOES_ON.sub(lambda found: _ENDINGS[found[1]], text)


TONGUE = Tongue(
    forms=japanese,
    called=called,
    finish=sized,
    money=tight,
    flow=going_on,
    unspaced=True,
    after_greeting="\n",
    short_letter=90,
    nth=counting("1個目|2個目|3個目|4個目|5個目", {"お荷物": "{nth}のお荷物"}),
)
