/* processes: libraries that would start processes for a cell, or write what nobody asked for, and
 * can do without, are told to: the answer is the same, only later. And threads that use what is
 * made for processes (the pools of multiprocessing) need none. */
#include "sandbox/patch/processes.h"

#include <string.h>

#include "base/places.h"
#include "sandbox/gate/gate.h"
#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/interpose.h"
#include "sandbox/patch/slots.h"

static bool give_one(const struct pack_fact *row, PyObject *arguments, PyObject *keywords)
{
    PyObject *value = row->value == PACK_OBJECT    ? resolve_object(row->text)
                      : row->text                  ? PyUnicode_FromString(row->text)
                      : row->value == PACK_NOTHING ? Py_NewRef(Py_None)
                                                   : PyLong_FromLong(row->value);

    if (!value) /* a name that leads nowhere: the library's own argument stays */
        return row->value == PACK_OBJECT && !PyErr_Occurred();
    if (row->position < PyTuple_GET_SIZE(arguments))
        return PyTuple_SetItem(arguments, row->position, value) == 0;
    bool given = PyDict_SetItemString(keywords, row->keyword, value) == 0;
    Py_DECREF(value);
    return given;
}

/* interpose_fn */
static bool give_instead(const void *first, PyObject *arguments, PyObject *keywords)
{
    const struct pack_fact *self = first;

    if (!gate_current())
        return !PyErr_Occurred();
    for (const struct pack_fact *row = self; row->name && strcmp(row->name, self->name) == 0; row++)
        if (!give_one(row, arguments, keywords))
            return false;
    return true;
}

/* interpose_fn */
static bool skip(const void *row, PyObject *arguments, PyObject *keywords)
{
    (void)row, (void)arguments, (void)keywords;
    return !gate_current() && !PyErr_Occurred();
}

/* A folder of that name in the session's scratch folder; new str, NULL without one or with an
 * exception. Where cells may write, the library writes as ever. */
static PyObject *own_folder(const char *function)
{
    struct sandbox *sandbox = gate_current();
    const char *scratch = places_scratch();
    char here[PATH_MAX];

    return sandbox && scratch && dests_resolve(".", here) &&
                   !dests_within(here, person_dests(sandbox->ok_dests))
               ? PyUnicode_FromFormat("%s/%.*s", scratch, (int)strcspn(function, "."), function)
               : NULL;
}

/* interpose_fn */
static bool put_aside(const void *row, PyObject *arguments, PyObject *keywords)
{
    const struct pack_fact *self = row;
    PyObject *given = self->position < PyTuple_GET_SIZE(arguments)
                          ? PyTuple_GET_ITEM(arguments, self->position)
                          : NULL;
    PyObject *named = self->value ? given : keywords; /* where it is said by name */

    if ((!self->value && given) || !named || !PyDict_CheckExact(named))
        return true;
    PyObject *said = PyDict_GetItemString(named, self->keyword); /* borrowed */
    if (said && said != Py_None)
        return true;
    AUTO_REF PyObject *folder = own_folder(self->name);
    return folder ? PyDict_SetItemString(named, self->keyword, folder) == 0 : !PyErr_Occurred();
}

static bool cover(enum pack_fact_kind kind, interpose_fn call)
{
    for (const struct pack_fact *row = pack_facts[kind]; row->name; row++) {
        AUTO_REF PyObject *named = resolve_object(row->name);
        PyObject *function = named && PyMethod_Check(named) /* a class method's: borrowed */
                                 ? PyMethod_GET_FUNCTION(named)
                                 : named;
        if (function && PyFunction_Check(function) && !interpose_function(function, call, row))
            return false;
    }
    return true;
}

bool processes_cover_libraries(void)
{
    return cover(FACT_INSTEAD, give_instead) && cover(FACT_SKIPPED, skip) &&
           cover(FACT_BYPRODUCTS, put_aside);
}

/* ---- semaphores ---- */

static newfunc plain_semaphore_new;

/* SemLock(kind, value, maximum, name, unlink): where processes are started anew (the default since
 * 3.14) the name stays, and a process is started that takes it away in the end. A cell's is used in
 * this process alone: the name goes at once. */
static PyObject *semaphore_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    enum { UNLINK = 4 };

    if (PyTuple_GET_SIZE(arguments) != UNLINK + 1 || !gate_current() || gate_asker().permitted)
        return plain_semaphore_new(type, arguments, keywords);
    AUTO_REF PyObject *most = PyTuple_GetSlice(arguments, 0, UNLINK);
    AUTO_REF PyObject *last = most ? PyTuple_Pack(1, Py_True) : NULL;
    AUTO_REF PyObject *all = last ? PySequence_Concat(most, last) : NULL;
    return all ? plain_semaphore_new(type, all, keywords) : NULL;
}

bool processes_watch(PyObject *module)
{
    static const struct slot rows[] = {
        SLOT_OF_TYPE(NULL, "SemLock", "__new__", tp_new, semaphore_new, plain_semaphore_new),
    };

    return SLOTS_TAKE_IN(module, rows);
}
