/* Given any line and any cell, when a magic of the table is run, then it gives a value or an
 * exception; and its parts (options, words, tables, text, expansion) do what their headers say. The
 * host answers as a kernel without a front would. */
#include "tests/c/sandbox/embedded.h"

#include <unistd.h>

#include "sandbox/gate/gate.h"
#include "magics/options.h"
#include "magics/state.h"
#include "magics/table.h"
#include "base/text.h"

/* ---- a host ---- */

static PyObject *published; /* list of the data of each display_data */

static bool publish(void *context, const char *msg_type, PyObject *content, PyObject *metadata)
{
    (void)context, (void)msg_type, (void)metadata;
    return PyList_Append(published, content) == 0;
}

static PyObject *run(void *context, PyObject *source, const char *filename, bool guarded,
                     PyObject *globals)
{
    (void)context, (void)filename, (void)guarded, (void)globals;
    return cell_run(PyUnicode_AsUTF8(source));
}

static PyObject *query(void *context, const char *kind, PyObject *content)
{
    (void)context, (void)kind, (void)content;
    return PyDict_New();
}

static bool page(void *context, PyObject *text)
{
    (void)context;
    return PyUnicode_Check(text);
}

static PyObject *inspect_nothing(void *context, PyObject *name, int detail)
{
    (void)context, (void)name, (void)detail;
    return NULL;
}

static PyObject *capture_display(void *context, PyObject *sink)
{
    (void)context, (void)sink;
    return NULL;
}

static PyObject *names_of_kind(void *context, unsigned kind)
{
    (void)context;
    return magic_names(kind);
}

static PyObject *python(void *context, const char *name, PyObject *line, PyObject *cell)
{
    (void)context, (void)name, (void)line, (void)cell;
    return Py_NewRef(Py_None);
}

static int execution_count(void *context)
{
    (void)context;
    return 1;
}

static PyObject *filename(void *context)
{
    static PyObject *name;

    (void)context;
    return name ? name : (name = PyUnicode_FromString("<cell>"));
}

static PyObject *no_obstacle(void *context)
{
    (void)context;
    return NULL;
}

static PyObject *no_preview(void *context, PyObject *source)
{
    (void)context, (void)source;
    return PyErr_Format(PyExc_RuntimeError, "there is no front here");
}

static struct magic_host host = {.publish = publish,
                                 .obstacle = no_obstacle,
                                 .preview = no_preview,
                                 .run = run,
                                 .query = query,
                                 .page = page,
                                 .inspect = inspect_nothing,
                                 .capture_display = capture_display,
                                 .names = names_of_kind,
                                 .python = python,
                                 .execution_count = execution_count,
                                 .filename = filename};
static char folder[] = "/tmp/magics-XXXXXX";

static int start(void **state)
{
    if (!mkdtemp(folder) || chdir(folder) < 0 || embedded_start(state) < 0)
        return -1;
    AUTO_REF PyObject *dests = Py_BuildValue("[s]", folder);
    published = PyList_New(0);
    host.state = magic_state_new();
    host.sandbox = sandbox;
    host.globals = cell_names;
    host_run("import sys, io, os\nhome = os.getcwd()\nelsewhere = "
             "os.path.expanduser('~nobody/../magics'), '/magics'\n"
             "sys.stdout = sys.stderr = io.StringIO()\n"
             "os.mkdir(b'folder\\xff')\nopen(b'file\\xff.py', 'w').close()\nopen('plain.py', "
             "'w').write('x = 1')");
    Py_XDECREF(cell_run(
        "a = 1\nodd = '\\ud800'\nlong_text = 'x' * 3000\nclass C: pass\ndef f(): return f"));
    return host.state && sandbox_set_ok_dests(sandbox, dests) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    magic_state_destroy(&host.state);
    assert_null(host.state);
    magic_state_destroy(&host.state);
    host_run("import shutil\nos.chdir('/')\nshutil.rmtree(home)");
    return 0;
}

/* ---- every magic ---- */

/* Host expressions. */
static const char *const lines[] = {
    "''",
    "' '",
    "'-'",
    "'--'",
    "'---'",
    "'-n'",
    "'-n 0'",
    "'-n -1'",
    "'-n 99999999999999999999'",
    "'-Z'",
    "'--nothing'",
    "'-r x'",
    "'a'",
    "'b'",
    "'a b c'",
    "'\"'",
    "\"'\"",
    "'\\\\'",
    "'='",
    "'a='",
    "'=a'",
    "'A=1'",
    "'A 1'",
    "'a=1 b=2'",
    "'{a}'",
    "'{odd}'",
    "'$odd'",
    "'{'",
    "'}'",
    "'{{a}}'",
    "'$'",
    "'$a'",
    "'?'",
    "'*'",
    "'.'",
    "'..'",
    "'/'",
    "'~'",
    "'~nobody/../magics'",
    "'/magics'",
    "'../magics'",
    "'no/such/file'",
    "'plain.py'",
    "'plain.py a b'",
    "'os.unlink'",
    "'json.dupms'",
    "'os.*'",
    "'%time'",
    "'!ls'",
    "'\\ud800'",
    "'a \\ud800'",
    "'-n \\ud800'",
    "'--\\ud800'",
    "'a=\\ud800'",
    "'x' * 5000",
    "'-' * 5000",
    "'a ' * 2000",
    "'\\0'",
    "'a\\0b'",
    "'\\n'",
    "'\\u00e4\\u20ac'",
    "'-\\u00e4'",
    "os.fsdecode(b'folder\\xff')",
    "os.fsdecode(b'file\\xff.py')",
    "'*.py'",
    "'1-'",
    "'-1-1'",
    "'~1/1-5'",
    "'1/0'",
    "'len(a'",
    "'f()'",
    "'odd'",
    "'C'",
    "'f'",
    "'--pop --drop'",
    "'--remove /tmp'",
    "'--add /tmp'",
    "'--shell ls'",
    "'--shell \"'",
    "'--trust os.unlink'",
};

static bool give(const struct magic *magic, PyObject *line, PyObject *cell)
{
    AUTO_REF PyObject *name = PyUnicode_FromString(magic->name);
    struct gate_scope scope;

    gate_judged_enter(&scope, sandbox); /* as in the kernel: what a magic does is judged */
    PyObject *value = magic_run(&host, name, line, cell);
    gate_trusted_exit(&scope);
    bool fine = !value == !!PyErr_Occurred();

    Py_XDECREF(value);
    PyErr_Clear();
    return fine;
}

static void every_magic_takes_every_line(void **state)
{
    size_t count = 0;

    (void)state;
    AUTO_REF PyObject *plain = PyUnicode_FromString("a = 1\na");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        AUTO_REF PyObject *line = host_value(lines[i]);
        for (const struct magic *magic = magic_table; magic->name; magic++) {
            if (strcmp(magic->name, "timeit") == 0)
                continue; /* takes its time over whatever runs */
            if (magic->kinds & MAGIC_LINE && !give(magic, line, NULL))
                fail_msg("%%%s %s", magic->name, lines[i]);
            if (magic->kinds & MAGIC_CELL &&
                (!give(magic, line, plain) || !give(magic, plain, line)))
                fail_msg("%%%%%s %s", magic->name, lines[i]);
            count++;
        }
        host_run("os.chdir(home)\nsys.stdout = sys.stderr = io.StringIO()");
        assert_true(magic_cell_begins(&host) && magic_cell_ends(&host));
    }
    assert_true(count > 1000);
    assert_true(
        host_holds("not any(map(os.path.exists, elsewhere)) and not os.path.exists('../magics')"));
}

static void what_is_no_text_is_an_error(void **state)
{
    (void)state;
    AUTO_REF PyObject *name = PyUnicode_FromString("pwd");
    AUTO_REF PyObject *odd = host_value("'\\ud800'");
    assert_null(magic_run(&host, Py_None, name, NULL));
    assert_raised(PyExc_TypeError);
    assert_null(magic_run(&host, name, Py_None, NULL));
    assert_raised(PyExc_TypeError);
    assert_null(magic_run(&host, name, name, Py_None));
    assert_raised(PyExc_TypeError);
    assert_null(magic_run(&host, odd, name, NULL));
    assert_raised(PyExc_UnicodeEncodeError);
    AUTO_REF PyObject *unknown = PyUnicode_FromString("pdw");
    assert_null(magic_run(&host, unknown, name, NULL));
    assert_raised(magic_usage_error_type());
    AUTO_REF PyObject *timeit = PyUnicode_FromString("timeit");
    AUTO_REF PyObject *bare = PyUnicode_FromString("-n");
    assert_null(magic_run(&host, timeit, odd, NULL));
    assert_raised(PyExc_UnicodeEncodeError);
    assert_null(magic_run(&host, timeit, bare, NULL));
    assert_raised(magic_usage_error_type());
    assert_null(magic_shell(&host, odd, false));
    assert_true(PyErr_Occurred() != NULL);
    PyErr_Clear();
}

static void the_table_is_found_by_name_and_kind(void **state)
{
    (void)state;
    assert_string_equal(magic_find("time", MAGIC_LINE)->name, "time");
    assert_null(magic_find("html", MAGIC_LINE));
    assert_null(magic_find("", MAGIC_LINE | MAGIC_CELL));
    AUTO_REF PyObject *names = magic_names(MAGIC_CELL);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++)
        assert_non_null(magic_find(PyUnicode_AsUTF8(PyList_GET_ITEM(names, i)), MAGIC_CELL));
    assert_null(magic_unknown("tiem", MAGIC_LINE));
    assert_non_null(strstr(error_text(), "time"));
}

/* ---- options ---- */

static void options_are_taken_apart(void **state)
{
    static const struct {
        const char *line, *rest, *n;
        bool quiet, parses;
    } rows[] = {{"", "", NULL, false, true},
                {"-q x", "x", NULL, true, true},
                {"-n5 x", "x", "5", false, true},
                {"-n 5 x", "x", "5", false, true},
                {"-qn5 x -q", "x -q", "5", true, true},
                {"-- -q", "-q", NULL, false, true},
                {"-z", NULL, NULL, false, false},
                {"-n", NULL, NULL, false, false},
                {"-Q", NULL, NULL, false, false},
                {"-5", "-5", NULL, false, true},
                {"-n 1 -n 2 x", "x", "2", false, true},
                {"-q:", NULL, NULL, false, false},
                {"--x", "--x", NULL, false, true},
                {"-\xc3\xa4", "-\xc3\xa4", NULL, false, true}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *line = PyUnicode_FromString(rows[i].line);
        struct magic_call call = {.host = &host, .name = "timeit", .line = line};
        AUTO_OPTIONS options;
        if (options_parse(&call, "n:q", &options) != rows[i].parses)
            fail_msg("%s: %s", rows[i].line, error_text());
        if (!rows[i].parses) {
            assert_raised(magic_usage_error_type());
            continue;
        }
        assert_string_equal(PyUnicode_AsUTF8(options.rest), rows[i].rest);
        assert_true((options_get(&options, 'q') == Py_True) == rows[i].quiet);
        PyObject *n = options_get(&options, 'n');
        assert_true(!n == !rows[i].n &&
                    (!n || PyUnicode_CompareWithASCIIString(n, rows[i].n) == 0));
    }
}

static void numbers_of_options_have_a_least(void **state)
{
    (void)state;
    AUTO_REF PyObject *value = PyUnicode_FromString("7");
    struct options options = {.values = {['n' - 'a'] = value}};
    long number = 0;
    assert_true(options_number(&options, 'n', 1, 3, &number) && number == 7);
    assert_true(options_number(&options, 'r', 1, 3, &number) && number == 3);
    assert_false(options_number(&options, 'n', 8, 3, &number));
    assert_raised(magic_usage_error_type());
    AUTO_REF PyObject *many = PyUnicode_FromString("99999999999999999999");
    options.values['n' - 'a'] = many;
    assert_false(options_number(&options, 'n', 1, 3, &number));
    assert_raised(magic_usage_error_type());
}

static void words_are_split_as_a_shell_would(void **state)
{
    static const struct {
        const char *line, *words; /* joined by | */
        bool safe, splits;
    } rows[] = {{"", "", false, true},
                {"a  b", "a|b", false, true},
                {"'a b' c", "a b|c", true, true},
                {"a\\ b", "a b", false, true},
                {"\"a\\\"b\"", "a\"b", false, true},
                {"''", "", false, true},
                {"a'b'\"c\"", "abc", false, true},
                {"'a", NULL, false, false},
                {"a|b", "a|b", false, true},
                {"a|b", NULL, true, false},
                {"'a;b'", "a;b", true, true},
                {"\"$a\"", NULL, true, false},
                {"a\\", "a\\", false, true},
                {"\\;", ";", true, true}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *line = PyUnicode_FromString(rows[i].line);
        AUTO_REF PyObject *words = line_words(line, rows[i].safe);
        if (!words != !rows[i].splits)
            fail_msg("%s: %s", rows[i].line, error_text());
        if (!words) {
            assert_raised(magic_usage_error_type());
            continue;
        }
        AUTO_REF PyObject *joined = join_names(words, "|");
        assert_string_equal(PyUnicode_AsUTF8(joined), rows[i].words);
    }
}

static void a_switch_is_taken_out_of_the_words(void **state)
{
    static const char *const known[] = {"--add", "--remove", NULL};

    (void)state;
    AUTO_REF PyObject *words = Py_BuildValue("[sss]", "a", "--add", "b");
    assert_string_equal(take_switch(words, known, "ok_dests"), "--add");
    assert_int_equal(PyList_GET_SIZE(words), 2);
    assert_string_equal(take_switch(words, known, "ok_dests"), "");
    AUTO_REF PyObject *both = Py_BuildValue("[ss]", "--add", "--remove");
    assert_null(take_switch(both, known, "ok_dests"));
    assert_raised(magic_usage_error_type());
    AUTO_REF PyObject *other = Py_BuildValue("[s]", "--other");
    assert_null(take_switch(other, known, "ok_dests"));
    assert_raised(magic_usage_error_type());
}

/* ---- text, tables ---- */

static void text_grows_and_is_finished_once(void **state)
{
    struct text text = {0};

    (void)state;
    text_add_string(&text, "a");
    text_addf(&text, "%d%s", 5, "x");
    text_add(&text, NULL, 0);
    text_add_literal(&text, "'\n", 2);
    AUTO_REF PyObject *odd = host_value("'\\ud800'");
    assert_true(text_add_object(&text, odd));
    for (int i = 0; i < 10000; i++)
        text_add(&text, "y", 1);
    AUTO_REF PyObject *whole = text_finish(&text);
    assert_int_equal(PyUnicode_GET_LENGTH(whole), 3 + 5 + 1 + 10000);
    assert_true(!text.data && !text.size);
    AUTO_REF PyObject *empty = text_finish(&text);
    assert_int_equal(PyUnicode_GET_LENGTH(empty), 0);
    text.failed = true;
    assert_null(text_finish(&text));
    assert_raised(PyExc_MemoryError);
    assert_false(text.failed);
    host_run("class Bad:\n    def __str__(self): raise OSError('no text')");
    AUTO_REF PyObject *bad = host_value("Bad()");
    assert_false(text_add_object(&text, bad));
    assert_raised(PyExc_OSError);
    text_clear(&text);
}

static void tables_have_aligned_columns_and_a_limit(void **state)
{
    static const char *const columns[] = {"name", "value", NULL};
    struct text text = {0};

    (void)state;
    AUTO_REF PyObject *rows = host_value("[('a', '<1>'), ('long', None), ('b',), ('c', 'd')]");
    assert_true(table_text(&text, columns, rows, 3, true));
    AUTO_REF PyObject *shown = text_finish(&text);
    assert_string_equal(PyUnicode_AsUTF8(shown),
                        "name  value\na     <1>\nlong\nb\n... and 1 more\n");
    PyList_SetSlice(published, 0, PyList_GET_SIZE(published), NULL);
    assert_true(table_show(&host, columns, rows, 9));
    assert_int_equal(PyList_GET_SIZE(published), 1);
    PyObject *data = PyDict_GetItemString(PyList_GET_ITEM(published, 0), "data");
    assert_non_null(strstr(PyUnicode_AsUTF8(PyDict_GetItemString(data, "text/html")), "&lt;1&gt;"));
    html_add_string(&text, "<&\"'>");
    AUTO_REF PyObject *escaped = text_finish(&text);
    assert_string_equal(PyUnicode_AsUTF8(escaped), "&lt;&amp;&quot;&#39;&gt;");
}

/* ---- expansion ---- */

static void lines_are_expanded_guarded_or_left(void **state)
{
    static const struct {
        const char *line, *expanded;
    } rows[] = {{"plain", "plain"},
                {"{a}", "1"},
                {"$a b", "1 b"},
                {"{a + 1}", "2"},
                {"{missing}", "{missing}"},
                {"$missing", "$missing"},
                {"{", "{"},
                {"{a", "{a"},
                {"{f.__globals__}", "{f.__globals__}"},
                {"", ""}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *line = PyUnicode_FromString(rows[i].line);
        AUTO_REF PyObject *expanded = magic_expand(&host, line);
        assert_non_null(expanded);
        assert_string_equal(PyUnicode_AsUTF8(expanded), rows[i].expanded);
    }
    AUTO_REF PyObject *scope = magic_local_scope(&host);
    assert_ptr_equal(scope, cell_names);
}

static void run_some(void)
{
    static const char *const names[] = {"who",    "whos", "lsmagic",       "pwd",   "time", "ls",
                                        "policy", "env",  "no_such_magic", "allow", "cd"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO_REF PyObject *name = PyUnicode_FromString(names[i]);
        AUTO_REF PyObject *line = PyUnicode_FromString(i == 4    ? "1 + 1"
                                                       : i == 6  ? "json.dumps"
                                                       : i == 9  ? "json.dupms"
                                                       : i == 10 ? "no/such/folder"
                                                                 : "");
        Py_XDECREF(magic_run(&host, name, line, NULL));
        PyErr_Clear();
    }
    PyList_SetSlice(published, 0, PyList_GET_SIZE(published), NULL);
    Py_XDECREF(PyRun_String("sys.stdout.seek(0); sys.stdout.truncate()", Py_file_input, host_names,
                            host_names));
}

static void magics_keep_nothing(void **state)
{
    (void)state;
    assert_keeps_nothing(run_some);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_magic_takes_every_line),
        cmocka_unit_test(what_is_no_text_is_an_error),
        cmocka_unit_test(the_table_is_found_by_name_and_kind),
        cmocka_unit_test(options_are_taken_apart),
        cmocka_unit_test(numbers_of_options_have_a_least),
        cmocka_unit_test(words_are_split_as_a_shell_would),
        cmocka_unit_test(a_switch_is_taken_out_of_the_words),
        cmocka_unit_test(text_grows_and_is_finished_once),
        cmocka_unit_test(tables_have_aligned_columns_and_a_limit),
        cmocka_unit_test(lines_are_expanded_guarded_or_left),
        cmocka_unit_test(magics_keep_nothing),
    };
    return cmocka_run_group_tests(tests, start, end);
}
