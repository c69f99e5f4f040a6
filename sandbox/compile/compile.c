/* compile: source or tree -> guarded code object: parse, transform, compile, put the guards into
 * the constants, mark the code. */
#include <stdlib.h>
#include <string.h>

#include "base/interpreter.h"
#include "sandbox/owners/shared.h"
#include "sandbox/guards/guard.h"
#include "sandbox/gate/hooks.h"
#include "sandbox/owners/code.h"
#include "sandbox/compile/transform.h"

Py_ssize_t code_extra_index = -1;
bool code_extra_is_direct;
static PyObject *compile_builtin; /* owned: CPython's own compile() */

/* ---- origin ---------------------------------------------------------------------------------- */

static void origin_free(void *memory)
{
    struct origin *origin = memory;

    if (!origin)
        return;
    Py_XDECREF(origin->token);
    free(origin);
}

const struct origin *code_origin_from_api(PyObject *code)
{
    void *origin = NULL;

    return code_extra_index >= 0 && INTERPRETER_GET_EXTRA(code, code_extra_index, &origin) == 0
               ? origin
               : NULL;
}

/* Does co_extra look as code.h reads it? Asked once, with a code object of our own. */
static bool check_layout(void)
{
    AUTO_REF PyObject *code = Py_CompileString("0", "<layout>", Py_eval_input);
    struct origin *probe = calloc(1, sizeof *probe);

    if (!code || !probe || INTERPRETER_SET_EXTRA(code, code_extra_index, probe) < 0) {
        free(probe);
        return false;
    }
    const struct extra_layout *extra = ((PyCodeObject *)code)->co_extra;
    code_extra_is_direct =
        extra && extra->size == code_extra_index + 1 && extra->slots[code_extra_index] == probe;
    return true;
}

struct sandbox *code_sandbox(PyObject *code)
{
    const struct origin *origin = code_origin(code);

    return origin ? origin->sandbox : NULL;
}

unsigned code_run(PyObject *code)
{
    const struct origin *origin = code_origin(code);

    return origin ? origin->run : 0;
}

bool code_is_guarded(PyObject *code)
{
    return PyCode_Check(code) && code_origin(code) != NULL;
}

static bool mark(struct sandbox *sandbox, PyObject *code)
{
    struct origin *origin = malloc(sizeof *origin);

    if (!origin) {
        PyErr_NoMemory();
        return false;
    }
    *origin = (struct origin){Py_NewRef(sandbox->token), sandbox, sandbox->run};
    if (INTERPRETER_SET_EXTRA(code, code_extra_index, origin) == 0)
        return true;
    origin_free(origin);
    return false;
}

bool code_inherit(PyObject *code, PyObject *original)
{
    struct sandbox *sandbox = code_sandbox(original);

    return !sandbox || !PyCode_Check(code) || code_origin(code) || mark(sandbox, code);
}

/* ---- constants ------------------------------------------------------------------------------- */

/* The guard that a constant stands for: borrowed from the sandbox, or the box. NULL without
 * exception when the constant is no placeholder. */
static PyObject *find_guard(struct sandbox *sandbox, PyObject *constant, PyObject *box)
{
    Py_ssize_t prefix = PyUnicode_GET_LENGTH(transform_prefix);

    if (!PyUnicode_CheckExact(constant) || PyUnicode_GET_LENGTH(constant) <= prefix ||
        PyUnicode_READ_CHAR(constant, 0) != '<' ||
        PyUnicode_Tailmatch(constant, transform_prefix, 0, prefix, -1) != 1)
        return NULL;
    AUTO_REF PyObject *name = PyUnicode_Substring(constant, prefix, PyUnicode_GET_LENGTH(constant));
    const char *text = name ? PyUnicode_AsUTF8(name) : NULL;
    if (!text)
        return NULL;
    if (strcmp(text, "D") == 0)
        return box;
    PyObject *guard = PyDict_GetItemWithError(sandbox->guards, name);
    if (guard || PyErr_Occurred())
        return guard;
    guard = guard_new(sandbox, text);
    if (!guard || PyDict_SetItem(sandbox->guards, name, guard) < 0) {
        Py_XDECREF(guard);
        return NULL;
    }
    Py_DECREF(guard); /* the dict's */
    return guard;
}

/* Replace placeholders in `code` and in the code objects among its constants; mark all of them. The
 * tuple is the compiler's, fresh and unseen. */
static bool finish_code(struct sandbox *sandbox, PyObject *code, PyObject *box)
{
    PyObject *constants = ((PyCodeObject *)code)->co_consts;

    if (code_origin(code))
        return true; /* shared by two constants */
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); i++) {
        PyObject *constant = PyTuple_GET_ITEM(constants, i);
        if (PyCode_Check(constant)) {
            if (!finish_code(sandbox, constant, box))
                return false;
            continue;
        }
        PyObject *guard = find_guard(sandbox, constant, box);
        if (!guard && PyErr_Occurred())
            return false;
        if (guard) {
            PyTuple_SET_ITEM(constants, i, Py_NewRef(guard));
            Py_DECREF(constant);
        }
    }
    return mark(sandbox, code);
}

/* ---- compiling ------------------------------------------------------------------------------- */

static int parser_flags(const struct sandbox *self, unsigned flags)
{
    return (flags & SANDBOX_TOP_AWAIT ? PyCF_ALLOW_TOP_LEVEL_AWAIT : 0) |
           (flags & SANDBOX_INHERIT ? self->future_flags : 0);
}

static PyObject *compile_tree(struct sandbox *self, PyObject *tree, PyObject *filename, int mode,
                              unsigned flags)
{
    const char *mode_name = mode == Py_eval_input     ? "eval"
                            : mode == Py_single_input ? "single"
                                                      : "exec";
    AUTO_REF PyObject *code = PyObject_CallFunction(compile_builtin, "OOsiii", tree, filename,
                                                    mode_name, parser_flags(self, flags), 1, -1);

    if (!code || !PyCode_Check(code))
        return NULL;
    if (flags & SANDBOX_INHERIT)
        self->future_flags |= ((PyCodeObject *)code)->co_flags & PyCF_MASK;
    return Py_NewRef(code);
}

/* A tree that somebody made can have anything in any field. What the compiler itself takes is
 * well-formed: the walk that follows relies on it. */
static bool is_well_formed(struct sandbox *self, PyObject *tree, PyObject *filename, int mode,
                           unsigned flags)
{
    int kept = self->future_flags;
    AUTO_REF PyObject *code = compile_tree(self, tree, filename, mode, flags);

    self->future_flags = kept;
    return code != NULL;
}

/* The tree of `source`, nobody else's; new reference. */
static PyObject *parse(struct sandbox *self, PyObject *source, PyObject *filename, int mode,
                       unsigned flags)
{
    PyCompilerFlags compiler = {.cf_flags = parser_flags(self, flags) | PyCF_ONLY_AST,
                                .cf_feature_version = PY_MINOR_VERSION};
    const char *text;
    Py_ssize_t size;

    if (syntax_is_node(source)) {
        AUTO_REF PyObject *copy = syntax_copy(source);
        return copy && is_well_formed(self, copy, filename, mode, flags) ? Py_NewRef(copy) : NULL;
    }
    if (PyUnicode_Check(source)) {
        compiler.cf_flags |= PyCF_IGNORE_COOKIE;
        text = PyUnicode_AsUTF8AndSize(source, &size);
    } else if (PyBytes_Check(source)) {
        text = PyBytes_AS_STRING(source);
        size = PyBytes_GET_SIZE(source);
    } else {
        PyErr_Format(PyExc_TypeError, "source must be str, bytes or an AST, not %s",
                     Py_TYPE(source)->tp_name);
        return NULL;
    }
    if (!text)
        return NULL;
    if (strlen(text) != (size_t)size) {
        PyErr_SetString(PyExc_SyntaxError, "source code string cannot contain null bytes");
        return NULL;
    }
    return Py_CompileStringObject(text, filename, mode, &compiler, -1);
}

static bool is_wanted(const struct transform *transform, unsigned flags)
{
    return transform->has_result && !(flags & SANDBOX_CHECK_ONLY);
}

bool compile_source(struct sandbox *self, PyObject *source, PyObject *filename, int mode,
                    unsigned flags, struct sandbox_code *out)
{
    struct transform transform = {.result = flags & SANDBOX_RESULT,
                                  .host_names = !self->persistent,
                                  .sandbox = self,
                                  .annotations_are_text =
                                      parser_flags(self, flags) & CO_FUTURE_ANNOTATIONS};
    AUTO_REF PyObject *tree = parse(self, source, filename, mode, flags);

    *out = (struct sandbox_code){NULL, NULL};
    if (!tree)
        return false;
    others_renew();
    bool transformed = transform_tree(&transform, tree);
    AUTO_REF PyObject *violations = transform.violations;
    if (!transformed)
        return false;
    if (violations)
        return refusal_raise_violations(violations) != NULL;
    /* Checking compiles as well: some errors are the compiler's. */
    AUTO_REF PyObject *code = compile_tree(self, tree, filename, mode, flags);
    if (!code || (flags & SANDBOX_CHECK_ONLY))
        return code != NULL;
    if (!self->persistent && !(flags & SANDBOX_SAME_RUN)) {
        self->run++;
        hooks_new_run(self);
        if (!classes_new_run(self))
            return false;
        if (PyDict_DelItemString(self->guards, "G") < 0)
            PyErr_Clear();
    }
    AUTO_REF PyObject *box = is_wanted(&transform, flags) ? box_new() : NULL;
    if ((is_wanted(&transform, flags) && !box) || !finish_code(self, code, box))
        return false;
    out->code = Py_NewRef(code);
    out->result = Py_XNewRef(box);
    return true;
}

static enum sandbox_mode installed_mode;

/* ---- sandboxes ------------------------------------------------------------------------------- */

static const char token_name[] = "safepyrun.sandbox";

/* The last guarded code object is gone. */
static void token_free(PyObject *token)
{
    struct sandbox *self = PyCapsule_GetPointer(token, token_name);

    Py_CLEAR(self->globals);
    Py_CLEAR(self->ok_dests);
    Py_CLEAR(self->guards);
    Py_CLEAR(self->given);
    Py_CLEAR(self->classes_before);
    hooks_destroy(&self->hooks);
    free(self);
}

struct sandbox *sandbox_new(PyObject *globals, bool persistent)
{
    struct sandbox *self = calloc(1, sizeof *self);

    if (!self)
        return (void *)PyErr_NoMemory();
    self->token = PyCapsule_New(self, token_name, token_free);
    if (!self->token) {
        free(self);
        return NULL;
    }
    self->globals = Py_NewRef(globals);
    /* As exec() does: C code that imports looks for it there. */
    if (!PyDict_GetItemString(globals, "__builtins__") &&
        PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) < 0)
        PyErr_Clear();
    self->guards = PyDict_New();
    self->given = shared_given(globals);
    self->persistent = persistent;
    self->run = 1;
    if (!self->guards || !self->given) {
        Py_DECREF(self->token);
        return NULL;
    }
    if (installed_mode == SANDBOX_CLOSED && persistent && !gate_default())
        gate_set_default(self);
    return self;
}

void sandbox_destroy(struct sandbox **self)
{
    if (!*self)
        return;
    if (gate_default() == *self) {
        if (interpreter_is_finalizing())
            return; /* what runs while modules are taken apart is judged to the last */
        gate_set_default(NULL);
    }
    PyObject *token = (*self)->token;
    /* The namespace holds functions, their code holds the token: what is left of the sandbox lets
     * go of it. */
    Py_CLEAR((*self)->globals);
    hooks_destroy(&(*self)->hooks);
    *self = NULL;
    Py_DECREF(token);
}

/* One destination as an exact str; new reference. */
static PyObject *exact_dest(PyObject *dest)
{
    AUTO_REF PyObject *path = PyOS_FSPath(dest);

    if (!path)
        return NULL;
    if (PyBytes_Check(path))
        return PyUnicode_DecodeFSDefaultAndSize(PyBytes_AS_STRING(path), PyBytes_GET_SIZE(path));
    return PyUnicode_FromObject(path);
}

bool sandbox_set_ok_dests(struct sandbox *self, PyObject *dests)
{
    if (!dests || dests == Py_None) {
        Py_CLEAR(self->ok_dests);
        return true;
    }
    if (PyUnicode_Check(dests) || PyBytes_Check(dests)) {
        PyErr_SetString(PyExc_TypeError, "ok_dests is a list of directories, not one name");
        return false;
    }
    AUTO_REF PyObject *list = PySequence_List(dests);
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++) {
        PyObject *exact = exact_dest(PyList_GET_ITEM(list, i));
        if (!exact || PyList_SetItem(list, i, exact) < 0)
            return false;
    }
    if (!list)
        return false;
    Py_XSETREF(self->ok_dests, Py_NewRef(list));
    return true;
}

PyObject *sandbox_ok_dests(struct sandbox *self)
{
    return self->ok_dests ? PySequence_List(self->ok_dests) : PyList_New(0);
}

bool sandbox_install(enum sandbox_mode mode)
{
    if (code_extra_index >= 0)
        return true;
    installed_mode = mode;
    AUTO_REF PyObject *builtins = PyImport_ImportModule("builtins");

    compile_builtin = builtins ? PyObject_GetAttrString(builtins, "compile") : NULL;
    if (!compile_builtin || !transform_init() || !refusal_type() || !twin_init() || !guard_init() ||
        !builtins_init() || !allowlist_init())
        return false;
    code_extra_index = INTERPRETER_REQUEST_EXTRA(origin_free);
    if (code_extra_index < 0) {
        PyErr_SetString(PyExc_RuntimeError, "no code object can be marked");
        return false;
    }
    return check_layout() && gate_init(mode);
}
