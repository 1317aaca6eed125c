"""environment.yml and requirements.lock say the same as pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")

# What conda has to bring because it is no Python requirement, or because conda has it under another name.
CONDA_ONLY = {"python", "c-compiler", "git", "make"}
EXTRAS = {"pyopencl[pocl]": "pocl"}


def wanted_from_conda() -> dict[str, str]:
    """Each requirement of pyproject.toml under its name on conda-forge, with its versions."""
    wanted = {}
    for requirement in map(Requirement, PROJECT["dependencies"]):
        wanted.setdefault(requirement.name, str(requirement.specifier))
        for extra in requirement.extras:
            wanted[EXTRAS[f"{requirement.name}[{extra}]"]] = ""
    return wanted


def offered_by_conda() -> dict[str, str]:
    lines = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    return {name: str(Requirement(line).specifier) for line in lines for name in [Requirement(line).name]}


def test_environment_yml_has_the_requirements_of_pyproject():
    offered = offered_by_conda()
    assert {name: version for name, version in offered.items() if name not in CONDA_ONLY} == wanted_from_conda()
    assert offered.keys() >= CONDA_ONLY


def test_environment_yml_asks_for_the_same_python():
    assert offered_by_conda()["python"] == PROJECT["requires-python"]


@pytest.mark.parametrize("requirement", list(map(Requirement, PROJECT["dependencies"])), ids=str)
def test_lock_satisfies_pyproject(requirement):
    pinned = re.findall(rf"^{re.escape(requirement.name)}(?:\[.*\])?==([^ ]+)", LOCK, re.MULTILINE)
    assert pinned, f"{requirement.name} is not in requirements.lock: make lock"
    assert all(requirement.specifier.contains(version) for version in pinned)


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-browser.lock"])
def test_locks_are_hashed_and_name_no_index(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for block in re.split(r"\n(?=[a-z0-9])", text):
        assert "==" not in block or "--hash=sha256:" in block, block.splitlines()[0]
    assert "://" not in text and not re.search(r"^--(index|extra|find)", text, re.MULTILINE)


def test_torch_is_for_peers_only():
    assert not re.search(r"^torch==", LOCK, re.MULTILINE)
    assert PROJECT["optional-dependencies"]["peers"] == ["torch==2.13.0"]
