"""What can be given as a scenario: its text, or the file that it is in."""

from __future__ import annotations

import os
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Union

from .errors import UnderstudyError

Scenario = Union[str, "os.PathLike[str]"]
"""A text in YAML or JSON, or a file. A `str` is a text if it has more than one line or begins as one does, with `scenario:` or `{`."""


@dataclass(frozen=True)
class Text:
    """A scenario, and how messages call it."""

    name: str
    text: str


def is_text(scenario: Scenario) -> bool:
    return isinstance(scenario, str) and ("\n" in scenario or scenario.lstrip().startswith(("scenario:", "{")))


def read(scenario: Scenario, name: str = "scenario", folder: Path | None = None) -> Text:
    """The text of a scenario. `name` is that of one without a file; a file is looked for in `folder` first."""
    if is_text(scenario):
        return Text(name, textwrap.dedent(os.fspath(scenario)))
    path = Path(scenario)
    beside = folder / path if folder is not None else path
    path = beside if beside.exists() else path
    try:
        return Text(os.fspath(path), path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UnderstudyError(f"the scenario `{os.fspath(scenario)}` cannot be read: {error}") from None
