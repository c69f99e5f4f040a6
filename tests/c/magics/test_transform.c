/* Given a cell with IPython's additions, when it is transformed, then plain Python comes out: the
 * same calls that IPython would make, every statement on its own line, and ordinary Python
 * untouched. */
#include "magics/magic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static PyObject *transform(const char *source)
{
    PyObject *text = PyUnicode_FromString(source);
    PyObject *result = magic_transform(text);

    Py_DECREF(text);
    assert_non_null(result);
    return result;
}

static void assert_transformed(const char *source, const char *expected)
{
    PyObject *result = transform(source);

    assert_string_equal(PyUnicode_AsUTF8(result), expected);
    Py_DECREF(result);
}

static void ordinary_python_is_left_alone(void **state)
{
    static const char *const sources[] = {
        "",
        "x = 5 % 3",
        "x = (5\n%y)",
        "'''\n%time\n!ls\n'''",
        "x = \"!ls\"  # what?",
        "f'{x!r}'",
        "a != b",
        "x == y",
        "d = {'a': 1,\n%x: 2}",
        "x\\\n%time",
        "print('%s' % x)",
        "# a comment?",
        "'is it?'",
        "if True:\n    x = 1\n\ny = 2\n",
        "%",
    };

    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        assert_transformed(sources[i], sources[i]);
}

static void line_magics_become_calls(void **state)
{
    (void)state;
    assert_transformed("%time f(x)", "get_ipython().run_line_magic('time', 'f(x)')");
    assert_transformed("if x:\n    %time y\n",
                       "if x:\n    get_ipython().run_line_magic('time', 'y')\n");
    assert_transformed("a = %who_ls\nb = 2",
                       "a = get_ipython().run_line_magic('who_ls', '')\nb = 2");
    assert_transformed("'''a\n'''\n%pwd", "'''a\n'''\nget_ipython().run_line_magic('pwd', '')");
}

static void a_continued_magic_keeps_the_lines_below_where_they_are(void **state)
{
    (void)state;
    assert_transformed("%time \\\n  foo\nx = 2",
                       "get_ipython().run_line_magic('time', 'foo')\n\nx = 2");
}

static void commands_become_calls(void **state)
{
    (void)state;
    assert_transformed("!ls -l", "get_ipython().system('ls -l')");
    assert_transformed("!!ls", "get_ipython().getoutput('ls')");
    assert_transformed("a, b = !ls", "a, b = get_ipython().getoutput('ls')");
}

static void a_cell_magic_takes_the_whole_cell(void **state)
{
    (void)state;
    assert_transformed("%%time\na = 1\n%pwd",
                       "get_ipython().run_cell_magic('time', '', 'a = 1\\n%pwd\\n')\n");
    assert_transformed("%%html", "get_ipython().run_cell_magic('html', '', '')\n");
}

static void help_becomes_a_call(void **state)
{
    (void)state;
    assert_transformed("a.b?", "get_ipython().run_line_magic('pinfo', 'a.b')");
    assert_transformed("a??", "get_ipython().run_line_magic('pinfo2', 'a')");
    assert_transformed("?a", "get_ipython().run_line_magic('pinfo', 'a')");
    assert_transformed("a.*?", "get_ipython().run_line_magic('psearch', 'a.*')");
    assert_transformed("%time?", "get_ipython().run_line_magic('pinfo', '%time')");
}

static void pasted_prompts_and_indentation_go(void **state)
{
    (void)state;
    assert_transformed(">>> for i in x:\n...     print(i)\n", "for i in x:\n    print(i)\n");
    assert_transformed("In [1]: x = 1\nIn [2]: y = 2", "x = 1\ny = 2");
    assert_transformed("    if 1:\n        pass\n    x", "if 1:\n    pass\nx");
    assert_transformed("\n\n    x = 1\n    y = 2", "\n\nx = 1\ny = 2");
}

static void quotes_in_a_magic_line_survive(void **state)
{
    PyObject *result = transform("%time f('a', \"b\\n\")");
    PyCompilerFlags flags = {.cf_flags = PyCF_ONLY_AST, .cf_feature_version = PY_MINOR_VERSION};
    PyObject *tree =
        Py_CompileStringExFlags(PyUnicode_AsUTF8(result), "cell", Py_file_input, &flags, -1);

    (void)state;
    assert_non_null(tree);
    Py_DECREF(tree);
    assert_non_null(strstr(PyUnicode_AsUTF8(result), "\\\\n"));
    Py_DECREF(result);
}

static void lone_surrogates_are_left_to_the_compiler(void **state)
{
    PyObject *source = PyUnicode_DecodeUTF8("%time '\xed\xb2\x80'", 11, "surrogatepass");
    PyObject *result = magic_transform(source);

    (void)state;
    assert_ptr_equal(result, source);
    Py_DECREF(result);
    Py_DECREF(source);
}

/* Any bytes, in any order, give a str and leave no exception behind. The seed is fixed: a failure
 * comes back. */
static void any_text_is_survived(void **state)
{
    static const char alphabet[] = "%!?=x.'\"\\\n ([{}])#:>Ia1*";
    uint32_t seed = 20261121;
    char source[48];

    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t size = 0;
        do {
            seed = seed * 1664525u + 1013904223u;
            source[size++] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        } while (size < sizeof source - 1 && (seed >> 28) != 0);
        source[size] = 0;
        PyObject *result = transform(source);
        assert_true(PyUnicode_Check(result));
        assert_null(PyErr_Occurred());
        Py_DECREF(result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_python_is_left_alone),
        cmocka_unit_test(line_magics_become_calls),
        cmocka_unit_test(a_continued_magic_keeps_the_lines_below_where_they_are),
        cmocka_unit_test(commands_become_calls),
        cmocka_unit_test(a_cell_magic_takes_the_whole_cell),
        cmocka_unit_test(help_becomes_a_call),
        cmocka_unit_test(pasted_prompts_and_indentation_go),
        cmocka_unit_test(quotes_in_a_magic_line_survive),
        cmocka_unit_test(lone_surrogates_are_left_to_the_compiler),
        cmocka_unit_test(any_text_is_survived),
    };

    Py_InitializeEx(0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return Py_FinalizeEx() < 0 ? 1 : failed;
}
