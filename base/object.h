/* object: types of our own, whose instances own references. */
#ifndef SAFEPYRUN_OBJECT_H
#define SAFEPYRUN_OBJECT_H

#include "base/reference.h"

/* One that Python code can neither change nor make instances of; NULL with an exception. `flags`
 * beside those: Py_TPFLAGS_HAVE_GC. */
static inline PyTypeObject *object_type(const char *name, size_t size, unsigned flags,
                                        PyType_Slot *slots)
{
    PyType_Spec spec = {.name = name,
                        .basicsize = (int)size,
                        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE |
                                 Py_TPFLAGS_DISALLOW_INSTANTIATION | flags,
                        .slots = slots};

    return (PyTypeObject *)PyType_FromSpec(&spec);
}

static inline void object_free(PyObject *object, PyObject **const *owned, size_t count)
{
    PyTypeObject *type = Py_TYPE(object);

    if (PyType_IS_GC(type))
        PyObject_GC_UnTrack(object);
    if (type->tp_weaklistoffset)
        PyObject_ClearWeakRefs(object);
    for (size_t i = 0; i < count; i++)
        Py_CLEAR(*owned[i]);
    type->tp_free(object);
    Py_DECREF(type);
}

/* name_dealloc of a `struct name`; then follow the addresses of what it owns: &self->value. */
#define OBJECT_FREES(name, ...)                                                                    \
    static void name##_dealloc(PyObject *object)                                                   \
    {                                                                                              \
        struct name *self = (struct name *)object;                                                 \
        PyObject **const owned[] = {__VA_ARGS__};                                                  \
        object_free(object, owned, sizeof owned / sizeof *owned);                                  \
    }

/* The same, and what the collector calls. */
#define OBJECT_OWNS(name, ...)                                                                     \
    static int name##_traverse(PyObject *object, visitproc visit, void *arg)                       \
    {                                                                                              \
        struct name *self = (struct name *)object;                                                 \
        PyObject **const owned[] = {__VA_ARGS__};                                                  \
        Py_VISIT(Py_TYPE(object));                                                                 \
        for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)                                  \
            Py_VISIT(*owned[i]);                                                                   \
        return 0;                                                                                  \
    }                                                                                              \
    static int name##_clear(PyObject *object)                                                      \
    {                                                                                              \
        struct name *self = (struct name *)object;                                                 \
        PyObject **const owned[] = {__VA_ARGS__};                                                  \
        for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)                                  \
            Py_CLEAR(*owned[i]);                                                                   \
        return 0;                                                                                  \
    }                                                                                              \
    OBJECT_FREES(name, __VA_ARGS__)
#define OBJECT_GC_SLOTS(name)                                                                      \
    {Py_tp_dealloc, name##_dealloc}, {Py_tp_traverse, name##_traverse},                            \
    {                                                                                              \
        Py_tp_clear, name##_clear                                                                  \
    }

#endif
