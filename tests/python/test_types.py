"""What type checkers and importers see of the package."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from built import BUILD, ROOT

USER = '''
import asyncio
from pathlib import Path
from typing import Any, Iterable, Mapping, Sequence
import safepyrun
from safepyrun import (AllowPolicy, Denied, OpenWritePolicy, PathWritePolicy, PosAllowPolicy, PosWritePolicy, RunPython, SafeTransformer, UNSET,
                       WritePolicy, allow, allow_matplotlib, allow_write, allow_write_types, before_deny, chk_dest, create_pyrun_magic, find_var,
                       on_call, should_export, srcfn)
from safepyrun.runner import (DaskEngine, DockerEngine, Engine, EngineUnavailable, LocalEngine, NotJSON, RunnerPolicy, RunnerResult, RunResult,
                              run_code, run_code_many)
from safepyrun.safe_exec import (PROFILES, CallLimit, ExternalError, InteractiveExecutor, InteractiveState, JournalMismatch, SafeExec,
                                 SecurityViolation, Session)


@allow
def greet(name: str) -> str:
    return "Hello, " + name


class Only(AllowPolicy):
    def __call__(self, obj: Any, args: Sequence[Any], kwargs: Mapping[str, Any], ok_dests: Any) -> None:
        chk_dest(obj, ok_dests)


async def main() -> int:
    pyrun = RunPython(ok_dests=["out", Path("x")], on_call=on_call, before_deny=before_deny)
    pyrun.ok_dests = [greet("you")]
    allow("a.b", {Path: [("touch", Only())]}, allow_policy=PosAllowPolicy(1, "dst"))
    allow_write({"DataFrame.to_csv": PosWritePolicy(0, "path_or_buf")})
    allow_write_types(dict)
    try:
        value: object = await pyrun("1")
        print(value)
    except Denied as refusal:
        remedy: str | None = refusal.remedy
        print(remedy, refusal.violations[0][2])
    kinds: list[type[AllowPolicy]] = [OpenWritePolicy, PathWritePolicy, WritePolicy]
    name: str = srcfn("1")
    flag: bool = should_export("a", 1, {})
    print(kinds, name, flag, find_var("x"), SafeTransformer().errors, UNSET, allow_matplotlib, create_pyrun_magic, safepyrun.__version__)
    return 1


def runs(engine: Engine) -> list[RunResult]:
    done: RunnerResult = run_code("1", {"a": 1}, RunnerPolicy(timeout_seconds=1.5, blocked_imports=["os"]), engine=engine)
    print(done.ok, done.error, done.exit_code)
    return run_code_many(["1", ("a", {"a": 1})], engine=LocalEngine(preload=["math"]), progress=lambda n, of: print(n, of))


def engines() -> Iterable[Engine]:
    try:
        yield DockerEngine(host="ssh://a@b")
        yield DaskEngine("tcp://a:1")
    except (EngineUnavailable, NotJSON):
        pass


def codemode() -> None:
    violations: list[str] = SafeExec("1", {"f": greet}, {"x": 1}, timeout=1, profile="strict").validate()
    executor = SafeExec.from_tools([greet], max_calls=3)
    print(violations, executor.prompt, executor.calls, executor.run("greet('a')"), PROFILES)
    state: InteractiveState = InteractiveExecutor("f()", {}, ["f"]).start()
    call: dict[str, Any] | None = state.pending_call
    print(call, InteractiveExecutor.from_json(state.to_json()).resume(1).result, Session({"f": greet}).run("1"))
    for error in (CallLimit, ExternalError, JournalMismatch, SecurityViolation):
        kind: type[Exception] = error
        print(kind)


asyncio.run(main())
'''


def test_a_users_program_passes_mypy_strict(tmp_path):
    pytest.importorskip("mypy", reason="it is in tests/requirements.txt")
    (tmp_path / "program.py").write_text(USER)
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "program.py"], capture_output=True, text=True,
                          cwd=tmp_path, env=dict(os.environ, MYPYPATH=str(ROOT / "python")))
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "program.py").write_text(USER + "\nrun_code(1)\nSafeExec('1').run(2)\nLocalEngine().start().x\n") # and they are types, not Any
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "program.py"], capture_output=True, text=True,
                          cwd=tmp_path, env=dict(os.environ, MYPYPATH=str(ROOT / "python")))
    assert "Found 3 errors" in done.stdout, done.stdout


@pytest.mark.parametrize("module", ["safepyrun", "safepyrun.runner", "safepyrun.safe_exec"])
def test_that_program_uses_every_public_name(module):
    import ast
    import importlib
    used = {node.id for node in ast.walk(ast.parse(USER)) if isinstance(node, ast.Name)} | {node.attr for node in ast.walk(ast.parse(USER))
                                                                                            if isinstance(node, ast.Attribute)}
    assert {name for name in importlib.import_module(module).__all__ if not name.startswith("_")} - used == set()


def test_the_package_is_typed():
    assert (ROOT / "python" / "safepyrun" / "py.typed").exists() and (ROOT / "python" / "_safepyrun.pyi").exists()


def test_the_stub_names_what_the_extension_has():
    import ast

    import _safepyrun
    tree = ast.parse((ROOT / "python" / "_safepyrun.pyi").read_text())
    told = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    assert told == {name for name in vars(_safepyrun) if not name.startswith("__")}


@pytest.mark.parametrize("beside, warns", [(["safepyrun-0.2.10.dist-info", "safepyrun_kernel-0.1.0.dist-info"], True),
                                           (["safepyrun_kernel-0.1.0.dist-info"], False), (["safepyrun-0.1.0.dist-info"], False)])
def test_the_namesake_beside_it_is_told(tmp_path, beside, warns):
    shutil.copytree(ROOT / "python" / "safepyrun", tmp_path / "safepyrun", ignore=shutil.ignore_patterns("__pycache__"))
    for name in beside:
        (tmp_path / name).mkdir()
    extension = [path for path in sys.path if Path(path) == BUILD]
    done = subprocess.run([sys.executable, "-c", "import safepyrun"], capture_output=True, text=True, cwd=tmp_path,
                          env=dict(os.environ, PYTHONPATH=os.pathsep.join([str(tmp_path), *extension])))
    assert done.returncode == 0 and ("RuntimeWarning: the distributions safepyrun-kernel" in done.stderr) is warns, done.stderr


def test_nothing_heavy_is_imported():
    program = ("import sys, safepyrun, safepyrun.runner, safepyrun.safe_exec\n"
               "print([name for name in ('numpy', 'pandas', 'docker', 'distributed', 'smolagents') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
    assert done.stdout == "[]\n", done.stderr
