"""Where the program is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .errors import NotFound

_NAME = "understudy.exe" if os.name == "nt" else "understudy"
_PACKAGED = Path(__file__).parent / "bin" / _NAME
_VARIABLE = "UNDERSTUDY_BINARY"


def packaged() -> Path | None:
    """The program that came with this package."""
    return _PACKAGED if _PACKAGED.is_file() else None


def find() -> Path:
    """The program of this package, else the one that UNDERSTUDY_BINARY names, else the one on the PATH."""
    if (own := packaged()) is not None:
        return own
    if named := os.environ.get(_VARIABLE):
        if not Path(named).is_file():
            raise NotFound(f"{_VARIABLE} names `{named}`, which is not there")
        return Path(named).absolute()
    if found := shutil.which(_NAME):
        return Path(found)
    raise NotFound(
        f"the program `{_NAME}` is missing: this package came without it (`{_PACKAGED}` is not there), "
        f"{_VARIABLE} is not set, and no folder of PATH has it"
    )
