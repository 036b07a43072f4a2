"""Which situations are tried."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from assistant.errors import Misconfigured
from assistant.evaluating.situations import Sample
from assistant.playbooks.problems import nearest


def chosen(
    samples: Sequence[Sample], *, languages: Collection[str] = (), ids: Collection[str] = ()
) -> tuple[Sample, ...]:
    """Those of *languages* and *ids*; all where none is named.

    Raises: Misconfigured, where there is nothing of a name.
    """
    _known("--language", languages, {one.language for one in samples})
    _known("--only", ids, {one.id for one in samples})
    return tuple(
        one
        for one in samples
        if (not languages or one.language in languages) and (not ids or one.id in ids)
    )


def _known(option: str, names: Collection[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            what = f'there are no situations called "{name}"{nearest(name, known)}'
            raise Misconfigured(option, what)
