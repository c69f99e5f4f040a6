"""What is accepted (all of the language, with plain Python's results) and what is refused before it runs, in every spelling."""
import pytest

import language_programs as programs

ACCEPTED = {**programs.STATEMENTS, **programs.FUNCTIONS, **programs.CLASSES}


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_language_gives_what_plain_python_gives(sandbox, name):
    expected = sandbox.plain(ACCEPTED[name])
    assert expected.error is None, (name, vars(expected.error))
    answer = sandbox.run(ACCEPTED[name])
    assert answer.error is None, (name, vars(answer.error))
    assert (answer.value, answer.out) == (expected.value, expected.out)


NEWER = {
    (3, 12): {"type_statement": "type Pair[T] = tuple[T, T]\nPair.__value__, Pair.__name__",
              "type_parameters": "def first[T](l: list[T]) -> T: return l[0]\nclass Box[T]:\n    def __init__(self, x: T): self.x = x\nfirst([1]), Box[int](3).x, Box.__type_params__[0].__name__",
              "nested_quotes": "f\"{'a' + f\"{'b'}\"}\"", "unpacked_kwargs": "import typing\nclass K(typing.TypedDict): a: int\ndef f(**k: typing.Unpack[K]): return k\nf(a=1)"},
    (3, 13): {"type_defaults": "def f[T = int](x: T) -> T: return x\nf(3), f.__type_params__[0].__default__",
              "replace": "import copy, dataclasses\n@dataclasses.dataclass\nclass P: x: int\ncopy.replace(P(1), x=2)"},
    (3, 14): {"templates": "name = 'x'\nt = t'a {name!r:>{5}} b {name=}' t'c'\n"
                           "t.strings, t.values, [(i.expression, i.conversion, i.format_spec) for i in t.interpolations]",
              "nested_templates": "x = 2\nt'{t\"{x}\"!s}'.values[0].values, rt'\\n{x}'.strings, len(t'{(lambda: x)()}{[i for i in range(x)]}'.values)",
              "templates_joined": "(t'a{1}' + t'b{2}').strings, list(t'{1}b')[1]",
              "awaiting_template": "import asyncio\nasync def g(): return 1\nasync def h(): return t'{await g()}'\nasyncio.run(h()).values",
              "except_list": "try:\n    1 / 0\nexcept ValueError, ZeroDivisionError:\n    r = 'caught'\nr",
              "except_star_list": "try:\n    raise ExceptionGroup('g', [ValueError(1), TypeError(2)])\nexcept* ValueError, TypeError:\n    r = 'caught'\nr",
              "later_names": "import annotationlib as a\ndef f(x: Later, y: int = 1) -> Later.b[0]: return y\n"
                             "f(0), a.get_annotations(f, format=a.Format.STRING), a.get_annotations(f, format=a.Format.FORWARDREF)['y']",
              "later_names_of_classes": "import annotationlib, dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int\n    y: Later = 3\n"
                                        "class Later: pass\nP(1).y, P.__annotations__['y'].__name__",
              "annotate": "def f(x: int): pass\nf.__annotate__.__name__, f.__annotate__(1), f.__annotate__.__qualname__",
              "annotate_of_the_module": "import annotationlib\nq: int = 1\nif q > 1:\n    w: str\n__annotate__(annotationlib.Format.VALUE)",
              "annotations_that_are_not_run": "def f():\n    x: undefined = 1\n    return x\ny: undefined = 2\nf(), y",
              "annotations_of_generics": "class C[T]:\n    x: T\n    def m(self, a: T, b: '__private') -> T: return a\n"
                                         "C.__annotations__['x'].__name__, C.m.__annotations__['b'], C[int]().m(3, 4)",
              "annotate_of_ones_own": "def f(): pass\nf.__annotate__ = lambda format: {'x': format}\nf.__annotations__",
              "evaluators": "import annotationlib\ntype A[T = int] = list[T]\nannotationlib.call_evaluate_function(A.evaluate_value, annotationlib.Format.STRING), A.__type_params__[0].evaluate_default(1)",
              "placeholder": "from functools import Placeholder, partial\npartial(pow, Placeholder, 2)(3)",
              "context_var_as_manager": "import contextvars\nv = contextvars.ContextVar('v', default=0)\nwith v.set(3):\n    x = v.get()\nx, v.get()",
              "zstd": "from compression import zstd\nzstd.decompress(zstd.compress(b'abc'))"},
    (3, 15): {"lazy": "lazy import json\nlazy from math import sqrt, pi as p\njson.dumps([1]), sqrt(4), round(p)",
              "lazy_by_a_list": "__lazy_modules__ = ['json']\nimport json\njson.dumps([1])",
              "frozendict": "d = frozendict(a=1)\nhash(d) == hash(frozendict(a=1)), d | {'b': 2}, d['a'], d.get('z'), {**d}, [*d.items()]",
              "frozendict_is_frozen": "d = frozendict(a=1)\ntry:\n    d['a'] = 2\nexcept TypeError:\n    r = 'frozen'\nr",
              "frozendict_in_match": "match frozendict(a=1):\n    case {'a': x}: pass\nx",
              "unpacking_in_comprehensions": "[*x for x in [[1], [2]]], {**d for d in [{1: 2}, {3: 4}]}, list((*x for x in [[5]]))"},
}


@pytest.mark.parametrize("since, name", [(since, name) for since, named in NEWER.items() for name in named])
def test_newer_syntax(sandbox, since, name):
    expected, answer = sandbox.plain(NEWER[since][name]), sandbox.run(NEWER[since][name])
    assert answer.value == expected.value
    assert (answer.error and answer.error.type) == (expected.error and expected.error.type)
    assert expected.error is None or sandbox.version < since


SYNTAX_ERRORS = ["a = = 1", "def f(:\n  pass", "return 1", "yield 1", "break", "x = 1\n  y = 2", "'unclosed", "f(**a, *b)", "def f(a, a): pass",
                 "nonlocal x", "class C:\n    return 1", "del f()", "1 = x", "(yield) = 1", "from __future__ import nothing",
                 "async def f():\n    yield from x", "lambda: (yield)\nbreak", "global x\nx = 1\ndef f():\n    x = 1\n    global x",
                 "match x:\n    case a: pass\n    case b: pass", "with open('x') as 1: pass", "a\x00b", "print 'x'", "else: pass"]


@pytest.mark.parametrize("code", SYNTAX_ERRORS)
def test_syntax_errors_are_pythons_own(sandbox, code):
    expected, answer = sandbox.plain(code).error, sandbox.run(code).error
    assert expected is not None and expected.type in ("SyntaxError", "IndentationError", "ValueError")
    assert answer.type in (expected.type, "SyntaxError")
    if expected.type != "ValueError": # a NUL was a ValueError before 3.12
        assert answer.text == expected.text


# ---- what is refused ------------------------------------------------------------------------------------------------------

NAMES = ["__globals__", "__closure__", "cell_contents", "__builtins__", "__code__", "gi_code", "cr_code", "ag_code", "f_code",
         "gi_frame", "cr_frame", "ag_frame", "tb_frame", "f_back", "f_globals", "f_locals", "f_builtins", "f_trace",
         "gi_yieldfrom", "cr_await", "ag_await", "cr_origin", "__subclasses__"]

# The victim is an object whose attribute of that name is a secret; `got` is where it would end up.
SETUP = """
class Victim:
    pass
class Secret:
    pass
secret = Secret()
victim = Victim()
setattr(Victim, {name!r}, secret)
del Secret
"""

SPELLINGS = {
    "attribute": "got = victim.{name}",
    "call": "got = victim.{name}()",
    "chained": "got = [victim][0].{name}.x",
    "in a lambda": "got = (lambda v: v.{name})(victim)",
    "in a default": "def f(x=victim.{name}): return x\ngot = f()",
    "in a decorator": "@victim.{name}\ndef f(): pass",
    "in a comprehension": "got = [v.{name} for v in [victim]][0]",
    "in an f-string": "got = f'{{victim.{name}}}'",
    "in a nested format spec": "got = f'{{1:{{victim.{name}}}}}'",
    "in an annotation": "def f(x: victim.{name}): pass\ngot = f.__annotations__['x']",
    "in a class": "class C:\n    got = victim.{name}\ngot = C.got",
    "in a base": "class C(victim.{name}): pass",
    "keyword pattern": "match victim:\n    case object({name}=got): pass",
    "nested pattern": "match [victim]:\n    case [Victim({name}=x) as y]: got = x",
    "stored": "victim.{name} = 1\ngot = victim.{name}",
    "deleted": "del victim.{name}",
    "augmented": "victim.{name} += 1",
    "for target": "for victim.{name} in [1]: pass",
    "with target": "import contextlib\nwith contextlib.nullcontext(1) as victim.{name}: pass",
    "unpacking target": "a, victim.{name} = 1, 2",
    "getattr": "got = getattr(victim, {name!r})",
    "getattr, computed": "got = getattr(victim, {name!r}[:3] + {name!r}[3:])",
    "getattr, default": "got = getattr(victim, {name!r}, None)\nassert got is not None",
    "getattr, alias": "g = getattr\ngot = g(victim, {name!r})",
    "getattr, str subclass": "class S(str): pass\ngot = getattr(victim, S({name!r}))",
    "getattr, from builtins": "import builtins\ngot = builtins.getattr(victim, {name!r})",
    "map": "got = list(map(getattr, [victim], [{name!r}]))[0]",
    "partial": "import functools\ngot = functools.partial(getattr, victim)({name!r})",
    "attrgetter": "import operator\ngot = operator.attrgetter({name!r})(victim)",
    "dotted attrgetter": "import operator, types\ngot = operator.attrgetter('v.{name}')(types.SimpleNamespace(v=victim))",
    "methodcaller": "import operator\ngot = operator.methodcaller({name!r})(victim)",
    "object.__getattribute__": "got = object.__getattribute__(victim, {name!r})",
    "type.__getattribute__": "got = type.__getattribute__(type(victim), {name!r})",
    "bound __getattribute__": "got = victim.__getattribute__({name!r})",
    "super": "class S(type(victim)):\n    def get(self): return super().{name}\ngot = S().get()",
    "super, called": "class S(type(victim)):\n    def get(self): return super().__getattribute__({name!r})\ngot = S().get()",
    "exec": "exec('got = victim.{name}')",
    "eval": "got = eval('victim.{name}')",
    "compile": "got = eval(compile('victim.{name}', 'f', 'eval'))",
    "an AST": "import ast\ngot = eval(compile(ast.parse('victim.{name}', mode='eval'), 'f', 'eval'))",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_reflection_is_refused_in_every_spelling(sandbox, spelling):
    "All names at once: one process for each spelling. Plain Python gets there, the sandbox does not."
    for name in NAMES:
        code, setup = SPELLINGS[spelling].format(name=name), SETUP.format(name=name)
        answer = sandbox.run(code, setup=setup + "import types", after="answer = globals().get('got') is secret, bool(error)")
        reached, failed = eval(answer.value)
        assert not reached and failed, (name, code)


@pytest.mark.parametrize("spelling", ["attribute", "getattr", "attrgetter", "keyword pattern", "map", "eval", "object.__getattribute__",
                                      "type.__getattribute__", "dotted attrgetter", "in a comprehension"])
def test_plain_python_gets_there(sandbox, spelling):
    answer = sandbox.plain(SPELLINGS[spelling].format(name="gi_frame"), setup=SETUP.format(name="gi_frame"),
                           after="answer = got is secret")
    assert answer.value == "True", vars(answer)


@pytest.mark.parametrize("identifier", ["__ｇlobals__", "__𝐠lobals__", "＿＿globals__", "__globals＿＿", "__ɡlobals__", "𝑔𝑖_frame"])
def test_identifiers_are_folded_before_they_are_looked_at(sandbox, identifier):
    "Python itself folds identifiers (NFKC); what it would not fold is another name, and no attribute."
    import unicodedata
    answer = sandbox.run(f"def f(): pass\ngot = f.{identifier}")
    plain = sandbox.plain(f"def f(): pass\nf.{identifier}").error
    if plain and plain.type == "SyntaxError":
        assert answer.error.type == "SyntaxError"
    elif unicodedata.normalize("NFKC", identifier) in NAMES:
        assert answer.error.denied and answer.error.kind == "reflect"
    else:
        assert answer.error.type == "AttributeError"


FORMATS = ["'{{0.{name}}}'.format(victim)", "'{{v.{name}}}'.format(v=victim)", "'{{v.{name}}}'.format_map({{'v': victim}})",
           "str.format('{{0.{name}}}', victim)", "format_ = '{{0.{name}}}'.format\nformat_(victim)",
           "list(map('{{0.{name}}}'.format, [victim]))[0]", "list(map(str.format, ['{{0.{name}}}'], [victim]))[0]",
           "'{{0[0].{name}}}'.format([victim])", "'{{0:{{0.{name}}}}}'.format(victim)",
           "import string\nstring.Formatter().format('{{0.{name}}}', victim)",
           "import string\nstring.Formatter().vformat('{{0.{name}}}', (victim,), {{}})",
           "class S(str): pass\nS('{{0.{name}}}').format(victim)"]


@pytest.mark.parametrize("code", FORMATS)
def test_format_strings_do_not_reach_it(sandbox, code):
    setup = SETUP.format(name="gi_frame") + ("type(secret).__repr__ = lambda self: told.append(1) or 'x'\n"
                                             "type(secret).__str__ = type(secret).__repr__\ntold = []\n")
    code = code.format(name="gi_frame")
    assert sandbox.plain(code, setup=setup, after="answer = told").value != "[]"
    assert sandbox.run(code, setup=setup, after="answer = told, bool(error)").value == "([], True)"


# A class that says it has any object as its instance, with the attributes to take out of it.
TAKER = """
class Meta(type):
    def __instancecheck__(cls, other): return True
class Taker(metaclass=Meta):
    __match_args__ = ({name!r},)
match {subject}:
    case Taker(got): pass
"""


@pytest.mark.parametrize("name, subject, real", [
    ("__globals__", "host", "host.__globals__"), ("__code__", "host", "host.__code__"),
    ("gi_frame", "generator", "generator.gi_frame"), ("__dict__", "os", "vars(os)"), ("__builtins__", "host", "host.__builtins__"),
    ("cell_contents", "cell", "cell.cell_contents"), ("f_globals", "frame", "globals()")])
def test_positional_patterns_do_not_take_the_interpreter_apart(sandbox, name, subject, real):
    setup = ("import os, sys\ndef make(x=os.system):\n    def host(): return x\n    return host\nhost = make()\ncell = host.__closure__[0]\n"
             "generator = (i for i in 'ab')\nframe = sys._getframe()\ngot = None")
    code, after = TAKER.format(name=name, subject=subject), f"answer = got is ({real})"
    assert sandbox.plain(code, setup=setup, after=after).value == "True"
    elsewhere = setup + "\nimport types\nother = types.ModuleType('other')\n"
    if name in ("__globals__", "f_globals"): # the namespace of another module, not the sandbox's own
        elsewhere += "exec('def host(): pass\\nimport sys\\nframe = sys._getframe()', vars(other))\nsys.modules['other'] = other\nhost, frame = other.host, other.frame\n"
        after = "answer = got is vars(other)"
    assert sandbox.run(code, setup=elsewhere, after=after).value == "False"


@pytest.mark.parametrize("code", [
    "'{0.real}'.format(3)", "'{a.b}'.format(a=types.SimpleNamespace(b=2))", "'{0[gi_frame]}'.format({'gi_frame': 1})",
    "'a gi_frame of {}'.format(2)", "'{gi_frame}'.format(gi_frame=5)", "'__globals__' + 'x'",
    "{'__globals__': 1}['__globals__']", "'f.__globals__'", "dict(__code__=1)", "def f(__globals__): return __globals__\nf(3)",
    "__code__ = 4\n__code__", "class C:\n    __slots__ = ('a',)\nC.__slots__", "class C:\n    def __init__(self): self.f_code_ = 1\nC().f_code_",
    "'x'.__class__.__name__", "(1).__class__.__mro__[1].__name__", "type('A', (), {}).__bases__[0].__name__", "len.__module__",
    "class A: pass\nclass B(A): pass\nB.__base__.__name__", "hasattr(1, 'x'), hasattr(1, 'real')", "def f(): 'd'\nf.__dict__, f.__wrapped__ if hasattr(f, '__wrapped__') else 0",
])
def test_names_that_only_look_alike_are_free(sandbox, code):
    setup = "import types"
    assert sandbox.value(code, setup=setup) == sandbox.plain(code, setup=setup).value


@pytest.mark.parametrize("code", ["f = lambda cls: cls.__subclasses__()\ngot = f(object)",
                                  "def f(cls):\n    return cls.__subclasses__()\ngot = f(Exception)",
                                  "def f(): pass\ngot = f.__code__.co_consts", "def f(): pass\ngot = f.__code__.co_name.join, f.__code__",
                                  "try: 1 / 0\nexcept Exception as e: got = e.__traceback__.tb_frame.f_back",
                                  "class C: pass\ngot = C.__subclasses__"])
def test_own_subclasses_and_names_of_code_are_all_that_is_told(sandbox, code):
    answer = sandbox.run(code)
    assert answer.error is not None and answer.error.type == "Denied", answer


def test_all_violations_are_told_at_once_and_nothing_runs(sandbox):
    error = sandbox.refusal("ran.append(1)\na.f_back\nif 0:\n    def g(): return [x.gi_frame for x in y]\nz.__globals__[0] = 1",
                            setup="ran = []", after="")
    assert [row[:3] for row in error.violations] == [[2, 0, "f_back"], [4, 21, "gi_frame"], [5, 0, "__globals__"]]
    assert sandbox.run("ran.append(1)\na.f_back", setup="ran = []", after="answer = ran").value == "[]"


VIEW = "import inspect, sys, types\ndef f():\n    frame = {}\n    return frame\nframe = f()\n"


@pytest.mark.parametrize("source", ["inspect.currentframe()", "sys._getframe()", "sys._getframe(0)", "inspect.stack()[0].frame", "inspect.stack()[0][0]"])
def test_a_view_of_a_frame_tells_names_and_numbers(sandbox, source):
    code = VIEW.format(source) + ("(frame.f_code.co_name, frame.f_lineno > 0, frame.f_back.f_code.co_name, isinstance(frame, types.FrameType),"
                                  " frame == frame, frame.f_code == frame.f_code, len({frame, frame}))")
    assert sandbox.value(code) == sandbox.plain(code).value == "('f', True, '<module>', True, True, True, 1)"


@pytest.mark.parametrize("code", ["frame.f_globals", "frame.f_locals", "frame.f_builtins", "getattr(frame, 'f_locals')", "getattr(frame.f_back, 'f_globals')",
                                  "frame.clear()", "frame.f_code.co_consts", "frame.f_code.replace(co_name='x')", "frame.f_lineno = 3",
                                  "inspect.getargvalues(frame)", "types.FunctionType(frame.f_code, {})", "exec(frame.f_code)", "type(frame)()"])
def test_a_view_of_a_frame_tells_no_more(sandbox, code):
    answer = sandbox.run(VIEW.format("inspect.currentframe()") + "got = None\ngot = " + code if "=" not in code or "(" in code else
                         VIEW.format("inspect.currentframe()") + code, after="answer = globals().get('got')")
    assert answer.error is not None, answer


def test_in_code_that_asks_for_no_frame_steps_are_refused_before_it_runs(sandbox):
    assert [row[2] for row in sandbox.refusal("a = b.f_back\nc = b.f_code", setup="ran = []", after="").violations] == ["f_back", "f_code"]


def test_a_view_lives_no_longer_than_its_frame_is_needed(sandbox):
    code = ("import gc, inspect, weakref\nclass C: pass\ndef f():\n    held = C(); frame = inspect.currentframe()\n    return weakref.ref(held)\n"
            "ref = f()\ngc.collect()\nref() is None")
    assert sandbox.value(code) == "True"


@pytest.mark.parametrize("optimize", [-1, 0, 1, 2])
@pytest.mark.parametrize("made_of", ["source", "__import__('ast').parse(source)"])
def test_compile_optimizes_as_told(sandbox, optimize, made_of):
    program = f'''
source = """def f():
    'doc'
    assert False
    return __debug__
"""
names = {{}}
exec(compile({made_of}, 'x', 'exec', optimize={optimize}), names)
try:
    said = names['f']()
except AssertionError:
    said = 'asserted'
said, names['f'].__doc__, eval(compile('__debug__', 'x', 'eval', 0, False, {optimize}))
'''
    assert sandbox.run(program).value == sandbox.plain(program).value


def test_compile_refuses_other_optimization(sandbox):
    assert sandbox.run("compile('1', 'x', 'eval', optimize=3)").error.type == sandbox.plain("compile('1', 'x', 'eval', optimize=3)").error.type
