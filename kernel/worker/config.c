/* config: the user's config.py and packs, run once, before the first cell. Nothing is imported for
 * it when there is neither. */
#include "kernel/worker/inside.h"

#include <string.h>
#include <unistd.h>

static PyObject *policy_list(struct worker *self, const char *name)
{
    PyObject *list = self->policy ? PyDict_GetItemString(self->policy, name) : NULL;

    return list && PyList_Check(list) ? list : NULL;
}

/* config.py beside config.toml; new str, NULL when it is not there. */
static PyObject *config_path(struct worker *self)
{
    PyObject *settings = self->policy ? PyDict_GetItemString(self->policy, "config") : NULL;
    const char *path = settings && PyUnicode_Check(settings) ? PyUnicode_AsUTF8(settings) : NULL;
    const char *slash = path ? strrchr(path, '/') : NULL;
    AUTO_REF PyObject *folder = slash ? PyUnicode_FromStringAndSize(path, slash - path) : NULL;
    PyObject *found = folder ? PyUnicode_FromFormat("%U/config.py", folder) : NULL;

    if (found && access(PyUnicode_AsUTF8(found), F_OK) != 0)
        Py_CLEAR(found);
    PyErr_Clear();
    return found;
}

/* module.function(*arguments) as host code; new reference. */
static PyObject *call_as_host(const char *module_name, const char *function, PyObject *arguments)
{
    struct gate_scope scope;

    gate_trusted_enter(&scope);
    ground_enter();
    AUTO_REF PyObject *module = PyImport_ImportModule(module_name);
    AUTO_REF PyObject *callable = module ? PyObject_GetAttrString(module, function) : NULL;
    PyObject *value = callable ? PyObject_CallObject(callable, arguments) : NULL;
    ground_leave();
    gate_trusted_exit(&scope);
    return value;
}

/* The floor hears of what the person's own file permits. */
static bool tell_dests(struct worker *self, PyObject *dests)
{
    if (!ground_is_there())
        return true;
    AUTO_REF PyObject *content = Py_BuildValue("{s:O,s:O}", "ok_dests", dests, "config", Py_True);
    AUTO_REF PyObject *answer = content ? worker_query(self, "dests", content) : NULL;
    return answer != NULL;
}

/* New list of what went wrong; NULL with an exception. */
static PyObject *load(struct worker *self)
{
    AUTO_REF PyObject *warnings = PyList_New(0);
    PyObject *told = policy_list(self, "warnings"), *packs = policy_list(self, "packs");
    AUTO_REF PyObject *path = config_path(self);

    if (!warnings || (told && PyList_SetSlice(warnings, 0, 0, told) < 0))
        return NULL;
    if (!path && !(packs && PyList_GET_SIZE(packs)))
        return Py_NewRef(warnings);
    AUTO_REF PyObject *arguments =
        Py_BuildValue("(OO)", path ? path : Py_None, packs ? packs : Py_None);
    AUTO_REF PyObject *more =
        arguments ? call_as_host("_safepyrun_config", "load", arguments) : NULL;
    if (!more || !PyTuple_Check(more))
        return NULL;
    AUTO_REF PyObject *dests = sandbox_ok_dests(
        self->sandbox); /* config.py's default_ok_dests come behind the settings' */
    AUTO_REF PyObject *all = dests ? PySequence_Concat(dests, PyTuple_GET_ITEM(more, 1)) : NULL;
    if (!all || !sandbox_set_ok_dests(self->sandbox, all) || !tell_dests(self, all))
        return NULL;
    return PySequence_Concat(warnings, PyTuple_GET_ITEM(more, 0));
}

static void show(struct worker *self, PyObject *warnings)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(warnings); i++) {
        AUTO_REF PyObject *line =
            PyUnicode_FromFormat("safepyrun: %S\n", PyList_GET_ITEM(warnings, i));
        const char *text = line ? PyUnicode_AsUTF8(line) : NULL;
        if (text)
            streams_write(self, RING_STDERR, text, strlen(text));
        PyErr_Clear();
    }
}

/* ---- the project's file ---- */

static Py_ssize_t packs_loaded;

/* Packs that the policy has got since the last were loaded. */
static void load_new_packs(struct worker *self)
{
    PyObject *packs = policy_list(self, "packs");
    Py_ssize_t count = packs ? PyList_GET_SIZE(packs) : 0;

    if (count <= packs_loaded)
        return;
    AUTO_REF PyObject *fresh = PyList_GetSlice(packs, packs_loaded, count);
    AUTO_REF PyObject *arguments = fresh ? Py_BuildValue("(OO)", Py_None, fresh) : NULL;
    AUTO_REF PyObject *said =
        arguments ? call_as_host("_safepyrun_config", "load", arguments) : NULL;
    packs_loaded = count;
    if (said && PyTuple_Check(said))
        show(self, PyTuple_GET_ITEM(said, 0));
    else
        error_tell();
}

/* What a .safepyrun.toml offers that nobody has agreed to: the person is asked with the first cell
 * that somebody can be asked in, and told with the first. */
static bool settle_project(struct worker *self)
{
    static bool told, asked;
    struct parent *parent = parent_current(self);
    bool person = parent && parent->allow_stdin && parent->shell == 0;
    PyObject *offered = self->policy ? PyDict_GetItemString(self->policy, "offered") : NULL;

    Py_XDECREF(parent);
    if (offered != Py_True || asked || (told && !person))
        return true;
    AUTO_REF PyObject *content = PyDict_New();
    AUTO_REF PyObject *answer = content ? worker_query(self, "project", content) : NULL;
    const char *reason = answer ? text_of(PyDict_GetItemString(answer, "reason")) : NULL;

    asked = asked || person;
    if (!answer)
        return false;
    AUTO_REF PyObject *line =
        PyDict_GetItemString(answer, "granted") == Py_True
            ? Py_NewRef(Py_None)
            : PyUnicode_FromFormat(
                  "safepyrun: nothing in the .safepyrun.toml of this folder holds (%s); "
                  "%%allow --project shows what it permits and asks you, and so does "
                  "`safepyrun-kernel trust` in a terminal\n",
                  reason ? reason : "nobody agreed to it");
    const char *text = line && PyUnicode_Check(line) && !told ? PyUnicode_AsUTF8(line) : NULL;
    told = true;
    if (text)
        streams_write(self, RING_STDERR, text, strlen(text));
    return line != NULL;
}

/* The package runs its own host code when it is imported, so the kernel imports it rather than the
 * cell. */
static bool import_package(PyObject *source)
{
    static bool tried;
    AUTO_REF PyObject *word = tried ? NULL : PyUnicode_FromString("safepyrun");

    if (!word || PyUnicode_Find(source, word, 0, PyUnicode_GET_LENGTH(source), 1) < 0)
        return true;
    struct gate_scope scope;
    tried = true;
    gate_reading_enter(&scope); /* sys.path is a cell's to fill */
    AUTO_REF PyObject *module = PyImport_ImportModule("safepyrun");
    gate_trusted_exit(&scope);
    return module || PyErr_ExceptionMatches(PyExc_ImportError);
}

bool config_cell_begins(struct worker *self, PyObject *source, bool silent)
{
    static PyObject *warnings; /* not shown yet */
    static bool loaded;

    if (!silent && !settle_project(self))
        return false;
    if (!loaded) {
        PyObject *packs = policy_list(self, "packs");
        loaded = true;
        packs_loaded = packs ? PyList_GET_SIZE(packs) : 0;
        warnings = load(self);
        if (!warnings)
            error_tell();
    }
    if (warnings && !silent) {
        show(self, warnings);
        Py_CLEAR(warnings);
    }
    load_new_packs(self);
    if (!import_package(source))
        error_tell();
    error_forget();
    return true;
}
