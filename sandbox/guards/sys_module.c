/* sys_module: what of the module sys a cell may set: `sys.stdout = io.StringIO()` and the like. A
 * store to sys goes through a stand-in that takes these names and no others. */
#include "sandbox/guards/guard_object.h"

static PyObject *writer; /* what stands in for sys; one for the process */

static const char *const settable[] = {
    "stdout",         "stderr",        "stdin", "argv", "path", "ps1", "ps2", "dont_write_bytecode",
    "tracebacklimit", "breakpointhook"};

static bool is_settable(PyObject *name)
{
    for (size_t i = 0; i < sizeof settable / sizeof *settable; i++)
        if (PyUnicode_CompareWithASCIIString(name, settable[i]) == 0)
            return true;
    return false;
}

/* Borrowed. */
static PyObject *module_sys(void)
{
    return loaded_module("sys");
}

bool sys_module_is(PyObject *object)
{
    return PyModule_Check(object) && object == module_sys();
}

bool sys_module_may_set(PyObject *object, PyObject *name)
{
    return sys_module_is(object) && is_settable(name);
}

static int writer_set(PyObject *self, PyObject *name, PyObject *value)
{
    PyObject *module = module_sys();

    (void)self;
    if (module && value && PyUnicode_CheckExact(name) && is_settable(name))
        return PyObject_SetAttr(module, name, value);
    refusal_raise("store", "sys", "it is not yours to change", NULL);
    return -1;
}

/* sys.argv += [...] reads first. */
static PyObject *writer_get(PyObject *self, PyObject *name)
{
    struct sandbox *sandbox = gate_current();
    PyObject *module = module_sys();

    (void)self;
    return sandbox && module ? values_read(sandbox, module, name, NULL) : NULL;
}

PyObject *sys_module_writer(PyObject *object)
{
    return sys_module_is(object) ? writer : NULL;
}

bool sys_module_init(void)
{
    static PyType_Slot slots[] = {
        {Py_tp_setattro, writer_set}, {Py_tp_getattro, writer_get}, {0, NULL}};

    if (writer)
        return true;
    AUTO_REF PyObject *type = (PyObject *)object_type("safepyrun.sys", sizeof(PyObject), 0, slots);
    writer = type ? PyObject_New(PyObject, (PyTypeObject *)type) : NULL;
    return writer != NULL;
}
