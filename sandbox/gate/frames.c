/* frames: libraries that work on the variables of their caller. */
#include "sandbox/gate/frames.h"

#include <string.h>

#include "sandbox/gate/gate.h"
#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"

/* The row of that kind for the module; NULL: there is none. */
static const struct pack_fact *fact_of(enum pack_fact_kind kind, const char *module_or_null)
{
    EACH_FACT (kind, row)
        if (module_or_null && strcmp(row->module, module_or_null) == 0)
            return row;
    return NULL;
}

/* Some libraries put names into the variables of their caller (sympy.var): a cell's, not those of
 * another library that was made to call them. */
bool frames_fills_others(PyObject *object)
{
    AUTO_REF PyObject *frame = PyFrame_Check(object) ? Py_NewRef(object) : NULL;
    const char *module = frame_module((PyFrameObject *)frame);
    const struct pack_fact *filler = fact_of(FACT_FRAMES_FILLED, module);

    while (filler && module && loaded_same_library(module, filler->module)) {
        Py_SETREF(frame, (PyObject *)PyFrame_GetBack((PyFrameObject *)frame));
        module = frame_module((PyFrameObject *)frame);
    }
    return filler && !frame_sandbox((PyFrameObject *)frame);
}

/* A library that has another's method read its own variables (pyLDAvis, pd.eval("a / b")): nothing
 * of the host is found there that the floor does not hold. */
static bool is_librarys_own(PyFrameObject *asked, const struct pack_fact *reader)
{
    AUTO_REF PyObject *caller = Py_XNewRef((PyObject *)PyEval_GetFrame());
    const char *module = frame_module((PyFrameObject *)caller);

    while (caller && module && loaded_same_library(module, reader->module)) {
        Py_SETREF(caller, (PyObject *)PyFrame_GetBack((PyFrameObject *)caller));
        module = frame_module((PyFrameObject *)caller);
    }
    PyObject *library = module && caller == (PyObject *)asked ? loaded_module(module) : NULL;
    return library && ground_is_there() && loaded_is_installed(library) &&
           !loaded_is_standard(library);
}

/* df.query("a > @limit") reads the variables of its caller, who may ask for frames further out. */
bool frames_reads_others(PyObject *object)
{
    const struct pack_fact *reader = fact_of(FACT_FRAMES_READ, frame_module(PyEval_GetFrame()));
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
    AUTO_REF PyObject *globals = frame ? PyFrame_GetGlobals(frame) : NULL;
    if (!reader || !loaded_is_namespace(globals, reader->module))
        return false;
    PyFrameObject *asked = PyFrame_Check(object) ? (PyFrameObject *)object : NULL;
    const char *module = frame_module(asked);

    return !frame_sandbox(asked) && !(module && loaded_same_library(module, reader->module)) &&
           !is_librarys_own(asked, reader);
}
