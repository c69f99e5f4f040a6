/* travel: see the header. cloudpickle asks a table of its class how to take an object apart.
 * Guards, guarded code and guests get rows of ours there, which name a small function that travels
 * along, by value as well: so a process without this module can say what it lacks. What a cell
 * itself sends (packs: `sends`) is pickled by a class of our own, which looks at every function,
 * too. */
#include "sandbox/travel.h"

#include <string.h>

#include "sandbox/guards/guards.h"
#include "sandbox/guest.h"
#include "sandbox/patch/patch.h"
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

/* Buffers (of arrays) go beside the pickle, as far as who pickles the parcel can do that. */
static const char parcel_source[] =
    "import io\n"
    "class Parcel:\n"
    "    def __init__(self, sent):\n"
    "        self.sent, self.packed = sent, None\n"
    "    def __reduce_ex__(self, protocol):\n"
    "        if self.packed is None:\n"
    "            self.packed = pack(self.sent)\n"
    "        return self.packed\n"
    "def pack(sent):\n"
    "    from cloudpickle import Pickler\n"
    "    class Sender(Pickler):\n"
    "        def reducer_override(self, sent):\n"
    "            parts = parts_of(sent)\n"
    "            return super().reducer_override(sent) if parts is None else (restore, parts)\n"
    "    out, buffers = io.BytesIO(), []\n"
    "    Sender(out, protocol=5, buffer_callback=buffers.append).dump(sent)\n"
    "    return restore, ('parcel', out.getvalue(), *buffers)\n";

static PyObject *restore;     /* owned: that function, of no module that could be imported */
static PyObject *parcel_type; /* owned: the class Parcel */
static struct sandbox *guest; /* of code that came to a process which is no kernel; never freed */
static PyObject *sent;        /* owned dict: guarded code that left a kernel, each its own value */

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

static PyObject *reduce_guest(PyObject *unused, PyObject *guest)
{
    AUTO_REF PyObject *tuple = guest_parts(guest);

    (void)unused;
    return !tuple || tuple == Py_None ? NULL : parts_of("guest", tuple);
}

static PyMethodDef guest_row = {"reduce_guest", reduce_guest, METH_O, NULL};
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
    AUTO_REF PyObject *guest = PyCFunction_New(&guest_row, NULL);
    return code && guard && guest && PyDict_SetItem(table, (PyObject *)&PyCode_Type, code) == 0 &&
           guard_each_type(table, guard) && guest_add_type(table, guest);
}

static bool cover(void)
{
    static struct libraries_seen seen;

    return libraries_each_changed(&seen, look);
}

/* ---- what a cell sends itself ---- */

/* ("code", what CodeType takes ...) of guarded code. */
static PyObject *code_parts(PyObject *code)
{
    static const char *const names[] = {
        "argcount", "posonlyargcount", "kwonlyargcount", "nlocals",        "stacksize", "flags",
        "code",     "consts",          "names",          "varnames",       "filename",  "name",
        "qualname", "firstlineno",     "linetable",      "exceptiontable", "freevars",  "cellvars"};
    enum { COUNT = sizeof names / sizeof *names };
    AUTO_REF PyObject *parts = PyTuple_New(COUNT + 1);
    char name[32];

    for (int i = 0; parts && i <= COUNT; i++) {
        snprintf(name, sizeof name, "co_%s", i ? names[i - 1] : "");
        PyObject *part = i ? PyObject_GetAttrString(code, name) : PyUnicode_FromString("code");
        if (!part)
            return NULL;
        PyTuple_SET_ITEM(parts, i, part);
    }
    if (parts && gate_is_closed() && PyDict_SetItem(sent, code, code) < 0)
        return NULL;
    return Py_XNewRef(parts);
}

/* What travels in the place of an object: the arguments of `restore`, or None: it goes as it is. */
static PyObject *module_parts_of(PyObject *unused, PyObject *object)
{
    (void)unused;
    if (PyCode_Check(object))
        return code_is_guarded(object) ? code_parts(object) : Py_NewRef(Py_None);
    if (twin_is(object)) { /* refused here, or cloudpickle would take it for a function */
        calls_refuse(twin_original(object), allowlist_find(twin_original(object)));
        return NULL;
    }
    if (object == restore || !PyCallable_Check(object) || PyType_Check(object))
        return Py_NewRef(Py_None);
    AUTO_REF PyObject *parts = guest_parts(object);
    AUTO_REF PyObject *first = parts && parts != Py_None ? Py_BuildValue("(s)", "guest") : NULL;
    return first ? PySequence_Concat(first, parts) : Py_XNewRef(parts);
}

/* Does a cell send this, by what libraries lie between? Code of the host's that it called sends in
 * its own name. */
static bool cell_sends(void)
{
    AUTO_REF PyObject *frame = (PyObject *)PyThreadState_GetFrame(PyThreadState_Get());

    while (frame) {
        AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode((PyFrameObject *)frame);
        const char *file = text_of(((PyCodeObject *)code)->co_filename);
        if (code_is_guarded(code))
            return true;
        if (file && file[0] != '<' && !installed_path(file))
            return false;
        Py_SETREF(frame, (PyObject *)PyFrame_GetBack((PyFrameObject *)frame));
    }
    return gate_thread_sandbox() != NULL;
}

static PyObject *parcel_new(PyObject *sent)
{
    if ((PyObject *)Py_TYPE(sent) == parcel_type || !cell_sends())
        return Py_NewRef(sent);
    return PyObject_CallOneArg(parcel_type, sent);
}

/* ---- arriving ---- */

static PyObject *unpack(PyObject *parts)
{
    AUTO_REF PyObject *pickle = PyImport_ImportModule("pickle");
    AUTO_REF PyObject *loads = pickle ? PyObject_GetAttrString(pickle, "loads") : NULL;
    AUTO_REF PyObject *first = loads ? PyTuple_GetSlice(parts, 0, 1) : NULL;
    AUTO_REF PyObject *rest = first ? PyTuple_GetSlice(parts, 1, PY_SSIZE_T_MAX) : NULL;
    AUTO_REF PyObject *keywords = rest ? Py_BuildValue("{s:O}", "buffers", rest) : NULL;

    return keywords ? PyObject_Call(loads, first, keywords) : NULL;
}

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

bool travel_set_places(PyObject *dests, PyObject *hosts)
{
    struct sandbox *sandbox = host_of_guests();

    return sandbox && sandbox_set_ok_dests(sandbox, dests) && hosts_set(sandbox, hosts);
}

/* A cluster of threads runs in the kernel itself: what left comes back there, on behalf of cells.
 * Only code that is guarded can have left, and that very code it is. New reference. */
static PyObject *come_home(PyObject *code)
{
    PyObject *own = PyDict_GetItemWithError(sent, code); /* consts of others are never equal */

    if (!own && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "this code did not come from here");
    return Py_XNewRef(own);
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
        if (code && gate_is_closed() && !gate_asker().permitted)
            return come_home(code);
        return code && code_mark(sandbox, code) ? Py_NewRef(code) : NULL;
    }
    if (PyUnicode_Check(kind) && PyUnicode_CompareWithASCIIString(kind, "guest") == 0)
        return guest_new(sandbox, rest);
    if (PyUnicode_Check(kind) && PyUnicode_CompareWithASCIIString(kind, "parcel") == 0)
        return unpack(rest);
    return PyErr_Format(PyExc_ValueError, "%R does not travel", kind);
}

/* What `text` defines as `name`. New reference. */
static PyObject *define(const char *text, const char *name)
{
    static PyMethodDef parts_row = {"parts_of", module_parts_of, METH_O, NULL};
    AUTO_REF PyObject *parts = PyCFunction_New(&parts_row, NULL);
    AUTO_REF PyObject *globals =
        parts ? Py_BuildValue("{s:s,s:O,s:O}", "__name__", "__main__", "parts_of", parts, "restore",
                              restore ? restore : Py_None)
              : NULL;
    AUTO_REF PyObject *done =
        globals && PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) == 0
            ? PyRun_String(text, Py_file_input, globals, globals)
            : NULL;

    return done ? Py_XNewRef(PyDict_GetItemString(globals, name)) : NULL;
}

bool travel_init(void)
{
    if (parcel_type)
        return true;
    if (!guest_init() || !(sent = PyDict_New()) || !(restore = define(source, "restore")) ||
        !(parcel_type = define(parcel_source, "Parcel")))
        return false;
    writers_set_parcel(parcel_new);
    libraries_watch(cover);
    return true;
}
