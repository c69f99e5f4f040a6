"""One guard is enough where two would find the same object in a variable; a variable that changed in between has a guard of its own."""
import pytest

# Each stores to `x` while it holds the module `re`, after a store that was allowed; `N` is the cell's own class.
CHANGED = {
    "assigned": "def f(x):\n    x.a = 1\n    x = re\n    x.b = 2\nf(N())",
    "assigned in a loop": "def f(x):\n    x.a = 1\n    for i in range(2):\n        x.b = 2\n        x = re\nf(N())",
    "assigned in while": "def f(x):\n    x.a = n = 1\n    while n < 4:\n        x.b = 2\n        x = re\n        n += 1\nf(N())",
    "by a nested function": "def f(x):\n    def g():\n        nonlocal x\n        x = re\n    x.a = 1; g(); x.b = 2\nf(N())",
    "a global": "x = N()\ndef f():\n    x.a = 1; g(); x.b = 2\ndef g():\n    global x\n    x = re\nf()",
    "a global, with a nested local of that name": "x = N()\ndef f():\n    def h(): x = 1\n    x.a = 1; g(); x.b = 2\ndef g():\n    global x\n    x = re\nf()",
    "the free variable of an outer function": "def o(x):\n    def g():\n        nonlocal x\n        x = re\n    def f():\n        x.a = 1; g(); x.b = 2\n    f()\no(N())",
    "two spellings of one name": "class C:\n    def f(self, __x):\n        def g():\n            nonlocal _C__x\n            _C__x = re\n        __x.a = 1; g(); __x.b = 2\nC().f(N())",
    "the loop's variable": "def f():\n    for x in (N(), re): x.b = 2\nf()",
    "import": "def f(x):\n    x.a = 1\n    import re as x\n    x.b = 2\nf(N())",
    "import from": "def f(x):\n    x.a = 1\n    from logging import re as x\n    x.b = 2\nf(N())",
    "walrus": "def f(x):\n    x.a = (x := re)\n    x.b = 2\nf(N())",
    "walrus in a comprehension": "def f(x):\n    x.a = 1\n    [(x := re) for _ in [1]]\n    x.b = 2\nf(N())",
    "in the middle of targets": "def f(x):\n    x.a, x, x.b = 1, re, 2\nf(N())",
    "match": "def f(x):\n    x.a = 1\n    match [re]:\n        case [x]: x.b = 2\nf(N())",
    "with": "N.__enter__ = lambda s: re\nN.__exit__ = lambda *a: None\ndef f(x):\n    x.a = 1\n    with N() as x: x.b = 2\nf(N())",
    "except": "class E(Exception): pass\ndef f(x):\n    x.a = 1\n    try: raise E\n    except E as x: pass\n    finally: x = re\n    x.b = 2\nf(N())",
    "del": "def f(x):\n    x.a = 1; del x; x = re; x.b = 2\nf(N())",
    "class": "def f(x):\n    x.a = 1\n    class x: pass\n    x.c = 1\n    x = re\n    x.b = 2\nf(N())",
    "for in targets": "def f(x):\n    x.a = 1\n    for x.b in range(2): x = re\nf(N())",
}
# The first store never ran, or ran elsewhere.
NOT_ON_THE_WAY = {
    "if": "def f(x):\n    if 0: x.a = 1\n    x.b = 2\nf(re)",
    "else": "def f(x, y):\n    if y: x.a = 1\n    else: x.b = 2\nf(re, 0)",
    "try": "def f(x):\n    try: x.a = 1\n    except PermissionError: pass\n    x.b = 2\nf(re)",
    "handler": "def f(x):\n    try: x.a = 1\n    except PermissionError: x.b = 2\nf(re)",
    "finally": "def f(x):\n    try: x.a = 1\n    finally: x.b = 2\nf(re)",
    "body of a handler first": "def f(x):\n    try: x.b = 2\n    except ValueError: x.a = 1\nf(re)",
    "loop": "def f(x):\n    for i in (): x.a = 1\n    x.b = 2\nf(re)",
    "loop's else": "def f(x):\n    for x.a in (): pass\n    else: x.b = 2\nf(re)",
    "comprehension": "def f(x):\n    [0 for x.a in ()]\n    x.b = 2\nf(re)",
    "generator": "def f(x):\n    (0 for x.a in [1])\n    x.b = 2\nf(re)",
    "lambda": "def f(x):\n    g = lambda: [0 for x.a in [1]]\n    x.b = 2\nf(re)",
    "annotation": "def f(x):\n    x.a: int\n    x.b = 2\nf(re)",
    "suppressed": "import contextlib\ndef f(x):\n    with contextlib.suppress(PermissionError): x.a = 1\n    x.b = 2\nf(re)",
    "other function": "def f(x):\n    x.a = 1\n    def g(x): x.b = 2\n    g(re)\nf(N())",
    "case": "def f(x):\n    match 1:\n        case 2: x.a = 1\n        case 1: x.b = 2\nf(re)",
}


@pytest.mark.parametrize("code", [*CHANGED.values(), *NOT_ON_THE_WAY.values()], ids=[*CHANGED, *NOT_ON_THE_WAY])
def test_what_is_not_known_is_guarded(sandbox, code):
    setup, after = "import re\nclass N: pass\n", "import re\nanswer = hasattr(re, 'a') or hasattr(re, 'b')"
    assert sandbox.plain(setup + code, after=after).value == "True", "the code does nothing"
    answer = sandbox.run(setup + code, after=after)
    assert answer.value == "False"


def test_one_object_is_looked_at_once(sandbox):
    "In `__init__` of an ordinary class there is one guard, not one for each attribute."
    code = "class P:\n    def __init__(self, x, y):\n        self.x = x\n        self.y = y\n        self.n = 0\nP(1, 2)"
    after = "import dis\nanswer = sum(i.opname.startswith('BINARY_SUBSCR') or i.opname.startswith('BINARY_OP') and i.argrepr == '[]' for i in dis.get_instructions(P.__init__))"
    assert sandbox.run(code, after=after).value == "1"


STORES = """
class C:
    def f(self):
        self.added += 1
    def g(self):
        self.annotated: int = 1
        self.only_annotated: int
    def h(self, x):
        "Docs"
        for self.loop in (): pass
        with x as self.context: pass
        self.first, [self.second, *self.rest] = x
        self.item[0] = 1
        del self.deleted
        self.base.attribute = 2
        def inner(): self.inner = 1
        lambda: [0 for self.of_lambda in x]
        [0 for self.of_comprehension in x]
    async def i(self):
        class D:
            self.in_a_class = 1
            def x(self): self.of_another = 1
        self.__private = 1
        try: pass
        except ValueError as self: self.of_an_error = 2
    @staticmethod
    def j(x, self):
        if x:
            self.returned = 1
            return 1
        raise KeyError
    def k(self):
        self.__init__()
        yield 1
        self.late = self.later = 1
        assert self.late
def f(self):
    self.no_method = 1
"""


def test_what_the_compiler_notes_of_a_class_is_noted(sandbox):
    "It sizes instances by the attributes that it sees stored on `self`; a guard stands before the first of each function."
    if sandbox.version < (3, 13):
        pytest.skip("Python notes them since 3.13")
    after = "answer = sorted(C.__static_attributes__)"
    noted = sandbox.plain(STORES, after=after).value
    assert "returned" in noted and sandbox.run(STORES, after=after).value == noted


def test_what_it_notes_leaves_no_code(sandbox):
    after = """import dis
functions = [getattr(f, '__func__', f) for f in vars(C).values() if hasattr(getattr(f, '__func__', f), '__code__')]
answer = [(f.__name__, f.__doc__, sorted({i.positions.lineno or 0 for i in dis.get_instructions(f)}),
           [i.argval for i in dis.get_instructions(f) if i.opname == 'STORE_ATTR']) for f in functions]"""
    assert sandbox.run(STORES, after=after).value == sandbox.plain(STORES, after=after).value


@pytest.mark.parametrize("expression, guards", {
    "x.a or x.b": 1, "x.a and (x.b or x.c)": 1, "y or x.a": 1, "y or y": 0, "x.a or None": 1}.items())
def test_of_and_and_or_the_result_is_looked_at(sandbox, expression, guards):
    "What is only asked whether it is true needs no guard."
    after = "import dis\nanswer = sum(type(i.argval).__name__ == 'guard' for i in dis.get_instructions(f))"
    assert sandbox.run(f"def f(x, y): return {expression}", after=after).value == str(guards)
