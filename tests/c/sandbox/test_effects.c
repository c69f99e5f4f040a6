/* What cells do to the world, from its parts: the table of effects, destinations, policies,
 * natives. What is left behind counts, not the exception. */
#include "tests/c/sandbox/embedded.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/gate/judge.h"
#include "sandbox/guards/guard_object.h"
#include "sandbox/sandbox.h"
#include "base/keywords.h"

static char inside[] = "/tmp/effects-in-XXXXXX", outside[] = "/tmp/effects-out-XXXXXX";

static void set_name(PyObject *names, const char *name, const char *text)
{
    AUTO_REF PyObject *value = PyUnicode_FromString(text);

    PyDict_SetItemString(names, name, value);
}

static int start(void **state)
{
    if (!mkdtemp(inside) || !mkdtemp(outside) || chdir(inside) < 0 || embedded_start(state) < 0)
        return -1;
    AUTO_REF PyObject *dests = Py_BuildValue("[s]", inside);
    set_name(cell_names, "I", inside);
    set_name(cell_names, "O", outside);
    set_name(host_names, "I", inside);
    set_name(host_names, "O", outside);
    host_run("import os, sys, json, functools\nkept = os.open(O + '/kept', os.O_RDWR | "
             "os.O_CREAT)\nfolder = os.open(O, os.O_RDONLY)\n"
             "os.symlink(O, I + '/link')\nos.link(O + '/kept', I + '/hard')\nopen(I + '/own', "
             "'w').close()");
    return sandbox_set_ok_dests(sandbox, dests) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    host_run("import shutil\nos.chdir('/')\nshutil.rmtree(I)\nshutil.rmtree(O)");
    return 0;
}

/* The cell, with what the host lends it, leaves everything outside as it was. */
static void assert_harmless(const char *source)
{
    static const char *const lent[] = {"kept", "folder"};

    for (size_t i = 0; i < sizeof lent / sizeof *lent; i++)
        PyDict_SetItemString(cell_names, lent[i], PyDict_GetItemString(host_names, lent[i]));
    Py_XDECREF(cell_run(source));
    const char *error = error_text();
    if (!host_holds("os.listdir(O) == ['kept'] and os.fstat(kept).st_size == 0"))
        fail_msg("%s: happened (%s)", source, error);
    if (!*error)
        fail_msg("%s: no error", source);
}

/* ---- effects ---- */

static void events_are_found_in_the_table(void **state)
{
    (void)state;
    assert_int_equal(effects_find("open")->rule, RULE_OPEN);
    assert_int_equal(effects_find("os.rename")->second, 1);
    assert_int_equal(effects_find("os.system")->rule, RULE_DENY);
    assert_null(effects_find(""));
    assert_null(effects_find("os.listdir"));
    assert_null(effects_find("opens"));
}

static void variables_that_programs_obey_are_known(void **state)
{
    static const char *const dangerous[] = {"PATH",       "LD_PRELOAD", "PYTHONPATH", "http_proxy",
                                            "MY_PRELOAD", "HOME",       "GIT_DIR"};
    static const char *const harmless[] = {"",   "OMP_NUM_THREADS", "PATHS", "MY_PATH",
                                           "LD", "PROXY",           "path"};

    (void)state;
    for (size_t i = 0; i < sizeof dangerous / sizeof *dangerous; i++)
        if (!effects_is_dangerous_variable(dangerous[i]))
            fail_msg("%s is not dangerous", dangerous[i]);
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (effects_is_dangerous_variable(harmless[i]))
            fail_msg("%s is dangerous", harmless[i]);
}

static void host_code_and_trusted_scopes_are_free(void **state)
{
    struct gate_scope trusted, judged;

    (void)state;
    assert_true(gate_asker().permitted);
    gate_judged_enter(&judged, sandbox);
    assert_ptr_equal(gate_current(), sandbox);
    assert_false(gate_asker().permitted);
    gate_trusted_enter(&trusted);
    assert_true(gate_asker().permitted);
    gate_trusted_exit(&trusted);
    assert_ptr_equal(gate_current(), sandbox);
    gate_trusted_exit(&judged);
    assert_null(gate_current());
    gate_net_enter();
    gate_net_enter();
    gate_net_exit();
    assert_true(gate_net_active());
    gate_net_exit();
    assert_false(gate_net_active());
}

/* ---- destinations ---- */

static void paths_become_exact(void **state)
{
    (void)state;
    host_run("import pathlib\n"
             "class S(str):\n    def __str__(self): return 'lie'\n"
             "class P:\n    def __fspath__(self): return S('there')\n"
             "class Bad:\n    def __fspath__(self): return 5\n"
             "class Raises:\n    def __fspath__(self): raise OSError('no path')");
    static const struct {
        const char *expression, *exact;
    } rows[] = {{"'a'", "'a'"},
                {"b'a'", "b'a'"},
                {"S('a')", "'a'"},
                {"P()", "'there'"},
                {"pathlib.Path('a/b')", "'a/b'"},
                {"7", "7"},
                {"True", "1"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *path = host_value(rows[i].expression);
        AUTO_REF PyObject *exact = dests_exact(path);
        AUTO_REF PyObject *wanted = host_value(rows[i].exact);
        assert_int_equal(PyObject_RichCompareBool(exact, wanted, Py_EQ), 1);
        assert_true(PyUnicode_CheckExact(exact) || PyBytes_CheckExact(exact) ||
                    PyLong_CheckExact(exact));
    }
    static const char *const wrong[] = {"None", "5.0", "Bad()", "Raises()", "[]", "2 ** 70"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        AUTO_REF PyObject *path = host_value(wrong[i]);
        assert_null(dests_exact(path));
        assert_true(PyErr_Occurred() != NULL);
        PyErr_Clear();
    }
    AUTO_REF PyObject *buffer = host_value("bytearray(b'x')");
    AUTO_REF PyObject *none = dests_bytes(buffer);
    assert_ptr_equal(none, Py_None);
    AUTO_REF PyObject *null = host_value("'a\\0b'");
    assert_null(dests_bytes(null));
    assert_raised(PyExc_ValueError);
}

static void destinations_are_where_the_system_says(void **state)
{
    static const struct {
        const char *expression;
        enum dest_use use;
        bool permitted;
    } rows[] = {
        {"I + '/a'", DEST_CONTENT, true},
        {"I + '/new/deep/a'", DEST_CONTENT, true},
        {"(I + '/a').encode()", DEST_CONTENT, true},
        {"'relative'", DEST_CONTENT, true},
        {"I", DEST_CONTENT, true},
        {"'/dev/null'", DEST_CONTENT, true},
        {"1", DEST_CONTENT, true},
        {"O + '/a'", DEST_CONTENT, false},
        {"I + '/../x'", DEST_CONTENT, false},
        {"I + '/link/a'", DEST_CONTENT, false},
        {"I + '/link'", DEST_CONTENT, false},
        {"I + '/link'", DEST_NAME, true},
        {"I + '/hard'", DEST_CONTENT, false},
        {"I + '/hard'", DEST_NAME, true},
        {"I + 'x'", DEST_CONTENT, false},
        {"''", DEST_CONTENT, false},
        {"'a\\0b'", DEST_CONTENT, false},
        {"'\\ud800'", DEST_CONTENT, false},
        {"'/proc/self/mem'", DEST_CONTENT, false},
        {"'/dev/shm/x'", DEST_CONTENT, false},
        {"'/dev/null'", DEST_NAME, false},
        {"kept", DEST_CONTENT, false},
        {"-1", DEST_CONTENT, false},
        {"9999", DEST_CONTENT, false},
        {"2 ** 32 + 1", DEST_CONTENT, false},
        {"I + '/' + 'x' * 5000", DEST_CONTENT, false},
        {"f'/proc/self/fd/{folder}/x'", DEST_CONTENT, false},
    };
    AUTO_REF PyObject *dests = sandbox_ok_dests(sandbox);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *path = host_value(rows[i].expression);
        if (dests_permitted(path, -1, rows[i].use, dests) != rows[i].permitted)
            fail_msg("%s", rows[i].expression);
        assert_null(PyErr_Occurred());
        assert_false(dests_permitted(path, -1, rows[i].use, NULL) && rows[i].permitted &&
                     !PyLong_Check(path) && i != 5);
    }
    assert_true(dests_within(inside, dests) && !dests_within(outside, dests) &&
                !dests_within(inside, NULL));
}

static void a_check_raises_what_it_found(void **state)
{
    (void)state;
    AUTO_REF PyObject *dests = sandbox_ok_dests(sandbox);
    AUTO_REF PyObject *own = host_value("I + '/own'");
    AUTO_REF PyObject *others = host_value("O + '/a'");
    AUTO_REF PyObject *number = host_value("5.0");
    assert_true(dests_check(own, dests));
    assert_false(dests_check(others, dests));
    const char *text = error_text();
    assert_non_null(strstr(text, "Dest '"));
    assert_non_null(strstr(text, "not allowed; permitted: ['"));
    assert_false(dests_check(own, NULL));
    assert_denied();
    assert_false(dests_check(number, dests));
    assert_raised(PyExc_TypeError);
    assert_false(dests_check(own, number));
    assert_raised(PyExc_TypeError);
}

static void ok_dests_are_kept_as_exact_names(void **state)
{
    (void)state;
    AUTO_REF PyObject *kept = sandbox_ok_dests(sandbox);
    static const char *const wrong[] = {"'/tmp'", "b'/tmp'", "5",
                                        "[5]",    "[None]",  "[b'x', object()]"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        AUTO_REF PyObject *dests = host_value(wrong[i]);
        if (sandbox_set_ok_dests(sandbox, dests))
            fail_msg("%s is taken", wrong[i]);
        assert_raised(PyExc_TypeError);
        AUTO_REF PyObject *now = sandbox_ok_dests(sandbox);
        assert_int_equal(PyObject_RichCompareBool(kept, now, Py_EQ), 1);
    }
    AUTO_REF PyObject *copy = sandbox_ok_dests(sandbox);
    PyList_SetSlice(copy, 0, 1, NULL); /* a new list: the sandbox's own stays */
    AUTO_REF PyObject *now = sandbox_ok_dests(sandbox);
    assert_int_equal(PyList_GET_SIZE(now), 1);
}

/* ---- natives ---- */

#define KEY                                                                                        \
    "import os\n"                                                                                  \
    "class Key(str):\n"                                                                            \
    "    def __hash__(self): return 5\n"                                                           \
    "    def __eq__(self, other): return str.__eq__(self, other)\n"                                \
    "class Number:\n"                                                                              \
    "    def __init__(self, number): self.number = number\n"                                       \
    "    def __index__(self): return self.number\n"

static void natives_leave_nothing_outside(void **state)
{
    static const char *const cells[] = {
        KEY "os.write(kept, b'x')",
        KEY "os.write(Number(kept), b'x')",
        KEY "os.pwrite(Number(kept), b'x', 0)",
        KEY "os.writev(Number(kept), [b'x'])",
        KEY "os.pwritev(Number(kept), [b'x'], 0)",
        KEY "os.posix_fallocate(Number(kept), 0, 5)",
        KEY "os.write(True and kept, b'x')",
        KEY "list(map(os.write, [Number(kept)], [b'x']))",
        KEY "os.ftruncate(Number(kept), 5)",
        KEY "os.sendfile(out_fd=kept, in_fd=os.open(I + '/own', os.O_RDONLY), offset=0, count=1)",
        KEY "os.open('new', os.O_CREAT | os.O_WRONLY, dir_fd=folder)",
        KEY "os.open('new', os.O_CREAT | os.O_WRONLY, **{Key('dir_fd'): folder})",
        KEY "os.open('new', **{Key('flags'): os.O_CREAT | os.O_WRONLY, Key('dir_fd'): folder})",
        KEY "os.mkfifo(O + '/new')",
        KEY "os.mkfifo(path=O + '/new')",
        KEY "os.mkfifo(**{Key('path'): O + '/new'})",
        KEY "os.mkfifo('new', dir_fd=folder)",
        KEY "os.mkfifo('new', **{Key('dir_fd'): folder})",
        KEY "os.mknod('new', **{Key('dir_fd'): folder})",
        KEY "os.mkfifo(**{Key('path'): O + '/new', 'path': I + '/new'})",
        KEY "os.mkdir('new', **{Key('dir_fd'): folder})",
        KEY "os.link('own', 'new', **{Key('dst_dir_fd'): folder})",
        "import sqlite3\nsqlite3.connect('file:' + O + '/new', uri=True).execute('create table "
        "t(a)')",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        assert_harmless(cells[i]);
    assert_cell("import os\nfd = os.open(I + '/own', os.O_WRONLY)\nn = os.write(fd, "
                "b'x')\nos.close(fd)\nn == 1");
}

static void uris_of_databases_are_taken_apart(void **state)
{
    static const struct {
        const char *uri;
        enum database_use use;
        const char *path;
    } rows[] = {
        {"file:a", DATABASE_WRITTEN, "a"},
        {"file:/a/b", DATABASE_WRITTEN, "/a/b"},
        {"file:///a", DATABASE_WRITTEN, "/a"},
        {"file://localhost/a", DATABASE_WRITTEN, "/a"},
        {"file://host/a", DATABASE_REFUSED, NULL},
        {"file:a%20b", DATABASE_WRITTEN, "a b"},
        {"file:a%2", DATABASE_REFUSED, NULL},
        {"file:a%00b", DATABASE_REFUSED, NULL},
        {"file:a?mode=ro", DATABASE_READ, "a"},
        {"file:a?mode=memory", DATABASE_MEMORY, NULL},
        {"file::memory:", DATABASE_MEMORY, NULL},
        {"file:a?vfs=unix", DATABASE_REFUSED, NULL},
        {"file:a?mode=ro&mode=rwc", DATABASE_REFUSED, NULL},
        {"file:a?mo%64e=rwc", DATABASE_REFUSED, NULL},
        {"file:", DATABASE_REFUSED, NULL},
        {"file:a?mode=rox", DATABASE_WRITTEN, "a"},
        {"file:a#?mode=ro", DATABASE_WRITTEN, "a"},
        {"file:a?#mode=ro", DATABASE_WRITTEN, "a"},
    };
    char path[PATH_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (database_from_uri(rows[i].uri, path) != rows[i].use)
            fail_msg("%s", rows[i].uri);
        if (rows[i].path)
            assert_string_equal(path, rows[i].path);
    }
    assert_false(database_is_uri());
}

/* ---- policies ---- */

static const struct pack_policy first_or_path = {
    .kind = POLICY_POSITION, .position = 0, .mode_position = -1, .keyword = "path"};
static const struct pack_policy when_it_writes = {.kind = POLICY_OPEN,
                                                  .position = 0,
                                                  .mode_position = 1,
                                                  .keyword = "path",
                                                  .mode_keyword = "mode",
                                                  .mode_default = "r"};
static const struct pack_policy only_reading = {.kind = POLICY_NEVER_WRITE,
                                                .position = 0,
                                                .mode_position = 1,
                                                .keyword = "path",
                                                .mode_keyword = "mode",
                                                .mode_default = "r"};
static const struct grant grants[] = {
    {.grade = GRADE_WRITE, .policy = &first_or_path, .name = "some.writer"},
    {.grade = GRADE_WRITE, .policy = &when_it_writes, .name = "some.opener"},
    {.grade = GRADE_WRITE, .policy = &only_reading, .name = "some.reader"},
};

/* `writer` under a policy, with arguments and keywords that host expressions give. */
static PyObject *call_checked(const struct grant *grant, const char *arguments,
                              const char *keywords)
{
    AUTO_REF PyObject *writer = host_value("writer");
    AUTO_REF PyObject *checked = checked_bind(sandbox, writer, grant);
    AUTO_REF PyObject *positional = host_value(arguments);
    AUTO_REF PyObject *named = host_value(keywords);

    assert_non_null(checked);
    assert_ptr_equal(checked_target(checked), writer);
    assert_ptr_equal(checked_target(writer), writer);
    return PyObject_Call(checked, positional, named);
}

static void prepare_writer(void)
{
    host_run(
        "class Key(str):\n"
        "    def __hash__(self): return 5\n"
        "    def __eq__(self, other): return str.__eq__(self, other)\n"
        "class Twice:\n"
        "    asked = 0\n"
        "    def __fspath__(self): self.asked += 1; return (I if self.asked == 1 else O) + '/a'\n"
        "seen = []\n"
        "def writer(path=None, mode='r'): seen.append(path)");
}

static void a_policy_checks_what_is_passed_on(void **state)
{
    static const struct {
        int grant;
        const char *arguments, *keywords;
        bool passes;
    } rows[] = {
        {0, "(I + '/a',)", "{}", true},
        {0, "()", "{'path': I + '/a'}", true},
        {0, "()", "{}", true},
        {0, "(None,)", "{}", true},
        {0, "(bytearray(),)", "{}", true},
        {0, "(Twice(),)", "{}", true},
        {0, "(O + '/a',)", "{}", false},
        {0, "()", "{'path': O + '/a'}", false},
        {0, "()", "{Key('path'): O + '/a'}", false},
        {0, "((O + '/a').encode(),)", "{}", false},
        {0, "()", "{Key('path'): O + '/a', 'path': I + '/a'}", false},
        {0, "('a\\0b',)", "{}", false},
        {1, "(O + '/a',)", "{}", true},
        {1, "(O + '/a', 'w')", "{}", false},
        {1, "(O + '/a',)", "{Key('mode'): 'w'}", false},
        {1, "(I + '/a', 'w')", "{}", true},
        {2, "(I + '/a', 'w')", "{}", false},
        {2, "(O + '/a',)", "{'mode': 'r'}", true},
        {2, "(O + '/a',)", "{Key('mode'): 'r+'}", false},
    };

    (void)state;
    prepare_writer();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        host_run("seen.clear()");
        AUTO_REF PyObject *result =
            call_checked(&grants[rows[i].grant], rows[i].arguments, rows[i].keywords);
        const char *error = error_text();
        if (!result == rows[i].passes || host_holds("len(seen) == 0") == rows[i].passes)
            fail_msg("%s %s: %s", rows[i].arguments, rows[i].keywords, result ? "passes" : error);
        if (strcmp(rows[i].arguments, "(Twice(),)") == 0)
            assert_true(
                host_holds("seen == [I + '/a']")); /* asked once, and passed on as it was checked */
    }
}

static PyObject *call_refused(PyObject *both)
{
    AUTO_REF PyObject *writer =
        Py_XNewRef(PyDict_GetItemWithError(host_names, PyTuple_GET_ITEM(both, 2)));
    AUTO_REF PyObject *checked = checked_bind(sandbox, writer, &grants[0]);

    return checked ? PyObject_Call(checked, PyTuple_GET_ITEM(both, 0), PyTuple_GET_ITEM(both, 1))
                   : NULL;
}

/* Where there is no memory for a lookup, the destination is not taken for missing. */
static void a_policy_holds_without_memory(void **state)
{
    static const char *const calls[] = {
        "((O + '/a',), {}, 'writer')", "((), {'path': O + '/a'}, 'writer')",
        "((), {Key('path'): O + '/a'}, 'writer')", "((I + '/link/a',), {'mode': 'w'}, 'writer')"};

    (void)state;
    prepare_writer();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        AUTO_REF PyObject *both = host_value(calls[i]);
        assert_survives(calls[i], call_refused, both, REFUSED);
        assert_true(host_holds("seen == []"));
    }
    AUTO_REF PyObject *both = host_value("((), {Key('path'): I + '/a'}, 'writer')");
    assert_survives("a writer that may", call_refused, both, PASSES);
}

static void a_users_policy_may_refuse_with_any_text(void **state)
{
    (void)state;
    host_run("def policed(path): seen.append(path)\n"
             "def policy(target, arguments, keywords, dests):\n"
             "    if arguments != ('yes',): raise PermissionError(arguments[0])");
    AUTO_REF PyObject *function = host_value("policed");
    AUTO_REF PyObject *policy = host_value("policy");
    assert_true(grants_allow(function, GRADE_GATED, policy));
    PyDict_SetItemString(cell_names, "policed", function);
    host_run("seen = []");
    assert_cell("policed('yes') is None");
    assert_null(cell_run("policed('no')"));
    assert_denied();
    assert_null(cell_run("policed('\\ud800')"));
    assert_denied();
    assert_null(cell_run("policed(5, 6)"));
    assert_raised(PyExc_PermissionError);
    assert_true(host_holds("seen == ['yes']"));
    assert_true(grants_deny(function));
}

/* ---- all of it ---- */

static void do_everything(void)
{
    static const char *const cells[] = {"open(I + '/own', 'w').close()",
                                        "open(O + '/new', 'w')",
                                        "import os\nos.mkfifo(O + '/new')",
                                        "import pathlib\npathlib.Path(O, 'new').write_text('x')",
                                        "import os\nos.write(kept, b'x')",
                                        "import sqlite3\nsqlite3.connect(':memory:').close()"};

    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        Py_XDECREF(cell_run(cells[i]));
        PyErr_Clear();
    }
    Py_XDECREF(call_checked(&grants[0], "(O + '/a',)", "{}"));
    PyErr_Clear();
    Py_XDECREF(call_checked(&grants[0], "()", "{Key('path'): I + '/a'}"));
    PyErr_Clear();
    host_run("seen.clear()");
}

static void effects_keep_nothing(void **state)
{
    (void)state;
    prepare_writer();
    assert_keeps_nothing(do_everything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_found_in_the_table),
        cmocka_unit_test(variables_that_programs_obey_are_known),
        cmocka_unit_test(host_code_and_trusted_scopes_are_free),
        cmocka_unit_test(paths_become_exact),
        cmocka_unit_test(destinations_are_where_the_system_says),
        cmocka_unit_test(a_check_raises_what_it_found),
        cmocka_unit_test(ok_dests_are_kept_as_exact_names),
        cmocka_unit_test(natives_leave_nothing_outside),
        cmocka_unit_test(uris_of_databases_are_taken_apart),
        cmocka_unit_test(a_policy_checks_what_is_passed_on),
        cmocka_unit_test(a_policy_holds_without_memory),
        cmocka_unit_test(a_users_policy_may_refuse_with_any_text),
        cmocka_unit_test(effects_keep_nothing),
    };
    return cmocka_run_group_tests(tests, start, end);
}
