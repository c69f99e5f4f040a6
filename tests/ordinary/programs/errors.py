# %% nested_calls
def a(x):
    return b(x) + 1
def b(x):
    return x["k"]["j"] / len(x)
a({"k": {}})
# %% attribute_of_none
class A:
    child = None
def f(o): return o.child.name.upper()
f(A())
# %% multi_line_call
def g(*a, **k): raise ValueError("bad", a, k)
g(1,
  2,
  x=[
      3])
# %% chained
try:
    {}["x"]
except KeyError as e:
    raise RuntimeError("wrapped") from e
# %% context
try: 1 / 0
except ZeroDivisionError: undefined_name
# %% wrong_arguments
def f(a, b): return a
f(1, 2, 3)
# %% name_error_suggestion
value = 1
print(vlaue)
# %% attribute_suggestion
class A: colour = 1
A().color
# %% import_errors
import not_a_module_at_all
# %% import_from_error
from math import sqroot
# %% unpack
a, b = 1, 2, 3
# %% binary_operator
x = 1; y = "a"
z = (x * 2) + (y + x)
# %% subscript
l = [1]; d = {"a": l}
d["a"][5] + 1
# %% store_subscript
l = []
l[3] = 1
# %% store_attribute
(5).x = 1
# %% store_none
x = None
x.y = 1
# %% store_on_tuple
t = (1, 2)
t[0] = 5
# %% augmented
d = {}
d["n"] += 1
# %% delete
d = {}
del d["x"]
# %% delete_attribute
class A: pass
del A().x
# %% method_error
"a,b".split(1)
# %% in_comprehension
[1 / x for x in (1, 0)]
# %% in_generator
def g():
    yield 1
    raise LookupError("gen")
list(g())
# %% in_lambda
(lambda x: x.missing)(3)
# %% in_method
class K:
    def __init__(self, v):
        self.v = v.nope
    def __repr__(self): return "K"
K(3)
# %% in_property
class K:
    @property
    def p(self): return self._x
K().p
# %% in_getattr
class K:
    def __getattr__(self, n): raise AttributeError(f"no {n}")
K().thing
# %% in_with
with open("nope/none.txt") as f: pass
# %% exit_raises
class C:
    def __enter__(self): return self
    def __exit__(self, *a): raise OSError("exit")
with C() as c:
    1 / 0
# %% in_decorator
def deco(f): raise TypeError("deco")
@deco
def f(): pass
# %% class_body
class A:
    x = 1
    y = x + "s"
# %% in_callback
sorted([1, "a"], key=lambda v: v + 1)
# %% in_library
import json
json.loads("{bad}")
# %% in_async
import asyncio
async def f(): await g()
async def g(): raise ValueError("async")
asyncio.run(f())
# %% group
raise ExceptionGroup("eg", [ValueError(1), TypeError(2)])
# %% note
e = ValueError("with note"); e.add_note("the note")
raise e
# %% assertion
x = 3
assert x == 4, f"x was {x}"
# %% recursion
def f(n): return f(n + 1)
f(0)
# %% syntax
x = = 1
# %% indentation
def f():
x = 1
# %% unclosed
print("a"
# %% eval_syntax
eval("1 +* 2")
# %% system_exit
import sys
sys.exit(3)
# %% not_callable
x = 5
x(1)
# %% star_args
def f(a): return a
f(*5)
# %% await_bad
import asyncio
async def f(): await 5
asyncio.run(f())
# %% walrus_if
if (n := len(5)) > 3: pass
# %% fstring
name = "x"
f"{name.foo!r:>10} and {1 / 0}"
# %% match
match 5:
    case int(x) if x / 0: pass
# %% iter_int
for i in 5: pass
# %% abstract
from abc import ABC, abstractmethod
class A(ABC):
    @abstractmethod
    def m(self): ...
A()
# %% dataclass_missing
from dataclasses import dataclass
@dataclass
class P:
    x: int
P()
# %% enum_bad
from enum import Enum
class E(Enum): A = 1
E(5)
# %% int_parse
int("12x")
# %% unbound
def f():
    print(x)
    x = 1
f()
# %% return_expr_multi
def f(a):
    return (a.one
            + a.two.three(
                4))
class Z: one = 1; two = None
f(Z())
