"""The Python package beside the packages whose users it serves: one call, and how many of the programs each runs.

usage: package.py [--others PYTHON] [--rounds N] [--no-programs]

--others: a Python that has bench/requirements-package.txt installed (safepyrun needs 3.12); each system is measured in a process of its
own, one after the other, and set against the plain run of the same interpreter."""
import argparse
import asyncio
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(Path(__file__).parent))

from programs import programs # noqa: E402


def once_ms(call, seconds=1.0):
    "The median of calls made for about so long, after a few to warm up."
    for _ in range(5):
        call()
    taken, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(taken) < 5:
        begin = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begin)
    return sorted(taken)[len(taken) // 2] * 1e3


def with_result(source):
    "The program for systems whose result is the variable `result`."
    lines = source.rstrip().split("\n")
    return "\n".join([*lines[:-1], f"result = {lines[-1]}"])


# ---- the systems: each gives (a call of `1+1`, a function from a program to its seconds) ------------------------------------

def plain():
    def run(source):
        done = subprocess.run([sys.executable, str(ROOT / "bench" / "plain.py")], input=source, capture_output=True, text=True)
        return float(done.stdout.split()[-1])
    return lambda: eval(compile("1+1", "<bench>", "eval")), run


def in_loop(run_python):
    "A RunPython, ours or theirs, in one event loop."
    loop = asyncio.new_event_loop()
    pyrun = run_python(g={"__name__": "__main__"})
    return lambda: loop.run_until_complete(pyrun("1+1")), lambda source: loop.run_until_complete(run_python(g={"__name__": "__main__"})(source))


def run_python():
    from safepyrun import RunPython
    pyrun = RunPython(g={"__name__": "__main__"})
    _, run = in_loop(RunPython)

    def call(): # the coroutine itself, without an event loop
        try:
            pyrun("1+1").send(None)
        except StopIteration as done:
            assert done.value == 2
    return call, run


def run_code():
    from safepyrun.runner import LocalEngine, RunnerPolicy, run_code
    engine, policy = LocalEngine(), RunnerPolicy(timeout_seconds=120, memory_limit_mb=2048)

    def run(source):
        done = run_code(source, policy=policy, engine=engine)
        if not done.ok:
            raise RuntimeError(done.error)
        return done.result
    return lambda: run_code("1+1", policy=policy, engine=engine), run


def safe_exec():
    from safepyrun.safe_exec import SafeExec
    code = "numbers = [1, 2, 3, 4, 5]\nresult = sum(n * 2 for n in numbers)"
    return lambda: SafeExec(code).run(), lambda source: SafeExec(source, profile="standard", timeout=120).run()


def interactive():
    from safepyrun.safe_exec import InteractiveExecutor
    executor = InteractiveExecutor("while True: f()", external_functions=["f"])
    executor.start()
    return lambda: executor.resume(1), None


def safepyrun_other():
    from safepyrun import RunPython
    return in_loop(RunPython)


def safe_py_runner():
    from safe_py_runner import LocalEngine, RunnerPolicy, run_code
    from safe_py_runner.execution import local_engine
    local_engine.LocalEngine._prepare_environment = lambda self: None # this Python is the environment
    local_engine.LocalEngine._python_path = lambda self: Path(sys.executable)
    engine, policy = LocalEngine(venv_dir=sys.prefix), RunnerPolicy(timeout_seconds=120, memory_limit_mb=4096)

    def run(source):
        done = run_code(with_result(source), policy=policy, engine=engine)
        if not done.ok:
            raise RuntimeError(done.error)
        return done.result
    return lambda: run_code("result = 1+1", policy=policy, engine=engine), run


def monty():
    import pydantic_monty
    session = pydantic_monty.Monty().__enter__().checkout().__enter__()

    def run(source):
        with pydantic_monty.Monty() as pool, pool.checkout() as fresh:
            return fresh.feed_run(source, external_lookup={}, os=None)
    return lambda: session.feed_run("1+1"), run


def smolagents():
    from smolagents.local_python_executor import LocalPythonExecutor

    def make():
        executor = LocalPythonExecutor(["*"], timeout_seconds=120)
        executor.send_tools({})
        return executor
    first = make()
    return lambda: first("1+1"), lambda source: make()(source).output


OURS = {"RunPython": run_python, "run_code": run_code, "SafeExec": safe_exec, "InteractiveExecutor": interactive}
OTHERS = {"safepyrun": safepyrun_other, "safe-py-runner": safe_py_runner, "pydantic-monty": monty, "smolagents": smolagents}
LIMITS_MS = {"RunPython": 0.03, "run_code": 4, "SafeExec": 0.1, "InteractiveExecutor": 0.2}


def measure(name, wanted):
    "In the process of one system: its figures, as JSON."
    call, run = {"plain": plain, **OURS, **OTHERS}[name]()
    figures = {"call_ms": once_ms(call), "programs": {}}
    for program, source in programs() if wanted and run else ():
        try:
            figures["programs"][program] = float(run(source))
        except BaseException as error:
            figures["programs"][program] = f"{type(error).__name__}: {error}"[:100]
    sys.__stdout__.write(json.dumps(figures) + "\n")
    sys.__stdout__.flush()
    os._exit(0)


def measured(name, python, ours, wanted, rounds):
    "The least of some rounds."
    found = None
    for _ in range(rounds):
        paths = [str(ROOT / "python"), os.environ.get("SAFEPYRUN_BUILD", str(ROOT / "build"))] if ours else []
        done = subprocess.run([python, __file__, "--measure", name, *([] if wanted else ["--no-programs"])], capture_output=True, text=True,
                              env=dict(os.environ, PYTHONPATH=os.pathsep.join(paths)))
        if not done.stdout.strip():
            return {"error": (done.stderr.strip().splitlines() or ["no answer"])[-1]}
        new = json.loads(done.stdout.splitlines()[-1])
        if found is None:
            found = new
            continue
        found["call_ms"] = min(found["call_ms"], new["call_ms"])
        for program, seconds in new["programs"].items():
            if isinstance(seconds, float) and isinstance(found["programs"][program], float):
                found["programs"][program] = min(seconds, found["programs"][program])
    return found


def row(name, figures, base):
    if "error" in figures:
        return f"| {name} | {figures['error'][:80]} | - | - | |"
    ran = {program: seconds for program, seconds in figures["programs"].items() if isinstance(seconds, float)}
    ratios = [seconds / base[program] for program, seconds in ran.items() if base.get(program)]
    mean = f"{math.exp(sum(map(math.log, ratios)) / len(ratios)):.2f}x" if ratios else "-"
    limit = LIMITS_MS.get(name)
    mark = "" if limit is None else "holds" if figures["call_ms"] <= limit else "MISSED"
    programs_run = f"{len(ran)} of {len(figures['programs'])}" if figures["programs"] else "-"
    return f"| {name} | {figures['call_ms']:.3f} ms | {programs_run} | {mean} | {f'{limit} ms: {mark}' if limit else ''} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--others", help="a Python with the other packages")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-programs", action="store_true")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    wanted = not options.no_programs
    if options.measure:
        measure(options.measure, wanted)
    print("| system | one call | programs that run | over plain Python | at most |\n|---|---|---|---|---|")
    for python, systems, rounds in ((sys.executable, OURS, options.rounds), (options.others, OTHERS, 1)):
        if not python:
            continue
        base = measured("plain", python, systems is OURS, wanted, options.rounds)
        seconds = {program: took for program, took in base.get("programs", {}).items() if isinstance(took, float)}
        version = subprocess.run([python, "-c", "import platform; print(platform.python_version())"], capture_output=True, text=True).stdout.strip()
        print(row(f"plain compile and eval, Python {version}", base, seconds), flush=True)
        for name in systems:
            print(row(name if systems is OURS else f"{name} (theirs)", measured(name, python, systems is OURS, wanted, rounds), seconds),
                  flush=True)


if __name__ == "__main__":
    main()
