"""How a client is installed and started: what it needs, its version, and the command of its program."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from .install import PROGRAMS, debian_version, done

# Each process of HttpURLConnection has plans with numbers up to this, above and below zero.
PLANS = 1000

# Java that starts quickly.
JAVA = ["-XX:TieredStopAtLevel=1", "-Xmx256m"]

# The Debian package and the jars of each program.
LIBRARIES = {
    "UseOkHttp": ("libokhttp-java", ["okhttp.jar", "okio.jar"]),
    "UseApache4": (
        "libhttpclient-java",
        ["httpclient.jar", "httpcore.jar", "commons-logging.jar", "commons-codec.jar"],
    ),
    "UseApache5": ("libhttpclient5-java", ["httpclient5.jar", "httpcore5.jar", "httpcore5-h2.jar", "slf4j-api.jar"]),
}


@dataclass(frozen=True)
class Started:
    version: str
    # What runs it, such as `Node 24.19.0`; empty where that is the library itself.
    runtime: str
    command: list


def python(program, *words):
    """A program in Python with the standard library alone."""

    def start(place):
        version = python_version(place)
        return Started(
            version, f"Python {version}", [place.venv(), "-B", PROGRAMS / "python" / f"use_{program}.py", *words]
        )

    return start


def pypi(package, *words):
    """A program in Python with a package."""

    def start(place):
        version = place.pypi(package)
        runtime = f"Python {python_version(place)}"
        if package == "pycurl":
            loaded = done([place.venv(), "-c", "import pycurl; print(pycurl.version)"])
            version, runtime = re.search(r"libcurl/(\S+)", loaded)[1], f"pycurl {version}"
        return Started(version, runtime, [place.venv(), "-B", PROGRAMS / "python" / f"use_{package}.py", *words])

    return start


def python_version(place):
    return done([place.venv(), "-c", "import platform; print(platform.python_version())"]).strip()


def curl(place):
    place.debian("curl")
    version = done(["curl", "--version"]).split()[1]
    return Started(version, "", [place.venv(), "-B", PROGRAMS / "python" / "use_curl.py"])


def node(program, *words):
    """A program for Node, with a package of that name or with what Node has itself."""

    def start(place):
        binary = place.node()
        runtime = done([binary, "--version"]).strip().removeprefix("v")
        package = place.folder / "node" / "node_modules" / program / "package.json"
        if program == "fetch":
            version = done([binary, "-p", "process.versions.undici"]).strip()
        else:
            version = json.loads(package.read_text())["version"] if package.exists() else runtime
        return Started(version, f"Node {runtime}", [binary, place.folder / "node" / f"use_{program}.mjs", *words])

    return start


def jdk(program, *words, option=None, old=False):
    """A program with what Java has itself. `old`: with the system's Java."""

    def start(place):
        path = place.java(program, [])
        java = Path("java") if old else place.new_java()
        version = java_version(java)
        hosts = place.folder / "hosts"
        hosts.write_text("".join(f"127.0.0.1 plan{number}.test\n" for number in range(-PLANS, PLANS)))
        options = [*JAVA, f"-Djdk.net.hosts.file={hosts}"] + ([option] if option else [])
        command = [java, *options, "-cp", path, program, *words]
        return Started(version, f"Java {version}", command)

    return start


def java_library(program, *words):
    """A program in Java with a library of Debian's."""

    def start(place):
        package, jars = LIBRARIES[program]
        place.debian(package)
        java = place.new_java()
        command = [java, *JAVA, "-cp", place.java(program, jars), program, *words]
        return Started(debian_version(package), f"Java {java_version(java)}", command)

    return start


def java_version(java):
    return re.search(r'"([^"]+)"', done(["sh", "-c", '"$0" -version 2>&1', java]))[1]


def go(*words):
    def start(place):
        program, version = place.go()
        return Started(version, f"Go {version}", [program, *words])

    return start


def ruby(*words):
    def start(place):
        place.debian("ruby")
        version = done(["ruby", "-e", "print RUBY_VERSION"])
        return Started(version, f"Ruby {version}", ["ruby", PROGRAMS / "ruby" / "use_net_http.rb", *words])

    return start
