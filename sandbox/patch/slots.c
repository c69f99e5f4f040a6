/* slots: every place of CPython, or of a library's types, where a function of ours stands instead
 * of the one that was there. */
#include "sandbox/patch/slots.h"

#include <string.h>

#include "base/interpreter.h"
#include "sandbox/owners/owners.h"

/* ---- what was written ---- */

/* A pointer that was changed (`at`), or an entry of a namespace. For the process. */
struct written {
    PyObject *owner; /* owned: keeps alive what `at` points into */
    const char *member;
    void **at, *ours, *plain;
    PyObject *value, *before; /* of an entry; owned; before NULL: there was none */
};

static struct written *changes;
static size_t change_count, change_room;

static bool make_room(size_t count)
{
    if (change_count + count <= change_room)
        return true;
    size_t room = change_room * 2 + 256;
    struct written *grown = PyMem_Realloc(changes, room * sizeof *changes);
    if (!grown)
        return PyErr_NoMemory() != NULL;
    changes = grown;
    change_room = room;
    return true;
}

static void change(PyObject *owner, const char *member, void *at, void *ours)
{
    void **place = at;

    changes[change_count++] =
        (struct written){Py_NewRef(owner), member, place, ours, *place, NULL, NULL};
    *place = ours;
}

bool slots_write(PyObject *owner, const char *member, const struct slot_place *places, size_t count)
{
    if (!make_room(count))
        return false;
    for (size_t i = 0; i < count; i++)
        change(owner, member, places[i].at, places[i].ours);
    return true;
}

static bool write_one(PyObject *owner, const char *member, void *at, void *ours)
{
    return slots_write(owner, member, &(struct slot_place){at, ours}, 1);
}

static bool put(PyTypeObject *type, const char *name, PyObject *value)
{
    AUTO_REF PyObject *own = interpreter_type_dict(type);
    bool done = own && (value ? PyDict_SetItemString(own, name, value) == 0
                              : PyDict_DelItemString(own, name) == 0);

    PyType_Modified(type);
    return done;
}

bool slots_put(PyTypeObject *type, const char *name, PyObject *value)
{
    AUTO_REF PyObject *own = interpreter_type_dict(type);

    if (!own || !make_room(1))
        return false;
    changes[change_count++] = (struct written){
        .owner = Py_NewRef(type),
        .member = name,
        .value = Py_NewRef(value),
        .before = Py_XNewRef(PyDict_GetItemString(own, name)),
    };
    return put(type, name, value);
}

/* ---- finding the place ---- */

static bool refuse(const struct slot *row)
{
    if (!PyErr_Occurred())
        PyErr_Format(PyExc_SystemError, "%s.%s is not what it was", row->type ? row->type : "",
                     row->member);
    return false;
}

static enum slot_call call_of(const PyMethodDef *method)
{
    switch (method->ml_flags & ~(METH_COEXIST | METH_CLASS | METH_STATIC)) {
    case METH_NOARGS:
    case METH_O:
        return CALL_ONE;
    case METH_VARARGS:
        return CALL_TUPLE;
    case METH_VARARGS | METH_KEYWORDS:
        return CALL_NAMED;
    case METH_FASTCALL:
        return CALL_FAST;
    case METH_FASTCALL | METH_KEYWORDS:
        return CALL_FAST_NAMED;
    case METH_METHOD | METH_FASTCALL | METH_KEYWORDS:
        return CALL_OF_CLASS;
    default:
        return CALLS;
    }
}

/* `plain` is kept where the row says, once: a place that several types share is written to once. */
static bool write_once(const struct slot *row, PyObject *owner, void *at, void (*ours)(void))
{
    void **place = at;

    if (*place == (void *)ours)
        return true;
    *(void **)row->plain = *place;
    return write_one(owner, row->member, at, (void *)ours);
}

static bool take_method(PyObject *owner, const struct slot *row)
{
    AUTO_REF PyObject *found = PyObject_GetAttrString(owner, row->member);
    PyMethodDef *method = !found ? NULL
                          : Py_IS_TYPE(found, &PyMethodDescr_Type)
                              ? ((PyMethodDescrObject *)found)->d_method
                          : PyCFunction_CheckExact(found) ? ((PyCFunctionObject *)found)->m_ml
                                                          : NULL;
    enum slot_call call = method ? call_of(method) : CALLS;

    if (call == CALLS || !row->ours[call])
        return row->optional ? (PyErr_Clear(), true) : refuse(row);
    return write_once(row, owner, (void *)&method->ml_meth, row->ours[call]);
}

/* From 3.15 on all classes of Python's share one `__dict__`. */
static bool is_written(void *at)
{
    for (const struct written *row = changes; row < changes + change_count; row++)
        if (row->at == at)
            return true;
    return false;
}

static bool take_setter(PyObject *owner, const struct slot *row)
{
    AUTO_REF PyObject *own = PyObject_GetAttrString(owner, "__dict__");
    AUTO_REF PyObject *field = own ? PyMapping_GetItemString(own, row->member) : NULL;

    if (!field || !Py_IS_TYPE(field, &PyGetSetDescr_Type))
        return refuse(row);
    void *place = (void *)&((PyGetSetDescrObject *)field)->d_getset->set;
    return is_written(place) || write_once(row, owner, place, row->ours[0]);
}

static bool take_called(PyObject *owner, const struct slot *row)
{
    AUTO_REF PyObject *found = PyObject_GetAttrString(owner, row->member);

    if (!found || !Py_IS_TYPE(found, &PyWrapperDescr_Type))
        return refuse(row);
    return write_once(row, owner, (void *)&((PyWrapperDescrObject *)found)->d_base->wrapper,
                      row->ours[0]);
}

/* ---- slots of types ---- */

/* Where the type keeps it; NULL: it has no such structure. */
static void **place_of(PyTypeObject *type, const struct slot *row)
{
    char *base = (char *)type;

    if (row->within)
        base = *(char **)(void *)(base + row->within);
    return base ? (void **)(void *)(base + row->at) : NULL;
}

/* The methods of the type's own that do what the slot does: `__setattr__` and `__delattr__`. */
static bool take_wrappers(PyTypeObject *type, const struct slot *row, void *plain)
{
    AUTO_REF PyObject *own = interpreter_type_dict(type);
    PyObject *name, *value;
    Py_ssize_t at = 0;

    while (own && PyDict_Next(own, &at, &name, &value)) {
        if (!Py_IS_TYPE(value, &PyWrapperDescr_Type) ||
            ((PyWrapperDescrObject *)value)->d_wrapped != plain)
            continue;
        if (!write_one(value, row->member, (void *)&((PyWrapperDescrObject *)value)->d_wrapped,
                       (void *)row->ours[0]))
            return false;
    }
    return own != NULL;
}

/* Called faster than by way of its slot, a type would go past it. */
static bool take_shortcut(PyTypeObject *type, const struct slot *row)
{
    if (row->within ||
        (row->at != offsetof(PyTypeObject, tp_new) && row->at != offsetof(PyTypeObject, tp_init)))
        return true;
    return !type->tp_vectorcall ||
           write_one((PyObject *)type, row->member, (void *)&type->tp_vectorcall, NULL);
}

/* The type and those that took the slot over from it. */
static bool take_type(PyTypeObject *type, const struct slot *row, void *plain)
{
    void **place = place_of(type, row);

    if (!place || *place != plain)
        return true;
    if (!take_wrappers(type, row, plain))
        return false;
    if (!write_one((PyObject *)type, row->member, place, (void *)row->ours[0]) ||
        !take_shortcut(type, row))
        return false;
    if (!row->within && row->at == offsetof(PyTypeObject, tp_call))
        type->tp_flags &= ~Py_TPFLAGS_HAVE_VECTORCALL;
    PyType_Modified(type);
    AUTO_REF PyObject *subclasses =
        PyObject_CallMethod((PyObject *)&PyType_Type, "__subclasses__", "O", type);
    for (Py_ssize_t i = 0; subclasses && i < PyList_GET_SIZE(subclasses); i++)
        if (!take_type((PyTypeObject *)PyList_GET_ITEM(subclasses, i), row, plain))
            return false;
    return subclasses != NULL;
}

static bool take_slot(PyObject *owner, const struct slot *row)
{
    bool ready =
        PyType_Check(owner) && PyType_Ready((PyTypeObject *)owner) == 0; /* some are late */
    void **place = ready ? place_of((PyTypeObject *)owner, row) : NULL;

    if (!place)
        return refuse(row);
    if (*place == (void *)row->ours[0]) /* done before */
        return true;
    *(void **)row->plain = *place;
    return take_type((PyTypeObject *)owner, row, *place);
}

/* ---- rows ---- */

bool slots_take_of(PyObject *owner, const struct slot *row)
{
    switch (row->kind) {
    case SLOT_METHOD:
        return take_method(owner, row);
    case SLOT_SETTER:
        return take_setter(owner, row);
    case SLOT_CALLED:
        return take_called(owner, row);
    case SLOT_TYPE:
        return take_slot(owner, row);
    }
    return refuse(row);
}

/* New reference. */
static PyObject *find_owner(PyObject *module, const struct slot *row)
{
    return row->of     ? Py_NewRef((PyObject *)row->of)
           : row->type ? PyObject_GetAttrString(module, row->type)
                       : Py_NewRef(module);
}

/* Most are there, and an import costs many times what a look does. New reference. */
static PyObject *import_module(const char *name)
{
    PyObject *loaded = loaded_module(name); /* borrowed */

    return loaded ? Py_NewRef(loaded) : PyImport_ImportModule(name);
}

bool slots_take_in(PyObject *module, const struct slot *rows, size_t count)
{
    for (const struct slot *row = rows; row < rows + count; row++) {
        AUTO_REF PyObject *named =
            module || row->of ? Py_XNewRef(module) : import_module(row->module);
        AUTO_REF PyObject *owner = named || row->of ? find_owner(named, row) : NULL;
        if (!owner || !slots_take_of(owner, row))
            return false;
    }
    return true;
}

/* ---- for tests ---- */

size_t slots_count(void)
{
    return change_count;
}

const char *slots_lost(void)
{
    for (const struct written *row = changes; row < changes + change_count; row++) {
        AUTO_REF PyObject *own = row->at ? NULL : interpreter_type_dict((PyTypeObject *)row->owner);
        bool there = row->at ? *row->at == row->ours
                             : own && PyDict_GetItemString(own, row->member) == row->value;
        if (!there)
            return row->member;
    }
    return NULL;
}

void slots_take_back(void)
{
    while (change_count) {
        struct written *row = &changes[--change_count];
        if (row->at)
            *row->at = row->plain;
        else if (!put((PyTypeObject *)row->owner, row->member, row->before))
            PyErr_Clear();
        if (PyType_Check(row->owner))
            PyType_Modified((PyTypeObject *)row->owner);
        Py_CLEAR(row->value);
        Py_CLEAR(row->before);
        Py_CLEAR(row->owner);
    }
}
