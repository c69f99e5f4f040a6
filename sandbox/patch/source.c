/* source: what a cell's author wrote, compiled without guards for compilers of functions. */
#include "sandbox/patch/source.h"

#include "sandbox/owners/owners.h"

/* The text that linecache has for the file, cells too. New str; NULL with an exception. */
static PyObject *text_of_file(PyObject *filename)
{
    AUTO_REF PyObject *linecache = PyImport_ImportModule("linecache");
    AUTO_REF PyObject *lines =
        linecache ? PyObject_CallMethod(linecache, "getlines", "O", filename) : NULL;
    AUTO_REF PyObject *none = lines ? PyUnicode_New(0, 0) : NULL;

    return none ? PyUnicode_Join(none, lines) : NULL;
}

static PyObject *compile_text(PyObject *text, PyObject *filename)
{
    PyCompilerFlags flags = {.cf_flags = PyCF_ALLOW_TOP_LEVEL_AWAIT,
                             .cf_feature_version = PY_MINOR_VERSION};
    const char *source = PyUnicode_AsUTF8(text);

    return source ? Py_CompileStringObject(source, filename, Py_file_input, &flags, -1) : NULL;
}

/* The code of the same name and place among the constants of `code`, and in theirs; borrowed,
 * NULL. */
static PyObject *find_code(PyObject *code, const PyCodeObject *wanted)
{
    PyObject *constants = ((PyCodeObject *)code)->co_consts;

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); i++) {
        PyObject *constant = PyTuple_GET_ITEM(constants, i);
        const PyCodeObject *inner = (PyCodeObject *)constant;
        if (!PyCode_Check(constant))
            continue;
        if (inner->co_firstlineno == wanted->co_firstlineno &&
            PyUnicode_Compare(inner->co_qualname, wanted->co_qualname) == 0)
            return constant;
        PyObject *found = find_code(constant, wanted);
        if (found)
            return found;
    }
    return NULL;
}

/* New code; NULL with or without an exception: a cell with magics, text of exec(). */
static PyObject *find_written(PyObject *code)
{
    const PyCodeObject *guarded = (PyCodeObject *)code;
    AUTO_REF PyObject *text = text_of_file(guarded->co_filename);
    AUTO_REF PyObject *module = text ? compile_text(text, guarded->co_filename) : NULL;

    return module ? Py_XNewRef(find_code(module, guarded)) : NULL;
}

PyObject *source_function(PyObject *given)
{
    AUTO_REF PyObject *body = /* of a generator that waits to be begun */
        PyGen_CheckExact(given) ? PyObject_GetAttrString(given, "gi_code") : NULL;
    PyObject *code = body ? body : PyFunction_Check(given) ? PyFunction_GET_CODE(given) : given;

    if (!PyCode_Check(code) || !code_sandbox(code))
        return Py_NewRef(given);
    AUTO_REF PyObject *written = find_written(code);
    if (!written) {
        PyErr_Clear();
        return Py_NewRef(given);
    }
    if (code != given && !body)
        return PyFunction_New(written, PyFunction_GET_GLOBALS(given));
    return code_remember_plain(written, code) ? Py_NewRef(written) : NULL;
}

PyObject *source_guarded(PyObject *code)
{
    PyObject *guarded = code_of_plain(code);

    return Py_NewRef(guarded ? guarded : code);
}
