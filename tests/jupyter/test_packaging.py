"""What packaging/ says of the project is what the project says of itself: one version, one list of libraries, one range of Pythons."""
import re
import tomllib

import jinja2
import pytest
import yaml
from built import ROOT

PACKAGING = ROOT / "packaging"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
VERSION = re.search(r"project\(safepyrun VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
# The libraries and programs that a build needs, in `.ci/packages`: by the name asked for, and Debian's.
NEEDED = {row[0]: row[2] for row in (line.split() for line in (ROOT / ".ci/packages").read_text().splitlines())
          if len(row) == 6 and row[1] == "run" and ":" in row[0]}
CONDA = {"library:libczmq": "czmq", "library:libzmq": "zeromq", "library:jansson": "jansson", "library:sqlite3": "sqlite",
         "library:libcrypto": "openssl", "library:libseccomp": "libseccomp"}


def recipe():
    "The recipe as conda-build reads it, its selectors left out."
    text = (PACKAGING / "conda/meta.yaml").read_text()
    names = {"compiler": "{}_compiler".format, "stdlib": "{}_stdlib".format, "PYTHON": "python"}
    return yaml.safe_load(jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text).render(names))


def test_the_recipe_is_of_this_version_and_has_its_commands():
    found = recipe()
    assert found["package"] == {"name": PROJECT["name"], "version": VERSION}
    assert dict(entry.split(" = ") for entry in found["build"]["entry_points"]) == PROJECT["scripts"]
    assert "safepyrun-kernel --version" in found["test"]["commands"]


def test_the_recipe_asks_for_what_a_build_needs():
    found = recipe()["requirements"]
    assert {CONDA[name] for name in NEEDED if name.startswith("library:")} <= set(found["host"])
    assert {"c_compiler", "cmake", "ninja", "pkg-config"} <= {need.split()[0] for need in found["build"]}
    assert {"python", "pip", "scikit-build-core"} <= {need.split()[0] for need in found["host"]} and "python" in found["run"]


def test_the_recipe_takes_the_pythons_that_the_project_takes():
    first, last = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"]).groups()
    line, = (line for line in (PACKAGING / "conda/meta.yaml").read_text().splitlines() if "skip: true" in line)
    assert line.strip() == f"skip: true  # [not linux or py<3{first} or py>3{int(last) - 1}]"


def test_the_recipe_is_as_conda_forge_lints_it():
    "The rules of its linter that do not ask the network."
    found, text = recipe(), (PACKAGING / "conda/meta.yaml").read_text()
    assert list(found) == ["package", "source", "build", "requirements", "test", "about", "extra"]
    assert list(found["requirements"]) == ["build", "host", "run"]
    assert found["about"].keys() >= {"home", "license", "license_file", "summary"} and found["extra"]["recipe-maintainers"]
    assert found["about"]["license"] == PROJECT["license"] and (ROOT / found["about"]["license_file"]).exists()
    assert type(found["build"]["number"]) is int and "noarch" not in found["build"] and found["test"]["imports"]
    assert text.endswith("\n") and not text.endswith("\n\n") and "\t" not in text
    assert all(re.fullmatch(r".*\S {2}# \[[^\[\]]+\]", line) for line in text.splitlines() if re.search(r"# *\[", line)), "selectors"
    assert all(re.search(r"\{\{ \S.*? \}\}", line) for line in text.splitlines() if "{{" in line)
    assert not any(re.search(r"[<>=]\s+\d", need) or re.search(r"\w[<>=]", need) for part in found["requirements"].values() for need in part)


def test_the_debian_package_asks_for_what_a_build_needs():
    control = (PACKAGING / "debian/control").read_text()
    asked = {name.strip() for name in re.split(r"[,|]", control.split("Build-Depends:")[1].split("Standards-Version")[0])}
    essential = {"gcc", "make", "libc6-dev", "python3-venv"}  # build-essential's, and pip's alone
    assert set(NEEDED.values()) - essential <= asked
    assert (PACKAGING / "debian/changelog").read_text().startswith(f"safepyrun-kernel ({VERSION}-")


@pytest.mark.parametrize("line", ["COPY dist/*.whl /tmp/wheels/", "USER jovyan"])
def test_the_image_has_the_wheels_and_a_user(line):
    assert line in (PACKAGING / "Containerfile").read_text().splitlines()
