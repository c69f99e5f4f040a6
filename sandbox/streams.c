/* streams: what of the modules sys and warnings a cell may set: `sys.stdout = io.StringIO()` and the like. A store to one of them
 * goes through a stand-in that takes these names and no others. */
#include "guard_object.h"

/* What stands in for such a module when something is stored to it. */
struct writer {
    PyObject_HEAD
    size_t row;
};

static struct {
    const char *module;
    const char *names[12];
    PyObject *writer; /* one for the process */
} settable[] = {
    {"sys", {"stdout", "stderr", "stdin", "argv", "path", "ps1", "ps2", "dont_write_bytecode", "tracebacklimit"}, NULL},
};
enum { ROWS = sizeof settable / sizeof *settable };

static bool is_settable(size_t row, PyObject *name)
{
    for (const char *const *at = settable[row].names; *at; at++)
        if (PyUnicode_CompareWithASCIIString(name, *at) == 0)
            return true;
    return false;
}

/* Borrowed; NULL when it is not loaded. */
static PyObject *module_of(size_t row)
{
    return PyDict_GetItemString(PyImport_GetModuleDict(), settable[row].module);
}

bool streams_may_set(PyObject *object, PyObject *name)
{
    for (size_t row = 0; PyModule_Check(object) && row < ROWS; row++)
        if (object == module_of(row) && is_settable(row, name))
            return true;
    return false;
}

static int writer_set(PyObject *self, PyObject *name, PyObject *value)
{
    size_t row = ((struct writer *)self)->row;
    PyObject *module = module_of(row);

    if (module && value && PyUnicode_CheckExact(name) && is_settable(row, name))
        return PyObject_SetAttr(module, name, value);
    sandbox_refuse("store", settable[row].module, "it is not yours to change", NULL);
    return -1;
}

/* sys.argv += [...] reads first. */
static PyObject *writer_get(PyObject *self, PyObject *name)
{
    struct sandbox *sandbox = gate_current();
    PyObject *module = module_of(((struct writer *)self)->row);

    return sandbox && module ? guard_read(sandbox, module, name) : NULL;
}

/* A class whose metaclass takes what is set on it, and says what may be: a pack lists that metaclass. Ways around the
 * metaclass (type.__setattr__) do not come here. */
static bool has_settings(PyObject *object)
{
    return PyType_Check(object) && Py_TYPE(object) != &PyType_Type && allowlist_writable(Py_TYPE(object));
}

PyObject *guard_writable(struct sandbox *sandbox, PyObject *object)
{
    if (has_settings(object))
        return Py_NewRef(object);
    for (size_t row = 0; PyModule_Check(object) && row < ROWS; row++)
        if (settable[row].writer && object == module_of(row))
            return Py_NewRef(settable[row].writer);
    return guard_write(sandbox, object) ? Py_NewRef(object) : NULL;
}

bool streams_init(void)
{
    static PyType_Slot slots[] = {{Py_tp_setattro, writer_set}, {Py_tp_getattro, writer_get}, {0, NULL}};
    static PyType_Spec spec = {.name = "safepyrun.settings", .basicsize = sizeof(struct writer),
                               .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                               .slots = slots};

    if (settable[0].writer)
        return true;
    AUTO_REF PyObject *type = PyType_FromSpec(&spec);
    for (size_t row = 0; type && row < ROWS; row++) {
        struct writer *writer = PyObject_New(struct writer, (PyTypeObject *)type);
        if (!writer)
            return false;
        writer->row = row;
        settable[row].writer = (PyObject *)writer;
    }
    return type != NULL;
}
