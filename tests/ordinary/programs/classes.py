# %% arithmetic_dunders
class N:
    def __init__(self, v): self.v = v
    def __repr__(self): return f"N({self.v!r})"
    def __add__(self, o): return N(("add", self.v, o))
    def __radd__(self, o): return N(("radd", self.v, o))
    def __sub__(self, o): return N(("sub", o))
    def __rsub__(self, o): return N(("rsub", o))
    def __mul__(self, o): return N(("mul", o))
    def __rmul__(self, o): return N(("rmul", o))
    def __matmul__(self, o): return N(("matmul", o))
    def __rmatmul__(self, o): return N(("rmatmul", o))
    def __truediv__(self, o): return N(("truediv", o))
    def __floordiv__(self, o): return N(("floordiv", o))
    def __mod__(self, o): return N(("mod", o))
    def __divmod__(self, o): return N(("divmod", o))
    def __pow__(self, o, m=None): return N(("pow", o, m))
    def __rpow__(self, o): return N(("rpow", o))
    def __lshift__(self, o): return N(("lshift", o))
    def __rshift__(self, o): return N(("rshift", o))
    def __and__(self, o): return N(("and", o))
    def __or__(self, o): return N(("or", o))
    def __xor__(self, o): return N(("xor", o))
    def __neg__(self): return N("neg")
    def __pos__(self): return N("pos")
    def __abs__(self): return N("abs")
    def __invert__(self): return N("invert")
n = N(1)
print(n + 1, 1 + n, n - 1, 1 - n, n * 2, 2 * n, n @ 2, 2 @ n, n / 2, n // 2, n % 2)
print(divmod(n, 2), n ** 2, 2 ** n, pow(n, 2, 3), n << 1, n >> 1, n & 1, n | 1, n ^ 1)
print(-n, +n, abs(n), ~n)
sum([N(1), N(2)])
# %% inplace_dunders
class L:
    def __init__(self): self.log = []
    def _op(name):
        def method(self, o):
            self.log.append((name, o))
            return self
        return method
    for _n in "add sub mul matmul truediv floordiv mod pow lshift rshift and or xor".split():
        locals()[f"__i{_n}__"] = _op(_n)
    del _n, _op
x = L()
x += 1; x -= 2; x *= 3; x @= 4; x /= 5; x //= 6; x %= 7; x **= 8; x <<= 9; x >>= 10; x &= 11; x |= 12; x ^= 13
x.log
# %% comparison_dunders
import functools
@functools.total_ordering
class V:
    def __init__(self, *parts): self.parts = parts
    def __eq__(self, o): return self.parts == o.parts
    def __lt__(self, o): return self.parts < o.parts
    def __hash__(self): return hash(self.parts)
    def __repr__(self): return "V" + ".".join(map(str, self.parts))
a, b = V(1, 2), V(1, 10)
print(a < b, a <= b, a > b, a >= b, a == b, a != b, sorted([b, a]), max(a, b), len({a, V(1, 2)}))
class Odd:
    def __eq__(self, o): return "eq"
    def __ne__(self, o): return "ne"
    def __gt__(self, o): return []
Odd() == 1, Odd() != 1, Odd() > 1, 1 < Odd()
# %% container_dunders
class Grid:
    def __init__(self): self.cells = {}
    def __getitem__(self, key): return self.cells[key] if isinstance(key, str) else key
    def __setitem__(self, key, value): self.cells[key] = value
    def __delitem__(self, key): self.cells.pop(key, None)
    def __len__(self): return len(self.cells)
    def __contains__(self, k): return k in self.cells
    def __iter__(self): return iter(self.cells)
    def __reversed__(self): return reversed(list(self.cells))
    def __length_hint__(self): return 3
g = Grid()
g[1, 2] = "x"
g["a"] = 1
g["a"] += 5
del g["nope"]
print(g[1, 2], g[1:2], g[..., 1:2:3], g["a"], len(g), "a" in g, list(g), list(reversed(g)))
class D(dict):
    def __missing__(self, k): return k * 2
D(a=1)["a"], D()["b"]
# %% conversion_dunders
class C:
    def __int__(self): return 1
    def __float__(self): return 1.5
    def __complex__(self): return 1j
    def __index__(self): return 2
    def __bool__(self): return False
    def __str__(self): return "str"
    def __repr__(self): return "repr"
    def __bytes__(self): return b"bytes"
    def __format__(self, spec): return f"<{spec}>"
    def __hash__(self): return 7
    def __round__(self, n=None): return ("round", n)
    def __trunc__(self): return 3
    def __floor__(self): return 4
    def __ceil__(self): return 5
    def __dir__(self): return ["b", "a"]
    def __sizeof__(self): return 100
import math
c = C()
print(int(c), float(c), complex(c), [0, 1, 2, 3][c], bool(c), str(c), c, bytes(c), f"{c:>10}", format(c), hash(c))
print(round(c), round(c, 2), math.trunc(c), math.floor(c), math.ceil(c), dir(c), hex(c), bin(c), range(c))
"%s %r %d" % (c, c, c)
# %% attribute_dunders
class A:
    def __init__(self): self.__dict__["log"] = []
    def __getattr__(self, name):
        if name.startswith("x"):
            return "dynamic " + name
        raise AttributeError(name)
    def __setattr__(self, name, value):
        self.log.append(("set", name, value))
        super().__setattr__(name, value)
    def __delattr__(self, name):
        self.log.append(("del", name))
        object.__delattr__(self, name)
    def __getattribute__(self, name):
        return object.__getattribute__(self, name)
a = A()
a.y = 3
a.y += 1
del a.y
print(a.xyz, hasattr(a, "q"), getattr(a, "q", "default"))
setattr(a, "z", 9)
delattr(a, "z")
a.log
# %% lifecycle_dunders
log = []
class P:
    def __new__(cls, *args, **kw):
        log.append(("new", cls.__name__, args, kw))
        return super().__new__(cls)
    def __init__(self, *args, **kw):
        log.append(("init", args))
    def __del__(self): log.append("del")
    def __init_subclass__(cls, /, tag=None, **kw):
        super().__init_subclass__(**kw)
        log.append(("subclass", cls.__name__, tag))
    def __class_getitem__(cls, item): return (cls.__name__, item)
    def __call__(self, *a, **k): return ("call", a, k)
class Q(P, tag="t"): pass
q = Q(1, k=2)
print(q(3, z=4), P[int], Q["x"])
del q
import gc; gc.collect()
log
# %% context_dunders
class CM:
    def __init__(self, name, swallow=False): self.name, self.swallow = name, swallow
    def __enter__(self): print("enter", self.name); return self
    def __exit__(self, t, v, tb):
        print("exit", self.name, t and t.__name__, v, tb is not None)
        return self.swallow
with CM("a") as a, CM("b", True) as b:
    print(a.name, b.name)
    raise ValueError("oops")
with (CM("x") as x, CM("y")):
    pass
for i in range(3):
    with CM(i):
        if i == 1: break
# %% iterator_dunders
class Count:
    def __init__(self, n): self.n, self.i = n, 0
    def __iter__(self): return self
    def __next__(self):
        if self.i >= self.n: raise StopIteration
        self.i += 1
        return self.i
class Old:
    def __getitem__(self, i):
        if i > 3: raise IndexError
        return i * i
print(list(Count(3)), sum(Count(4)), [*Count(2)], list(Old()), 9 in Old(), dict(zip(Count(2), Old())))
a, *b = Count(4)
next(Count(1)), next(Count(0), "end"), a, b, max(Old()), list(iter(Count(5).__next__, 3))
# %% descriptor_dunders
class Typed:
    def __init__(self, kind): self.kind = kind
    def __set_name__(self, owner, name): self.name = name; print("set_name", owner.__name__, name)
    def __get__(self, obj, owner=None):
        if obj is None: return self
        return obj.__dict__.get(self.name, "unset")
    def __set__(self, obj, value):
        if not isinstance(value, self.kind): raise TypeError(f"{self.name} wants {self.kind.__name__}")
        obj.__dict__[self.name] = value
    def __delete__(self, obj): del obj.__dict__[self.name]
class T:
    a = Typed(int)
    b = Typed(str)
t = T()
print(t.a)
t.a = 4
t.a *= 2
print(t.a, t.__dict__)
try: t.b = 3
except TypeError as e: print(e)
del t.a
t.a, type(T.a).__name__
# %% properties
class Temp:
    def __init__(self, c): self._c = c
    @property
    def f(self):
        "Fahrenheit"
        return self._c * 9 / 5 + 32
    @f.setter
    def f(self, v): self._c = (v - 32) * 5 / 9
    @f.deleter
    def f(self): self._c = None
    def _get(self): return self._c
    def _set(self, v): self._c = v
    c = property(_get, _set, doc="Celsius")
t = Temp(100)
print(t.f, t.c)
t.f = 32
t.c += 10
print(t.f, Temp.f.__doc__, Temp.c.__doc__)
del t.f
try: Temp(1).nope = 1; print("ok")
except AttributeError as e: print(e)
class RO:
    @property
    def x(self): return 1
try: RO().x = 2
except AttributeError as e: print(e)
t.c, Temp.f.fget(Temp(0)), isinstance(Temp.f, property)
# %% metaclass
class Meta(type):
    registry = {}
    @classmethod
    def __prepare__(mcs, name, bases, **kw):
        print("prepare", name, kw)
        return {"injected": 1}
    def __new__(mcs, name, bases, ns, **kw):
        ns["added"] = lambda self: "added"
        cls = super().__new__(mcs, name, bases, ns)
        mcs.registry[name] = cls
        return cls
    def __init__(cls, name, bases, ns, **kw):
        super().__init__(name, bases, ns)
    def __call__(cls, *a, **k):
        print("creating", cls.__name__)
        return super().__call__(*a, **k)
    def __instancecheck__(cls, o): return o == 5 or super().__instancecheck__(o)
    def __subclasscheck__(cls, c): return c is int or super().__subclasscheck__(c)
    def __len__(cls): return 42
    def __iter__(cls): return iter("abc")
    def __getitem__(cls, k): return k
    def __contains__(cls, k): return True
    def __repr__(cls): return f"<M {cls.__name__}>"
    @property
    def prop(cls): return "meta prop"
class A(metaclass=Meta, opt=3):
    x = injected
    def __init__(self, v): self.v = v
class B(A): pass
print(A(1).v, B(2).added(), len(A), list(A), A[1], 3 in A, A, A.prop, A.x)
print(isinstance(5, A), issubclass(int, A), isinstance(B(1), A), issubclass(B, A))
sorted(Meta.registry), type(A) is Meta, A.__class__
# %% super_forms
class A:
    def f(self): return ["A"]
    @classmethod
    def c(cls): return [cls.__name__]
    @staticmethod
    def s(): return "s"
    p = property(lambda self: "p")
class B(A):
    def f(self): return ["B"] + super().f()
    @classmethod
    def c(cls): return ["B"] + super().c()
    def s2(self): return super().s()
    @property
    def p(self): return "B" + super().p
class C(A):
    def f(self): return ["C"] + super(C, self).f()
class D(B, C):
    def f(self):
        sup = super()
        return ["D"] + sup.f()
    def g(self):
        return [super(D, self).f() for _ in range(2)]
    def h(self):
        def inner(): return super(D, self).f()
        return inner()
    def k(self): return __class__.__name__
d = D()
print(d.f(), d.g(), d.h(), d.k(), D.c(), d.s2(), d.p)
print([k.__name__ for k in D.__mro__], [k.__name__ for k in D.mro()])
class E(dict):
    def __setitem__(self, k, v): super().__setitem__(k, v * 2)
    def __init__(self, *a, **k): super().__init__(*a, **k)
e = E(a=1)
e["b"] = 2
e, A.f(d), super(B, d).f()
# %% private_names
class A:
    __x = 1
    __slots__ = ()
    def __m(self): return "A.m"
    def call(self): return self.__m(), self.__x
class B:
    def __init__(self): self.__v = 3
    def get(self): return self.__v
    def bump(self): self.__v += 1; self.__v = self.__v * 2; return self.__v
    def loc(self):
        __z = 5
        return __z, [__z for _ in range(1)]
    def drop(self): del self.__v
    def kw(self, __arg=1, **kw): return __arg
b = B()
print(A().call(), b.get(), b.bump(), b._B__v, b.loc(), b.kw(), A._A__x, sorted(vars(b)))
b.drop()
hasattr(b, "_B__v"), [n for n in dir(A) if "A__" in n]
# %% slots
class P:
    __slots__ = ("x", "y", "__weakref__")
    def __init__(self, x, y): self.x, self.y = x, y
class Q(P):
    __slots__ = {"z": "the z"}
p = P(1, 2)
p.x += 10
try: p.z = 3
except AttributeError as e: print(type(e).__name__)
q = Q(1, 2); q.z = 4
del q.x
try: q.x
except AttributeError as e: print(e)
import weakref
r = weakref.ref(p)
r() is p, p.x, q.z, hasattr(p, "__dict__"), P.__slots__
# %% attributes_of_ones_own_descriptors
import enum
def double(cls, n): "Twice." ; return 2 * n
method, plain = classmethod(double), staticmethod(len)
method.tag, plain.tag = "mine", ["also"]
one = enum.auto()
one.value = 7
class C:
    twice, size = method, plain
E = enum.Enum("E", {"a": one, "b": 8})
C.twice(4), C.size("abc"), vars(C)["twice"].tag, vars(C)["size"].tag, E.a.value, list(E)
# %% classes_of_a_namespace_without_a_name
text = """
class Base:
    def __init_subclass__(cls, **options): cls.options = options
class Named:
    def __set_name__(self, owner, name): owner.names = [name]
class C(Base, a=1):
    x = Named()
"""
names = {}
exec(text, names)
C = names["C"]
C.late = 2
C.options, C.names, C.late, C.__module__
