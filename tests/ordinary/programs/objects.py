# %% static_and_class_methods
class A:
    n = 0
    @staticmethod
    def s(x, *, y=2): return x + y
    @classmethod
    def make(cls, *args): cls.n += 1; return cls(), cls.n, args
    def inst(self): return type(self).__name__
print(A.s(1), A().s(1, y=5), A.make(1, 2)[1:], A.make()[1], A.inst(A()))
m = A().inst
f = A.inst
m(), f(A()), m.__name__, m.__self__.__class__.__name__, A.__dict__["s"].__func__(4)
# %% dynamic_classes
def make(name, **attrs): return type(name, (object,), attrs)
X = make("X", a=1, greet=lambda self: f"hi {self.a}")
Y = type("Y", (X,), {"__repr__": lambda self: "Y!"})
import types
Z = types.new_class("Z", (Y,), {}, lambda ns: ns.update(q=5))
class Outer:
    class Inner:
        v = 1
        def who(self): return type(self).__qualname__
    alias = Inner
    total = sum(i for i in range(3))
def scope():
    class Local: 
        def f(self): return Local
    return Local
X.b = 7
setattr(Y, "c", 8)
X().greet(), Y(), Z().q, Outer.Inner().who(), Outer.alias.v, Outer.total, scope().__qualname__, X().b, Y().c
# %% decorators
import functools
def logged(fn):
    @functools.wraps(fn)
    def wrapper(*a, **k):
        print("call", fn.__name__, a, k)
        return fn(*a, **k)
    return wrapper
def times(n):
    def deco(fn):
        def inner(*a): return [fn(*a) for _ in range(n)]
        return inner
    return deco
class Counted:
    def __init__(self, fn): self.fn, self.n = fn, 0; functools.update_wrapper(self, fn)
    def __call__(self, *a): self.n += 1; return self.fn(*a), self.n
    def __get__(self, obj, owner): return functools.partial(self, obj) if obj else self
@logged
@times(2)
def f(x): "doc"; return x * 2
@Counted
def g(x): return x
def register(cls): cls.tag = "registered"; return cls
@register
class K:
    @Counted
    def m(self, x): return x
    @logged
    def n(self): return "n"
reg = {}
@lambda fn: reg.setdefault("f", fn)
def h(): return "h"
@(deco := logged)
def w(): return 1
print(f(3), g(1), g(2), K.tag, K().m(5), K().n(), reg["f"](), w())
# %% class_scoping
x = "global"
class A:
    x = "class"
    y = [x for _ in range(1)]
    z = [i for i in x]
    def f(self): return x
    if x == "class":
        w = 1
    else:
        w = 2
    for i in range(3): pass
    try: v = 1 / 0
    except ZeroDivisionError: v = "caught"
    lam = lambda self: self.x
    del i
    __doc__ = "documented"
    a: int = 1
    b: "str"
A.y, A.z, A().f(), A.w, A.v, A().lam(), A.__doc__, A.__annotations__, A.__module__, A.__name__
# %% inheritance_of_builtins
class L(list):
    def sum(self): return sum(self)
class S(str):
    def shout(self): return self.upper() + "!"
class I(int):
    def __add__(self, o): return I(int(self) + o + 100)
class F(float): pass
class T(tuple):
    def __new__(cls, *a): return super().__new__(cls, a)
    x = property(lambda self: self[0])
class D(dict):
    def __getattr__(self, k):
        try: return self[k]
        except KeyError: raise AttributeError(k) from None
    def __setattr__(self, k, v): self[k] = v
class E(Exception):
    def __init__(self, code): super().__init__(f"code {code}"); self.code = code
class St(set): pass
class B(bytes): pass
d = D(a=1)
d.b = 2
d.b += 1
l = L([1, 2]); l.append(3); l += [4]; l.tag = "t"
try: raise E(5)
except E as e: print(e, e.code, e.args)
l.sum(), l, l.tag, S("a").shout(), I(1) + 2, F(1.5) * 2, T(1, 2).x, d.a, d, St([1]) | {2}, B(b"x")
# %% await_and_async_dunders
import asyncio
class Aw:
    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return "awaited"
class AI:
    def __init__(self): self.i = 0
    def __aiter__(self): return self
    async def __anext__(self):
        self.i += 1
        if self.i > 3: raise StopAsyncIteration
        return self.i
class ACM:
    async def __aenter__(self): print("aenter"); return self
    async def __aexit__(self, *a): print("aexit", a[0]); return True
async def main():
    print(await Aw())
    print([x async for x in AI()], {x: 1 async for x in AI() if x > 1})
    async with ACM() as a, ACM():
        raise KeyError("k")
    async for x in AI():
        if x == 2: break
    else: print("never")
    return x
asyncio.run(main())
# %% pickling
import pickle, copy
class P:
    def __init__(self, x): self.x = x
    def __eq__(self, o): return self.x == o.x
class S:
    def __init__(self): self.a, self.lock = 1, "unpicklable"
    def __getstate__(self): return {"a": self.a}
    def __setstate__(self, st): self.__dict__.update(st); self.lock = "new"
class R:
    def __init__(self, n): self.n = n
    def __reduce__(self): return (R, (self.n + 1,))
class G:
    __slots__ = ("a", "b")
    def __getnewargs__(self): return ()
    def __copy__(self): return "copied"
    def __deepcopy__(self, memo): return "deep"
class N(tuple): pass
def func(x): return x
for proto in range(pickle.HIGHEST_PROTOCOL + 1):
    assert pickle.loads(pickle.dumps(P([1]), proto)) == P([1])
s = pickle.loads(pickle.dumps(S()))
print(s.a, s.lock, pickle.loads(pickle.dumps(R(1))).n, pickle.loads(pickle.dumps(func))(3), pickle.loads(pickle.dumps(P)) is P)
g = G(); g.a = 1
print(copy.copy(g), copy.deepcopy(g), copy.deepcopy(P([1])).x, copy.copy(P(2)).x, copy.deepcopy([P(1)])[0].x)
pickle.loads(pickle.dumps(N((1, 2))))
# %% match_args
class Point:
    __match_args__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
def where(p):
    match p:
        case Point(0, 0): return "origin"
        case Point(x=0, y=y): return f"Y={y}"
        case Point(x, y) if x == y: return "diag"
        case Point(): return "other"
        case [Point(x=a), *rest]: return a, len(rest)
        case {"k": Point(x=a), **kw}: return a, kw
        case int() | float() as n: return n
        case str(s): return s.upper()
        case _: return None
[where(p) for p in (Point(0, 0), Point(0, 3), Point(2, 2), Point(1, 2), [Point(9, 1), 1, 2], {"k": Point(4, 4), "z": 1}, 3.5, "s", None)]
# %% weakrefs
import weakref, gc
class O:
    def __init__(self, n): self.n = n
    def hi(self): return f"hi {self.n}"
o = O(1)
log = []
r = weakref.ref(o, lambda ref: log.append("dead"))
p = weakref.proxy(o)
wd = weakref.WeakValueDictionary(a=o)
wk = weakref.WeakKeyDictionary({o: 1})
ws = weakref.WeakSet([o])
wm = weakref.WeakMethod(o.hi)
fin = weakref.finalize(o, log.append, "final")
print(r().n, p.n, p.hi(), list(wd), len(wk), len(ws), wm()(), fin.alive)
p.n = 5
print(o.n)
del o
gc.collect()
r(), sorted(log), list(wd), len(wk), len(ws), fin.alive
# %% abstract_and_protocols
from abc import ABC, abstractmethod, ABCMeta
from typing import Protocol, runtime_checkable
import collections.abc, numbers
class Shape(ABC):
    @abstractmethod
    def area(self): ...
    @property
    @abstractmethod
    def name(self): ...
    @classmethod
    def __subclasshook__(cls, c): return NotImplemented
class Sq(Shape):
    name = "sq"
    def area(self): return 4
try: Shape()
except TypeError as e: print("abstract")
@runtime_checkable
class HasLen(Protocol):
    def __len__(self) -> int: ...
class Seq(collections.abc.Sequence):
    def __init__(self, *a): self.a = a
    def __getitem__(self, i): return self.a[i]
    def __len__(self): return len(self.a)
class MM(collections.abc.MutableMapping):
    def __init__(self): self.d = {}
    def __getitem__(self, k): return self.d[k]
    def __setitem__(self, k, v): self.d[k] = v
    def __delitem__(self, k): del self.d[k]
    def __iter__(self): return iter(self.d)
    def __len__(self): return len(self.d)
class MS(collections.abc.MutableSequence):
    def __init__(self): self.l = []
    def __getitem__(self, i): return self.l[i]
    def __setitem__(self, i, v): self.l[i] = v
    def __delitem__(self, i): del self.l[i]
    def __len__(self): return len(self.l)
    def insert(self, i, v): self.l.insert(i, v)
@Shape.register
class Virtual: pass
m = MM(); m["a"] = 1; m.update(b=2); m.setdefault("c", 3); m.pop("a")
ms = MS(); ms.append(1); ms.extend([2, 3]); ms += [4]; ms.reverse(); ms.remove(2)
s = Seq(3, 1, 2)
print(dict(m), list(m.items()), list(ms), list(s), s.index(1), 2 in s, list(reversed(s)), s.count(3))
isinstance(Virtual(), Shape), Sq().area(), isinstance([], HasLen), isinstance(3, HasLen), isinstance(3, numbers.Integral), ABCMeta
# %% generic_classes
from typing import Generic, TypeVar, Optional, Union, NamedTuple, TypedDict, get_type_hints, ClassVar, Final, Literal, Annotated, overload, cast, NewType, Callable
T = TypeVar("T"); K = TypeVar("K", bound=int)
class Stack(Generic[T]):
    items: list[T]
    def __init__(self) -> None: self.items = []
    def push(self, x: T) -> None: self.items.append(x)
    def pop(self) -> T: return self.items.pop()
class Emp(NamedTuple):
    name: str
    id: int = 3
    def hello(self): return f"{self.name}{self.id}"
class TD(TypedDict, total=False):
    a: int
    b: "str"
UserId = NewType("UserId", int)
s = Stack[int](); s.push(1); s.push(2)
@overload
def f(x: int) -> int: ...
@overload
def f(x: str) -> str: ...
def f(x): return x
def g(a: "int", b: Optional[str] = None, *c: Annotated[int, "m"]) -> Union[int, None]: ...
e = Emp("bob")
print(s.pop(), Stack[int], e, e.hello(), e._replace(id=9), e._asdict(), TD(a=1), UserId(5), f("x"), cast(int, "5"))
print(get_type_hints(g), get_type_hints(Emp), get_type_hints(TD), Emp._fields, Emp._field_defaults)
Literal["a", 1], Callable[[int], str], list[int] | None, Stack.__orig_bases__, Stack[str].__args__
# %% enums
from enum import Enum, IntEnum, Flag, IntFlag, auto, unique
class Color(Enum):
    RED = 1
    GREEN = auto()
    ALIAS = 1
    def describe(self): return f"{self.name}:{self.value}"
    @classmethod
    def default(cls): return cls.RED
    @property
    def nice(self): return self.name.title()
class Planet(Enum):
    EARTH = (5.9e24, 6.3e6)
    def __init__(self, mass, radius): self.mass, self.radius = mass, radius
class Perm(Flag):
    R = auto(); W = auto(); X = auto(); RW = R | W
class Num(IntEnum):
    ONE = 1
    TWO = 2
class Auto(Enum):
    def _generate_next_value_(name, start, count, last): return name.lower()
    A = auto()
class Miss(Enum):
    X = 1
    @classmethod
    def _missing_(cls, v): return cls.X
Animal = Enum("Animal", "ANT BEE")
try:
    @unique
    class U(Enum): A = 1; B = 1
except ValueError as e: print(e)
print(list(Color), Color(1), Color["GREEN"], Color.ALIAS is Color.RED, Color.RED.describe(), Color.default(), Color.RED.nice)
print(Planet.EARTH.mass, Perm.R | Perm.X, Perm.RW, Perm.R in Perm.RW, ~Perm.R, Num.ONE + 1, Num.TWO > 1, Auto.A.value, Miss(99), list(Animal))
try: Color.RED = 5
except AttributeError as e: print("AttributeError")
{Color.RED: 1}, len(Color), Color.__members__, "RED" in Color.__members__, bool(Perm(0))
# %% dataclasses_all
from dataclasses import dataclass, field, asdict, astuple, replace, fields, InitVar, KW_ONLY, make_dataclass, is_dataclass
from typing import ClassVar
@dataclass(order=True)
class P:
    x: int
    y: int = 0
    tags: list = field(default_factory=list, compare=False, repr=False)
    n: ClassVar[int] = 5
    def norm(self): return (self.x ** 2 + self.y ** 2) ** 0.5
@dataclass(frozen=True, slots=True)
class F:
    a: int
    b: str = "b"
@dataclass
class I:
    a: int
    scale: InitVar[int] = 2
    b: int = field(init=False)
    _: KW_ONLY
    k: str = "k"
    def __post_init__(self, scale): self.b = self.a * scale
@dataclass
class Child(P):
    z: int = 9
p = P(3, 4)
p.x += 1; p.tags.append("t")
try: F(1).a = 2
except Exception as e: print(type(e).__name__, e)
M = make_dataclass("M", ["u", ("v", int, field(default=7))], namespace={"s": lambda self: self.u + self.v})
print(p, p.norm(), P(1) < P(2), asdict(p), astuple(p), replace(p, x=0), F(1), hash(F(1)) == hash(F(1)), I(3, 5, k="z"), Child(1), M(1).s())
[f.name for f in fields(Child)], is_dataclass(p), {F(1): 2}, P.__match_args__, P(1, 2) == P(1, 2)
# %% callable_of_instances
import functools
class A: pass
class B:
    def __call__(self, *a): return ("called", a)
class C:
    __call__ = B()
A.__call__ = functools.partial(len)
C()(1), B()(2)
# %% own_subclasses
class Shape:
    def area(self): return 0
class Square(Shape): pass
class Big(Square): pass
def everything(cls):
    return {sub.__name__: everything(sub) for sub in cls.__subclasses__()}
print(everything(Shape), [sub().area() for sub in Shape.__subclasses__()])
# %% names_of_code
import functools, inspect, sys
def logged(fn):
    names = fn.__code__.co_varnames[:fn.__code__.co_argcount]
    @functools.wraps(fn)
    def wrapper(*args):
        print(fn.__name__, dict(zip(names, args)), fn.__code__.co_firstlineno)
        return fn(*args)
    return wrapper
@logged
def add(x, y): return x + y
print(add(1, 2), add.__wrapped__.__code__.co_filename, add.__code__.co_flags & inspect.CO_VARARGS)
try: 1 / 0
except ZeroDivisionError as error:
    print(error.__traceback__.tb_frame.f_code.co_name, sys.exc_info()[2].tb_frame.f_code.co_filename, sys.exc_info()[2].tb_frame.f_lineno)
g = (i for i in range(3))
next(g), g.gi_code.co_name, g.gi_frame.f_lineno
# %% special_method_that_is_an_object
import types
class Overloaded:
    def __init__(self, name): self.name = name
    def __call__(self, instance, *args): return print(self.name, args)
    def __get__(self, instance, cls): return self if instance is None else types.MethodType(self, instance)
class Date:
    __init__ = Overloaded("init")
    move = Overloaded("move")
    def again(self): self.__init__(3), self.move(4)
d = Date(1)
d.again(); d.__init__(2); list(map(d.move, [1, 2]))
# %% own_module
import types
m = types.ModuleType("m", "its text")
m.x = 1
exec("y = x + 1", m.__dict__)
m.y, m.__doc__
# %% set_on_library_instances
import argparse, calendar, csv, functools, io, pprint, string, textwrap, threading, traceback, unittest, weakref
class A: pass
a = A()
f = weakref.finalize(a, print, "gone"); f.atexit = False; f.atexit
c = calendar.TextCalendar(); c.firstweekday = 6; print(c.formatweekheader(3))
r = csv.DictReader(io.StringIO("1,2\n3,4\n")); r.fieldnames = ["a", "b"]; print(list(r))
loader = unittest.TestLoader(); loader.testMethodPrefix = "check"
class T(unittest.TestCase):
    def check_x(self): pass
result = unittest.TestResult(); result.failfast = True; loader.loadTestsFromTestCase(T).run(result); print(result.testsRun)
p = argparse.ArgumentParser(); o = p.add_argument("--o"); o.default = "z"; print(p.parse_args([]))
@functools.lru_cache
def fib(n):
    fib.calls += 1
    return n if n < 2 else fib(n - 1) + fib(n - 2)
fib.calls = 0; fib(10); print(fib.calls)
e = threading.Event(); e.reason = "why"
try: 1 / 0
except ZeroDivisionError as error: t = traceback.TracebackException.from_exception(error); t.note = 1
pprint.PrettyPrinter().width = 3
e.reason, t.note

# %% annotations_of_libraries [rich]
import typing
import rich.style
class Named(rich.style.Style):
    title: "str | None"
print(typing.get_type_hints(rich.style.Style.combine), typing.get_type_hints(rich.style.Style.__add__))
typing.get_type_hints(Named)["title"]
