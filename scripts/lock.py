"""Write the four lock files anew from pyproject.toml: hashes for every file, no addresses.

Run it by hand when a dependency changes: ``python3 scripts/lock.py [--upgrade]``. It needs ``uv`` on the PATH.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "requirements.lock": ["pyproject.toml"],
    "requirements-dev.lock": ["pyproject.toml", "--group", "dev", "-c", "requirements.lock"],
    "requirements-build.lock": ["--group", "build"],
    "requirements-node.lock": ["--group", "node"],
}


def main(extra: list[str]) -> None:
    """Compile each lock; `extra` goes to uv as it stands (``--upgrade``)."""
    environment = {**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "python3 scripts/lock.py"}
    for name, sources in LOCKS.items():
        command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
        command += ["--no-emit-index-url", "--no-emit-find-links", "--output-file", name, *sources, *extra]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
