/* databases: sqlite3. */
#include "sandbox/patch/databases.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/keywords.h"
#include "sandbox/gate/gate.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/slots.h"

enum {
    LIMIT_ATTACHED = 7, /* SQLITE_LIMIT_ATTACHED */
    ATTACHED_MOST = 10,
    CODE_READONLY = 8, /* SQLITE_READONLY */
    WAL_MARK = 18,     /* where a file says that it has a write-ahead log */
};

static PyTypeObject *connection_type, *cursor_type; /* owned, for the process */

/* ---- connecting ---- */

/* Has the database a write-ahead log, and is nobody at work on it? Then SQLite would make files
 * beside it, were it not told that it does not change. */
static bool is_resting(const char *path)
{
    char head[WAL_MARK + 1] = "", log[PATH_MAX + 8];
    FILE *file = fopen(path, "re");
    bool marked = file && fread(head, sizeof head, 1, file) == 1 && head[WAL_MARK] == 2;

    if (file)
        fclose(file);
    snprintf(log, sizeof log, "%s-wal", path);
    return marked && access(log, F_OK) != 0;
}

/* The URI that opens the file at resolved `path` for reading. New str. */
static PyObject *reading_uri(const char *path)
{
    static const char plain[] = "/._-~";
    char uri[3 * PATH_MAX + 64] = "file:";
    size_t size = strlen(uri);

    for (; *path; path++)
        if (isalnum((unsigned char)*path) || strchr(plain, *path))
            uri[size++] = *path;
        else
            size += (size_t)snprintf(uri + size, 4, "%%%02X", (unsigned char)*path);
    uri[size] = 0;
    return PyUnicode_FromString(uri);
}

/* The URI for a file that is there and may be read, but not written to; NULL without exception when
 * it is nothing of the kind: the event judges it. */
static PyObject *reading_only(PyObject *database)
{
    struct asker asker = gate_asker();
    struct stat status;
    char place[PATH_MAX];
    bool simple = PyUnicode_CheckExact(database) || PyBytes_CheckExact(database);
    AUTO_REF PyObject *bytes = asker.permitted || !simple ? NULL : dests_bytes(database);
    const char *text = bytes && PyBytes_Check(bytes) ? PyBytes_AS_STRING(bytes) : "";

    PyErr_Clear();
    if (!*text || strcmp(text, ":memory:") == 0 || strncmp(text, "file:", 5) == 0 ||
        dests_permitted(bytes, -1, DEST_CONTENT, gate_dests(&asker)) ||
        dests_read_denied(bytes, -1) || !dests_locate(bytes, -1, DEST_CONTENT, place) ||
        stat(place, &status) < 0 || !S_ISREG(status.st_mode) || access(place, R_OK) != 0)
        return NULL;
    AUTO_REF PyObject *uri = reading_uri(place);
    return uri ? PyUnicode_FromFormat("%U?mode=ro%s", uri, is_resting(place) ? "&immutable=1" : "")
               : NULL;
}

/* Connections that are for reading because of us: whoever asked for that himself gets SQLite's own
 * errors. By address: one that is used again costs no more than the wording of an error. */
static PyObject *made_reading; /* owned set of int, for the process */

static bool is_made_reading(PyObject *connection, bool remember)
{
    AUTO_REF PyObject *address = PyLong_FromVoidPtr(connection);

    if (!made_reading && !(made_reading = PySet_New(NULL)))
        return false;
    return address && (remember ? PySet_Add(made_reading, address) == 0
                                : PySet_Contains(made_reading, address) == 1);
}

static PyObject *connect_reading(PyObject *original, PyObject *uri, PyObject *arguments,
                                 PyObject *keywords)
{
    AUTO_REF PyObject *given = keywords_with_first(arguments, uri);
    AUTO_REF PyObject *named = keywords ? PyDict_Copy(keywords) : PyDict_New();

    if (!given || !named || PyDict_SetItemString(named, "uri", Py_True) < 0)
        return NULL;
    bool before = database_set_is_uri(true);
    PyObject *result = PyObject_Call(original, given, named);
    database_set_is_uri(before);
    if (result && !is_made_reading(result, true))
        Py_CLEAR(result);
    return result;
}

/* What is judged is the text of a path: (path, ...) as (text, ...). New reference. */
static PyObject *with_plain_path(PyObject *arguments)
{
    PyObject *path = PyTuple_GET_SIZE(arguments) ? PyTuple_GET_ITEM(arguments, 0) : NULL;

    if (!path || PyUnicode_Check(path) || PyBytes_Check(path) ||
        !PyObject_HasAttrString((PyObject *)Py_TYPE(path), "__fspath__"))
        return Py_NewRef(arguments);
    AUTO_REF PyObject *text = PyOS_FSPath(path);
    return keywords_with_first(arguments, text);
}

/* connect(text, uri=True, ...) with the class of connections that sqlite3 has: no code of others
 * comes in between. */
PyObject *databases_connect(PyObject *original, PyObject *given, PyObject *keywords)
{
    AUTO_REF PyObject *arguments = with_plain_path(given);
    if (!arguments)
        return NULL;
    bool one = PyTuple_GET_SIZE(arguments) == 1;
    bool own = one && !keywords_item(keywords, "factory") && !PyErr_Occurred();
    PyObject *flag = own ? keywords_item(keywords, "uri") : NULL; /* borrowed */
    bool is_uri = own && flag == Py_True && PyUnicode_CheckExact(PyTuple_GET_ITEM(arguments, 0));

    PyErr_Clear();
    AUTO_REF PyObject *uri =
        own && (!flag || flag == Py_False) ? reading_only(PyTuple_GET_ITEM(arguments, 0)) : NULL;
    if (uri)
        return connect_reading(original, uri, arguments, keywords);
    if (PyErr_Occurred())
        return NULL;
    bool before = database_set_is_uri(is_uri);
    PyObject *result = PyObject_Call(original, arguments, keywords);
    database_set_is_uri(before);
    return result;
}

/* ---- connections ---- */

static initproc plain_connection_init;

/* The method is the base type's, so that a subclass cannot stand in. */
static bool limit_attached(PyObject *connection, int most)
{
    AUTO_REF PyObject *done = PyObject_CallMethod((PyObject *)connection_type, "setlimit", "Oii",
                                                  connection, LIMIT_ATTACHED, most);

    return done != NULL;
}

/* A connection attaches no file but by a statement that was judged. */
static int connection_init(PyObject *connection, PyObject *arguments, PyObject *keywords)
{
    if (plain_connection_init(connection, arguments, keywords) < 0)
        return -1;
    return gate_asker().permitted || limit_attached(connection, 0) ? 0 : -1;
}

/* ---- statements ---- */

static const char *skip_space(const char *text)
{
    for (;;) {
        if (isspace((unsigned char)*text)) {
            text++;
        } else if (strncmp(text, "--", 2) == 0) {
            text += strcspn(text, "\n");
        } else if (strncmp(text, "/*", 2) == 0) {
            const char *end = strstr(text + 2, "*/");
            text = end ? end + 2 : text + strlen(text);
        } else {
            return text;
        }
    }
}

/* Behind the word, or NULL when it is another. */
static const char *skip_word(const char *text, const char *word)
{
    size_t size = strlen(word);

    return strncasecmp(text, word, size) == 0 && !isalnum((unsigned char)text[size]) &&
                   text[size] != '_'
               ? skip_space(text + size)
               : NULL;
}

/* Where the statement names the file that it will open; NULL: it opens none. */
static const char *find_file(const char *sql)
{
    const char *text = skip_space(sql), *rest;

    if ((rest = skip_word(text, "ATTACH")))
        return (text = skip_word(rest, "DATABASE")) ? text : rest;
    if (!(rest = skip_word(text, "VACUUM")))
        return NULL;
    while (*rest && *rest != ';' && !skip_word(rest, "INTO"))
        rest++;
    return skip_word(rest, "INTO");
}

/* The name that is written out there, as bytes: 'a''b', or a parameter that is text. New reference;
 * NULL without exception: it cannot be said. */
static PyObject *file_named(const char *at, PyObject *parameter_or_null)
{
    char name[PATH_MAX];
    size_t size = 0;
    char quote = *at;

    if (quote == '?' && parameter_or_null && PyUnicode_CheckExact(parameter_or_null))
        return PyUnicode_EncodeFSDefault(parameter_or_null);
    if (quote != '\'' && quote != '"')
        return NULL;
    for (at++; *at && size < sizeof name - 1; at++) {
        if (*at == quote && at[1] != quote)
            break;
        at += *at == quote;
        name[size++] = *at;
    }
    const char *behind = *at == quote ? skip_space(at + 1) : "|";
    return !*behind || *behind == ';' || skip_word(behind, "AS")
               ? PyBytes_FromStringAndSize(name, (Py_ssize_t)size)
               : NULL;
}

/* May the file be opened for writing? False with Denied. */
static bool may_open(const char *at, PyObject *parameter_or_null)
{
    struct asker asker = gate_asker();
    AUTO_REF PyObject *name = asker.permitted ? NULL : file_named(at, parameter_or_null);

    if (asker.permitted)
        return true;
    const char *text = name ? PyBytes_AS_STRING(name) : NULL;
    if (!text || strlen(text) != (size_t)PyBytes_GET_SIZE(name) || strncmp(text, "file:", 5) == 0) {
        PyErr_Clear();
        return gate_refuse("sqlite3", "the file to attach is named by its path, as text", NULL) ==
               0;
    }
    asker.event = "sqlite3.connect";
    return !*text || strcmp(text, ":memory:") == 0 || judge_dest(&asker, name) == 0;
}

/* The connection of a cursor, whatever a subclass says, or itself; new reference. */
static PyObject *connection_of(PyObject *object)
{
    if (PyObject_TypeCheck(object, connection_type))
        return Py_NewRef(object);
    PyObject *field = PyDict_GetItemString(cursor_type->tp_dict, "connection"); /* borrowed */
    descrgetfunc get = field ? Py_TYPE(field)->tp_descr_get : NULL;

    return get ? get(field, object, (PyObject *)cursor_type) : NULL;
}

/* The first file of the connection that may not be written to, as bytes; new reference, NULL
 * without exception. */
static PyObject *file_refused(PyObject *connection, const struct asker *asker)
{
    /* Made by its class, a cursor has no factory of rows from its connection. */
    AUTO_REF PyObject *cursor =
        PyObject_CallFunctionObjArgs((PyObject *)cursor_type, connection, NULL);
    AUTO_REF PyObject *done = cursor ? PyObject_CallMethod((PyObject *)cursor_type, "execute", "Os",
                                                           cursor, "PRAGMA database_list")
                                     : NULL;
    AUTO_REF PyObject *rows = done ? PySequence_List(done) : NULL;

    for (Py_ssize_t i = 0; rows && i < PyList_GET_SIZE(rows); i++) {
        PyObject *row = PyList_GET_ITEM(rows, i);
        PyObject *file = PyTuple_CheckExact(row) && PyTuple_GET_SIZE(row) == 3
                             ? PyTuple_GET_ITEM(row, 2)
                             : Py_None;
        AUTO_REF PyObject *name = PyUnicode_CheckExact(file) ? PyUnicode_EncodeFSDefault(file)
                                  : PyBytes_CheckExact(file) ? Py_NewRef(file)
                                                             : NULL; /* text_factory */
        if (name && PyBytes_GET_SIZE(name) &&
            !dests_permitted(name, -1, DEST_CONTENT, gate_dests(asker)))
            return Py_NewRef(name);
    }
    PyErr_Clear();
    return NULL;
}

/* "attempt to write a readonly database" becomes the refusal that it is, with its remedy. */
static PyObject *explain(PyObject *object)
{
    struct asker asker = gate_asker();

    if (asker.permitted || PyErr_ExceptionMatches(refusal_type()))
        return NULL;
    struct error_taken set = error_take();
    AUTO_REF PyObject *number = PyObject_GetAttrString(set.value, "sqlite_errorcode");
    long code = number && PyLong_Check(number) ? PyLong_AsLong(number) & 0xff : 0;
    AUTO_REF PyObject *text = PyObject_Str(set.value);
    bool attaches = text && PyUnicode_Check(text) && PyUnicode_AsUTF8(text) &&
                    strstr(PyUnicode_AsUTF8(text), "too many attached databases - max 0");
    PyErr_Clear();
    AUTO_REF PyObject *connection = code == CODE_READONLY ? connection_of(object) : NULL;
    AUTO_REF PyObject *file =
        connection && is_made_reading(connection, false) ? file_refused(connection, &asker) : NULL;
    PyErr_Clear();
    if (!file && !attaches) {
        error_put(&set);
        return NULL;
    }
    error_drop(&set);
    if (file)
        dests_refuse(file, DEST_CONTENT, gate_dests(&asker), "sqlite3");
    else
        gate_refuse("sqlite3", "a file is attached by execute() alone, which is given its path",
                    NULL);
    return NULL;
}

typedef PyObject *(*fast_fn)(PyObject *, PyObject *const *, Py_ssize_t);
#define FAST(function) ((fast_fn)ANY(function))

/* Statements that attach a file now: meanwhile a connection would attach others, too. */
static int attaching;

/* A statement that opens a file: judged, then run with the name that was judged. `object`: the
 * cursor or the connection whose method `plain` is. */
static PyObject *attach(PyCFunction plain, PyObject *object, PyObject *const *arguments,
                        Py_ssize_t count, const char *at)
{
    AUTO_REF PyObject *given =
        count > 1 && (PyTuple_CheckExact(arguments[1]) || PyList_CheckExact(arguments[1]))
            ? PySequence_Tuple(arguments[1])
            : NULL;
    PyObject *const exact[] = {arguments[0], given};
    PyObject *type, *error, *traceback;

    if (PyErr_Occurred() ||
        !may_open(at, given && PyTuple_GET_SIZE(given) ? PyTuple_GET_ITEM(given, 0) : NULL))
        return NULL;
    AUTO_REF PyObject *connection = connection_of(object);
    if (!connection || !limit_attached(connection, ATTACHED_MOST))
        return NULL;
    attaching++;
    PyObject *result = FAST(plain)(object, given ? exact : arguments, count);
    attaching--;
    PyErr_Fetch(&type, &error, &traceback);
    if (!gate_asker().permitted && !limit_attached(connection, 0))
        Py_CLEAR(result);
    if (type)
        PyErr_Restore(type, error, traceback);
    return result;
}

static PyObject *execute(PyCFunction plain, PyObject *object, PyObject *const *arguments,
                         Py_ssize_t count)
{
    const char *sql =
        count > 0 && PyUnicode_CheckExact(arguments[0]) ? text_of(arguments[0]) : NULL;
    const char *at = sql ? find_file(sql) : NULL;
    PyObject *result =
        at ? attach(plain, object, arguments, count, at) : FAST(plain)(object, arguments, count);

    return result ? result : explain(object);
}

/* A callback of the statement that attaches may run no script, which nobody reads. */
static bool may_run_script(void)
{
    return !attaching || gate_asker().permitted ||
           gate_refuse("sqlite3", "a file is being attached", NULL) == 0;
}

/* The methods of cursors, and those of connections, which do the same. */
static PyCFunction plain_methods[2][3];
#define METHODS(type, row)                                                                         \
    static PyObject *type##_execute(PyObject *self, PyObject *const *arguments, Py_ssize_t count)  \
    {                                                                                              \
        return execute(plain_methods[row][0], self, arguments, count);                             \
    }                                                                                              \
    static PyObject *type##_many(PyObject *self, PyObject *const *arguments, Py_ssize_t count)     \
    {                                                                                              \
        PyObject *result = FAST(plain_methods[row][1])(self, arguments, count);                    \
        return result ? result : explain(self);                                                    \
    }                                                                                              \
    static PyObject *type##_script(PyObject *self, PyObject *script)                               \
    {                                                                                              \
        PyObject *result = may_run_script() ? plain_methods[row][2](self, script) : NULL;          \
        return result ? result : explain(self);                                                    \
    }
METHODS(cursor, 0)
METHODS(connection, 1)

/* One that a version calls in another way stays as it is: it attaches nothing. */
#define STATEMENT(of, name, call, function, row, at)                                               \
    {                                                                                              \
        .type = (of), .member = (name), .optional = true, .ours[call] = ANY(function),             \
        .plain = &plain_methods[row][at]                                                           \
    }
static const struct slot slots[] = {
    SLOT_OF_TYPE(NULL, "Connection", "__init__", tp_init, connection_init, plain_connection_init),
    STATEMENT("Cursor", "execute", CALL_FAST, cursor_execute, 0, 0),
    STATEMENT("Cursor", "executemany", CALL_FAST, cursor_many, 0, 1),
    STATEMENT("Cursor", "executescript", CALL_ONE, cursor_script, 0, 2),
    STATEMENT("Connection", "execute", CALL_FAST, connection_execute, 1, 0),
    STATEMENT("Connection", "executemany", CALL_FAST, connection_many, 1, 1),
    STATEMENT("Connection", "executescript", CALL_ONE, connection_script, 1, 2),
};

bool databases_watch(PyObject *module)
{
    if (connection_type)
        return true;
    connection_type = (PyTypeObject *)PyObject_GetAttrString(module, "Connection");
    cursor_type = (PyTypeObject *)PyObject_GetAttrString(module, "Cursor");
    return connection_type && cursor_type && SLOTS_TAKE_IN(module, slots);
}
