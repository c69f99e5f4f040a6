"""Programs that call out of the sandbox: paused at every call, each pause goes on from its JSON alone in another process."""
import json
import os
import subprocess
import sys
import textwrap

import pytest
from safepyrun.safe_exec import InteractiveExecutor

# f(n, ...) is n + 10, g(n) is its square, text(n) is 'n' n times; af and ag are theirs to be awaited. What each leaves in `result` is compared.
ANSWERS = {"f": lambda n=0, *rest, by=10: n + by + sum(rest), "g": lambda n: n * n, "text": lambda n: str(n) * n, "rows": lambda n: [{"id": i, "v": i * 1.5} for i in range(n)]}
PLAIN = {
    "loop": "result = 0\nfor n in range(5):\n    result += f(n)",
    "nested loops": "result = []\nfor a in range(2):\n    for b in range(3):\n        if f(a) != g(b):\n            result.append((a, b))",
    "while with break": "n = 0\nwhile True:\n    n = f(n)\n    if n > 35: break\nelse:\n    n = -1\nresult = n",
    "continue and else": "result = []\nfor n in range(4):\n    if g(n) % 2: continue\n    result.append(n)\nelse:\n    result.append(f(1))",
    "list comprehension": "result = [f(n) for n in range(4) if g(n) > 1]",
    "nested comprehension": "result = [[f(a + b) for a in range(2)] for b in range(3)]",
    "dict and set comprehension": "result = [{n: f(n) for n in range(3)}, sorted({g(n) for n in (-1, 1, 2)})]",
    "generator expression": "result = sum(f(n) for n in range(4))",
    "any stops early": "result = [any(f(n) > 11 for n in range(9)), all(g(n) < 4 for n in range(9))]",
    "generator": "def gen(n):\n    for i in range(n):\n        got = yield f(i)\nresult = list(gen(3))",
    "generator that is sent to": "def gen():\n    x = yield 1\n    while x < 30:\n        x = yield f(x)\nit = gen(); next(it); result = [it.send(5), it.send(12)]",
    "yield from": "def inner():\n    yield f(1)\n    return g(3)\ndef outer():\n    got = yield from inner()\n    yield got\nresult = list(outer())",
    "half a generator": "it = (f(n) for n in range(9))\nresult = [next(it), g(2), next(it)]",
    "recursion": "def down(n):\n    return 0 if n <= 0 else f(n) + down(n - 1)\nresult = down(5)",
    "mutual recursion": "def even(n): return True if n == 0 else odd(f(n) - 11)\ndef odd(n): return False if n == 0 else even(f(n) - 11)\nresult = even(6)",
    "fibonacci": "def fib(n):\n    return f(n, by=0) if n < 2 else fib(n - 1) + fib(n - 2)\nresult = fib(5)",
    "calls of calls": "result = f(g(f(g(2))))",
    "arguments in order": "result = f(f(1), g(2), *[f(3), g(4)], by=f(5))",
    "short circuit": "result = [f(-10) or g(3), f(-10) and g(4), g(0) or f(0) or g(9)]",
    "conditional": "result = f(1) if g(2) > 3 else g(7)",
    "chained comparison": "result = [1 < f(0) < g(4), 1 < g(0) < f(1)]",
    "walrus": "result = [y for n in range(5) if (y := f(n)) % 2]",
    "lambda and map": "result = list(map(lambda n: f(n) * 2, [1, 2, 3]))",
    "sorted by": "result = sorted([3, 1, 2], key=lambda n: -g(n))",
    "max and filter": "result = [max([1, -5, 3], key=g), list(filter(lambda n: f(n) > 11, range(4)))]",
    "reduce": "import functools\nresult = functools.reduce(lambda a, b: f(a) + b, [1, 2, 3])",
    "closure": "def counter():\n    n = 0\n    def step():\n        nonlocal n\n        n = f(n)\n        return n\n    return step\nstep = counter()\nresult = [step(), step(), step()]",
    "default and keyword": "def h(a, b=f(1), *c, d=2, **e): return [a, b, c, d, e]\nresult = h(f(2), d=g(3), x=f(4))",
    "decorator": "def twice(h):\n    def inner(n): return h(h(n))\n    return inner\n@twice\ndef h(n): return f(n)\nresult = h(1)",
    "cache": "import functools\n@functools.lru_cache(None)\ndef h(n): return f(n)\nresult = [h(1), h(1), h(2)]",
    "caught": "try:\n    g(2) / f(-10)\nexcept ZeroDivisionError as e:\n    result = [str(e), f(1)]",
    "finally": "result = []\ndef h():\n    try:\n        return f(1)\n    finally:\n        result.append(g(3))\nresult.append(h())",
    "raise from": "try:\n    try:\n        [][f(1)]\n    except IndexError as e:\n        raise ValueError(text(3)) from e\nexcept ValueError as e:\n    result = [str(e), type(e.__cause__).__name__]",
    "context manager": "import contextlib\nlog = []\n@contextlib.contextmanager\ndef around(n):\n    log.append(f(n))\n    yield g(n)\n    log.append(f(-n))\nwith around(2) as a, around(3) as b:\n    log.append(a + b)\nresult = log",
    "class": "class Account:\n    def __init__(self, n): self.n = f(n)\n    @property\n    def double(self): return self.n * g(2)\n    def __add__(self, other): return Account(self.n + other.n)\nresult = (Account(1) + Account(2)).double",
    "dataclass": "from dataclasses import dataclass, field\n@dataclass\nclass P:\n    x: int\n    y: int = field(default_factory=lambda: f(1))\nresult = [P(f(2)).y, P(1, 2).x]",
    "match": "def kind(v):\n    match v:\n        case {'id': i, 'v': v} if v > 1: return [i, f(i)]\n        case {'id': i}: return i\nresult = [kind(row) for row in rows(3)]",
    "iterator of one's own": "class Up:\n    def __init__(self): self.n = 0\n    def __iter__(self): return self\n    def __next__(self):\n        self.n = f(self.n)\n        if self.n > 35: raise StopIteration\n        return self.n\nresult = list(Up())",
    "unpacking": "a, (b, *c) = f(1), [g(n) for n in range(4)]\nresult = [a, b, c]",
    "text": "result = f'{f(1):>5}|{text(2)!r}' + '-'.join(text(n) for n in range(4))",
    "star and slices": "xs = [f(n) for n in range(6)]\nxs[f(-9):g(2)] = [g(9)]\nresult = [*xs, *rows(1)]",
    "augmented": "d = {'a': 1}\nd['a'] += f(1)\nd.setdefault('b', []).append(g(3))\nresult = d",
    "delete and global": "n = f(1)\ndef h():\n    global n\n    n = f(n)\nh(); m = n\ndel n\nresult = m",
    "json and time": "import json, re, collections\nresult = json.loads(json.dumps(rows(2))) + [collections.Counter(text(3)).most_common(1), re.findall('1', text(1))]",
    "random": "import random\nrandom.seed(7)\nxs = [random.random() for _ in range(2)]\nresult = [f(1), xs == [random.Random(7).random(), xs[0]] or len(xs)]",
    "big": "result = sum(f(n) for n in range(200))",
}
AWAITED = {
    "await": "result = await af(1) + await af(2)",
    "gather": "result = await asyncio.gather(*(af(n) for n in range(4)))",
    "gather of coroutines": "async def two(n):\n    a = await af(n)\n    return a + await ag(n)\nresult = await asyncio.gather(*map(two, range(3)))",
    "nested gather": "result = await asyncio.gather(asyncio.gather(af(1), ag(2)), af(3))",
    "tasks": "tasks = [asyncio.create_task(two) for two in (af(1), ag(3))]\nresult = [await t for t in tasks]",
    "task group": "async with asyncio.TaskGroup() as group:\n    a, b = group.create_task(af(1)), group.create_task(ag(5))\nresult = [a.result(), b.result()]",
    "as completed": "result = sorted([await c for c in asyncio.as_completed([af(3), af(1), af(2)])])",
    "async for": "async def gen():\n    for n in range(3):\n        yield await af(n)\nresult = [x async for x in gen()]",
    "async with": "import contextlib\n@contextlib.asynccontextmanager\nasync def around(n):\n    yield await af(n)\nasync with around(1) as a:\n    result = [a, await ag(a)]",
    "semaphore": "gate = asyncio.Semaphore(2)\nasync def one(n):\n    async with gate:\n        return await af(n)\nresult = await asyncio.gather(*(one(n) for n in range(5)))",
    "queue": "queue = asyncio.Queue()\nasync def make():\n    for n in range(3): await queue.put(await af(n))\n    await queue.put(None)\nasync def take():\n    out = []\n    while (x := await queue.get()) is not None: out.append(x + await ag(1))\n    return out\nresult = (await asyncio.gather(make(), take()))[1]",
    "errors gathered": "async def bad(n):\n    return 1 / (await af(n) - 10)\nresult = [str(x) for x in await asyncio.gather(bad(0), bad(1), return_exceptions=True)]",
    "wait": "done, pending = await asyncio.wait([asyncio.create_task(af(n)) for n in range(3)])\nresult = [sorted(t.result() for t in done), len(pending)]",
    "both kinds": "result = [f(await af(1)), await ag(g(2))]",
    "recursion": "async def down(n):\n    return 0 if n == 0 else await af(n) + await down(n - 1)\nresult = await down(4)",
}

OTHER = textwrap.dedent("""
    import json, sys
    from safepyrun.safe_exec import InteractiveExecutor
    for line in sys.stdin:
        asked = json.loads(line)
        executor = InteractiveExecutor.from_json(asked["state"])
        call = executor.state.pending_calls[asked["which"]]
        state = executor.resume(asked["value"], call_id=call["id"])
        print(state.to_json().replace("\\n", " "), flush=True)
""")


@pytest.fixture(scope="module")
def elsewhere():
    "Resume a state in another process; two of them take turns."
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    others = [subprocess.Popen([sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(2)]

    def resume(state, which, value):
        others.reverse()
        others[0].stdin.write(json.dumps({"state": state, "which": which, "value": value}) + "\n")
        others[0].stdin.flush()
        return others[0].stdout.readline()
    yield resume
    for other in others:
        other.stdin.close()
        other.wait(timeout=20)


def answer(call):
    return ANSWERS[call["function"].removeprefix("a") or call["function"]](*call["args"], **call.get("kwargs", {}))


def expected(code, awaited):
    "What plain Python makes of it."
    names = dict(ANSWERS)
    for name in "fg":
        async def later(*args, function=ANSWERS[name], **kwargs): return function(*args, **kwargs)
        names["a" + name] = later
    if awaited:
        exec("import asyncio\nasync def main():\n" + textwrap.indent(code, "    ") + "\n    return result\nresult = asyncio.run(main())", names)
    else:
        exec(code, names)
    return json.loads(json.dumps(names["result"]))


@pytest.mark.parametrize("code, awaited", [pytest.param(code, False, id=name) for name, code in PLAIN.items()]
                         + [pytest.param(code, True, id=f"async, {name}") for name, code in AWAITED.items()])
def test_a_program_goes_on_elsewhere_at_every_call(elsewhere, code, awaited):
    """Given a program, when each of its pauses goes on from JSON in another process, the newest pending call first, then it ends
    as in plain Python, with each call made once."""
    source = "import asyncio\n" + code if awaited else code
    executor = InteractiveExecutor(source, {}, list(ANSWERS) + ["af", "ag"], profile="standard", async_functions=["af", "ag"])
    state, calls = executor.start(), 0
    while not state.done:
        which = len(state.pending_calls) - 1
        calls += 1
        state = type(state).from_json(elsewhere(state.to_json(), which, answer(state.pending_calls[which])))
        assert calls <= 1000, "it does not come to its end"
    assert state.status == "finished", state.error
    assert json.loads(json.dumps(state.result)) == expected(code, awaited)
    assert calls
