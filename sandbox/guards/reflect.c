#include "sandbox/guards/reflect.h"

#include <string.h>

#include "sandbox/gate/gate.h"

static const char frames[] = "frames reach the variables of other code";
static const char code[] = "code objects are the interpreter's";
static const char scopes[] = "it reaches the variables of other code";
static const char classes[] = "it reaches classes that are not yours";

static const struct {
    const char *name, *reason;
} refused[] = {
    {"__globals__", scopes},  {"__closure__", scopes},  {"cell_contents", scopes},
    {"__builtins__", scopes}, {"__code__", code},       {"gi_code", code},
    {"cr_code", code},        {"ag_code", code},        {"f_code", code},
    {"gi_frame", frames},     {"cr_frame", frames},     {"ag_frame", frames},
    {"tb_frame", frames},     {"f_back", frames},       {"f_globals", frames},
    {"f_locals", frames},     {"f_builtins", frames},   {"f_trace", frames},
    {"f_generator", frames},  {"gi_yieldfrom", frames}, {"cr_await", frames},
    {"ag_await", frames},     {"cr_origin", frames},    {"__subclasses__", classes},
};
static PyObject *table; /* dict of interned name -> index; process-wide, made once */
static PyObject *dict_name;

const char *reflect_reason(PyObject *name)
{
    PyObject *index = PyUnicode_Check(name) ? PyDict_GetItemWithError(table, name) : NULL;

    if (!index) {
        PyErr_Clear();
        return NULL;
    }
    return refused[PyLong_AsLong(index)].reason;
}

bool reflect_is_guarded(PyObject *name)
{
    static const char *const names[] = {"__dict__", "__kwdefaults__", "__annotations__"};

    for (size_t i = 0; name != dict_name && i < sizeof names / sizeof *names; i++)
        if (PyUnicode_CompareWithASCIIString(name, names[i]) == 0)
            return true;
    return name == dict_name;
}

const char *reflect_in_format(PyObject *format)
{
    const char *text = PyUnicode_AsUTF8(format);

    if (!text) {
        PyErr_Clear();
        return NULL;
    }
    if (!strchr(text, '{') || !strchr(text, '.'))
        return NULL;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        for (const char *at = strstr(text, refused[i].name); at;
             at = strstr(at + 1, refused[i].name))
            if (at > text && at[-1] == '.')
                return refused[i].reason;
    }
    return NULL;
}

const char *reflect_in_bound_format(PyObject *callable)
{
    PyObject *text = PyCFunction_Check(callable) ? PyCFunction_GET_SELF(callable) : NULL;

    return text && PyUnicode_Check(text) &&
                   strncmp(((PyCFunctionObject *)callable)->m_ml->ml_name, "format", 6) == 0
               ? reflect_in_format(text)
               : NULL;
}

PyObject *reflect_refuse(PyObject *name, const char *reason)
{
    const char *text = PyUnicode_AsUTF8(name);

    PyErr_Clear();
    return refusal_raise("reflect", text ? text : "?", reason, NULL);
}

bool reflect_init(void)
{
    if (table)
        return true;
    table = PyDict_New();
    dict_name = PyUnicode_InternFromString("__dict__");
    for (size_t i = 0; table && i < sizeof refused / sizeof *refused; i++) {
        PyObject *name = PyUnicode_InternFromString(refused[i].name);
        PyObject *index = PyLong_FromSize_t(i);
        if (!name || !index || PyDict_SetItem(table, name, index) < 0)
            return false;
        Py_DECREF(name);
        Py_DECREF(index);
    }
    return table && dict_name;
}
