/* views: what a cell gets in the place of a frame or a code object: names and numbers of it, and
 * the way to the frames behind. */
#include "sandbox/guards/views.h"

#include "sandbox/guards/guard_object.h"

struct view {
    PyObject_HEAD PyObject *inside; /* owned: the frame or the code object */
};
static PyTypeObject *frame_type, *code_type;

static bool views_is(PyObject *object)
{
    return frame_type && (Py_IS_TYPE(object, frame_type) || Py_IS_TYPE(object, code_type));
}

static PyObject *inside_of(PyObject *self)
{
    return ((struct view *)self)->inside;
}

/* Steals `inside`, which may be NULL. */
static PyObject *view_new(PyTypeObject *type, PyObject *inside)
{
    struct view *view = inside ? PyObject_GC_New(struct view, type) : NULL;

    if (!view) {
        Py_XDECREF(inside);
        return NULL;
    }
    view->inside = inside;
    PyObject_GC_Track(view);
    return (PyObject *)view;
}

/* The view of a frame or a code object; everything else is itself. New reference. */
static PyObject *views_of(PyObject *object)
{
    if (!PyFrame_Check(object) && !PyCode_Check(object))
        return Py_NewRef(object);
    return view_new(PyFrame_Check(object) ? frame_type : code_type, Py_NewRef(object));
}

/* ---- the objects ---- */

OBJECT_OWNS(view, &self->inside)

static PyObject *view_repr(PyObject *self)
{
    return PyObject_Repr(inside_of(self));
}

static Py_hash_t view_hash(PyObject *self)
{
    return interpreter_hash_pointer(inside_of(self));
}

static PyObject *view_compare(PyObject *self, PyObject *other, int operation)
{
    if (!views_is(other) || (operation != Py_EQ && operation != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    return PyBool_FromLong((inside_of(self) == inside_of(other)) == (operation == Py_EQ));
}

/* isinstance(frame, types.FrameType) holds: inspect asks. */
static PyObject *get_class(PyObject *self, void *unused)
{
    (void)unused;
    return Py_NewRef((PyObject *)Py_TYPE(inside_of(self)));
}

/* A name or a number, which the object tells itself. */
static PyObject *get_plain(PyObject *self, void *name)
{
    return PyObject_GetAttrString(inside_of(self), name);
}

static PyObject *get_code(PyObject *self, void *unused)
{
    (void)unused;
    return view_new(code_type, (PyObject *)PyFrame_GetCode((PyFrameObject *)inside_of(self)));
}

static PyObject *get_back(PyObject *self, void *unused)
{
    PyObject *back = (PyObject *)PyFrame_GetBack((PyFrameObject *)inside_of(self));

    (void)unused;
    return back ? view_new(frame_type, back) : Py_NewRef(Py_None);
}

/* Of the globals the module's name: traceback and inspect look for it. */
static PyObject *get_globals(PyObject *self, void *unused)
{
    AUTO_REF PyObject *globals = PyFrame_GetGlobals((PyFrameObject *)inside_of(self));
    PyObject *name = globals && PyDict_Check(globals) ? PyDict_GetItemString(globals, "__name__")
                                                      : NULL; /* borrowed */
    PyObject *told = PyDict_New();

    (void)unused;
    if (told && name && PyUnicode_CheckExact(name) &&
        PyDict_SetItemString(told, "__name__", name) < 0)
        Py_CLEAR(told);
    return told;
}

static PyObject *get_locals(PyObject *self, void *unused)
{
    (void)self, (void)unused;
    return refusal_raise("reflect", "f_locals", "frames reach the variables of other code", NULL);
}

static PyObject *code_positions(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyObject_CallMethod(inside_of(self), "co_positions", NULL);
}

static PyObject *code_lines(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyObject_CallMethod(inside_of(self), "co_lines", NULL);
}

#define PLAIN(name)                                                                                \
    {                                                                                              \
        name, get_plain, NULL, NULL, name                                                          \
    }
static PyGetSetDef frame_fields[] = {
    {"__class__", get_class, NULL, NULL, NULL},
    {"f_code", get_code, NULL, NULL, NULL},
    {"f_back", get_back, NULL, NULL, NULL},
    {"f_globals", get_globals, NULL, NULL, NULL},
    {"f_locals", get_locals, NULL, NULL, NULL},
    PLAIN("f_lineno"),
    PLAIN("f_lasti"),
    {NULL, NULL, NULL, NULL, NULL},
};
static PyGetSetDef code_fields[] = {
    {"__class__", get_class, NULL, NULL, NULL},
    PLAIN("co_name"),
    PLAIN("co_qualname"),
    PLAIN("co_filename"),
    PLAIN("co_firstlineno"),
    PLAIN("co_argcount"),
    PLAIN("co_kwonlyargcount"),
    PLAIN("co_posonlyargcount"),
    PLAIN("co_varnames"),
    PLAIN("co_freevars"),
    PLAIN("co_cellvars"),
    PLAIN("co_flags"),
    PLAIN("co_nlocals"),
    {NULL, NULL, NULL, NULL, NULL},
};
static PyMethodDef code_methods[] = {
    {"co_positions", code_positions, METH_NOARGS, NULL},
    {"co_lines", code_lines, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject *make_type(const char *name, PyGetSetDef *fields, PyMethodDef *methods)
{
    PyType_Slot slots[] = {OBJECT_GC_SLOTS(view),
                           {Py_tp_repr, view_repr},
                           {Py_tp_hash, view_hash},
                           {Py_tp_richcompare, view_compare},
                           {Py_tp_getset, fields},
                           {methods ? Py_tp_methods : 0, methods},
                           {0, NULL}};

    return object_type(name, sizeof(struct view), Py_TPFLAGS_HAVE_GC, slots);
}

bool views_init(void)
{
    if (!frame_type)
        frame_type = make_type("safepyrun.frame", frame_fields, NULL);
    if (!code_type)
        code_type = make_type("safepyrun.code", code_fields, code_methods);
    return frame_type && code_type;
}

/* ---- where they come from ---- */

/* Of the code that calls: `depth` frames behind it; NULL with ValueError when there are not as
 * many. */
static PyObject *caller(int depth)
{
    PyObject *frame = Py_XNewRef((PyObject *)PyEval_GetFrame());

    while (frame && depth-- > 0)
        Py_SETREF(frame, (PyObject *)PyFrame_GetBack((PyFrameObject *)frame));
    return frame ? view_new(frame_type, frame)
                 : PyErr_Format(PyExc_ValueError, "call stack is not deep enough");
}

PyObject *views_current_frame(PyObject *self, PyObject *args)
{
    int depth = 0;

    (void)self;
    return PyArg_ParseTuple(args, "|i", &depth) ? caller(depth) : NULL;
}

/* One FrameInfo with the view of its frame. New reference. */
static PyObject *viewed_info(PyObject *info)
{
    AUTO_REF PyObject *parts = PySequence_List(info);
    AUTO_REF PyObject *positions = parts ? PyObject_GetAttrString(info, "positions") : NULL;
    AUTO_REF PyObject *keywords = positions ? Py_BuildValue("{sO}", "positions", positions) : NULL;
    PyObject *view =
        keywords && PyList_GET_SIZE(parts) ? views_of(PyList_GET_ITEM(parts, 0)) : NULL;

    if (!view || PyList_SetItem(parts, 0, view) < 0)
        return NULL;
    AUTO_REF PyObject *args = PyList_AsTuple(parts);
    return args ? PyObject_Call((PyObject *)Py_TYPE(info), args, keywords) : NULL;
}

PyObject *views_infos(PyObject *self, PyObject *args, PyObject *keywords)
{
    PyObject *infos = PyObject_Call(self, args, keywords);

    for (Py_ssize_t i = 0; infos && PyList_Check(infos) && i < PyList_GET_SIZE(infos); i++) {
        PyObject *viewed = viewed_info(PyList_GET_ITEM(infos, i));
        if (!viewed || PyList_SetItem(infos, i, viewed) < 0)
            Py_CLEAR(infos);
    }
    return infos;
}

/* The traceback of the exception that is being handled; new reference, None when there is none. */
static PyObject *handled_traceback(void)
{
    AUTO_REF PyObject *error = PyErr_GetHandledException();
    PyObject *traceback = error && error != Py_None ? PyException_GetTraceback(error) : NULL;

    return traceback ? traceback : Py_NewRef(Py_None);
}

PyObject *views_stack(PyObject *self, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"context", NULL};
    PyObject *context = NULL;
    AUTO_REF PyObject *name = PyObject_GetAttrString(self, "__name__");
    bool trace =
        name && PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "trace") == 0;

    if (!name || !PyArg_ParseTupleAndKeywords(args, keywords, "|O", names, &context))
        return NULL;
    AUTO_REF PyObject *inspect = PyImport_ImportModule("inspect");
    AUTO_REF PyObject *collect =
        inspect ? PyObject_GetAttrString(inspect, trace ? "getinnerframes" : "getouterframes")
                : NULL;
    AUTO_REF PyObject *start = trace ? handled_traceback() : caller(0);
    AUTO_REF PyObject *given = start && context ? PyTuple_Pack(2, start, context)
                               : start          ? PyTuple_Pack(1, start)
                                                : NULL;
    return collect && given ? views_infos(collect, given, NULL) : NULL;
}

/* (view, line) of each; an iterator. `next` names the attribute that leads on. */
static PyObject *walk(PyObject *start, bool traceback)
{
    AUTO_REF PyObject *pairs = PyList_New(0);
    AUTO_REF PyObject *at = Py_NewRef(start);

    while (pairs && at && at != Py_None) {
        AUTO_REF PyObject *frame =
            traceback ? Py_XNewRef((PyObject *)((PyTracebackObject *)at)->tb_frame) : Py_NewRef(at);
        AUTO_REF PyObject *view = views_of(frame);
        AUTO_REF PyObject *line = PyObject_GetAttrString(at, traceback ? "tb_lineno" : "f_lineno");
        AUTO_REF PyObject *pair = view && line ? PyTuple_Pack(2, view, line) : NULL;
        if (!pair || PyList_Append(pairs, pair) < 0)
            return NULL;
        PyObject *next = traceback ? Py_NewRef(((PyTracebackObject *)at)->tb_next
                                                   ? (PyObject *)((PyTracebackObject *)at)->tb_next
                                                   : Py_None)
                                   : get_back(at, NULL);
        Py_SETREF(at, next);
    }
    return pairs && at ? PyObject_GetIter(pairs) : NULL;
}

PyObject *views_walk_tb(PyObject *self, PyObject *traceback)
{
    (void)self;
    if (traceback != Py_None && !PyTraceBack_Check(traceback))
        return PyErr_Format(PyExc_TypeError, "a traceback expected, not %s",
                            Py_TYPE(traceback)->tp_name);
    return walk(traceback, true);
}

PyObject *views_walk_stack(PyObject *self, PyObject *frame)
{
    (void)self;
    AUTO_REF PyObject *start = frame == Py_None ? caller(0) : Py_NewRef(frame);
    if (!start || !Py_IS_TYPE(start, frame_type))
        return start ? PyErr_Format(PyExc_TypeError, "a frame expected, not %s",
                                    Py_TYPE(frame)->tp_name)
                     : NULL;
    return walk(start, false);
}

/* ---- I[x] ---- */

/* Of the interpreter's own types, whose getters announce themselves to the gate and run no other
 * code. */
static bool is_inside(PyObject *object)
{
    PyObject *function = PyMethod_Check(object) ? PyMethod_GET_FUNCTION(object) : object;

    return views_is(object) || PyFunction_Check(function) || PyFrame_Check(object) ||
           PyGen_CheckExact(object) || PyCoro_CheckExact(object) || PyAsyncGen_CheckExact(object) ||
           PyTraceBack_Check(object);
}

PyObject *views_subscript(PyObject *self, PyObject *object)
{
    struct gate_scope scope;

    if (!is_inside(object)) {
        AUTO_REF PyObject *given = PyObject_GetAttr(object, ((struct guard *)self)->name);
        AUTO_REF PyObject *told = given ? views_of(given) : NULL;
        return told ? values_leave(((struct guard *)self)->sandbox, told) : NULL;
    }
    gate_reading_enter(&scope);
    AUTO_REF PyObject *value = PyObject_GetAttr(object, ((struct guard *)self)->name);
    gate_trusted_exit(&scope);
    return value ? views_of(value) : NULL;
}
