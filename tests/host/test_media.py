from __future__ import annotations

import hashlib
import os
import stat
import threading
from pathlib import Path

import pytest

from unibox_tui.domain.errors import NotFound, WrongUse
from unibox_tui.host.media import DamagedFile, MediaStore

PICTURE = b"\x89PNG not really"
SHA = hashlib.sha256(PICTURE).hexdigest()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_bytes_are_kept_once_under_their_hash(tmp_path: Path) -> None:
    media = MediaStore(tmp_path / "media")
    assert media.put(PICTURE) == (SHA, len(PICTURE))
    path = tmp_path / "media" / SHA[:2] / SHA[2:]
    assert media.path(SHA) == path
    first = path.stat()
    assert media.put(PICTURE) == (SHA, len(PICTURE))
    assert path.stat().st_ino == first.st_ino
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert media.has(SHA)
    assert media.read(SHA) == PICTURE
    with media.open(SHA) as file:
        assert file.read(4) == PICTURE[:4]


def test_modes_are_private_or_the_group_s_and_never_executable(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        alone = MediaStore(tmp_path / "alone")
        alone.put(PICTURE)
        (tmp_path / "team").mkdir()
        (tmp_path / "team").chmod(0o3770)
        team = MediaStore(tmp_path / "team")
        team.put(PICTURE)
    finally:
        os.umask(before)
    assert (mode(alone.path(SHA)), mode(alone.path(SHA).parent)) == (0o600, 0o700)
    assert (mode(team.path(SHA)), mode(team.path(SHA).parent)) == (0o640, 0o3770)


def test_empty_and_missing(tmp_path: Path) -> None:
    media = MediaStore(tmp_path / "media")
    sha, size = media.put(b"")
    assert size == 0
    assert media.read(sha) == b""
    with pytest.raises(NotFound, match=SHA[:12]):
        media.read(SHA)
    for wrong in ("", "../../etc/passwd", SHA.upper(), SHA[:-1], SHA + "\n"):
        with pytest.raises(WrongUse):
            media.path(wrong)


def test_damage_is_noticed_and_mended_by_the_same_bytes(tmp_path: Path) -> None:
    media = MediaStore(tmp_path / "media")
    media.put(PICTURE)
    media.path(SHA).write_bytes(b"short")
    with pytest.raises(DamagedFile, match="damaged"):
        media.read(SHA)
    media.put(PICTURE)
    assert media.read(SHA) == PICTURE


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    media = MediaStore(tmp_path / "media")
    victim = tmp_path / "victim"
    victim.write_bytes(b"0" * len(PICTURE))
    media.path(SHA).parent.mkdir(parents=True)
    media.path(SHA).symlink_to(victim)
    assert not media.has(SHA)
    with pytest.raises(OSError):
        media.read(SHA)
    media.put(PICTURE)
    assert victim.read_bytes() == b"0" * len(PICTURE)
    assert media.read(SHA) == PICTURE


def test_many_at_once_agree(tmp_path: Path) -> None:
    media = MediaStore(tmp_path / "media")
    results: list[tuple[str, int]] = []
    threads = [threading.Thread(target=lambda: results.append(media.put(PICTURE))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [(SHA, len(PICTURE))] * 8
    assert media.read(SHA) == PICTURE


def test_only_old_leftovers_are_swept(tmp_path: Path) -> None:
    media = MediaStore(tmp_path / "media")
    media.put(PICTURE)
    folder = media.path(SHA).parent
    (folder / ".part-1-old").write_bytes(b"half")
    os.utime(folder / ".part-1-old", (1, 1))
    (folder / ".part-2-new").write_bytes(b"half")
    assert media.sweep() == 1
    assert sorted(path.name for path in folder.iterdir()) == [".part-2-new", SHA[2:]]


@pytest.mark.parametrize(
    ("name", "lands"),
    [
        ("hoá đơn.pdf", "hoá đơn.pdf"),
        ("ใบเสร็จ.jpg", "ใบเสร็จ.jpg"),
        ("../../.bashrc", "bashrc"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\run.exe", "run.exe"),
        ("a\x1b[2Jb.txt", "a_[2Jb.txt"),
        ("", "file"),
        ("..", "file"),
    ],
)
def test_a_stranger_s_name_stays_inside_the_folder(tmp_path: Path, name: str, lands: str) -> None:
    media = MediaStore(tmp_path / "media")
    media.put(PICTURE)
    saved = media.save_as(SHA, tmp_path / "out", name)
    assert saved == tmp_path / "out" / lands
    assert saved.read_bytes() == PICTURE
    assert mode(saved) == 0o600


def test_saving_never_writes_over_anything(tmp_path: Path) -> None:
    media = MediaStore(tmp_path / "media")
    media.put(PICTURE)
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.png").write_text("mine")
    (out / "a (2).png").symlink_to(tmp_path / "nowhere")
    assert media.save_as(SHA, out, "a.png") == out / "a (3).png"
    assert (out / "a.png").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()
