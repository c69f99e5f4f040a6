/* libraries: some rules cover what libraries define, as soon as they are loaded. */
#include "sandbox/owners/libraries.h"

#include <assert.h>
#include <string.h>

#include "sandbox/owners/loaded.h"

struct libraries_modules libraries_modules;

/* Runs no Python code: a spec that is not importlib's own is not asked. Where there is no memory
 * for an answer, it is `unknown`. */
static bool is_importing(PyObject *namespace, PyObject *spec_type, bool unknown)
{
    static PyObject *names[2];

    if (!names[0])
        names[0] = PyUnicode_InternFromString("__spec__");
    if (!names[1])
        names[1] = PyUnicode_InternFromString("_initializing");
    PyObject *spec =
        names[0] && names[1] ? PyDict_GetItemWithError(namespace, names[0]) : NULL; /* borrowed */
    AUTO_REF PyObject *value =
        spec && (PyObject *)Py_TYPE(spec) == spec_type ? PyObject_GetAttr(spec, names[1]) : NULL;
    bool asked = spec_type && !(PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_MemoryError));

    PyErr_Clear();
    return asked ? value == Py_True : unknown;
}

static PyObject *spec_class(void)
{
    return loaded_member("_frozen_importlib", "ModuleSpec");
}

bool libraries_are_importing(PyObject *namespace)
{
    return is_importing(namespace, spec_class(), false);
}

/* Once imported, a module stays so: the next search goes on where the last one found all done, as
 * long as the module that it ended with stands where it stood. */
static bool any_is_importing(PyObject *modules)
{
    static Py_ssize_t before_last, done_until;
    static PyObject *last; /* borrowed: only compared */
    PyObject *name, *module, *spec_type = spec_class();
    Py_ssize_t at = before_last;

    if (!PyDict_Next(modules, &at, &name, &module) || at != done_until || module != last)
        done_until = 0;
    at = done_until;
    while (PyDict_Next(modules, &at, &name, &module)) {
        if (PyModule_Check(module) && is_importing(PyModule_GetDict(module), spec_type, true))
            return true;
        before_last = done_until;
        done_until = at;
        last = module;
    }
    return false;
}

/* ---- which ones ---- */

struct libraries_row {
    PyObject *namespace; /* borrowed: only compared */
    uint64_t version;
};

static bool seen_reserve(struct libraries_seen *seen, Py_ssize_t count)
{
    Py_ssize_t before = seen->most;

    if (count <= before)
        return true;
    struct libraries_row *more = PyMem_Realloc(seen->rows, (size_t)count * 2 * sizeof *more);
    if (!more) {
        PyErr_NoMemory();
        return false;
    }
    *seen = (struct libraries_seen){more, count * 2};
    memset(more + before, 0, (size_t)(seen->most - before) * sizeof *more);
    return true;
}

bool libraries_each_changed(struct libraries_seen *seen, bool (*look)(PyObject *module))
{
    /* What is looked at may be imported meanwhile: the list stays as it is, and who asks next sees
     * that modules came. */
    AUTO_REF PyObject *modules = PyDict_Values(PyImport_GetModuleDict());

    if (!modules || !seen_reserve(seen, PyList_GET_SIZE(modules)))
        return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(modules); i++) {
        PyObject *module = PyList_GET_ITEM(modules, i);
        PyObject *namespace = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
        uint64_t version = namespace ? interpreter_dict_version(namespace) : 0;
        if (!namespace ||
            (seen->rows[i].namespace == namespace && seen->rows[i].version == version))
            continue;
        if (!look(module))
            return false;
        /* Looking may have come here again, and moved the rows to where there is more room. */
        seen->rows[i] = (struct libraries_row){namespace, version};
    }
    return true;
}

/* ---- rules ---- */

enum { RULES_MOST = 8 };
static bool (*rules[RULES_MOST])(void); /* NULL behind the last */

void libraries_watch(bool (*cover)(void))
{
    size_t at = 0;

    while (rules[at] && rules[at] != cover)
        at++;
    assert(at < RULES_MOST - 1);
    rules[at] = cover;
}

bool libraries_cover(void)
{
    static uint64_t covered_for; /* 0: not, or not all */
    uint64_t version = libraries_version();

    if (covered_for == version)
        return true;
    covered_for = any_is_importing(libraries_modules.modules) ? 0 : version;
    for (size_t i = 0; rules[i]; i++) {
        if (rules[i]())
            continue;
        covered_for = 0;
        if (PyErr_ExceptionMatches(PyExc_MemoryError))
            return false;
        PyErr_Clear();
        return true;
    }
    return true;
}

#if INTERPRETER_WATCHES
static int count_change(PyDict_WatchEvent event, PyObject *dict, PyObject *key, PyObject *value)
{
    (void)event, (void)dict, (void)key, (void)value;
    libraries_modules.changes++;
    return 0;
}

static bool watch_modules(void)
{
    int watcher = PyDict_AddWatcher(count_change);

    libraries_modules.changes = 1;
    return watcher >= 0 && PyDict_Watch(watcher, libraries_modules.modules) == 0;
}
#else
static bool watch_modules(void)
{
    return true;
}
#endif

bool libraries_init(void)
{
    if (libraries_modules.modules)
        return true;
    libraries_modules.modules = PyImport_GetModuleDict();
    return watch_modules();
}
