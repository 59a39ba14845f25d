"""The program itself: `understudy`, `python -m understudy`."""

from __future__ import annotations

import os
import sys

from .binary import packaged


def main() -> None:
    # Only the packaged one: what PATH has under this name may be this very script.
    own = packaged()
    if own is None:
        sys.exit("error: this package came without the program: install the one that is built for this system")
    arguments = ["understudy", *sys.argv[1:]]
    if os.name == "posix":
        os.execv(own, arguments)
    import subprocess

    sys.exit(subprocess.run([own, *arguments[1:]], check=False).returncode)


if __name__ == "__main__":
    main()
