"""What a crash or a kill left running or lying on a cluster, and how it is put right before a start."""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path

import psutil

from wufei.app.console import warn

PATIENCE_SECONDS = 60


def postmaster_file(cluster: Path) -> list[str]:
    """The lines of ``postmaster.pid``: number, folder, start, port, socket folder, address, memory, status."""
    with contextlib.suppress(FileNotFoundError):
        return (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    return []


def is_ready(cluster: Path, number: int) -> bool:
    """Whether the server with this process number says that it takes connections."""
    lines = postmaster_file(cluster)
    return len(lines) > 7 and lines[0].strip() == str(number) and lines[7].strip() == "ready"


def _processes(cluster: Path) -> list[psutil.Process]:
    """Every process standing in the cluster's folder: PostgreSQL's do."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.name().startswith("postgres") and Path(process.cwd()) == cluster:
                found.append(process)
    return found


def stop_leftovers(cluster: Path) -> None:
    """Stop a server that outlived its instance, and drop the lock files it left.

    The caller holds the data folder, so whatever still runs on it belongs to an instance that is gone.
    """
    lines = postmaster_file(cluster)
    running = _processes(cluster)
    if running:
        warn("上次的数据库仍在运行，正在停止它", "the database of a killed instance is still running; stopping it")
        leader = next((p for p in running if lines and lines[0].strip() == str(p.pid)), None)
        _stop(cluster, running, leader)
    # A number that another program has now, or that nobody has yet collected (a zombie), would make PostgreSQL
    # refuse its folder or its socket; no server of ours is left by now.
    _remove_socket_lock(lines)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _remove_socket_lock(lines: list[str]) -> None:
    if len(lines) > 4 and lines[4].strip():
        (Path(lines[4].strip()) / f".s.PGSQL.{lines[3].strip()}.lock").unlink(missing_ok=True)


def _stop(cluster: Path, running: list[psutil.Process], leader: psutil.Process | None) -> None:
    """Ask the leader for a fast stop; after patience, or without a leader, end each process for good."""
    if leader is not None:
        leader.send_signal(signal.SIGINT)
    psutil.wait_procs(running, timeout=PATIENCE_SECONDS if leader else 5)
    for process in _processes(cluster):
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGQUIT)
    psutil.wait_procs(_processes(cluster), timeout=10)
