"""InteractiveExecutor: pauses at external calls, goes on elsewhere from JSON."""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safepyrun.safe_exec import InteractiveExecutor, InteractiveState, JournalMismatch, NotJSON, SecurityViolation
from safepyrun.safe_exec.interactive import _shared_engine


def drive(executor, answer):
    "Answer every call with `answer(function, *args)`; the last state, and the calls."
    state, calls = executor.start(), []
    while not state.done:
        call = state.pending_call
        calls.append((call["function"], *call["args"]))
        state = executor.resume(answer(call["function"], *call["args"]))
    return state, calls


def replayed(state, answer):
    "The same to the end from the JSON of a paused state."
    executor = InteractiveExecutor.from_json(state.to_json())
    state = executor.state
    while not state.done:
        call = state.pending_call
        state = executor.resume(answer(call["function"], *call["args"]))
    return state


def test_pause_and_resume():
    "The example of SafeExec's description."
    executor = InteractiveExecutor(
        code="data = fetch(url)\nresult = process(data)",
        inputs={'url': 'https://api.example.com'},
        external_functions=['fetch', 'process']
    )
    state = executor.start()
    assert state.pending_call == {'function': 'fetch', 'args': ('https://api.example.com',)}
    json_state = state.to_json()
    state = executor.resume(call_result={'items': [1, 2, 3]})
    assert state.pending_call == {'function': 'process', 'args': ({'items': [1, 2, 3]},)}
    assert executor.resume(call_result="done").result == "done"
    assert json.loads(json_state)["status"] == "paused"


CODES = {
    "loop": "t = 0\nfor n in range(3):\n  t += f(n)\nt",
    "comprehension": "[f(n) + f(n + 1) for n in range(3)]",
    "nested": "f(f(f(1)))",
    "in a function": "def g(n):\n  return f(n) * 2\ng(1) + g(2)",
    "recursion": "def g(n):\n  return 0 if n == 0 else f(n) + g(n - 1)\ng(4)",
    "generator": "def g():\n  for n in range(3):\n    yield f(n)\nlist(g())",
    "lazy": "list(map(f, [1, 2]))[::-1] + sorted([3, 1], key=f)",
    "caught": "try:\n  f(1) / 0\nexcept ZeroDivisionError:\n  result = f(2)\nfinally:\n  f(3)",
    "keywords": "f(1, unit='c')",
    "while": "n = 0\nwhile f(n) < 20:\n  n += 1\nn",
}


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_calls_anywhere(code):
    def answer(function, *args):
        return args[0] + 10

    state, calls = drive(InteractiveExecutor(code, external_functions=["f"]), answer)
    assert state.status == "finished", state.error
    plain = {"f": lambda n, unit=None: n + 10}
    lines = code.splitlines()
    if not lines[-1].startswith(" ") and "result" not in code:
        lines[-1] = f"result = {lines[-1]}"
    exec("\n".join(lines), plain)
    assert state.result == plain["result"]
    # and the same from the JSON of every pause
    executor = InteractiveExecutor(code, external_functions=["f"])
    paused, seen = executor.start(), 0
    while not paused.done:
        if seen in (0, len(calls) // 2, len(calls) - 1):
            assert replayed(paused, answer).result == state.result
        paused = executor.resume(answer(*[paused.pending_call["function"], *paused.pending_call["args"]]))
        seen += 1


def test_keywords_and_values():
    state = InteractiveExecutor("f((1, 2), at={3}, **{'x': None})", external_functions=["f"]).start()
    assert state.pending_call == {"function": "f", "args": ([1, 2],), "kwargs": {"at": [3], "x": None}}
    state = InteractiveExecutor("f(print)", external_functions=["f"]).start()
    assert state.status == "failed" and "argument 1 of f" in state.error


def test_an_error_is_raised_inside():
    code = "try:\n  f()\nexcept {} as e:\n  result = [type(e).__name__, str(e)]"
    for error, name in [(ValueError("no"), "ValueError"), ("text", "RuntimeError"), (KeyError("k"), "KeyError")]:
        executor = InteractiveExecutor(code.format(name), external_functions=["f"], profile="standard")
        executor.start()
        assert executor.resume(error=error).result == [name, str(error)]

    class Own(Exception):
        pass
    executor = InteractiveExecutor(code.format("RuntimeError"), external_functions=["f"], profile="standard")
    executor.start()
    assert executor.resume(error=Own("x")).result == ["ExternalError", "Own: x"]
    executor = InteractiveExecutor("f()", external_functions=["f"])
    executor.start()
    state = executor.resume(error=ValueError("not caught"))
    assert state.status == "failed" and state.error == "ValueError: not caught"


GATHER = """
import asyncio
async def one(city):
    temp = await get(city)
    await asyncio.sleep(0.01)
    return city + str(temp)
names = {'x', 'y', 'z'}
a = await asyncio.gather(*[one(city) for city in 'abc'], return_exceptions=True)
tasks = [get(city) for city in sorted(names)]
b = await asyncio.gather(*tasks)
result = [a, b, now()]
"""


def test_several_pending_in_any_order():
    executor = InteractiveExecutor(GATHER, {}, ["get", "now"], profile="standard")
    state = executor.start()
    assert [call["args"] for call in state.pending_calls] == [("a",), ("b",), ("c",)]
    ids = [call["id"] for call in state.pending_calls]
    state = executor.resume(3, call_id=ids[2])
    assert [call["args"] for call in state.pending_calls] == [("a",), ("b",)]
    halfway = state.to_json()

    def finish(executor):
        executor.resume(error=ValueError("none"), call_id=ids[1])
        state = executor.resume(1)
        assert [call["args"] for call in state.pending_calls] == [("x",), ("y",), ("z",)]
        for call in reversed(state.pending_calls):
            state = executor.resume(call["args"][0], call_id=call["id"])
        assert state.pending_call == {"function": "now", "args": ()}
        return executor.resume("now")
    code = GATHER.replace("result = [a", "result = [[str(x) for x in a]")
    first = finish(InteractiveExecutor.from_json(halfway.replace(json.dumps(GATHER), json.dumps(code))))
    assert first.result == [["a1", "none", "c3"], ["x", "y", "z"], "now"]
    with pytest.raises(KeyError):
        InteractiveExecutor.from_json(halfway).resume(1, call_id=ids[2])


@pytest.mark.parametrize("code, functions", [("t = asyncio.create_task(f(1))\nawait t", []), ("async with asyncio.TaskGroup() as g:\n  t = g.create_task(f(1))\nt.result()", []),
                                             ("await asyncio.wait_for(f(1), 5)", []), ("x = f(1)\nawait x", ["f"])])
def test_what_is_awaited(code, functions):
    executor = InteractiveExecutor("import asyncio\n" + code, {}, ["f"], profile="standard", async_functions=functions)
    executor.start()
    assert executor.resume(4).result == 4


WORLD = """
import time, datetime, random, uuid, secrets, os, numpy as np
seen = [time.time(), time.monotonic(), time.perf_counter_ns(), time.strftime('%H:%M:%S'), time.ctime(), datetime.datetime.now().isoformat(),
        datetime.date.today().isoformat(), datetime.datetime.now(datetime.timezone.utc).isoformat(), str(uuid.uuid4()), str(uuid.uuid1()),
        random.random(), secrets.token_hex(4), os.urandom(4).hex(), random.SystemRandom().random(), id(f), [id([]), id({})],
        np.random.rand(), float(np.random.default_rng().random()), [clock().isoformat() for clock in (datetime.datetime.now, datetime.datetime.today)],
        time.gmtime(None).tm_sec, list({'alpha', 'beta', 'gamma', 'delta'}), hash('text'), str({'p', 'q', 'r'})]
f(1)
result = seen + [time.time() >= seen[0]]
"""


def test_a_replay_sees_the_same_world():
    executor = InteractiveExecutor(WORLD, {}, ["f"], profile="standard", memory_mb=1024)
    state = executor.start()
    assert state.status == "paused", state.error
    text = state.to_json()
    here = executor.resume(None)
    time.sleep(0.01)
    program = ("import sys\nfrom safepyrun.safe_exec import InteractiveExecutor\nimport json\n"
               "print(json.dumps(InteractiveExecutor.from_json(sys.stdin.read()).resume(None).result))")
    done = subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, text=True,
                          env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path), PYTHONHASHSEED="77"))
    assert json.loads(done.stdout) == here.result, done.stderr
    other = InteractiveExecutor(WORLD, {}, ["f"], profile="standard", memory_mb=1024)
    other.start()
    assert other.resume(None).result[10] != here.result[10] # but not every run has the same


def test_sleeping_is_done_once():
    code = "import time, asyncio\ntime.sleep(30)\nasyncio.run(asyncio.sleep(30))\nf()\n'done'"
    executor = InteractiveExecutor(code.replace("30", "0"), {}, ["f"], profile="standard")
    text = executor.start().to_json()
    again = InteractiveExecutor.from_json(text.replace("time.sleep(0)", "time.sleep(30)"))
    assert again.resume(None).result == "done"


@pytest.mark.parametrize("old, new", [("f(1)", "f(2)"), ("f(1)", "g(1)"), ("a = f(1)\\n", ""), ("a = f(1)\\n", "import time\\ntime.time()\\n")])
def test_a_journal_that_does_not_fit(old, new):
    executor = InteractiveExecutor("a = f(1)\nb = f(2)\nc = f(3)", {}, ["f", "g"], profile="standard")
    executor.start()
    text = executor.resume(1).to_json()
    assert old in text
    with pytest.raises(JournalMismatch, match="does not fit"):
        InteractiveExecutor.from_json(text.replace(old, new, 1)).resume(1)


def test_code_that_ends_before_its_journal():
    executor = InteractiveExecutor("f(1)\nf(2)", {}, ["f"])
    executor.start()
    text = executor.resume(1).to_json().replace("f(1)\\nf(2)", "7")
    with pytest.raises(JournalMismatch):
        InteractiveExecutor.from_json(text).resume(1)


def test_ten_thousand_calls():
    code = "t = 0\nfor n in range(10000):\n  t += f(n)\nt"
    executor = InteractiveExecutor(code, external_functions=["f"])
    executor.start()
    for n in range(9999):
        state = executor.resume(n)
    state = InteractiveExecutor.from_json(state.to_json()).resume(1)
    assert state.result == sum(range(9999)) + 1


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 99}', '{"version": 1, "python": "3.11", "journal": 3, "code": "", "functions": []}'])
def test_what_is_no_state(text):
    with pytest.raises(ValueError, match="no state"):
        InteractiveState.from_json(text)


def test_wrong_use():
    executor = InteractiveExecutor("f()", external_functions=["f"])
    with pytest.raises(RuntimeError, match="start"):
        executor.resume(1)
    executor.start()
    with pytest.raises(RuntimeError, match="has been started"):
        executor.start()
    with pytest.raises(NotJSON):
        executor.resume(object())
    assert executor.resume(1).done
    with pytest.raises(RuntimeError, match="finished"):
        executor.resume(1)
    with pytest.raises(ValueError):
        InteractiveExecutor("1", {"a b": 1})
    with pytest.raises(NotJSON, match=r'inputs\["x"\]'):
        InteractiveExecutor("1", {"x": print})


def test_rules_and_limits(home):
    (home / "victim").write_text("")
    with pytest.raises(SecurityViolation, match="Import blocked: os"):
        InteractiveExecutor("import os").start()
    state = InteractiveExecutor("import os\nos.remove('victim')", profile="standard").start()
    assert state.status == "failed" and state.error.startswith("Denied: ") and (home / "victim").exists()
    for code in ("while True: pass", "sum(range(10**13))"):
        assert "0.3 s" in InteractiveExecutor(code, timeout=0.3).start().error
    assert "MemoryError" in InteractiveExecutor("[0] * 10**9", memory_mb=50).start().error
    assert InteractiveExecutor("def f(): f()\nf()").start().error.startswith("RecursionError")
    assert InteractiveExecutor("x = ").start().status == "failed"


def test_output_is_kept():
    executor = InteractiveExecutor("print('a')\nf()\nprint('b')", external_functions=["f"])
    text = executor.start().to_json()
    assert executor.state.stdout == "a\n" and executor.resume().stdout == "a\nb\n"
    assert InteractiveExecutor.from_json(text).resume().stdout == "a\nb\n"


def test_an_executor_that_is_dropped_leaves_no_process():
    def start_and_drop():
        executor = InteractiveExecutor("f()", external_functions=["f"])
        executor.start()
        return executor._pid
    pid = start_and_drop()
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            break
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


def test_a_server_that_died_is_no_loss():
    executor = InteractiveExecutor("f(1) + f(2)", external_functions=["f"])
    text = executor.start().to_json()
    os.kill(_shared_engine().start(), 9)
    while Path(f"/proc/{executor._pid}").exists(): # it goes with the server
        time.sleep(0.01)
    assert executor.resume(1).status == "failed"
    executor = InteractiveExecutor.from_json(text)
    executor.resume(1)
    assert executor.resume(2).result == 3
