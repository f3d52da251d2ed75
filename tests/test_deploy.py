"""The unit and the container file start a command that exists, and stay down when the settings are wrong."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from threadlore.cli import build_app
from threadlore.errors import BadInput, ConfigError, Locked, Retry

ROOT = Path(__file__).resolve().parent.parent
UNIT = ROOT / "deploy" / "threadlore.service"
CONTAINER = ROOT / "deploy" / "Containerfile"


def commands() -> set[str]:
    root = get_command(build_app())
    assert isinstance(root, TyperGroup)
    return set(root.commands)


@pytest.fixture
def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(UNIT.read_text(encoding="utf-8"))
    return parser


def test_the_unit_starts_a_command_that_exists(unit: configparser.ConfigParser) -> None:
    program, command = unit["Service"]["ExecStart"].split()
    assert Path(program).name == "threadlore"
    assert command in commands()


def test_the_unit_restarts_after_what_may_pass_alone(unit: configparser.ConfigParser) -> None:
    never = set(map(int, unit["Service"]["RestartPreventExitStatus"].split()))
    assert {ConfigError.exit_code, BadInput.exit_code} == never
    assert not never & {Retry.exit_code, Locked.exit_code}


def test_the_unit_keeps_the_token_out_of_itself(unit: configparser.ConfigParser) -> None:
    assert unit["Service"]["EnvironmentFile"].startswith("/etc/")
    assert "TOKEN" not in unit["Service"]["Environment"]


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not on this machine")
    program = tmp_path / "threadlore"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    text = UNIT.read_text(encoding="utf-8").replace("/opt/threadlore/bin/threadlore", str(program))
    (tmp_path / "threadlore.service").write_text(text)
    done = subprocess.run(
        [analyze, "verify", tmp_path / "threadlore.service"], capture_output=True, text=True, check=False
    )
    assert "threadlore.service" not in done.stderr, done.stderr


def test_the_container_copies_what_is_there_and_all_that_the_wheel_is_made_of() -> None:
    text = CONTAINER.read_text(encoding="utf-8")
    copied = [word for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE) for word in line.split()[:-1]]
    assert all((ROOT / name).exists() for name in copied)
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(config["tool"]["setuptools"]["package-dir"].values()) <= set(copied)
    assert set(config["project"]["license-files"]) | {config["project"]["readme"]} <= set(copied)


def test_the_container_starts_a_command_that_exists() -> None:
    text = CONTAINER.read_text(encoding="utf-8")
    [entry] = re.findall(r"^ENTRYPOINT (.+)$", text, re.MULTILINE)
    [command] = re.findall(r"^CMD (.+)$", text, re.MULTILINE)
    assert json.loads(entry) == ["threadlore"]
    assert json.loads(command)[0] in commands()


def test_the_container_has_a_python_that_the_package_takes() -> None:
    [version] = re.findall(r"^FROM python:(\d+\.\d+)", CONTAINER.read_text(encoding="utf-8"), re.MULTILINE)
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert f"Programming Language :: Python :: {version}" in config["project"]["classifiers"]


def test_nothing_runs_as_root() -> None:
    text = CONTAINER.read_text(encoding="utf-8")
    assert re.search(r"^USER (?!root|0)\w+$", text, re.MULTILINE)
    assert "DynamicUser=yes" in UNIT.read_text(encoding="utf-8")
