"""What docs/architecture.md tells of places is there."""
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/architecture.md").read_text()


def test_every_file_that_where_do_i_change_names_is_there_and_holds_what_it_says():
    table = TEXT.split("## Where do I change")[1].split("\n## ")[0]
    paths = re.findall(r"`([\w./]+/[\w./]*)`", table)
    assert len(paths) > 18
    assert [path for path in paths if not (ROOT / path).exists()] == []
    for path, holds in [("sandbox/gate/effects.c", '{"os.remove", RULE_'), ("sandbox/patch/native_rows.c", '{"posix", "mkfifo",'),
                        ("sandbox/guards/calls.c", "PyObject *calls_check("), ("sandbox/guards/methods.c", "PyObject *methods_subscript("),
                        ("sandbox/guards/stores.c", "bool stores_check("), ("sandbox/compile/plans.c", "{NODE_Return,"),
                        ("magics/magics.c", '{"allow"'), ("kernel/front/requests.c", '"kernel_info_request"'),
                        ("kernel/worker/interpreter.c", '"execute_request"'), ("sandbox/list/pack.h", "GRADE_TRUSTED,"),
                        ("sandbox/guards/reflect.c", '{"__globals__",'), ("magics/remedies.c", "[REMEDY_CALL]"),
                        ("python/_safepyrun.c", "[REMEDY_CALL]"), ("sandbox/owners/verdict.h", "verdict_stands(")]:
        assert path in paths and holds in (ROOT / path).read_text(), path


def test_each_question_is_answered_by_two_files_a_grade_by_three():
    rows = [row.split("|")[1:3] for row in TEXT.split("## Where do I change")[1].splitlines() if row.startswith("| ")][1:]
    counts = {what.strip(): len(set(re.findall(r"`([\w./]+\.(?:c|h|py|toml|md))`", where))) for what, where in rows}
    assert counts.pop("a new grade") == 3
    assert len(counts) > 8 and {what: count for what, count in counts.items() if count > 2} == {}


def test_the_rooms_of_the_table_are_those_that_are_checked():
    checked = set(re.findall(r"^(?:FLOORS = \"\"\")?((?:sandbox|kernel)/\w+|base|magics)", (ROOT / ".ci/rooms").read_text(), re.M))
    told = {room.rstrip("/") for room in re.findall(r"`([\w/]+/)`", TEXT.split("## Rooms")[1].split("## Where")[0])}
    assert len(checked) > 10 and checked <= told


def sources(*rooms):
    "Path -> text of the C files below these folders."
    return {str(path.relative_to(ROOT)): path.read_text() for room in rooms for path in sorted((ROOT / room).glob("**/*.[ch]"))}


def test_the_sandbox_speaks_of_no_magic_and_of_no_library():
    libraries = {path.stem for path in (ROOT / "policies").glob("*.toml")} - {"stdlib", "pure", "kernel", "safepyrun", "unlisted"}
    libraries |= {"joblib", "torch", "PIL", "cv2", "duckdb", "IPython", "mock", "jinja2"}
    assert {"numpy", "pandas"} <= libraries
    magic = re.compile(r"%%(?:%%)?[a-z]{2,}_?[a-z]* (?:-|%)|%%(?:allow|deny|ok_dests|ok_hosts|trusted|policy|audit|undo)")
    said = {}
    for path, text in sources("sandbox").items():
        for words in re.findall(r'"((?:[^"\\\n]|\\.)*)"', re.sub(r"/\*.*?\*/|^ *#[^\n]*$", "", text, flags=re.S | re.M)):
            if magic.search(words) or re.split(r"\W", words)[0] in libraries and " " not in words:
                said.setdefault(path, []).append(words)
    assert said == {}


def test_every_c_file_says_first_what_it_is_for():
    assert [path for path, text in sources("base", "sandbox", "magics", "kernel", "python").items() if not text.startswith("/*")] == []
