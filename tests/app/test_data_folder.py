"""The data folder: one holder, private secrets, clear words when it cannot be used."""

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from wufei.app.data_folder import DataFolder, DataFolderInUse, DataFolderNotWritable


def hold(path: Path, held: object, leave: object) -> None:
    with DataFolder(path):
        held.set()
        leave.wait(30)


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    held, leave = spawn.Event(), spawn.Event()
    other = spawn.Process(target=hold, args=(tmp_path / "data", held, leave))
    other.start()
    held.wait(30)
    with pytest.raises(DataFolderInUse, match=str(other.pid)):
        DataFolder(tmp_path / "data").__enter__()
    leave.set()
    other.join()
    with DataFolder(tmp_path / "data"):
        pass


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    held, leave = spawn.Event(), spawn.Event()
    other = spawn.Process(target=hold, args=(tmp_path / "data", held, leave))
    other.start()
    held.wait(30)
    other.kill()
    other.join()
    with DataFolder(tmp_path / "data"):
        pass


def test_a_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "data") as folder:
        secret = folder.secret("key")
        assert folder.secret("key") == secret
        assert len(secret) >= 40
        assert stat.S_IMODE((folder.path / "key").stat().st_mode) == 0o600


def test_a_new_folder_is_not_readable_by_others(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "data") as folder:
        assert stat.S_IMODE(folder.path.stat().st_mode) & 0o066 == 0


def test_a_folder_that_was_there_keeps_its_permissions(tmp_path: Path) -> None:
    there = tmp_path / "data"
    there.mkdir()
    there.chmod(0o750)
    with DataFolder(there):
        pass
    assert stat.S_IMODE(there.stat().st_mode) == 0o750


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    with pytest.raises(DataFolderNotWritable):
        DataFolder(tmp_path / "data").__enter__()
    assert (tmp_path / "data").read_text(encoding="utf-8") == "a file"


def test_an_unwritable_folder_is_named(unwritable: Path) -> None:
    with pytest.raises(DataFolderNotWritable, match=os.fspath(unwritable)):
        DataFolder(unwritable).__enter__()
