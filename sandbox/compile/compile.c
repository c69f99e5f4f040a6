/* compile: source or tree -> guarded code object: parse, transform, compile, put the guards into
 * the constants, mark the code. */
#include "sandbox/compile/compile.h"

#include <string.h>

#include "sandbox/compile/box.h"
#include "sandbox/compile/transform.h"
#include "sandbox/compile/nodes.h"
#include "sandbox/gate/gate.h"
#include "sandbox/guards/guards.h"
#include "sandbox/owners/owners.h"

static PyObject *compile_builtin; /* owned: CPython's own compile() */

/* ---- constants ---- */

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
    return guard_of(sandbox, name);
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
    return code_mark(sandbox, code);
}

/* ---- compiling ---- */

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
    AUTO_REF PyObject *code =
        PyObject_CallFunction(compile_builtin, "OOsiii", tree, filename, mode_name,
                              parser_flags(self, flags), 1, self->optimize);

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
    if (!tree || (flags & SANDBOX_TOP_AWAIT && mode == Py_file_input &&
                  !nodes_futures_first(syntax_get(tree, FIELD_body))))
        return false;
    others_renew();
    if (!libraries_cover()) /* what its functions may meet before they call anything: pickling */
        return false;
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
        self->run = code_next_run();
        hooks_new_run(self);
        if (!classes_new_run(self))
            return false;
        if (PyDict_DelItemString(self->guards, "G") < 0)
            error_forget();
    }
    AUTO_REF PyObject *box = is_wanted(&transform, flags) ? box_new() : NULL;
    if ((is_wanted(&transform, flags) && !box) || !finish_code(self, code, box))
        return false;
    out->code = Py_NewRef(code);
    out->result = Py_XNewRef(box);
    return true;
}

/* For what stands in for eval, exec and compile, and for modules. */
static PyObject *compile_dynamic(struct sandbox *self, PyObject *source, PyObject *filename,
                                 int mode, bool top_await, bool inherit)
{
    unsigned flags =
        (inherit ? SANDBOX_INHERIT | SANDBOX_SAME_RUN : 0) | (top_await ? SANDBOX_TOP_AWAIT : 0);
    struct sandbox_code code = {0};

    if (!compile_source(self, source, filename, mode, flags, &code))
        return NULL;
    Py_XDECREF(code.result);
    return code.code;
}

bool compile_init(void)
{
    AUTO_REF PyObject *builtins = PyImport_ImportModule("builtins");

    compile_builtin = builtins ? PyObject_GetAttrString(builtins, "compile") : NULL;
    dynamic_set_compiler(compile_dynamic);
    return compile_builtin && transform_init() && box_init();
}
