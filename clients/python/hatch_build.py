"""Puts the program into the wheel: the file that the environment variable UNDERSTUDY_STATIC_BINARY names. Without it the wheel has none."""

from __future__ import annotations

import os
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# The program is static: it needs no C library at all, neither an old nor a new one.
PLATFORMS = "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64"


class Program(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        binary = os.environ.get("UNDERSTUDY_STATIC_BINARY")
        if binary:
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{PLATFORMS}"
            build_data["force_include"][os.path.abspath(binary)] = "understudy/bin/understudy"
