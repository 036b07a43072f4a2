"""Attachments by content: whole or not at all, whatever they are called."""

from __future__ import annotations

import hashlib
import os
import resource
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from assistant.errors import TooLarge, Unavailable
from connectors.files import STRAY_AFTER_S, FolderFiles, file_name

PHOTO = b"\x89PNG\r\n\x1a\n" + b"pixels" * 1000


async def pieces(*contents: bytes) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


def on_disk(data: Path) -> list[Path]:
    return [path for path in (data / "files").rglob("*") if path.is_file()]


async def test_a_file_is_kept_under_its_content(tmp_path):
    files = FolderFiles(tmp_path)
    kept = await files.put("cup.png", "image/png", pieces(PHOTO[:100], PHOTO[100:]), 1 << 20)

    assert kept.sha256 == hashlib.sha256(PHOTO).hexdigest()
    assert (kept.name, kept.mime, kept.size) == ("cup.png", "image/png", len(PHOTO))
    assert files.path(kept.sha256) is not None
    assert [path.read_bytes() for path in on_disk(tmp_path)] == [PHOTO]


async def test_the_same_content_is_kept_once_whatever_its_name(tmp_path):
    files = FolderFiles(tmp_path)
    first = await files.put("a.png", "image/png", pieces(PHOTO), 1 << 20)
    second = await files.put("b.png", "image/png", pieces(PHOTO), 1 << 20)

    assert first.sha256 == second.sha256
    assert len(on_disk(tmp_path)) == 1


async def test_a_file_over_its_limit_leaves_nothing_behind(tmp_path):
    """Fault case 32: it is refused while it streams, not once it has filled the disk."""
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 1024

    with pytest.raises(TooLarge, match="1 MB"):
        await FolderFiles(tmp_path).put("big", "text/plain", endless(), 1 << 20)
    assert taken == 1025
    assert on_disk(tmp_path) == []


async def test_a_sender_who_stops_half_way_leaves_nothing_behind(tmp_path):
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await FolderFiles(tmp_path).put("a", "text/plain", broken(), 1 << 20)
    assert on_disk(tmp_path) == []


async def test_a_disk_that_takes_nothing_is_unavailable(tmp_path):
    """Fault case 19."""
    files = FolderFiles(tmp_path)
    (tmp_path / "files" / "coming").rmdir()
    with pytest.raises(Unavailable, match="can't be kept now"):
        await files.put("a", "text/plain", pieces(b"x"), 10)


async def test_a_disk_that_is_full_half_way_is_unavailable_and_keeps_nothing(tmp_path):
    """Fault case 19: small pieces wait in a buffer, which closing would write once more."""
    files = FolderFiles(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, before[1]))
    try:
        with pytest.raises(Unavailable, match="can't be kept now"):
            await files.put("a", "text/plain", pieces(*[b"x" * 3_000] * 4), 1 << 20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert on_disk(tmp_path) == []


def test_a_folder_that_can_not_be_made_is_unavailable(tmp_path):
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(Unavailable, match="files"):
        FolderFiles(tmp_path)


@pytest.mark.parametrize(
    "sha256", ["", "../../etc/passwd", "a" * 63, "A" * 64, "0" * 64 + "\n", "0" * 62 + "/."]
)
def test_only_a_digest_is_looked_up(tmp_path, sha256):
    assert FolderFiles(tmp_path).path(sha256) is None


def test_what_crashed_uploads_left_behind_is_swept_and_younger_ones_are_not(tmp_path):
    FolderFiles(tmp_path)
    old, young = (tmp_path / "files" / "coming" / name for name in ("old", "young"))
    for stray in (old, young):
        stray.write_bytes(b"half")
    long_ago = time.time() - STRAY_AFTER_S - 1
    os.utime(old, (long_ago, long_ago))

    FolderFiles(tmp_path)
    assert not old.exists()
    assert young.exists()


async def test_what_others_on_this_machine_may_not_read_they_can_not(tmp_path):
    files = FolderFiles(tmp_path)
    await files.put("a", "text/plain", pieces(b"x"), 10)
    assert [path.stat().st_mode & 0o077 for path in on_disk(tmp_path)] == [0]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("cup.png", "cup.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\lena\\cup.png", "cup.png"),
        ('a"b\r\nSet-Cookie: x.png', "a b Set-Cookie: x.png"),
        ("", "file"),
        ("...", "file"),
        ("写真.jpg", "写真.jpg"),
        ("x" * 300 + ".jpeg", "x" * 115 + ".jpeg"),
    ],
)
def test_a_file_s_name_is_its_last_part_and_harmless(given, shown):
    assert file_name(given) == shown
