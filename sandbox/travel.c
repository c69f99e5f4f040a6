/* travel: see the header. cloudpickle asks a table of its class how to take an object apart. Guards
 * and guarded code get rows of ours there, which name a small function that travels along, by value
 * as well: so a process without this module can say what it lacks. */
#include "sandbox/travel.h"

#include <string.h>

#include "sandbox/guards/guards.h"
#include "sandbox/sandbox.h"

static const char source[] = "def restore(*parts):\n"
                             "    try:\n"
                             "        import _safepyrun\n"
                             "    except ImportError:\n"
                             "        raise RuntimeError('this function comes from a cell of "
                             "Python (safepyrun) and is checked where it '\n"
                             "                           'runs: install safepyrun-kernel for the "
                             "Python of this process') from None\n"
                             "    return _safepyrun.restore(*parts)\n";

static PyObject *restore;     /* owned: that function, of no module that could be imported */
static struct sandbox *guest; /* of code that came to a process which is no kernel; never freed */

/* ---- leaving ---- */

static PyObject *parts_of(const char *kind, PyObject *tuple)
{
    AUTO_REF PyObject *first = Py_BuildValue("(s)", kind);
    AUTO_REF PyObject *parts = first ? PySequence_Concat(first, tuple) : NULL;

    return parts ? Py_BuildValue("(OO)", restore, parts) : NULL;
}

static PyObject *reduce_guard(PyObject *unused, PyObject *guard)
{
    AUTO_REF PyObject *name = guard_placeholder(guard);
    AUTO_REF PyObject *tuple = name ? PyTuple_Pack(1, name) : NULL;

    (void)unused;
    return tuple ? parts_of("guard", tuple) : NULL;
}

/* `original`: what cloudpickle does with a code object, (CodeType, arguments). */
static PyObject *reduce_code(PyObject *original, PyObject *code)
{
    AUTO_REF PyObject *reduced = PyObject_CallOneArg(original, code);

    /* What a kernel and what sandboxed code pickle, they unpickle: as written, guarded again. */
    if (!reduced || gate_is_closed() || gate_judged() || !code_is_guarded(code))
        return Py_XNewRef(reduced);
    if (!PyTuple_Check(reduced) || PyTuple_GET_SIZE(reduced) != 2 ||
        !PyTuple_Check(PyTuple_GET_ITEM(reduced, 1)))
        return PyErr_Format(PyExc_TypeError, "this cloudpickle takes code apart in another way");
    return parts_of("code", PyTuple_GET_ITEM(reduced, 1));
}

static PyMethodDef guard_row = {"reduce_guard", reduce_guard, METH_O, NULL};
static PyMethodDef code_row = {"reduce_code", reduce_code, METH_O, NULL};

/* The table of a cloudpickle (it is vendored under several names), borrowed; NULL: none. */
static PyObject *table_of(PyObject *module)
{
    PyObject *pickler = PyDict_GetItemString(PyModule_GetDict(module), "CloudPickler");
    PyObject *table =
        pickler && PyType_Check(pickler)
            ? PyDict_GetItemString(((PyTypeObject *)pickler)->tp_dict, "_dispatch_table")
            : NULL;

    return table && PyDict_Check(table) ? table : NULL;
}

static bool look(PyObject *module)
{
    PyObject *table = table_of(module);
    PyObject *original = table ? PyDict_GetItem(table, (PyObject *)&PyCode_Type) : NULL;

    if (!original || PyCFunction_Check(original)) /* ours is there */
        return true;
    AUTO_REF PyObject *code = PyCFunction_New(&code_row, original);
    AUTO_REF PyObject *guard = PyCFunction_New(&guard_row, NULL);
    return code && guard && PyDict_SetItem(table, (PyObject *)&PyCode_Type, code) == 0 &&
           guard_each_type(table, guard);
}

static bool cover(void)
{
    static struct libraries_seen seen;

    return libraries_each_changed(&seen, look);
}

/* ---- arriving ---- */

static struct sandbox *host_of_guests(void)
{
    /* Of a kernel it is done. What came may be sent on (a scheduler does): hence the cover. */
    if (!sandbox_install(SANDBOX_OPEN) || !libraries_cover())
        return NULL;
    if (gate_is_closed())
        return gate_default();
    AUTO_REF PyObject *globals = guest ? NULL : PyDict_New();
    if (!guest && globals)
        guest = sandbox_new(globals, true);
    return guest;
}

bool travel_set_dests(PyObject *dests)
{
    struct sandbox *sandbox = host_of_guests();

    return sandbox && sandbox_set_ok_dests(sandbox, dests);
}

PyObject *travel_restore(PyObject *parts)
{
    struct sandbox *sandbox = host_of_guests();
    PyObject *kind = PyTuple_GET_SIZE(parts) ? PyTuple_GET_ITEM(parts, 0) : Py_None;
    AUTO_REF PyObject *rest = PyTuple_GetSlice(parts, 1, PyTuple_GET_SIZE(parts));

    if (!sandbox || !rest)
        return PyErr_Occurred() ? NULL
                                : PyErr_Format(PyExc_RuntimeError, "there is no sandbox yet");
    if (PyUnicode_Check(kind) && PyUnicode_CompareWithASCIIString(kind, "guard") == 0 &&
        PyTuple_GET_SIZE(rest) == 1 && PyUnicode_CheckExact(PyTuple_GET_ITEM(rest, 0)))
        return Py_XNewRef(guard_of(sandbox, PyTuple_GET_ITEM(rest, 0)));
    if (PyUnicode_Check(kind) && PyUnicode_CompareWithASCIIString(kind, "code") == 0) {
        AUTO_REF PyObject *code = PyObject_Call((PyObject *)&PyCode_Type, rest, NULL);
        return code && code_mark(sandbox, code) ? Py_NewRef(code) : NULL;
    }
    return PyErr_Format(PyExc_ValueError, "%R does not travel", kind);
}

bool travel_init(void)
{
    if (restore)
        return true;
    AUTO_REF PyObject *globals = Py_BuildValue("{s:s}", "__name__", "__main__");
    AUTO_REF PyObject *done =
        globals && PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) == 0
            ? PyRun_String(source, Py_file_input, globals, globals)
            : NULL;
    if (!done)
        return false;
    restore = Py_XNewRef(PyDict_GetItemString(globals, "restore"));
    libraries_watch(cover);
    return restore != NULL;
}
