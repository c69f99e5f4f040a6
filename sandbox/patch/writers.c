/* writers: what third-party libraries write natively raises no audit event. The writers that their
 * packs name are judged where they are, in place, so that no road around the policy (a callback, a
 * name given as text, a subclass) leads past. */
#include "sandbox/patch/patch.h"

#include <string.h>

#include "base/keywords.h"
#include "sandbox/gate/gate.h"
#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/attributes.h"
#include "sandbox/patch/interpose.h"
#include "sandbox/patch/slots.h"
#include "sandbox/patch/source.h"

enum { TYPES_MOST = 64 };

/* One writer: its policy, and whether its first argument is the object. For the process. */
struct writer {
    const struct pack_entry *entry;
    bool is_method;
};

/* ---- judging ---- */

static PyObject *argument(const struct writer *self, PyObject *arguments, PyObject *keywords,
                          int position, const char *keyword)
{
    PyObject *value = keyword ? keywords_item(keywords, keyword) : NULL;
    Py_ssize_t at = position + self->is_method;

    return !value && !PyErr_Occurred() && position >= 0 && at < PyTuple_GET_SIZE(arguments)
               ? PyTuple_GET_ITEM(arguments, at)
               : value;
}

static bool mode_writes(const struct writer *self, PyObject *arguments, PyObject *keywords)
{
    const struct pack_policy *policy = self->entry->policy;
    PyObject *mode =
        argument(self, arguments, keywords, policy->mode_position, policy->mode_keyword);
    const char *text =
        mode && PyUnicode_Check(mode) ? PyUnicode_AsUTF8(mode) : policy->mode_default;

    PyErr_Clear();
    return !text || strpbrk(text, "wax+") != NULL;
}

/* Does a cell call it, or the standard library for a cell (a pool of threads)? Other libraries know
 * what they call. */
static bool is_told_by_cell(const struct pack_entry *entry)
{
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */

    if (frame && !frame_sandbox(frame) && !attributes_does_as_told(frame, entry->name))
        return false;
    if (!gate_judged())
        return false;
    AUTO_REF PyObject *native = resolve_object(entry->name);
    const struct grant *grant = native ? allowlist_find(native) : NULL;
    return !grant || grant->grade == GRADE_DENY; /* or the user allowed it */
}

/* A compiler of functions reads the code of that argument, or what unpickles takes it for its own.
 */
static bool give_code(PyObject *arguments, int position, PyObject *(*other)(PyObject *))
{
    PyObject *given =
        position < PyTuple_GET_SIZE(arguments) ? PyTuple_GET_ITEM(arguments, position) : NULL;
    PyObject *written = given ? other(given) : NULL;

    if (!written)
        return !given;
    PyTuple_SET_ITEM(arguments, position, written);
    Py_DECREF(given);
    return true;
}

static PyObject *(*parcel)(PyObject *sent);

void writers_set_parcel(PyObject *(*make)(PyObject *sent))
{
    parcel = make;
}

/* What a cell has pickled for elsewhere goes with what guards it. */
static bool give_parcels(const struct writer *self, PyObject *arguments)
{
    Py_ssize_t at = self->entry->policy->position + self->is_method;

    for (; parcel && at < PyTuple_GET_SIZE(arguments); at++)
        if (!give_code(arguments, (int)at, parcel))
            return false;
    return true;
}

/* interpose_fn */
static bool judge(const void *row, PyObject *arguments, PyObject *keywords)
{
    const struct writer *self = row;
    const struct pack_policy *policy = self->entry->policy;
    PyObject *path = argument(self, arguments, keywords, policy->position, policy->keyword);

    if (PyErr_Occurred())
        return false;
    if (policy->kind == POLICY_SOURCE)
        return give_code(arguments, policy->position, source_function);
    if (policy->kind == POLICY_GUARDED)
        return give_code(arguments, policy->position, source_guarded);
    if (policy->kind == POLICY_SENDS)
        return give_parcels(self, arguments);
    if (policy->kind == POLICY_NEVER_CALL)
        return !is_told_by_cell(self->entry) ||
               refusal_raise("call", self->entry->name, self->entry->why, NULL) != NULL;
    if (!path || PyLong_Check(path) || allowlist_is_spared(policy, keywords) ||
        (policy->kind == POLICY_OPEN && !mode_writes(self, arguments, keywords)))
        return true;
    struct asker asker = gate_asker();
    if (asker.permitted || allowlist_is_open(policy, path))
        return true;
    AUTO_REF PyObject *bytes = dests_bytes(path);
    if (!bytes || bytes == Py_None) /* a buffer or a file: judged when it was opened */
        return bytes != NULL;
    asker.event = self->entry->name;
    return judge_dest(&asker, bytes) == 0;
}

/* ---- classes that open in C ---- */

static struct {
    PyTypeObject *type;
    newfunc original;
    struct writer writer;
} types[TYPES_MOST]; /* their modules keep them */
static int type_count;

static PyObject *writer_new(PyTypeObject *type, PyObject *arguments, PyObject *given)
{
    AUTO_REF PyObject *keywords = NULL;

    if (!keywords_take(given, &keywords))
        return NULL;
    for (PyTypeObject *base = type; base; base = base->tp_base) /* the nearest that is listed */
        for (int i = 0; i < type_count; i++)
            if (types[i].type == base)
                return judge(&types[i].writer, arguments, keywords)
                           ? types[i].original(type, arguments, keywords)
                           : NULL;
    return PyErr_Format(PyExc_SystemError, "a class lost its constructor");
}

static bool cover_type(PyTypeObject *type, const struct pack_entry *entry)
{
    if (!type->tp_new || type->tp_new == PyBaseObject_Type.tp_new || type->tp_new == writer_new)
        return true;
    if (type_count == TYPES_MOST)
        return PyErr_Format(PyExc_SystemError, "more classes that write than there is room for") !=
               NULL;
    struct slot makes = {.member = entry->name,
                         .kind = SLOT_TYPE,
                         .at = offsetof(PyTypeObject, tp_new),
                         .ours = {ANY(writer_new)},
                         .plain = &types[type_count].original};
    types[type_count].type = type;
    types[type_count++].writer = (struct writer){entry, false};
    return slots_take_of((PyObject *)type, &makes);
}

/* ---- covering ---- */

/* Is the member that `name` ends in one of a class? */
static bool is_of_class(const char *name)
{
    char owner[256];
    const char *dot = strrchr(name, '.');

    if (!dot || (size_t)(dot - name) >= sizeof owner)
        return false;
    memcpy(owner, name, (size_t)(dot - name));
    owner[dot - name] = 0;
    AUTO_REF PyObject *found = resolve_object(owner);
    return found && PyType_Check(found);
}

static bool cover_function(PyObject *function, const struct pack_entry *entry, bool is_method)
{
    if (interpose_is_done(function))
        return true;
    struct writer *writer = PyMem_Malloc(sizeof *writer); /* for the process */

    if (!writer)
        return PyErr_NoMemory() != NULL;
    *writer = (struct writer){entry, is_method};
    return interpose_function(function, judge, writer);
}

static bool is_function(PyObject *object)
{
    return PyFunction_Check(object) || resolve_is_compiled(object);
}

static bool cover(const struct pack_entry *entry)
{
    static PyObject *init_name;
    AUTO_REF PyObject *found = resolve_object(entry->name);

    if (!found)
        return true;
    if (is_function(found))
        return cover_function(found, entry, is_of_class(entry->name));
    if (!PyType_Check(found))
        return true;
    if (!init_name && !(init_name = PyUnicode_InternFromString("__init__")))
        return false;
    PyObject *own = ((PyTypeObject *)found)->tp_dict;
    PyObject *init = own ? PyDict_GetItemWithError(own, init_name) : NULL; /* borrowed */
    if (init && is_function(init)) {
        PyType_Modified((PyTypeObject *)found);
        return cover_function(init, entry, true);
    }
    PyObject *constructor = own ? PyDict_GetItemString(own, "__new__") : NULL; /* borrowed */
    AUTO_REF PyObject *function = constructor && Py_IS_TYPE(constructor, &PyStaticMethod_Type)
                                      ? PyObject_GetAttrString(constructor, "__func__")
                                      : NULL;
    if (function && is_function(function))
        return cover_function(function, entry, true);
    return cover_type((PyTypeObject *)found, entry);
}

/* Is one of the pack's libraries loaded? The standard library's writers raise audit events. */
static bool is_loaded(const struct pack *pack)
{
    if (strcmp(pack->name, "stdlib") == 0)
        return false;
    for (const char *const *name = pack->modules; *name; name++)
        if (loaded_module(*name))
            return true;
    return false;
}

static bool cover_libraries(void)
{
    for (const struct pack *const *pack = packs; *pack; pack++)
        for (size_t i = 0; is_loaded(*pack) && i < (*pack)->count; i++) {
            const struct pack_entry *entry = &(*pack)->entries[i];
            if (entry->policy && entry->grade != GRADE_NET && !cover(entry))
                return false;
            PyErr_Clear();
        }
    return true;
}

void writers_init(void)
{
    libraries_watch(cover_libraries);
}
