# %% assignments
a = b = c = 1
a, b = b, a + 1
(a, [b, *c]), d = (1, [2, 3, 4]), 5
*x, y = "abc"
first, *_, last = range(5)
[p, q] = {1: 2, 3: 4}
l = [0] * 5
l[0], l[1:3], l[-1] = 1, [7, 8, 9], 2
i = 0
i, l[i] = 1, "swapped"
class O: pass
o = O()
o.a, o.b = o.c = 1, 2
o.l = [1, 2, 3]; o.l[0] += 5; o.d = {"k": {"j": 1}}; o.d["k"]["j"] *= 7
z: int = 5
w: "undeclared"
o.t: int = 8
(v): str = "v"
a, b, c, d, x, y, first, last, p, q, l, o.__dict__, z, v, globals().get("__annotations__")
# %% augmented_everything
x = 5
x += 1; x -= 2; x *= 3; x /= 2; x //= 1; x %= 4; x **= 2
y = 12
y <<= 2; y >>= 1; y &= 0xff; y |= 1; y ^= 3
s = "a"; s += "b"; s *= 2
l = [1]; m = l; l += (2, 3); l *= 2
d = {"a": 1}; d |= {"b": 2}; d["a"] += 10; d.setdefault("c", []).append(1); d["c"] += [2]
t = (1,); t += (2,)
st = {1}; st |= {2}; st &= {2, 3}; st ^= {9}; st -= {9}
nested = [[1, 2], {"k": (1,)}]
nested[0][1] += 5; nested[1]["k"] += (2,); nested[0][0:1] += [7]
class A:
    n = 1
    def __init__(self): self.v = [0]
a = A()
a.n += 1; A.n += 10; a.v[0] += 3; a.v += [4]
def f(): f.calls += 1; return 0
f.calls = 0
l[f()] += 100
tup = ([1],)
try: tup[0] += [2]
except TypeError as e: print(e)
x, y, s, l, m, d, t, st, nested, a.n, A.n, a.v, f.calls, tup
# %% control_flow
out = []
for i in range(10):
    if i == 2: continue
    elif i == 5: break
    else: out.append(i)
else: out.append("no")
for i in []: pass
else: out.append("else")
n = 3
while n:
    n -= 1
    if n == 1: continue
    out.append(n)
else: out.append("done")
while True:
    break
for a, (b, *c) in [(1, (2, 3, 4)), (5, (6,))]: out.append((a, b, c))
for out_attr in "x": pass
d = {}
for d["k"] in range(3): pass
l = [0]
for l[0] in range(4): pass
out, d, l, out_attr
# %% exceptions
def f(n):
    try:
        if n == 0: return "ret"
        if n == 1: raise ValueError("v")
        if n == 2: raise KeyError("k")
        if n == 3: 1 / 0
        if n == 4: raise OSError(2, "no such", "file")
    except ValueError as e: return ("value", str(e))
    except (KeyError, IndexError) as e: return ("lookup", repr(e))
    except ArithmeticError: return "arith"
    except OSError as e: return e.errno, e.strerror, e.filename
    else: return "else"
    finally: print("finally", n)
print([f(n) for n in range(6)])
class MyErr(Exception):
    def __init__(self, a, b): super().__init__(a, b); self.a = a
    def __str__(self): return f"MyErr {self.a}"
try:
    try: raise MyErr(1, 2)
    except MyErr as e: raise RuntimeError("wrap") from e
except RuntimeError as e: print(e, e.__cause__, e.__suppress_context__)
try:
    try: {}["x"]
    except KeyError: int("z")
except ValueError as e: print(repr(e.__context__))
try: raise ValueError from None
except ValueError as e: print(e.__cause__, e.__suppress_context__)
try:
    try: 1 / 0
    except ZeroDivisionError: raise
except ZeroDivisionError as e: e.add_note("note"); print(e.__notes__, e.with_traceback(None).__traceback__)
def g():
    try: return 1
    finally: print("cleanup")
def h():
    for i in range(3):
        try: continue
        finally: print("f", i)
    while True:
        try: return "a"
        finally: break
    return "b"
g(), h(), "e" in dir()
# %% exception_groups
try: raise ExceptionGroup("g", [ValueError(1), TypeError("t"), ExceptionGroup("n", [KeyError("k"), ValueError(2)])])
except* ValueError as eg: print("VE", eg.exceptions)
except* (TypeError, KeyError) as eg: print("TK", repr(eg))
try:
    try: raise ExceptionGroup("g", [OSError("o"), ValueError("v")])
    except* OSError: pass
except ExceptionGroup as e: print(e.message, e.exceptions)
try: raise ValueError("plain")
except* ValueError as eg: print(type(eg).__name__)
eg = ExceptionGroup("top", [ValueError(1), TypeError(2)])
m, r = eg.split(ValueError)
class MyGroup(ExceptionGroup):
    def derive(self, excs): return MyGroup(self.message, excs)
m, r, eg.subgroup(lambda e: isinstance(e, TypeError)), type(MyGroup("x", [ValueError()]).split(ValueError)[0]).__name__
# %% functions
def f(a, b=2, /, c=3, *args, d, e=5, **kw): return a, b, c, args, d, e, kw
print(f(1, d=4), f(1, 2, 3, 4, 5, d=6, z=7), f(*[1, 2], **{"d": 3, "c": 4}), f(1, *(2,), 3, *[4], d=1, **{}, **{"q": 2}))
def g(*, a, b=1): return a, b
def h(*a: int, **k: str) -> "ret": return a, k
lam = lambda x, *y, z=1, **w: (x, y, z, w)
print(g(a=1), h(1, b=2), lam(1, 2, z=3, q=4), (lambda: 1)(), (lambda *a: a)(*"ab"))
for call in ("f()", "f(1)", "g(1, a=2)", "f(1, a=2)", "g(a=1, q=2)"):
    try: eval(call)
    except TypeError as e: print(e)
def default(x, acc=[]): acc.append(x); return acc
default(1)
f.attr = "set"
print(default(2), f.attr, f.__name__, f.__defaults__, f.__kwdefaults__, h.__annotations__, f.__qualname__, f.__module__)
def outer():
    def inner(): return inner.__qualname__
    return inner()
def fact(n): return 1 if n < 2 else n * fact(n - 1)
outer(), fact(20), (lambda f: f(f, 5))(lambda s, n: 1 if n == 0 else n * s(s, n - 1))
# %% closures
def counter():
    n = 0
    def inc(by=1):
        nonlocal n
        n += by
        return n
    def get(): return n
    return inc, get
inc, get = counter()
inc(); inc(5)
adders = [lambda x, i=i: x + i for i in range(3)]
late = [lambda: i for i in range(3)]
def deep():
    x = 1
    def a():
        def b():
            nonlocal x
            x *= 10
            def c(): return x
            return c
        return b()
    return a()(), x
def use_del():
    x = 1
    def f(): return x
    del x
    try: return f()
    except NameError as e: return str(e)
get(), [f(10) for f in adders], [f() for f in late], deep(), use_del()
# %% global_and_del
g = 1
def setg():
    global g, newg
    g += 1
    newg = "new"
    def inner():
        global g
        g *= 10
    inner()
setg()
x, y, z = 1, 2, 3
del x, (y, z)
l = list(range(10))
del l[0], l[-1], l[1:3], l[::2]
d = {"a": 1, "b": {"c": 2}}
del d["a"], d["b"]["c"]
class A: v = 1
a = A(); a.w = 2
del a.w, A.v
def f():
    loc = 1
    del loc
    try: loc
    except UnboundLocalError as e: return str(e)
try: x
except NameError as e: print(e)
g, newg, l, d, hasattr(a, "w"), f(), "x" in globals()
# %% comprehensions
m = [[1, 2], [3, 4]]
print([x for r in m for x in r if x % 2], {x: y for x, y in zip("ab", m)}, {len(r) for r in m}, [[x * y for y in range(3)] for x in range(3)])
print(list(x for x in range(3)), sum(x * x for x in range(5)), [(i, j) for i in range(3) for j in range(i) if (i + j) % 2])
print([y for x in range(5) if (y := x * 2) > 4], y, [a for a, *b in ["xyz", "pq"]], {**{k: v for k, v in [(1, 2)]}, 3: 4})
x = "outer"
[x for x in range(3)]
def f(): return [[locals_ for locals_ in (i,)] for i in range(2)]
class C:
    items = [1, 2]
    doubled = [i * 2 for i in items]
gen = (print("lazy", i) or i for i in range(2))
next(gen)
x, f(), C.doubled, [*range(2), *"ab"], [lambda: i for i in range(2)][0](), any(c.isdigit() for c in "a1"), max((len(w), w) for w in ["a", "bb"])
# %% walrus
import re
if (m := re.match(r"(\d+)", "42abc")): print(m.group(1))
data = iter([1, 2, 0, 3])
while (v := next(data)): print(v)
print((a := 1, b := 2), [last := i for i in range(3)], last, f"{(w := 7)}", w)
def f(x, y=(d := 3)): return (z := x + y) * z
f(1), d, any((hit := n) > 2 for n in range(9)), hit, (lambda: (q := 1) + q)()
# %% fstrings
import datetime, decimal
name, n, pi, w = "Bob", 42, 3.14159, 10
d = {"k": [1, 2]}
print(f"{name} {name!r} {name!s:>5} {name!a} {n:05d} {n:x} {n:#b} {n:,} {pi:.2f} {pi:{w}.{3}} {'nested ' + name}")
print(f"{n=} {n = } {name=!s} {pi=:.1f} {d['k'][0]} {{literal}} {n + 1:>{w}}|{name:^{w + 2}}|{name:*<8}|")
print(f"{datetime.date(2024, 1, 2):%d/%m/%Y} {decimal.Decimal('1.10'):.3f} {1e10:g} {0.25:%} {True:d} {None} {n:c} {-5:+} {5: }")
print(f"""multi
{name}
line""", rf"\n{n}", f"{'a' if n > 1 else 'b'}", f"{[i for i in range(3)]}", f"{(lambda x: x * 2)(3)}", f"{n!r:^10}|", "a" f"{n}" "b")
"{} {0}".replace("0", "1").format(1, 2) if False else "{:>5}|{a[0]}|{b.real}|{!r}".format(1, "x", a=[9], b=3j), "%(x)s %(y)05.1f" % {"x": 1, "y": 2.5}, "%s %% %-5d|%x" % ("a", 3, 255)
# %% fstrings_312 [3.12]
x = ["a", "b"]
print(f"{', '.join(x)} {f"{f"{1}"}"} {"\n".join(x)} {
    x[0]  # comment
}")
# %% type_params_312 [3.12]
type Pair[T] = tuple[T, T]
type Rec = list[Rec] | int
def first[T](l: list[T]) -> T: return l[0]
def many[*Ts, **P](*args: *Ts) -> None: pass
class Stack[T: int]:
    def push(self, x: T) -> T: return x
class Sub[T](Stack[T]): pass
def outer[T]():
    def inner() -> T: return T
    return inner()
print(Pair, Pair.__value__, Rec.__value__, first([1]), Stack[int].__origin__, Stack.__type_params__, many.__type_params__, Sub().push(3), first.__type_params__, outer())
# %% type_defaults_313 [3.13]
class Box[T = int]: pass
def f[T = str](x: T) -> T: return x
print(Box.__type_params__[0].__default__, f(1))
# %% match_statement
def m(v):
    match v:
        case 0 | 1: return "small"
        case -1: return "neg"
        case 1.5 | 2j: return "num"
        case "a" "b": return "ab"
        case None | True | False: return "const"
        case []: return "empty"
        case [x]: return ("one", x)
        case [1, *rest, 9]: return ("1..9", rest)
        case (x, y) if x == y: return "same"
        case [_, _]: return "pair"
        case {"type": "circle", "r": r}: return ("circle", r)
        case {"type": t, **rest}: return (t, rest)
        case {}: return "map"
        case str() as s if s.isdigit(): return int(s)
        case str(s): return s
        case int(n) | float(n): return n
        case [[a, b], {"k": [c, *_]}, *_]: return a, b, c
        case Exception(args=[msg]): return msg
        case _: return "default"
class K: A = 5
def d(v):
    match v:
        case K.A: return "dotted"
        case x: return x
match = 1; case = 2; type = type
[m(v) for v in (0, 1, -1, 1.5, "ab", None, [], [7], [1, 2, 3, 9], (3, 3), [3, 4], {"type": "circle", "r": 2}, {"type": "sq", "z": 1}, {"q": 1}, "77", "s", 50, [[1, 2], {"k": [3, 4]}, 0], ValueError("msg"), object)], d(5), d(6), match, case
# %% generators
def gen():
    got = yield 1
    print("got", got)
    try: yield 2
    except ValueError as e: print("caught", e); yield "recovered"
    finally: print("closing")
    return "result"
g = gen()
print(next(g), g.send("hello"), g.throw(ValueError("v")))
g.close()
def sub(): x = yield "a"; return x
def deleg(): r = yield from sub(); print("r", r); yield from [1, 2]; return "end"
g = deleg(); print(next(g), g.send("S"), list(g))
def ret(): return (yield from deleg())
def fib():
    a, b = 0, 1
    while True: yield a; a, b = b, a + b
import itertools, inspect
def tree(n):
    if n: yield from tree(n - 1); yield n; yield from tree(n - 1)
def lines():
    with open("../data/text.txt") as f:
        for line in f: yield line.strip()
g = gen(); next(g)
print(inspect.getgeneratorstate(g)); g.close()
def s():
    try: yield
    except GeneratorExit: print("GE"); raise
x = s(); next(x); del x
try: next(iter(())) 
except StopIteration as e: print(e.value)
def bad():
    yield 1
    raise StopIteration
try: list(bad())
except RuntimeError as e: print(e)
list(itertools.islice(fib(), 10)), list(tree(3)), list(lines()), list((yield_ for yield_ in range(2)))
# %% exec_eval_compile
ns = {}
exec("a = 1\ndef f(x): return x + a", ns)
code = compile("b = f(5)", "<c>", "exec")
exec(code, ns)
x = 10
print(ns["b"], eval("x + 1"), eval("x + y", {"x": 1, "y": 2}), eval("[i * x for i in range(3)]"), eval(compile("1 + 1", "", "eval")))
def local():
    v = 3
    return eval("v * 2"), eval("v", {}, {"v": 9})
exec("class C:\n    def m(self): return 'm'\nz = C().m()")
loc = {}
exec("q = 1", {}, loc)
import ast
tree = ast.parse("k = 1 + 2")
exec(compile(tree, "<ast>", "exec"))
try: eval("1 +")
except SyntaxError as e: print(e.msg)
for i in range(2): exec(f"v{i} = {i}")
exec(compile("print('single')\n5", "<s>", "single")) if False else None
local(), z, loc, k, v0, v1, C().m(), eval("lambda x: x + 1")(1), sorted(n for n in ns if n[0] != "_"), code.co_name
# %% star_imports
from math import *
from os.path import *
from collections import *
import os.path as osp, json as j, xml.etree.ElementTree as ET
from itertools import (chain, repeat as rep,)
import importlib
mod = importlib.import_module("string")
sqrt(16), join("a", "b"), Counter("aab"), osp.basename("/x/y"), j.dumps([1]), list(rep(1, 2)), ET.fromstring("<a/>").tag, mod.digits, __import__("math").pi
# %% recursion_limit
import sys
def depth(n): return 0 if n == 0 else 1 + depth(n - 1)
print(depth(900), sys.getrecursionlimit())
def forever(): return forever()
try: forever()
except RecursionError as e: print(type(e).__name__, str(e)[:40])
class A:
    def __getattr__(self, n): return getattr(self, n + "x")
try: A().q
except RecursionError: print("getattr recursion")
def gen(n):
    if n: yield n; yield from gen(n - 1)
def ack(m, n): return n + 1 if m == 0 else ack(m - 1, 1) if n == 0 else ack(m - 1, ack(m, n - 1))
len(list(gen(200))), ack(2, 3), (lambda f, n: f(f, n))(lambda f, n: n and f(f, n - 1), 400)
# %% builtins_all
print(abs(-1), all([1]), any([0]), ascii("é"), bin(5), bool([]), bytearray(b"x"), bytes(2), callable(len), chr(65), complex("1+2j"), dict(a=1))
print(divmod(7, 2), list(enumerate("ab", 1)), list(filter(None, [0, 1])), float("1e3"), format(3.14159, ".2f"), frozenset([1]), getattr(1, "real"), hasattr(1, "x"))
print(hash("a") == hash("a"), hex(255), int("ff", 16), isinstance(1, (int, str)), issubclass(bool, int), list(map(lambda a, b: a + b, [1], [2])), max(1, 2), min([3, 4], key=lambda x: -x))
print(memoryview(b"ab")[0], oct(8), ord("a"), pow(2, 10, 1000), list(range(0, 10, 3)), repr("a"), list(reversed([1, 2])), round(2.567, 2), set("aa"), slice(1, 2), sorted("ba", reverse=True))
print(str(b"x", "ascii"), sum([1, 2], 3), tuple("ab"), type(1), vars(type("T", (), {"a": 1}))["a"], list(zip("ab", [1, 2])), id(1) == id(1), len("abc"), next(iter([1])), object)
print("a", "b", sep="-", end="!\n")
try: list(zip("a", "bc", strict=True))
except ValueError as e: print(e)
iter, type(iter([])), [].__len__(), (1).__add__(2), "a".__class__, (5).bit_length(), int.from_bytes(b"\1\0", "big"), str.maketrans("a", "b"), NotImplemented, Ellipsis, __debug__
# %% operators
a, b = 7, 2
print(a + b, a - b, a * b, a / b, a // b, a % b, a ** b, a << b, a >> b, a & b, a | b, a ^ b, ~a, -a, +a, not a)
print(a < b < 10, 1 < a > b, a == 7 != b, a is a, a is not b, a in [7], b not in [7], a and b, 0 or b, None and 1)
print("x" if a else "y", [1, 2][-1], "abc"[::-1], (1, 2) + (3,), [0] * 3, "a" * 3, {1} | {2}, {1: 2} | {3: 4}, b"a" + b"b", 1j * 1j, 0b11, 0o17, 0xff, 1_000)
import operator
[1, 2] < [1, 3], (1,) < (1, 0), {1} < {1, 2}, "a" < "b", 3 .real, 1.5.is_integer(), ..., a @ b if hasattr(a, "__matmul__") else "no"
# %% assert_and_misc
try: assert 1 == 2, "message"
except AssertionError as e: print(e)
assert True
pass
def doc():
    """the doc"""
    ...
if 1: x = 1; y = 2
x = (1,
     2)
y = 1 + \
    2
print(doc.__doc__, x, y, __name__); __doc__ = "d"
lst = [
    1,  # comment
    2,
]
é = "unicode name"; 变量 = 1
"implicit" "concat", r"\n", b"\x00", u"u", rb"\d", """triple
line""", lst, é, 变量, __doc__
# %% scopes_locals_globals_vars
x = 1
def f(a, b=2):
    c = 3
    return sorted(locals().items())
class A:
    y = 1
    names = sorted(k for k in locals() if k[0] != "_")
print(f(1), "x" in globals(), globals()["x"], A.names, sorted(vars(A()).items()), "f" in dir())
globals()["dyn"] = 5
def g():
    globals()["dyn2"] = 6
g()
dyn, dyn2, locals() is globals(), vars() is globals()
# %% shadowed_builtins
list_ = list
def list(x): return "mine"
print(list([1]))
def f(len): return len(3)
max = lambda *a: "max"
class A:
    def print(self, x): return x
    open = 3
    def type(self): return type(self).__name__
for id in range(2): pass
del list
str = "s"
f(lambda x: x + 1), max(1, 2), A().print(1), A.open, A().type(), id, list((1, 2)), str
# %% bytes_and_memory
b = bytearray(b"hello")
b[0] = ord("J"); b[1:3] = b"EL"; b += b"!"; b.append(33); b.extend(b"xy"); del b[-1]
m = memoryview(b)
m[0:2] = b"ZZ"
print(b, m.tobytes(), m.readonly, len(m), m[1:3].tolist(), bytes(m))
m.release()
b.hex(), bytes.fromhex("6162"), b"a,b".split(b","), b"%d" % 5, b"abc".translate(None, b"b"), bytes([1, 2]), b.decode(), "é".encode(), memoryview(b"1234").cast("H").shape
# %% string_methods
s = "Hello, World"
print(s.upper(), s.lower(), s.title(), s.swapcase(), s.center(20, "*"), s.find("o"), s.rfind("o"), s.index("W"), s.count("l"), s.replace("l", "L", 1))
print(s.split(", "), s.partition(","), s.rpartition("o"), s.startswith(("He", "x")), s.endswith("d"), s.strip("Hd"), s.zfill(15), s.encode("utf-16-le")[:4], s.isalpha(), s.casefold())
print("a\tb".expandtabs(4), "a\nb\r\nc".splitlines(), "-".join("abc"), "abc".translate({97: "X"}), "x".ljust(3) + "|", "{a}".format_map({"a": 1}), "pre_x".removeprefix("pre_"), "x_suf".removesuffix("_suf"))
"1²".isdigit(), "½".isnumeric(), "a1".isalnum(), "abc".isidentifier(), " ".isspace(), "Ab".istitle(), "a b c".rsplit(None, 1)
# %% list_dict_set_methods
l = [3, 1, 2]
l.append(4); l.insert(0, 9); l.extend([5]); l.remove(1); l.sort(key=lambda x: -x); l.reverse(); p = l.pop(); l2 = l.copy(); l.clear()
d = dict.fromkeys("ab", 0); d.update(c=1); d.pop("a"); d.popitem(); d.setdefault("z", 5)
s = {1, 2}; s.add(3); s.discard(9); s.remove(1); s.update([7]); s.intersection_update({2, 7}); s.symmetric_difference_update({7, 8})
kv = d.keys() & {"b"}, list(d.values()), list(reversed(d))
p, l2, l, l2.index(3), l2.count(3), d, d.get("q", "def"), kv, s, s.issubset({2, 8, 9}), s.union([1]), frozenset(s).isdisjoint([1]), (1, 2, 1).count(1), [1, 2] == list((1, 2))

# %% computed_receivers
x = 5
print((-2.5).is_integer(), (-2).bit_length(), (1 + 2).bit_length(), (~5).bit_length(), (not 1).real, (2 ** 10).__format__("x"))
print(("=" * 20).center(30), ("a" * 3).upper(), ("%s!" % (x,)).rjust(5), ("%d-%d" % (x, 2)).split("-"), "abc"[0].upper())
print(("a", "b")[1].upper(), ((1, 2) * 2).index(2), b"ab"[0].to_bytes(1, "big"), __debug__.real, (-1).__class__, [(-1).real, __debug__])
try:
    ("a" + 1).upper()
except TypeError as error:
    print(error)

# %% code_typed_in_parts
import __future__
import codeop
for text in ("a = (", "def f():", "x = 1", "for i in range(3):\n    print(i)\n"):
    print(repr(text), codeop.compile_command(text) is not None)
try:
    codeop.compile_command("a b")
except SyntaxError as error:
    print(error.msg)
namespace = {}
exec(compile("def f(x: unknown): pass", "<f>", "exec", __future__.annotations.compiler_flag), namespace)
print(namespace["f"].__annotations__)
for wrong in ("compile('1', '<s>', 'exec', 0xff)", "eval('1', {}, 3)", "eval('1', 3)", "eval()", "eval('1', unknown=2)"):
    try:
        eval(wrong)
    except (TypeError, ValueError) as error:
        print(wrong, type(error).__name__)

# %% namespaces_by_keyword [3.13]
d = {}
exec("b = a * 2", globals={"a": 4}, locals=d)
eval("a + b", globals={"a": 1}, locals={"b": 2}), d
# %% names_in_comprehensions
items = [locals()["n"] + vars()["n"] for n in (1, 2)], ["n" in dir() for n in (1, 2)], [eval("n") for n in (1, 2)]
class C:
    items = [vars()["n"] for n in (1, 2)]
def f(): return [vars()["n"] for n in (1, 2)]
items, C.items, f()
# %% annotations_of_methods
def f(a: int): pass
class C:
    static, of_class = staticmethod(f), classmethod(f)
    def m(self, b: str): pass
kept = staticmethod(f)
kept.__annotations__["more"] = float
kept.__annotations__, f.__annotations__, C.of_class.__annotations__ is f.__annotations__, C().m.__annotations__ is C.m.__annotations__
