/* suggestion: what a misspelt name may have been meant for, as the same release of CPython prints
 * it behind the message (Python/suggestions.c, Lib/traceback.py): same candidates, order and
 * distance. One thing differs: no object is asked, names are read where they lie. ImportError knows
 * the name since 3.12 only; that a module was forgotten is told before 3.12, too. */
#include "kernel/worker/ask/introspect.h"
#include "kernel/worker/inside.h"

#include <ctype.h>
#include <string.h>

enum { MOVE_COST = 2, CASE_COST = 1, NAME_BYTES_MAX = 40, CANDIDATES_MAX = 750 };

static int substitution_cost(char a, char b)
{
    if (a == b)
        return 0;
    return tolower((unsigned char)a) == tolower((unsigned char)b) ? CASE_COST : MOVE_COST;
}

/* What it takes to make `a` of `b`; more than `most` when either is too long. */
static int distance(const char *a, const char *b, int most)
{
    size_t columns = strlen(b);
    int row[NAME_BYTES_MAX + 1];

    if (columns > NAME_BYTES_MAX || strlen(a) > NAME_BYTES_MAX)
        return most + 1;
    for (size_t j = 0; j <= columns; j++)
        row[j] = (int)j * MOVE_COST;
    for (size_t i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = (int)i * MOVE_COST;
        for (size_t j = 1; j <= columns; j++) {
            int substitute = diagonal + substitution_cost(a[i - 1], b[j - 1]);
            diagonal = row[j];
            int least = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + MOVE_COST;
            row[j] = substitute < least ? substitute : least;
        }
    }
    return row[columns];
}

/* The first of the nearest of `names` (a list), borrowed; NULL. */
static PyObject *nearest(PyObject *names, const char *wanted)
{
    PyObject *best = NULL;
    int least = 1000;

    if (PyList_GET_SIZE(names) > CANDIDATES_MAX)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        PyObject *each = PyList_GET_ITEM(names, i);
        const char *name = PyUnicode_Check(each) ? PyUnicode_AsUTF8(each) : NULL;
        if (!name)
            PyErr_Clear();
        if (!name || strcmp(name, wanted) == 0)
            continue;
        int most = (int)(strlen(name) + strlen(wanted) + 3) * MOVE_COST / 6;
        most = most < least - 1 ? most : least - 1;
        int away = distance(wanted, name, most);
        if (away <= most) {
            least = away;
            best = each;
        }
    }
    return best;
}

/* ---- candidates ---- */

static PyObject *field(PyObject *exception, const char *name)
{
    PyObject *value = PyObject_GetAttrString(exception, name);

    PyErr_Clear();
    if (value == Py_None)
        Py_CLEAR(value);
    return value;
}

/* Of the frame where it happened; new reference, NULL without exception. */
static PyFrameObject *last_frame(PyObject *exception)
{
    AUTO_REF PyObject *traceback = PyException_GetTraceback(exception);
    PyTracebackObject *last = (PyTracebackObject *)traceback;

    while (last && last->tb_next)
        last = last->tb_next;
    return last ? (PyFrameObject *)Py_NewRef(last->tb_frame) : NULL;
}

/* The variable `self` of the frame; new reference, NULL without exception. */
static PyObject *frame_self(PyFrameObject *frame)
{
    AUTO_REF PyObject *locals = frame ? PyFrame_GetLocals(frame) : NULL;
    PyObject *value = locals ? PyMapping_GetItemString(locals, "self") : NULL;

    PyErr_Clear();
    return value;
}

/* All variables of a function, assigned or not; new list, NULL without exception. */
static PyObject *variables_of(PyCodeObject *code)
{
    AUTO_REF PyObject *variables = PyCode_GetVarnames(code);
    AUTO_REF PyObject *cells = PyCode_GetCellvars(code);
    AUTO_REF PyObject *free = PyCode_GetFreevars(code);
    AUTO_REF PyObject *local = variables && cells ? PySequence_Concat(variables, cells) : NULL;
    AUTO_REF PyObject *all = local && free ? PySequence_Concat(local, free) : NULL;
    PyObject *names = all ? PySequence_List(all) : NULL;

    PyErr_Clear();
    return names;
}

/* `from`: a mapping or a list. */
static void add_all(PyObject *names, PyObject *from)
{
    AUTO_REF PyObject *keys = !from || PyList_Check(from) ? Py_XNewRef(from) : PyMapping_Keys(from);

    if (keys)
        PyList_SetSlice(names, PyList_GET_SIZE(names), PyList_GET_SIZE(names), keys);
    PyErr_Clear();
}

/* What a name in the frame may have been meant for; new str or NULL. Before 3.13 it is one kind of
 * variables after the other, then all of them. */
static PyObject *nearest_variable(PyFrameObject *frame, const char *wanted)
{
    AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode(frame);
    bool apart = !INTERPRETER_FROM(13);
    AUTO_REF PyObject *locals =
        apart ? variables_of((PyCodeObject *)code) : PyFrame_GetLocals(frame);
    AUTO_REF PyObject *globals = PyFrame_GetGlobals(frame);
    AUTO_REF PyObject *builtins = PyFrame_GetBuiltins(frame);
    AUTO_REF PyObject *names = PyList_New(0);
    PyObject *kinds[] = {locals, globals, builtins};

    PyErr_Clear();
    for (int i = 0; names && i < 3; i++) {
        add_all(names, kinds[i]);
        PyObject *meant = apart || i == 2 ? nearest(names, wanted) : NULL;
        if (meant)
            return Py_NewRef(meant);
        if (apart)
            PyList_SetSlice(names, 0, PyList_GET_SIZE(names), NULL);
    }
    return NULL;
}

/* The names of an object, sorted as by dir(); new list or NULL. */
static PyObject *names_of(PyObject *object, bool underscored)
{
    AUTO_REF PyObject *lying = PyDict_New();
    AUTO_REF PyObject *names = PyList_New(0);
    PyObject *key, *value;
    Py_ssize_t at = 0;

    if (lying)
        static_names(object, false, lying);
    while (lying && names && PyDict_Next(lying, &at, &key, &value))
        if (PyUnicode_CheckExact(key) && PyUnicode_GET_LENGTH(key) &&
            (underscored || PyUnicode_READ_CHAR(key, 0) != '_'))
            PyList_Append(names, key);
    if (names)
        PyList_Sort(names);
    PyErr_Clear();
    return Py_XNewRef(names);
}

static PyObject *nearest_attribute(PyObject *object, bool underscored, const char *wanted)
{
    AUTO_REF PyObject *names =
        object ? names_of(object, !INTERPRETER_FROM(13) || wanted[0] == '_' || underscored) : NULL;

    return names ? Py_XNewRef(nearest(names, wanted)) : NULL;
}

/* ---- by error ---- */

static PyObject *meant_name(PyObject *exception, PyObject *wanted, const char *text)
{
    AUTO_REF PyObject *owned = (PyObject *)last_frame(exception);
    PyFrameObject *frame = (PyFrameObject *)owned;
    AUTO_REF PyObject *self = INTERPRETER_FROM(12) ? frame_self(frame) : NULL;
    AUTO_REF PyObject *attribute = self ? static_attribute(self, wanted) : NULL;

    PyErr_Clear();
    if (attribute)
        return PyUnicode_FromFormat("self.%U", wanted);
    return frame ? nearest_variable(frame, text) : NULL;
}

static PyObject *meant_attribute(PyObject *exception, PyObject *wanted, const char *text)
{
    AUTO_REF PyObject *object = field(exception, "obj");
    AUTO_REF PyObject *frame = (PyObject *)last_frame(exception);
    AUTO_REF PyObject *self = frame_self((PyFrameObject *)frame);

    (void)wanted;
    return nearest_attribute(object, object && self == object, text);
}

/* Of a module that is loaded. */
static PyObject *meant_import(PyObject *exception, PyObject *wanted, const char *text)
{
    AUTO_REF PyObject *name = field(exception, "name");
    PyObject *module = name ? PyDict_GetItemWithError(PyImport_GetModuleDict(), name) : NULL;
    AUTO_REF PyObject *owned = Py_XNewRef(module);

    (void)wanted;
    return nearest_attribute(owned, false, text);
}

static bool is_standard_module(PyObject *name)
{
    PyObject *names = PySys_GetObject("stdlib_module_names"); /* borrowed */
    bool found = names && PySet_Contains(names, name) == 1;

    PyErr_Clear();
    return found;
}

/* Of the type alone before 3.13, of subclasses since. */
static bool is_error(PyObject *exception, PyObject *type)
{
    return INTERPRETER_FROM(13) ? PyObject_TypeCheck(exception, (PyTypeObject *)type)
                                : Py_IS_TYPE(exception, (PyTypeObject *)type);
}

/* In that Python's own words. */
static PyObject *in_words(PyObject *wanted, PyObject *meant, bool attribute)
{
    if (!INTERPRETER_FROM(15) || !attribute)
        return PyUnicode_FromFormat("Did you mean: '%U'?", meant);
    return PyUnicode_IS_ASCII(meant)
               ? PyUnicode_FromFormat("Did you mean '.%U' instead of '.%U'?", meant, wanted)
               : PyUnicode_FromFormat("Did you mean '.%U' (%A) instead of '.%U' (%A)?", meant,
                                      meant, wanted, wanted);
}

PyObject *suggestion_for(PyObject *exception)
{
    const struct {
        PyObject *type;
        const char *field;
        PyObject *(*meant)(PyObject *exception, PyObject *wanted, const char *text);
    } errors[] = {{PyExc_NameError, "name", meant_name},
                  {PyExc_AttributeError, "name", meant_attribute},
                  {PyExc_ImportError, "name_from", meant_import}};
    int row = 0;

    while (row < 3 && !is_error(exception, errors[row].type))
        row++;
    AUTO_REF PyObject *wanted = row < 3 ? field(exception, errors[row].field) : NULL;
    const char *text = wanted && PyUnicode_CheckExact(wanted) ? PyUnicode_AsUTF8(wanted) : NULL;
    PyErr_Clear();
    if (!text)
        return NULL;
    AUTO_REF PyObject *meant = errors[row].meant(exception, wanted, text);
    PyErr_Clear();
    bool forgotten = row == 0 && (!meant || INTERPRETER_FROM(12)) && is_standard_module(wanted);
    if (!meant)
        return forgotten ? PyUnicode_FromFormat("Did you forget to import '%U'?", wanted) : NULL;
    return forgotten ? PyUnicode_FromFormat("Did you mean: '%U'? Or did you forget to import '%U'?",
                                            meant, wanted)
                     : in_words(wanted, meant, row == 1);
}
