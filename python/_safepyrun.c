/* _safepyrun: the sandbox as an extension module, for any Python process. python/safepyrun is built
 * on it. */
#include "python/ending.h"
#include "sandbox/sandbox.h"

#include <string.h>

/* ---- policy ---- */

/* Is code of a sandbox at work, however far down the stack? */
static bool on_the_stack(void)
{
    AUTO_REF PyObject *frame = (PyObject *)PyThreadState_GetFrame(PyThreadState_Get());

    while (frame) {
        AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode((PyFrameObject *)frame);
        if (code_is_guarded(code))
            return true;
        Py_SETREF(frame, (PyObject *)PyFrame_GetBack((PyFrameObject *)frame));
    }
    return false;
}

/* Only the host widens: sandboxed code that got hold of these is refused. In the kernel every frame
 * has a cell below it: there the host is what a trusted scope (%%trusted, the user's config.py)
 * runs. */
static bool is_host(const char *what)
{
    if (gate_is_closed() ? gate_asker().permitted : !on_the_stack() && !gate_thread_sandbox())
        return true;
    refusal_raise("widen", what, "sandboxed code cannot widen what it may do", NULL);
    return false;
}

/* What a program writes for what a refusal says is missing; %s is the callable, folder or class. */
static PyObject *remedy_words(const struct remedy *remedy)
{
    static const char code[] = "a function of your own that does it, and allow(function)";
    static const char *const words[] = {
        [REMEDY_CALL] = "allow('%s')",
        [REMEDY_TRUST] = "allow('%s')",
        [REMEDY_DEST] = "RunPython(ok_dests=[%R])",
        [REMEDY_HOST] = "RunPython(ok_hosts=['%s'])",
        [REMEDY_STORE] = "allow_write_types(%s)",
        [REMEDY_IMPORT] = "importing it before, outside of the sandbox",
        [REMEDY_CODE] = code,
    };

    if (remedy->kind == REMEDY_STORE && !*remedy->about)
        return Py_NewRef(Py_None);
    if (remedy->kind != REMEDY_DEST)
        return PyUnicode_FromFormat(words[remedy->kind], remedy->about);
    AUTO_REF PyObject *folder = PyUnicode_DecodeFSDefault(remedy->about); /* with its quotes */
    return folder ? PyUnicode_FromFormat(words[REMEDY_DEST], folder) : NULL;
}

static PyObject *module_install(PyObject *module, PyObject *mode)
{
    const char *text = PyUnicode_AsUTF8(mode);

    if (!text || (strcmp(text, "open") != 0 && strcmp(text, "closed") != 0))
        return text ? PyErr_Format(PyExc_ValueError, "mode is 'open' or 'closed', not %R", mode)
                    : NULL;
    refusal_set_words(remedy_words);
    return sandbox_install(strcmp(text, "open") == 0 ? SANDBOX_OPEN : SANDBOX_CLOSED) &&
                   PyModule_AddObjectRef(module, "Guest", (PyObject *)guest_class()) == 0
               ? Py_NewRef(Py_None)
               : NULL;
}

static const char *const grade_names[] = {
    [GRADE_DENY] = "deny",   [GRADE_PURE] = "pure", [GRADE_GATED] = "gated",
    [GRADE_WRITE] = "write", [GRADE_NET] = "net",   [GRADE_TRUSTED] = "trusted"};

/* GRADE_UNKNOWN with ValueError when there is none of that name. */
static enum grade grade_read(const char *name)
{
    for (int grade = GRADE_DENY; grade <= GRADE_TRUSTED; grade++)
        if (strcmp(grade_names[grade], name) == 0)
            return (enum grade)grade;
    PyErr_Format(PyExc_ValueError, "no grade is called %s", name);
    return GRADE_UNKNOWN;
}

static PyObject *module_allow(PyObject *module, PyObject *args)
{
    PyObject *target, *policy = NULL;
    const char *name = "gated";

    (void)module;
    if (!PyArg_ParseTuple(args, "O|sO", &target, &name, &policy) || !is_host("allow"))
        return NULL;
    enum grade grade = grade_read(name);
    return grade && grants_allow(target, grade, policy) ? Py_NewRef(Py_None) : NULL;
}

static PyObject *module_allow_later(PyObject *module, PyObject *args)
{
    PyObject *policy = NULL;
    const char *target, *name = "gated";

    (void)module;
    if (!PyArg_ParseTuple(args, "s|sO", &target, &name, &policy) || !is_host("allow"))
        return NULL;
    enum grade grade = grade_read(name);
    return grade && grants_allow_later(target, grade, policy) ? Py_NewRef(Py_None) : NULL;
}

static PyObject *module_deny(PyObject *module, PyObject *target)
{
    (void)module;
    return is_host("deny") && grants_deny(target) ? Py_NewRef(Py_None) : NULL;
}

static PyObject *module_allow_write_type(PyObject *module, PyObject *type)
{
    (void)module;
    return is_host("allow_write_types") && grants_allow_write_type(type) ? Py_NewRef(Py_None)
                                                                         : NULL;
}

static PyObject *module_grants(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return grants_list();
}

static PyObject *module_is_known(PyObject *module, PyObject *callable)
{
    (void)module;
    return PyBool_FromLong(allowlist_find(callable) != NULL);
}

static PyObject *module_policy_search(PyObject *module, PyObject *needle)
{
    const char *text = PyUnicode_AsUTF8(needle);

    (void)module;
    return text ? grants_search(text) : NULL;
}

static PyObject *module_check_dest(PyObject *module, PyObject *args)
{
    PyObject *path, *dests;

    (void)module;
    if (!PyArg_ParseTuple(args, "OO", &path, &dests))
        return NULL;
    return dests_check(path, dests) ? Py_NewRef(Py_None) : NULL;
}

/* Run a code object in its globals: None, or the awaitable of a cell with top-level await. */
static PyObject *module_run(PyObject *module, PyObject *args)
{
    PyObject *code, *globals;

    (void)module;
    if (!PyArg_ParseTuple(args, "O!O!", &PyCode_Type, &code, &PyDict_Type, &globals))
        return NULL;
    return PyEval_EvalCode(code, globals, globals);
}

/* The floor for a process that is no kernel's. Libraries that no list knows then run, as in the
 * kernel: their effects are held. */
static PyObject *module_join_floor(PyObject *module, PyObject *args)
{
    const char *rules, *offer;
    Py_ssize_t size;
    int channel;

    (void)module;
    if (!PyArg_ParseTuple(args, "iy#s", &channel, &offer, &size, &rules) || !is_host("join_floor"))
        return NULL;
    int error = ground_join(channel, offer, (size_t)size, rules);
    if (error) {
        errno = error;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    unlisted_set(true);
    Py_RETURN_NONE;
}

static PyObject *module_restore(PyObject *module, PyObject *parts)
{
    (void)module;
    return gate_is_closed() || is_host("restore") ? travel_restore(parts) : NULL;
}

static PyObject *module_guests(PyObject *module, PyObject *args)
{
    PyObject *dests, *hosts;

    (void)module;
    return PyArg_ParseTuple(args, "OO", &dests, &hosts) && is_host("guests") &&
                   travel_set_places(dests, hosts)
               ? Py_NewRef(Py_None)
               : NULL;
}

/* ---- Sandbox ---- */

struct sandbox_object {
    PyObject_HEAD struct sandbox *sandbox;
};

static PyObject *sandbox_object_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"globals", "persistent", NULL};
    PyObject *globals;
    int persistent = 0;

    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O!|p", names, &PyDict_Type, &globals,
                                     &persistent) ||
        !is_host("Sandbox"))
        return NULL;
    struct sandbox_object *self = (struct sandbox_object *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->sandbox = sandbox_new(globals, persistent);
    if (!self->sandbox)
        Py_CLEAR(self);
    return (PyObject *)self;
}

/* The namespace often holds the RunPython that holds us. */
static int sandbox_object_traverse(PyObject *object, visitproc visit, void *arg)
{
    const struct sandbox *sandbox = ((struct sandbox_object *)object)->sandbox;

    Py_VISIT(Py_TYPE(object));
    if (!sandbox)
        return 0;
    Py_VISIT(sandbox->globals);
    return hooks_traverse(sandbox->hooks, visit, arg);
}

static int sandbox_object_clear(PyObject *object)
{
    sandbox_destroy(&((struct sandbox_object *)object)->sandbox);
    return 0;
}

static void sandbox_object_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    sandbox_object_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

/* NULL with RuntimeError when the garbage collector has taken it apart. */
static struct sandbox *sandbox_of(PyObject *object)
{
    struct sandbox *sandbox = ((struct sandbox_object *)object)->sandbox;

    if (!sandbox)
        PyErr_SetString(PyExc_RuntimeError, "this sandbox is gone");
    return sandbox;
}

static bool compile_for(PyObject *object, PyObject *source, PyObject *filename, unsigned flags,
                        struct sandbox_code *code)
{
    struct sandbox *sandbox = sandbox_of(object);

    return sandbox && compile_source(sandbox, source, filename, Py_file_input, flags, code);
}

static PyObject *sandbox_object_compile(PyObject *object, PyObject *args)
{
    PyObject *source, *filename = NULL;
    struct sandbox_code code = {0};

    if (!PyArg_ParseTuple(args, "O|U", &source, &filename))
        return NULL;
    AUTO_REF PyObject *name = filename ? Py_NewRef(filename) : PyUnicode_FromString("<sandbox>");
    if (!name || !compile_for(object, source, name, SANDBOX_RESULT | SANDBOX_TOP_AWAIT, &code))
        return NULL;
    return Py_BuildValue("(NN)", code.code, code.result ? code.result : Py_NewRef(Py_None));
}

/* Compile and run at once; no top-level await. The last expression's value. */
static PyObject *sandbox_object_run(PyObject *object, PyObject *args)
{
    PyObject *source, *filename = NULL;
    struct sandbox_code code = {0};
    struct sandbox *sandbox = sandbox_of(object);

    if (!sandbox || !PyArg_ParseTuple(args, "O|U", &source, &filename))
        return NULL;
    AUTO_REF PyObject *globals = Py_NewRef(sandbox->globals);
    AUTO_REF PyObject *name = filename ? Py_NewRef(filename) : PyUnicode_FromString("<sandbox>");
    if (!name || !compile_for(object, source, name, SANDBOX_RESULT, &code))
        return NULL;
    AUTO_REF PyObject *owned = code.code;
    AUTO_REF PyObject *box = code.result;
    AUTO_REF PyObject *done = PyEval_EvalCode(code.code, globals, globals);
    AUTO_REF PyObject *value = done && box ? box_take(box) : NULL;
    return !done || PyErr_Occurred() ? NULL : Py_NewRef(value ? value : Py_None);
}

static PyObject *sandbox_object_make_default(PyObject *object, PyObject *unused)
{
    (void)unused;
    if (!is_host("make_default"))
        return NULL;
    gate_set_default(((struct sandbox_object *)object)->sandbox);
    Py_RETURN_NONE;
}

static PyObject *sandbox_object_set_hooks(PyObject *object, PyObject *args)
{
    PyObject *on_call, *before_deny, *data;
    struct sandbox *sandbox = sandbox_of(object);

    if (!sandbox || !PyArg_ParseTuple(args, "OOO", &on_call, &before_deny, &data) ||
        !is_host("hooks"))
        return NULL;
    return hooks_set(sandbox, on_call, before_deny, data) ? Py_NewRef(Py_None) : NULL;
}

static PyObject *get_ok_dests(PyObject *object, void *unused)
{
    (void)unused;
    struct sandbox *sandbox = sandbox_of(object);

    return sandbox ? sandbox_ok_dests(sandbox) : NULL;
}

static int set_ok_dests(PyObject *object, PyObject *dests, void *unused)
{
    (void)unused;
    struct sandbox *sandbox = sandbox_of(object);

    bool is_new =
        sandbox && PyDict_GET_SIZE(sandbox->guards) == 0; /* nobody's code has run in it */

    return sandbox && (is_new || is_host("ok_dests")) && sandbox_set_ok_dests(sandbox, dests) ? 0
                                                                                              : -1;
}

static PyObject *get_ok_hosts(PyObject *object, void *unused)
{
    (void)unused;
    struct sandbox *sandbox = sandbox_of(object);

    return sandbox ? hosts_of(sandbox) : NULL;
}

static int set_ok_hosts(PyObject *object, PyObject *hosts, void *unused)
{
    (void)unused;
    struct sandbox *sandbox = sandbox_of(object);

    return sandbox && is_host("ok_hosts") && hosts_set(sandbox, hosts ? hosts : Py_None) ? 0 : -1;
}

static PyMethodDef sandbox_object_methods[] = {
    {"compile", sandbox_object_compile, METH_VARARGS,
     "compile(source, filename='<sandbox>') -> (code, box)\n\nGuarded code; box() gives the last "
     "expression's value once it has run, box is\n"
     "None when the source does not end in an expression. Raises SyntaxError, Denied."},
    {"run", sandbox_object_run, METH_VARARGS,
     "run(source, filename='<sandbox>') -> the last expression's value, or None"},
    {"set_hooks", sandbox_object_set_hooks, METH_VARARGS,
     "set_hooks(on_call, before_deny, data): see safepyrun.RunPython."},
    {"make_default", sandbox_object_make_default, METH_NOARGS,
     "In closed mode: this sandbox is judged for what no code of a sandbox is seen to do."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef sandbox_object_fields[] = {
    {"ok_dests", get_ok_dests, set_ok_dests, "list of str: the directories that may be written to",
     NULL},
    {"ok_hosts", get_ok_hosts, set_ok_hosts, "list of str: the hosts that may be connected to",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot sandbox_object_slots[] = {
    {Py_tp_new, sandbox_object_new},
    {Py_tp_dealloc, sandbox_object_dealloc},
    {Py_tp_methods, sandbox_object_methods},
    {Py_tp_getset, sandbox_object_fields},
    {Py_tp_traverse, sandbox_object_traverse},
    {Py_tp_clear, sandbox_object_clear},
    {Py_tp_doc, "Sandbox(globals, persistent=False): code that runs in the dict `globals` behind "
                "the allowlist.\n\n"
                "persistent: functions of earlier runs stay callable (a notebook); otherwise each "
                "run stands alone."},
    {0, NULL},
};
static PyType_Spec sandbox_object_spec = {.name = "_safepyrun.Sandbox",
                                          .basicsize = sizeof(struct sandbox_object),
                                          .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE |
                                                   Py_TPFLAGS_HAVE_GC,
                                          .slots = sandbox_object_slots};

/* ---- Granted ---- */

/* A function of the host's that sandboxed code is given: it may be called by whoever holds it, also
 * by way of a library, and acts with the host's rights. */
struct granted_object {
    PyObject_HEAD PyObject *function; /* owned */
    PyObject *name;                   /* owned: str */
    PyObject *doc;                    /* owned: str or None */
};

static PyObject *granted_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"function", "name", "doc", NULL};
    PyObject *function, *name, *doc = Py_None;

    if (!is_host("Granted") ||
        !PyArg_ParseTupleAndKeywords(args, keywords, "OU|O", names, &function, &name, &doc))
        return NULL;
    struct granted_object *self = (struct granted_object *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->function = Py_NewRef(function);
    self->name = Py_NewRef(name);
    self->doc = Py_NewRef(doc);
    return (PyObject *)self;
}

static int granted_traverse(PyObject *object, visitproc visit, void *arg)
{
    const struct granted_object *self = (struct granted_object *)object;

    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->function);
    Py_VISIT(self->name);
    Py_VISIT(self->doc);
    return 0;
}

static int granted_clear(PyObject *object)
{
    struct granted_object *self = (struct granted_object *)object;

    Py_CLEAR(self->function);
    Py_CLEAR(self->name);
    Py_CLEAR(self->doc);
    return 0;
}

static void granted_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    granted_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject *granted_call(PyObject *object, PyObject *args, PyObject *keywords)
{
    struct gate_scope scope;
    AUTO_REF PyObject *function = Py_XNewRef(((struct granted_object *)object)->function);

    if (!function)
        return PyErr_Format(PyExc_RuntimeError, "this function is gone");
    gate_trusted_enter(&scope);
    PyObject *result = PyObject_Call(function, args, keywords);
    gate_trusted_exit(&scope);
    return result;
}

static PyObject *granted_repr(PyObject *object)
{
    return PyUnicode_FromFormat("<function %U>", ((struct granted_object *)object)->name);
}

static PyObject *granted_name(PyObject *object, void *unused)
{
    (void)unused;
    return Py_NewRef(((struct granted_object *)object)->name);
}

static PyObject *granted_doc(PyObject *object, void *unused)
{
    (void)unused;
    return Py_NewRef(((struct granted_object *)object)->doc);
}

static PyGetSetDef granted_fields[] = {
    {"__name__", granted_name, NULL, NULL, NULL},
    {"__qualname__", granted_name, NULL, NULL, NULL},
    {"__doc__", granted_doc, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot granted_slots[] = {
    {Py_tp_new, granted_new},           {Py_tp_dealloc, granted_dealloc},
    {Py_tp_traverse, granted_traverse}, {Py_tp_clear, granted_clear},
    {Py_tp_call, granted_call},         {Py_tp_repr, granted_repr},
    {Py_tp_getset, granted_fields},     {0, NULL},
};
static PyType_Spec granted_spec = {.name = "_safepyrun.Granted",
                                   .basicsize = sizeof(struct granted_object),
                                   .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE |
                                            Py_TPFLAGS_HAVE_GC,
                                   .slots = granted_slots};

/* ---- checking alone ---- */

static PyObject *module_check(PyObject *module, PyObject *tree)
{
    AUTO_REF PyObject *globals = PyDict_New();
    AUTO_REF PyObject *name = PyUnicode_FromString("<check>");
    struct sandbox *sandbox = globals && name ? sandbox_new(globals, true) : NULL;
    struct sandbox_code code = {0};

    (void)module;
    if (!sandbox)
        return NULL;
    bool valid = compile_source(sandbox, tree, name, Py_file_input,
                                SANDBOX_CHECK_ONLY | SANDBOX_TOP_AWAIT, &code);
    sandbox_destroy(&sandbox);
    return valid ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef module_methods[] = {
    {"install", module_install, METH_O,
     "install(mode): set the process up, once; mode is 'open' or 'closed'."},
    {"allow", module_allow, METH_VARARGS,
     "allow(target, grade='gated', policy=None): see safepyrun.allow. LookupError for unknown "
     "names."},
    {"allow_later", module_allow_later, METH_VARARGS,
     "allow_later(name, grade='gated', policy=None): as allow, once the name's library is "
     "imported; 'a.b.**' is all below a.b."},
    {"deny", module_deny, METH_O, "deny(target): take a grant back."},
    {"allow_write_type", module_allow_write_type, METH_O,
     "allow_write_type(type): its instances may be stored to."},
    {"grants", module_grants, METH_NOARGS, "grants() -> list of (name, grade, source)"},
    {"is_known", module_is_known, METH_O,
     "is_known(callable): does a pack or a grant say anything of it?"},
    {"policy_search", module_policy_search, METH_O,
     "policy_search(text) -> list of (name, grade, pack, policy)"},
    {"check_dest", module_check_dest, METH_VARARGS,
     "check_dest(path, ok_dests): PermissionError unless path lies in one of them."},
    {"run", module_run, METH_VARARGS, "run(code, globals) -> None, or an awaitable"},
    {"end_lines", ending_end_lines, METH_O,
     "end_lines(exception or None): every line of sandbox code raises it in this thread from now "
     "on."},
    {"join_floor", module_join_floor, METH_VARARGS,
     "join_floor(channel, offer, rules): this process and its children are held by the one at the "
     "other end of the descriptor `channel` from now on; see base/floor_join.h. OSError."},
    {"restore", module_restore, METH_VARARGS,
     "restore(kind, ...): guarded code that was pickled elsewhere, put together; see "
     "sandbox/travel.h."},
    {"guests", module_guests, METH_VARARGS,
     "guests(ok_dests, ok_hosts): lists of str or None: what such code may write to and connect to "
     "in this process."},
    {"check", module_check, METH_O,
     "check(source or AST): Denied with every violation; runs nothing."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                                        "_safepyrun",
                                        "The sandbox of safepyrun, in C.",
                                        -1,
                                        module_methods,
                                        NULL,
                                        NULL,
                                        NULL,
                                        NULL};

PyMODINIT_FUNC PyInit__safepyrun(void)
{
    AUTO_REF PyObject *module = PyModule_Create(&definition);
    AUTO_REF PyObject *type = PyType_FromSpec(&sandbox_object_spec);
    AUTO_REF PyObject *granted = PyType_FromSpec(&granted_spec);

    if (!module || !type || !granted || PyModule_AddObjectRef(module, "Sandbox", type) < 0 ||
        PyModule_AddObjectRef(module, "Granted", granted) < 0 ||
        PyModule_AddObjectRef(module, "Denied", refusal_type()) < 0 ||
        PyModule_AddStringConstant(module, "__version__", SAFEPYRUN_VERSION) < 0)
        return NULL;
    return Py_NewRef(module);
}
