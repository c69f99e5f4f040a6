"""Runs each kind of cell many times and says what is left behind, as JSON: {name: growth per run}.

    python leaks.py refs RUNS     objects' reference counts, in a debug build of Python (sys.gettotalrefcount)
    python leaks.py memory RUNS   bytes of resident memory
"""
import gc
import json
import sys

import _safepyrun

CELLS = {
    "expression": "1 + 1",
    "assignment": "x = [1, 2]\nx[0] = 3\nx += [4]\nx",
    "function": "def f(a, b=2):\n    return a + b\nf(1)",
    "closure": "def outer(n):\n    def inner():\n        return n\n    return inner\nouter(3)()",
    "class": "class C:\n    def __init__(self): self.x = 1\n    def m(self): return self.x\nC().m()",
    "inheritance": "class A:\n    def m(self): return 1\nclass B(A):\n    def m(self): return super().m() + 1\nB().m()",
    "metaclass": "class M(type): pass\nclass C(metaclass=M): pass\nC()",
    "property": "class C:\n    @property\n    def p(self): return 1\nC().p",
    "generator": "def g():\n    for i in range(3): yield i\nlist(g()), sum(x for x in range(3))",
    "comprehensions": "[x for x in range(3)], {x: 1 for x in 'ab'}, {x for x in 'ab'}",
    "decorator": "import functools\ndef d(f):\n    @functools.wraps(f)\n    def w(*a): return f(*a)\n    return w\n@d\ndef f(x): return x\nf(1)",
    "methods": "'a,b'.split(',') + [s.upper() for s in 'ab'] + sorted({'b': 1}.items())",
    "own error": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    r = str(e)\nr",
    "uncaught error": "def f(): raise KeyError('x')\nf()",
    "syntax error": "a = = 1",
    "refused call": "import os\nos.unlink('nothing')",
    "refused call, caught": "import os\ntry:\n    os.unlink('nothing')\nexcept PermissionError as e:\n    r = e.kind\nr",
    "refused write": "open('/nowhere/x', 'w')",
    "refused effect": "import os\nlist(map(os.mkdir, ['nothing']))",
    "refused store": "import os\nos.x = 1",
    "refused before it runs": "a.__globals__\nb.__subclasses__()",
    "twin": "import os\nf = os.unlink\nf is os.unlink, repr(f)",
    "bound twin": "import threading\ng = threading.Thread.start\nt = threading.Thread\nrepr(g)",
    "import": "import json, os.path\nfrom collections import OrderedDict\njson.dumps(json.loads('[1]'))",
    "star import": "from math import *\nsqrt(4)",
    "exec and eval": "ns = {}\nexec('def f(): return 1', ns)\nns['f'](), eval('1 + 1')",
    "getattr and setattr": "class C: pass\nc = C()\nsetattr(c, 'a', 1)\ngetattr(c, 'a'), getattr(c, 'b', 2), vars(c), hasattr(c, 'z')",
    "match": "match {'a': [1, 2]}:\n    case {'a': [x, *r]}: pass\nclass P:\n    __match_args__ = ('v',)\n    v = 1\nmatch P():\n    case P(y): pass\nx, r, y",
    "with": "import contextlib\nwith contextlib.suppress(ValueError): raise ValueError\nwith contextlib.ExitStack() as s: s.callback(len, 'a')",
    "format": "'{} {a.real:>3}'.format(1, a=2), f'{1!r:>5}', '%s' % 3",
    "partial": "import functools, operator\nfunctools.partial(int, base=2)('10'), operator.attrgetter('real')(1), operator.methodcaller('upper')('a')",
    "namedtuple": "import collections\nP = collections.namedtuple('P', 'a b')\nP(1, 2)._replace(a=3)",
    "open for reading": "with open('/etc/hostname') as f: n = len(f.read())\nn >= 0",
    "checked write": "with open('/dev/null', 'w') as f: f.write('x')",
    "await": "import asyncio\nasync def f(): return 1\nasyncio.run(f())",
    "recursion": "def f(n): return n and f(n - 1)\nf(50)",
    "compile": "compile('1 + 1', 'f', 'eval')",
    "super getattribute": "class C:\n    def __getattribute__(self, n): return super().__getattribute__(n)\n    x = 1\nC().x",
}


def run_once(source, sandbox, namespace):
    try:
        code, box = sandbox.compile(source, "<leak>")
        _safepyrun.run(code, namespace)
        if box is not None:
            box()
    except (Exception, SystemExit):
        pass


def fresh_sandbox():
    namespace = {"__name__": "__main__"}
    sandbox = _safepyrun.Sandbox(namespace, False)
    sandbox.ok_dests = ["/dev"]
    return sandbox, namespace


def repeat(source, times):
    sandbox, namespace = fresh_sandbox()
    for _ in range(times):
        run_once(source, sandbox, namespace)


def repeat_sandboxes(times):
    for _ in range(times):
        sandbox, namespace = fresh_sandbox()
        sandbox.set_hooks(None, lambda *a, kept=namespace: False, {})
        run_once(CELLS["class"], sandbox, namespace)


def leak(times):
    "What a leak looks like: the measuring is measured by it."
    for _ in range(times):
        kept.append(bytearray(4096))


kept = []


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def measure(work, times, count):
    """Growth per time, the least of three stretches: what leaks, leaks in each; what is made once, or kept for the next time,
    is not there in all of them."""
    work(times // 4 + 20)
    least = None
    for _ in range(3):
        gc.collect()
        before = count()
        work(times // 3)
        gc.collect()
        grown = (count() - before) / (times // 3)
        least = grown if least is None else min(least, grown)
    return least


def main(what, times):
    _safepyrun.install("open")
    count = sys.gettotalrefcount if what == "refs" else resident_bytes
    growth = {name: measure(lambda n, source=source: repeat(source, n), times, count) for name, source in CELLS.items()}
    growth["new sandboxes"] = measure(repeat_sandboxes, times, count)
    growth["a leak on purpose"] = measure(leak, times, count)
    print(json.dumps(growth))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
