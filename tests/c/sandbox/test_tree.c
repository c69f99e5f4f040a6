/* From source to guarded code: given a syntax tree, then what comes out is what the headers of
 * transform, locals, nodes, syntax and compile say; whatever a tree holds, it is compiled or
 * refused with an exception. */
#include "tests/c/sandbox/embedded.h"

#include "sandbox/compile/locals.h"
#include "sandbox/compile/nodes.h"
#include "sandbox/sandbox.h"
#include "sandbox/compile/transform.h"

/* The tree that the compiler makes of `source`; new reference. */
static PyObject *parsed(const char *source)
{
    PyCompilerFlags flags = {.cf_flags = PyCF_ONLY_AST, .cf_feature_version = PY_MINOR_VERSION};
    PyObject *tree = Py_CompileStringFlags(source, "<tree>", Py_file_input, &flags);

    if (!tree)
        fail_msg("%s: %s", source, error_text());
    return tree;
}

/* ast.unparse of the transformed source, with the process's prefix taken out; new reference. NULL
 * when it has violations. */
static PyObject *transformed(const char *source, bool result)
{
    struct transform transform = {.result = result, .sandbox = sandbox};
    AUTO_REF PyObject *tree = parsed(source);
    bool done = transform_tree(&transform, tree);
    AUTO_REF PyObject *violations = transform.violations;

    assert_true(done);
    if (violations)
        return NULL;
    AUTO_REF PyObject *ast = PyImport_ImportModule("ast");
    AUTO_REF PyObject *fixed = PyObject_CallMethod(ast, "fix_missing_locations", "O", tree);
    AUTO_REF PyObject *text = PyObject_CallMethod(ast, "unparse", "O", fixed);
    return text ? PyObject_CallMethod(text, "replace", "Os", transform_prefix, "") : NULL;
}

/* ---- transform ---- */

/* What the compiler of 3.13 and newer is shown of it. */
#if INTERPRETER_NOTES_ATTRIBUTES
#define NOTED "\n    if False:\n        self.x = None"
#else
#define NOTED ""
#endif

static void constructs_become_what_the_table_says(void **state)
{
    static const struct {
        const char *source, *expected;
    } rows[] = {
        {"x", "x"},
        {"f(x)", "'G'[f](x)"},
        {"o.m(x)", "'M:m'[o].m(x)"},
        {"', '.join(x)", "', '.join(x)"},
        {"y = o.a", "y = 'T'[o.a]"},
        {"y = o.a + 1", "y = o.a + 1"},
        {"o.a = y", "'W'[o].a = y"},
        {"o[i] = y", "'W'[o][i] = y"},
        {"del o.a", "del 'W'[o].a"},
        {"o.a += 1", "'W'[o].a += 1"},
        {"[1][0] = 2", "[1][0] = 2"},
        {"super().m(x)", "'G'['U'[super] and super().m](x)"},
        {"super(C, o).m(x)", "'G'['U'[super] and super(C, o).m](x)"},
        {"super(*a).m(x)", "'M:m'['G'[super](*a)].m(x)"},
        {"f.__code__.co_name", "'I:__code__'[f].co_name"},
        {"y = getattr", "y = 'T'[getattr]"},
        {"y = o.__dict__", "y = 'A:__dict__'[o]"},
        {"y is o.a", "y is 'T'[o.a]"},
        {"o.a is None", "o.a is None"},
        {"class C:\n    pass", "@'B'['B' and 'B']\nclass C:\n    pass"},
        {"@d\ndef f():\n    pass", "@'G'[d]\ndef f():\n    pass"},
        {"from m import a as b", "from m import a as b\nb = 'T'[b]"},
        {"from m import *", "from m import *\n'S'[__name__]"},
        {"from __future__ import annotations", "from __future__ import annotations"},
        {"def f(o):\n    o.x = 1\n    o.y = 2", "def f(o):\n    'W'[o].x = 1\n    o.y = 2"},
        {"def f(o):\n    o.x = 1\n    o = g\n    o.y = 2",
         "def f(o):\n    'W'[o].x = 1\n    o = g\n    'W'[o].y = 2"},
        {"def f(self):\n    self.x = 1\n    self.y = 2",
         "def f(self):\n    'W'[self].x = 1\n    self.y = 2" NOTED},
        {"a = x.y or (z and x.w)", "a = 'T'[x.y or (z and x.w)]"},
        {"class C:\n    def f(self):\n        return self.__m()",
         "@'B'['B' and 'B']\nclass C:\n\n    def f(self):\n        return 'M:_C__m'[self].__m()"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *text = transformed(rows[i].source, false);
        assert_non_null(text);
        assert_string_equal(PyUnicode_AsUTF8(text), rows[i].expected);
    }
    AUTO_REF PyObject *kept = transformed("a = 1\nf(a)", true);
    assert_string_equal(PyUnicode_AsUTF8(kept), "a = 1\n'D'.keep('G'[f](a))");
    AUTO_REF PyObject *none = transformed("a = 1", true);
    assert_string_equal(PyUnicode_AsUTF8(none), "a = 1");
}

static void all_violations_are_told_with_their_places(void **state)
{
    struct transform transform = {.sandbox = sandbox};
    AUTO_REF PyObject *tree = parsed("f.__globals__\nx = 1\n  \ng.__closure__ + f.__code__\nmatch "
                                     "x:\n    case C(__dict__=d): pass");

    (void)state;
    assert_true(transform_tree(&transform, tree));
    AUTO_REF PyObject *rows = transform.violations;
    assert_int_equal(PyList_GET_SIZE(rows), 4);
    PyObject *row = PyList_GET_ITEM(rows, 1);
    assert_int_equal(PyLong_AsLong(PyTuple_GET_ITEM(row, 0)), 4);
    assert_int_equal(PyLong_AsLong(PyTuple_GET_ITEM(row, 1)), 0);
    assert_string_equal(PyUnicode_AsUTF8(PyTuple_GET_ITEM(row, 2)), "__closure__");
    assert_null(cell_run("happened = True\n(lambda: 0).__globals__"));
    assert_denied();
    assert_null(PyDict_GetItemString(cell_names, "happened"));
}

/* ---- trees that somebody made ---- */

static const char every_construct[] =
    "import a.b as c\nfrom a import b as c, d\n"
    "@d\ndef f(a, /, b: int = 1, *c, d=2, **e) -> int:\n    global g\n    nonlocal_ = a.b\n    "
    "return (yield a)\n"
    "@d\nclass C(B, metaclass=M):\n    x: int = 1\n    def m(self): self.a = super().m(1); "
    "self.__x(); return __class__\n"
    "async def h():\n    async for i in a: await i\n    async with a as b: pass\n    return [x "
    "async for x in y]\n"
    "for i in a:\n    o.a = o[i] = f(i, *a, **b)\nelse:\n    del o.a, o[1:2:3]\n"
    "while a < b <= c is d: break\n"
    "with a as b, c.d as o.e: pass\n"
    "try:\n    raise E from e\nexcept (A, B) as e: pass\nelse: pass\nfinally: pass\n"
    "try: pass\nexcept* A: pass\n"
    "assert a, b.c\n"
    "x = [i for i in a if i] + list({i for i in a}) + [{k: v for k, v in a}] + [*(i for i in a)]\n"
    "(y := x.a); l = lambda a, *b, c=d.e: a.b; t = a if b else c.d; -a; a and b.c; "
    "f'{a.b!r:>{c}}'\n"
    "f.__code__.co_name; f.__dict__; C.__subclasses__(); o.a += 1; {**a, 1: b.c}; {1, a.b}\n"
    "match x:\n"
    "    case C(a, b=c) as d if e.f: pass\n"
    "    case [1, *r] | {'a': q, **z} | None: pass\n"
    "    case A.b | -1: pass\n"
    "    case _: pass\n";

/* Each node of the tree, each of its fields, holds each of these once. */
static void whatever_a_field_holds_is_an_error_at_worst(void **state)
{
    (void)state;
    host_run("import ast, warnings\n"
             "warnings.simplefilter('ignore', DeprecationWarning)\n"
             "def bare(name): return (kind := getattr(ast, name)).__new__(kind)\n"
             "def wrong_values():\n"
             "    yield from (None, 5, 'name', b'x', object(), [], [None], [5], ['\\ud800'], "
             "'\\ud800', (), {}, ast.Load(), bare('Name'),\n"
             "                [bare('Name')], ast.Pass(), [ast.Pass()], ast.Constant(5), "
             "[ast.Constant('a')], bare('Starred'), bare('arguments'),\n"
             "                [bare('keyword')], [ast.alias('a')], [bare('match_case')], "
             "[bare('comprehension')], ast.AST(), [ast.AST()], list)\n"
             "def places(source):\n"
             "    for at, node in enumerate(ast.walk(ast.parse(source))):\n"
             "        for field in node._fields: yield at, field\n"
             "def broken_trees(source, step, start):\n"
             "    count = 0\n"
             "    for at, field in list(places(source)):\n"
             "        for wrong in (*wrong_values(), 'missing'):\n"
             "            count += 1\n"
             "            if (count + start) % step: continue\n"
             "            tree = ast.parse(source)\n"
             "            node = list(ast.walk(tree))[at]\n"
             "            if wrong == 'missing': delattr(node, field) if field in node.__dict__ "
             "else None\n"
             "            else: setattr(node, field, wrong)\n"
             "            yield tree, (type(node).__name__, field, wrong)");
    AUTO_REF PyObject *source = PyUnicode_FromString(every_construct);
    PyDict_SetItemString(host_names, "every_construct", source);
    AUTO_REF PyObject *trees = host_value("broken_trees(every_construct, 13, 0)");
    AUTO_REF PyObject *filename = PyUnicode_FromString("<broken>");
    size_t count = 0, compiled = 0;

    for (PyObject *pair; (pair = PyIter_Next(trees)); count++) {
        AUTO_REF PyObject *owned = pair;
        struct sandbox_code code;
        bool ok =
            compile_source(sandbox, PyTuple_GET_ITEM(pair, 0), filename, Py_file_input, 0, &code);
        assert_true(ok == !PyErr_Occurred());
        PyErr_Clear();
        compiled += ok;
        Py_XDECREF(code.code);
        Py_XDECREF(code.result);
    }
    assert_no_error();
    assert_true(count > 500 && compiled < count);
}

static void the_tree_itself_is_not_touched(void **state)
{
    (void)state;
    AUTO_REF PyObject *tree = parsed("o.a = f(x)\ny = o.b");
    AUTO_REF PyObject *filename = PyUnicode_FromString("<tree>");
    AUTO_REF PyObject *ast = PyImport_ImportModule("ast");
    AUTO_REF PyObject *before = PyObject_CallMethod(ast, "dump", "O", tree);
    struct sandbox_code code;

    assert_true(compile_source(sandbox, tree, filename, Py_file_input, 0, &code));
    Py_DECREF(code.code);
    AUTO_REF PyObject *after = PyObject_CallMethod(ast, "dump", "O", tree);
    assert_int_equal(PyUnicode_Compare(before, after), 0);
}

/* A subclass of a node's class may say something else each time that it is asked. */
static void each_attribute_of_a_tree_is_asked_for_once(void **state)
{
    (void)state;
    host_run("import ast\n"
             "class Lying(ast.Attribute):\n"
             "    asked = 0\n"
             "    @property\n"
             "    def attr(self):\n"
             "        Lying.asked += 1\n"
             "        return 'real' if Lying.asked == 1 else '__globals__'\n"
             "    @attr.setter\n"
             "    def attr(self, value): pass\n"
             "tree = ast.parse('x = f.a')\n"
             "lying = Lying(tree.body[0].value.value, 'a', ctx=ast.Load())\n"
             "tree.body[0].value = ast.copy_location(lying, tree.body[0].value)");
    AUTO_REF PyObject *tree = host_value("tree");
    AUTO_REF PyObject *filename = PyUnicode_FromString("<tree>");
    struct sandbox_code code;

    if (!compile_source(sandbox, tree, filename, Py_file_input, 0, &code))
        fail_msg("%s", error_text());
    PyObject *names = ((PyCodeObject *)code.code)->co_names;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++)
        assert_int_not_equal(
            PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, i), "__globals__"), 0);
    assert_true(host_holds("Lying.asked == 1"));
    Py_DECREF(code.code);
}

/* ---- syntax, nodes ---- */

static void nodes_are_read_and_made(void **state)
{
    (void)state;
    AUTO_REF PyObject *tree = parsed("value.attribute");
    PyObject *statement = PyList_GET_ITEM(syntax_get(tree, FIELD_body), 0);
    PyObject *attribute = syntax_get(statement, FIELD_value);
    assert_int_equal(syntax_kind(attribute), NODE_Attribute);
    assert_int_equal(syntax_kind(Py_None), NODE_OTHER);
    assert_false(syntax_is_node(Py_None));
    assert_null(syntax_get(attribute, FIELD_body));
    assert_null(syntax_get(Py_None, FIELD_body));
    assert_null(PyErr_Occurred());
    AUTO_REF PyObject *made = syntax_new(NODE_Name, attribute);
    assert_int_equal(Py_REFCNT(made), 1);
    assert_int_equal(PyLong_AsLong(syntax_get(made, FIELD_lineno)), 1);
    AUTO_REF PyObject *id = PyUnicode_FromString("some_name");
    Py_ssize_t before = Py_REFCNT(id);
    assert_true(syntax_set(made, FIELD_id, id));
    assert_int_equal(Py_REFCNT(id), before + 1);
    AUTO_REF PyObject *copy = syntax_copy(attribute);
    assert_true(copy != attribute &&
                syntax_get(copy, FIELD_value) != syntax_get(attribute, FIELD_value));
    assert_null(syntax_copy(Py_None));
    assert_raised(PyExc_TypeError);
}

static void guards_take_their_value_over(void **state)
{
    (void)state;
    AUTO_REF PyObject *tree = parsed("x");
    PyObject *name = syntax_get(PyList_GET_ITEM(syntax_get(tree, FIELD_body), 0), FIELD_value);
    Py_ssize_t before = Py_REFCNT(name);
    PyObject *guarded = nodes_guarded("G", NULL, Py_NewRef(name));
    assert_int_equal(syntax_kind(guarded), NODE_Subscript);
    assert_int_equal(Py_REFCNT(name), before + 1);
    Py_DECREF(guarded);
    assert_int_equal(Py_REFCNT(name), before);
    assert_null(nodes_guarded("G", NULL, NULL));
    AUTO_REF PyObject *kept = nodes_kept(name);
    assert_int_equal(Py_REFCNT(name), before + 1);
    AUTO_REF PyObject *both = nodes_and(name, name);
    assert_int_equal(Py_REFCNT(name), before + 3);
}

static void names_are_mangled_as_the_compiler_does(void **state)
{
    static const struct {
        const char *class_name, *name, *expected;
    } rows[] = {{NULL, "__x", "__x"},    {"C", "__x", "_C__x"}, {"__C", "__x", "_C__x"},
                {"C", "__x__", "__x__"}, {"C", "_x", "_x"},     {"___", "__x", "__x"},
                {"C", "x", "x"},         {"C", "__", "__"},     {"C", "___", "___"},
                {"", "__x", "__x"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *class_name =
            rows[i].class_name ? PyUnicode_FromString(rows[i].class_name) : NULL;
        AUTO_REF PyObject *name = PyUnicode_FromString(rows[i].name);
        AUTO_REF PyObject *mangled = syntax_mangle(class_name, name);
        assert_string_equal(PyUnicode_AsUTF8(mangled), rows[i].expected);
    }
}

/* ---- locals ---- */

/* Of the function that is the source's only statement. */
static PyObject *function_of(PyObject *tree)
{
    return PyList_GET_ITEM(syntax_get(tree, FIELD_body), 0);
}

static bool owns(const struct locals *locals, const char *name)
{
    AUTO_REF PyObject *text = PyUnicode_FromString(name);

    return locals_owns(locals, text);
}

static void a_function_owns_what_it_binds(void **state)
{
    static const char source[] = "def f(a, /, b, *c, d, **e):\n"
                                 "    global g\n"
                                 "    h = 1; import i.j; from k import l as m\n"
                                 "    for n in a: pass\n"
                                 "    with a as o: [p for p in (q := a)]\n"
                                 "    def r(): s = 1\n"
                                 "    match a:\n"
                                 "        case {'x': t, **u}: pass\n"
                                 "    g = 1; v.w = 1";
    static const char *const own[] = {"a", "b", "c", "d", "e", "h", "i",
                                      "m", "n", "o", "q", "r", "t", "u"};
    static const char *const others[] = {"f", "g", "j", "k", "l", "p", "s", "v", "w"};
    struct locals locals;
    AUTO_REF PyObject *tree = parsed(source);

    (void)state;
    assert_true(locals_init(&locals, function_of(tree), NULL));
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (!owns(&locals, own[i]))
            fail_msg("does not own %s", own[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (owns(&locals, others[i]))
            fail_msg("owns %s", others[i]);
    struct locals inner = {0};
    AUTO_REF PyObject *nested = parsed("def r():\n    s = 1");
    assert_true(locals_init(&inner, function_of(nested), &locals));
    assert_true(owns(&inner, "s") && owns(&inner, "a") && !owns(&inner, "g"));
    locals_clear(&inner);
    locals_clear(&locals);
    assert_null(locals.bindings);
}

static void what_is_learned_is_forgotten_when_it_is_bound_anew(void **state)
{
    struct locals locals;
    AUTO_REF PyObject *tree =
        parsed("def f(self, once):\n    self = 1\n    _hidden = 2\n    global g");
    AUTO_REF PyObject *self = PyUnicode_FromString("self"), *once = PyUnicode_FromString("once");
    AUTO_REF PyObject *hidden = PyUnicode_FromString("_hidden"),
                      *global = PyUnicode_FromString("g");

    (void)state;
    assert_true(locals_init(&locals, function_of(tree), NULL));
    PyObject *const names[] = {self, once, hidden, global};
    for (size_t i = 0; i < 4; i++)
        locals_learn(&locals, names[i]);
    assert_true(locals_knows(&locals, self) && locals_knows(&locals, once));
    assert_false(locals_knows(&locals, hidden) || locals_knows(&locals, global));
    size_t known = locals_enter_block(
        &locals); /* on another way, only what is bound once is still what it was */
    assert_int_equal(known, 1);
    assert_false(locals_knows(&locals, self));
    locals_learn(&locals, self);
    locals_leave_block(&locals, known);
    assert_false(locals_knows(&locals, self));
    locals_learn(&locals, self);
    locals_forget(&locals, self);
    assert_false(locals_knows(&locals, self));
    locals_clear(&locals);
}

/* ---- compile ---- */

static void source_that_is_no_source_is_an_error(void **state)
{
    static const struct {
        const char *expression;
        PyObject **error;
    } rows[] = {{"5", &PyExc_TypeError},
                {"None", &PyExc_TypeError},
                {"'a\\0b'", &PyExc_SyntaxError},
                {"b'a\\0b'", &PyExc_SyntaxError},
                {"'\\ud800'", &PyExc_UnicodeEncodeError},
                {"'1 +'", &PyExc_SyntaxError},
                {"'return'", &PyExc_SyntaxError},
                {"__import__('ast').Name('x')", &PyExc_TypeError},
                {"__import__('ast').AST()", &PyExc_TypeError},
                {"__import__('ast').Expression(__import__('ast').Constant(1))", &PyExc_TypeError}};
    AUTO_REF PyObject *filename = PyUnicode_FromString("<cell>");

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *source = host_value(rows[i].expression);
        struct sandbox_code code = {Py_None, Py_None};
        assert_false(compile_source(sandbox, source, filename, Py_file_input, 0, &code));
        if (!PyErr_ExceptionMatches(*rows[i].error))
            fail_msg("%s: %s", rows[i].expression, error_text());
        PyErr_Clear();
        assert_true(!code.code && !code.result);
    }
}

static void all_code_of_a_cell_is_marked(void **state)
{
    (void)state;
    AUTO_REF PyObject *source = PyUnicode_FromString(
        "def f():\n    class C:\n        def m(self): return lambda: [i for i in ()]\nf");
    AUTO_REF PyObject *filename = PyUnicode_FromString("<cell>");
    struct sandbox_code code;

    assert_true(compile_source(sandbox, source, filename, Py_file_input, 0, &code));
    AUTO_REF PyObject *stack = PyList_New(0);
    PyList_Append(stack, code.code);
    size_t count = 0;
    for (Py_ssize_t at = 0; at < PyList_GET_SIZE(stack); at++) {
        PyCodeObject *one = (PyCodeObject *)PyList_GET_ITEM(stack, at);
        assert_ptr_equal(code_sandbox((PyObject *)one), sandbox);
        assert_true(code_is_guarded((PyObject *)one));
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(one->co_consts); i++)
            if (PyCode_Check(PyTuple_GET_ITEM(one->co_consts, i)))
                PyList_Append(stack, PyTuple_GET_ITEM(one->co_consts, i));
        count++;
    }
    assert_true(count >= 5);
    AUTO_REF PyObject *host = host_value("(lambda: 0).__code__");
    assert_null(code_sandbox(host));
    assert_false(code_is_guarded(host) || code_is_guarded(Py_None));
    assert_true(code_inherit(host, code.code));
    assert_ptr_equal(code_sandbox(host), sandbox);
    Py_DECREF(code.code);
}

static void checking_makes_no_code(void **state)
{
    (void)state;
    AUTO_REF PyObject *source = PyUnicode_FromString("1 + 1");
    AUTO_REF PyObject *filename = PyUnicode_FromString("<cell>");
    struct sandbox_code code;

    assert_true(compile_source(sandbox, source, filename, Py_file_input,
                               SANDBOX_CHECK_ONLY | SANDBOX_RESULT, &code));
    assert_true(!code.code && !code.result);
    assert_true(compile_source(sandbox, source, filename, Py_eval_input, 0, &code));
    AUTO_REF PyObject *owned = code.code;
    assert_null(code.result);
    assert_null(box_take(Py_None));
}

static void a_box_is_emptied_when_it_is_read(void **state)
{
    (void)state;
    AUTO_REF PyObject *box = box_new();
    AUTO_REF PyObject *value = PyList_New(0);
    assert_null(box_take(box));
    AUTO_REF PyObject *none = PyObject_CallMethod(box, "keep", "O", value);
    assert_ptr_equal(none, Py_None);
    assert_int_equal(Py_REFCNT(value), 2);
    PyObject *taken = box_take(box);
    assert_ptr_equal(taken, value);
    Py_DECREF(taken);
    assert_null(box_take(box));
    assert_int_equal(Py_REFCNT(value), 1);
}

static void compile_and_run(void)
{
    Py_XDECREF(cell_run("import json\n"
                        "def f(o):\n    o.a = json.dumps([1]); return o.a\n"
                        "class C: pass\n"
                        "f(C()) == '[1]' and json.loads"));
    PyErr_Clear();
    Py_XDECREF(cell_run("f.__globals__"));
    PyErr_Clear();
    Py_XDECREF(cell_run("1 +"));
    PyErr_Clear();
    Py_XDECREF(cell_run("import os\nos.unlink('x')"));
    PyErr_Clear();
    Py_XDECREF(cell_run("import ast\nexec(compile(ast.parse('a = 1'), 'f', 'exec'))\ntry: "
                        "exec(compile(ast.Module([5], []), 'f', 'exec'))\n"
                        "except TypeError: pass"));
    PyErr_Clear();
}

static void cells_keep_nothing(void **state)
{
    (void)state;
    assert_keeps_nothing(compile_and_run);
}

/* A sandbox lives as long as code of its own does. */
static void make_sandbox(void)
{
    AUTO_REF PyObject *globals = PyDict_New();
    struct sandbox *own = sandbox_new(globals, false);
    AUTO_REF PyObject *source = PyUnicode_FromString("def f(): return [1]\nf().append(2)");
    AUTO_REF PyObject *filename = PyUnicode_FromString("<run>");
    struct sandbox_code code;

    assert_non_null(own);
    assert_true(compile_source(own, source, filename, Py_file_input, 0, &code));
    sandbox_destroy(&own);
    assert_null(own);
    sandbox_destroy(&own);
    Py_DECREF(code.code);
}

static void sandboxes_keep_nothing(void **state)
{
    (void)state;
    assert_keeps_nothing(make_sandbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constructs_become_what_the_table_says),
        cmocka_unit_test(all_violations_are_told_with_their_places),
        cmocka_unit_test(whatever_a_field_holds_is_an_error_at_worst),
        cmocka_unit_test(the_tree_itself_is_not_touched),
        cmocka_unit_test(each_attribute_of_a_tree_is_asked_for_once),
        cmocka_unit_test(nodes_are_read_and_made),
        cmocka_unit_test(guards_take_their_value_over),
        cmocka_unit_test(names_are_mangled_as_the_compiler_does),
        cmocka_unit_test(a_function_owns_what_it_binds),
        cmocka_unit_test(what_is_learned_is_forgotten_when_it_is_bound_anew),
        cmocka_unit_test(source_that_is_no_source_is_an_error),
        cmocka_unit_test(all_code_of_a_cell_is_marked),
        cmocka_unit_test(checking_makes_no_code),
        cmocka_unit_test(a_box_is_emptied_when_it_is_read),
        cmocka_unit_test(cells_keep_nothing),
        cmocka_unit_test(sandboxes_keep_nothing),
    };
    return cmocka_run_group_tests(tests, embedded_start, NULL);
}
