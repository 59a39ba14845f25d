"""Carries out the steps of action.yml as a runner of GitHub does. Needs PyYAML."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
FILES = ("GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")


def carried_out(temp: Path, env: dict[str, str], given: dict[str, str], cwd: Path | None = None) -> tuple[int, str, dict[str, str]]:
    """Runs every step; the status of the last one, what was printed, and the files that a runner reads. `temp` is the runner's own folder."""
    unknown = set(given) - set(ACTION["inputs"])
    assert not unknown, unknown
    inputs = {name: given.get(name, value["default"]) for name, value in ACTION["inputs"].items()}
    names = {f"inputs.{name}": value for name, value in inputs.items()} | {"github.action_path": str(ROOT)}
    files = {name: temp / name for name in FILES}
    files["GITHUB_STEP_SUMMARY"].write_text("before\n")
    said = ""
    for step in ACTION["runs"]["steps"]:
        assert step["shell"] == "bash" and "${{" not in step["run"], "what is typed elsewhere does not belong into a script"
        if step.get("if") == "inputs.command != ''" and not inputs["command"]:
            continue
        step_env = {name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: names[found[1]], text) for name, text in step["env"].items()}
        step_env |= {name: str(file) for name, file in files.items()} | {"RUNNER_TEMP": str(temp / "temp")}
        ended = subprocess.run(
            ["bash", "-c", step["run"]], env=env | step_env, cwd=cwd or temp, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        said += ended.stdout
        if ended.returncode != 0:
            break
        if "id" in step:
            lines = files["GITHUB_OUTPUT"].read_text().splitlines()
            names |= {f"steps.{step['id']}.outputs.{name}": value for name, value in (line.split("=", 1) for line in lines)}
    return ended.returncode, said, {name: file.read_text() for name, file in files.items() if file.exists()}
