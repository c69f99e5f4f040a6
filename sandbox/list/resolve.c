/* resolve: between callables and their dotted names. */
#include "base/interpreter.h"
#include "sandbox/list/resolve.h"

#include <stdio.h>
#include <string.h>

#include "sandbox/list/allowlist.h"
#include "sandbox/owners/owners.h"

static PyTypeObject *seen_through; /* borrowed: never freed */
static PyObject *(*find_original)(PyObject *object);

/* ---- names to objects ---- */

/* The member of a module or a type, as it lies in its dict; borrowed, or NULL. */
static PyObject *static_member(PyObject *owner, const char *name, size_t size)
{
    PyObject *key = PyUnicode_FromStringAndSize(name, (Py_ssize_t)size);
    PyObject *member = NULL;

    if (key)
        PyUnicode_InternInPlace(
            &key); /* as attributes' names are: the type's cache keeps names by address */
    if (key && PyModule_Check(owner))
        member = PyDict_GetItemWithError(PyModule_GetDict(owner), key);
    else if (key && PyType_Check(owner))
        member = interpreter_type_lookup((PyTypeObject *)owner, key);
    Py_XDECREF(key);
    PyErr_Clear();
    return member;
}

/* A staticmethod's or classmethod's function; other objects as they are. Borrowed. */
static PyObject *unwrap(PyObject *member)
{
    if (member &&
        (Py_IS_TYPE(member, &PyStaticMethod_Type) || Py_IS_TYPE(member, &PyClassMethod_Type))) {
        PyObject *function = PyObject_GetAttrString(member, "__func__");
        PyErr_Clear();
        Py_XDECREF(function); /* the wrapper keeps it */
        return function;
    }
    return member;
}

/* Follow `path` ("a.b") from `owner`; borrowed, or NULL. */
static PyObject *follow(PyObject *owner, const char *path)
{
    while (owner && *path) {
        size_t size = strcspn(path, ".");
        owner = static_member(owner, path, size);
        path += size + (path[size] == '.');
    }
    return owner;
}

/* The object that `dotted` names: the longest loaded module in front, members behind. Borrowed. */
static PyObject *find_dotted(const char *dotted)
{
    size_t size = strlen(dotted);

    if (size > 0 && dotted[size - 1] == '.')
        return NULL;
    while (size > 0) {
        PyObject *module = loaded_find(dotted, size);
        if (module) {
            PyObject *found = dotted[size] ? follow(module, dotted + size + 1) : module;
            if (found)
                return found;
        }
        while (size > 0 && dotted[--size] != '.')
            continue;
    }
    return NULL;
}

PyObject *resolve_object(const char *dotted)
{
    PyObject *found = find_dotted(dotted);

    if (!found && !strchr(dotted, '.')) {
        PyObject *builtins = loaded_find("builtins", 8);
        found = builtins ? static_member(builtins, dotted, strlen(dotted)) : NULL;
    }
    return Py_XNewRef(unwrap(found));
}

/* ---- objects to names ---- */

static const char *exact_text(PyObject *object)
{
    const char *text = object && PyUnicode_CheckExact(object) ? PyUnicode_AsUTF8(object) : NULL;

    PyErr_Clear();
    return text;
}

/* Types that Python code cannot make: their tp_name is the truth. */
static bool is_native_type(const PyTypeObject *type)
{
    return !(type->tp_flags & Py_TPFLAGS_HEAPTYPE) ||
           (type->tp_flags & (Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION));
}

bool resolve_is_method_wrapper(PyObject *object)
{
    const PyTypeObject *type = Py_TYPE(object);

    return !(type->tp_flags & Py_TPFLAGS_HEAPTYPE) && strcmp(type->tp_name, "method-wrapper") == 0;
}

PyWrapperDescrObject *resolve_bound_slot(PyObject *callable)
{
    struct bound { /* CPython's private struct, the same from 3.11 on */
        PyObject_HEAD PyWrapperDescrObject *slot;
        PyObject *self;
    };
    PyWrapperDescrObject *slot = resolve_is_method_wrapper(callable) &&
                                         Py_TYPE(callable)->tp_basicsize == sizeof(struct bound)
                                     ? ((struct bound *)callable)->slot
                                     : NULL;

    return slot && Py_IS_TYPE(slot, &PyWrapperDescr_Type) &&
                   !(PyDescr_TYPE(slot)->tp_flags & Py_TPFLAGS_HEAPTYPE)
               ? slot
               : NULL;
}

bool resolve_is_partial(PyObject *object)
{
    static PyObject *known; /* borrowed: the interpreter keeps its module */

    if ((PyObject *)Py_TYPE(object) == known)
        return true;
    if (known || strcmp(Py_TYPE(object)->tp_name, "functools.partial") != 0)
        return false;
    PyObject *partial = loaded_member("_functools", "partial");
    if ((PyObject *)Py_TYPE(object) == partial)
        known = partial;
    return !partial || known == partial; /* NULL: there is no memory to tell */
}

/* A static type of an extension module is what it is called in one: "lmdb.Environment" calls itself
 * "Environment". The shortest name; false: no module has it. */
static bool find_exposed(PyTypeObject *type, const char *own, char *out, size_t size)
{
    PyObject *key, *module;
    Py_ssize_t at = 0;
    size_t best = SIZE_MAX;

    while (PyDict_Next(PyImport_GetModuleDict(), &at, &key, &module)) {
        const char *name = exact_text(key);
        size_t length = name ? strlen(name) : SIZE_MAX;
        if (length < best && PyModule_Check(module) &&
            PyDict_GetItemString(PyModule_GetDict(module), own) == (PyObject *)type &&
            (size_t)snprintf(out, size, "%s.%s", name, own) < size)
            best = length;
    }
    return best != SIZE_MAX;
}

/* Of a static type. What it calls itself counts where the interpreter has it, or where the name is
 * of no module of the interpreter's; else a name must lead to it. */
static bool static_type_name(PyTypeObject *type, char *out, size_t size, bool *proven)
{
    const char *dot = strrchr(type->tp_name, '.'), *own = dot ? dot + 1 : type->tp_name;
    bool is_interpreters = loaded_is_interpreters(type);
    int length = snprintf(out, size,
                          dot               ? "%s"
                          : is_interpreters ? "builtins.%s"
                                            : "?.%s",
                          type->tp_name);

    *proven = is_interpreters ||
              (dot && (find_dotted(out) == (PyObject *)type || !loaded_is_standard_name(out)));
    if (!*proven && find_exposed(type, own, out, size))
        return *proven = true;
    return length > 0 && (size_t)length < size;
}

bool resolve_type_name(PyTypeObject *type, char *out, size_t size, bool *proven)
{
    int length;

    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return static_type_name(type, out, size, proven);
    const char *module = exact_text(PyDict_GetItemString(type->tp_dict, "__module__"));
    const char *qualname = exact_text(((PyHeapTypeObject *)type)->ht_qualname);
    if (!module && is_native_type(type))
        length = snprintf(out, size, "%s", type->tp_name);
    else
        length = snprintf(out, size, "%s.%s", module ? module : "?", qualname ? qualname : "?");
    *proven = is_native_type(type) || find_dotted(out) == (PyObject *)type;
    return length > 0 && (size_t)length < size;
}

static bool append(struct identity *self, const char *name)
{
    size_t used = strlen(self->name);

    return (size_t)snprintf(self->name + used, sizeof self->name - used, ".%s", name) <
           sizeof self->name - used;
}

/* What the class itself defines under `key`; borrowed, or NULL. */
static PyObject *own_member(PyTypeObject *type, PyObject *key)
{
    PyObject *dict = interpreter_type_dict(type);

    Py_XDECREF(dict); /* the type keeps it alive */
    return dict ? PyDict_GetItemWithError(dict, key) : NULL;
}

/* A descriptor of a C type: d_type and d_name cannot be changed. */
static bool identify_descriptor(PyObject *descriptor, struct identity *out)
{
    PyDescrObject *descr = (PyDescrObject *)descriptor;
    const char *name = exact_text(descr->d_name);

    out->callable = descriptor;
    return name && resolve_type_name(descr->d_type, out->name, sizeof out->name, &out->proven) &&
           append(out, name);
}

/* The descriptor that a bound builtin method comes from: the class may override the name, a base
 * has it. Borrowed, or NULL. */
static PyObject *find_descriptor(PyTypeObject *type, const char *name,
                                 const PyCFunctionObject *function)
{
    PyObject *mro = type->tp_mro;
    PyObject *key = PyUnicode_FromString(name), *found = NULL;

    for (Py_ssize_t i = 0; key && mro && !found && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        PyObject *member = own_member(base, key);
        if (member &&
            (Py_IS_TYPE(member, &PyMethodDescr_Type) ||
             Py_IS_TYPE(member, &PyClassMethodDescr_Type)) &&
            ((PyMethodDescrObject *)member)->d_method->ml_meth == function->m_ml->ml_meth)
            found = member;
    }
    PyErr_Clear();
    Py_XDECREF(key);
    return found;
}

/* A builtin function: of a module, or bound to a type or an instance. */
static bool identify_builtin(PyObject *callable, struct identity *out)
{
    PyCFunctionObject *function = (PyCFunctionObject *)callable;
    PyObject *self = function->m_self;
    const char *name = function->m_ml->ml_name;

    if (!self || PyModule_Check(self) || (seen_through && Py_IS_TYPE(self, seen_through))) {
        const char *module = exact_text(function->m_module);
        if (!module && self && PyModule_Check(self))
            module = PyModule_GetName(self);
        PyErr_Clear();
        out->callable = callable;
        out->proven = module != NULL; /* m_ml and m_module are the C module's own */
        return module && (size_t)snprintf(out->name, sizeof out->name, "%s.%s", module, name) <
                             sizeof out->name;
    }
    if (PyType_Check(self) &&
        strcmp(name, "__new__") == 0) { /* making one by hand is calling the type */
        out->callable = self;
        return resolve_type_name((PyTypeObject *)self, out->name, sizeof out->name, &out->proven);
    }
    PyObject *member =
        PyType_Check(self) ? find_descriptor((PyTypeObject *)self, name, function) : NULL;
    if (!member)
        member = find_descriptor(Py_TYPE(self), name, function);
    if (!member) {
        PyTypeObject *type = PyType_Check(self) ? (PyTypeObject *)self : Py_TYPE(self);
        out->callable = callable;
        return resolve_type_name(type, out->name, sizeof out->name, &out->proven) &&
               append(out, name);
    }
    return identify_descriptor(member, out);
}

/* The module that a host function was defined in: its globals are that module's dict. Borrowed
 * text, or NULL. */
static const char *home_module(PyFunctionObject *function)
{
    const char *name = exact_text(PyDict_GetItemString(function->func_globals, "__name__"));
    PyObject *module = name ? loaded_find(name, strlen(name)) : NULL;

    return module && PyModule_GetDict(module) == function->func_globals ? name : NULL;
}

/* A closure or a renamed wrapper: known by where its code was compiled. `out->callable` becomes the
 * code, which all closures of one definition share. */
static bool identify_by_code(PyFunctionObject *function, struct identity *out)
{
    const char *module = home_module(function);
    const char *qualname = exact_text(((PyCodeObject *)function->func_code)->co_qualname);
    char name[sizeof out->name];

    if (!module || !qualname || code_sandbox(function->func_code) ||
        (size_t)snprintf(name, sizeof name, "%s.%s", module, qualname) >= sizeof name)
        return false;
    char *locals = strstr(name, ".<locals>");
    if (locals)
        *locals = 0;
    memcpy(out->name, name, sizeof name);
    out->callable = function->func_code;
    return out->proven = true;
}

/* A library's wrapper around a function of a cell (contextmanager, singledispatch): it bears the
 * cell's name. */
static bool wraps_cell_function(PyFunctionObject *function)
{
    PyObject *wrapped = (PyObject *)function;

    for (int depth = 0; depth < 8 && wrapped && PyFunction_Check(wrapped); depth++) {
        if (depth && code_sandbox(PyFunction_GET_CODE(wrapped)))
            return true;
        PyObject *dict = ((PyFunctionObject *)wrapped)->func_dict;
        wrapped = dict ? PyDict_GetItemString(dict, "__wrapped__") : NULL; /* borrowed */
    }
    return false;
}

static bool identify_function(PyObject *callable, struct identity *out)
{
    PyFunctionObject *function = (PyFunctionObject *)callable;
    const char *module = exact_text(function->func_module),
               *qualname = exact_text(function->func_qualname);

    if (!module || !qualname ||
        (size_t)snprintf(out->name, sizeof out->name, "%s.%s", module, qualname) >=
            sizeof out->name)
        return identify_by_code(function, out);
    out->callable = callable;
    out->proven = unwrap(find_dotted(out->name)) == callable;
    if (!out->proven || wraps_cell_function(function))
        identify_by_code(function, out);
    return true;
}

/* Callables that C libraries make, one object for each function: the row that names their type. */
static const struct pack_fact *function_type(const PyTypeObject *type)
{
    const char *dot = strrchr(type->tp_name, '.');

    EACH_FACT (FACT_FUNCTIONS, row)
        if (strcmp(row->name, dot && !strchr(row->name, '.') ? dot + 1 : type->tp_name) == 0)
            return row;
    return NULL;
}

bool resolve_is_compiled(PyObject *object)
{
    const struct pack_fact *row = function_type(Py_TYPE(object));

    return row && row->value;
}

/* A method of a class that its module does not show: of that name, among the bases of one that it
 * shows (lxml.etree.XMLParser of _BaseParser). */
static bool is_of_hidden_class(PyObject *callable, const char *module_name, const char *qualname)
{
    const char *dot = strrchr(qualname, '.');
    PyObject *module = dot ? loaded_module(module_name) : NULL, *name, *value;
    AUTO_REF PyObject *key = module ? PyUnicode_FromString(dot + 1) : NULL;
    size_t length = dot ? (size_t)(dot - qualname) : 0;
    Py_ssize_t at = 0;

    while (key && PyModule_Check(module) &&
           PyDict_Next(PyModule_GetDict(module), &at, &name, &value)) {
        PyObject *mro = PyType_Check(value) ? ((PyTypeObject *)value)->tp_mro : NULL;
        for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
            PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
            const char *own = strrchr(base->tp_name, '.');
            own = own ? own + 1 : base->tp_name;
            if (strlen(own) == length && strncmp(own, qualname, length) == 0 &&
                own_member(base, key) == callable)
                return true;
        }
    }
    PyErr_Clear();
    return false;
}

/* Their own names are read. */
static bool identify_library_object(PyObject *callable, struct identity *out)
{
    if (!function_type(Py_TYPE(callable)))
        return false;
    PyObject *module = PyObject_GetAttrString(callable, "__module__");
    PyErr_Clear();
    PyObject *qualname = PyObject_GetAttrString(callable, "__qualname__");
    PyErr_Clear();
    const char *module_text = exact_text(module), *qualname_text = exact_text(qualname);
    bool named = module_text && qualname_text &&
                 (size_t)snprintf(out->name, sizeof out->name, "%s.%s", module_text,
                                  qualname_text) < sizeof out->name;
    out->callable = callable;
    out->proven = named && (unwrap(find_dotted(out->name)) == callable ||
                            is_of_hidden_class(callable, module_text, qualname_text));
    Py_XDECREF(module);
    Py_XDECREF(qualname);
    return named && out->proven;
}

/* A library's class of a function's locals is found under no name; the base that it has its
 * __call__ from may be (ctypes makes one for each shared library). Borrowed. */
static PyTypeObject *who_calls(PyTypeObject *type)
{
    AUTO_REF PyObject *key = PyUnicode_InternFromString("__call__");
    PyObject *method = key ? interpreter_type_lookup(type, key) : NULL;
    const char *qualname = type->tp_flags & Py_TPFLAGS_HEAPTYPE
                               ? exact_text(((PyHeapTypeObject *)type)->ht_qualname)
                               : NULL;

    const char *module =
        qualname ? exact_text(PyDict_GetItemString(type->tp_dict, "__module__")) : NULL;
    PyObject *library = module ? loaded_module(module) : NULL;
    if (!library || !(loaded_is_standard(library) || loaded_is_installed(library)))
        return type;
    while (method && qualname && strstr(qualname, "<locals>") && type->tp_base &&
           interpreter_type_lookup(type->tp_base, key) == method) {
        type = type->tp_base;
        qualname = type->tp_flags & Py_TPFLAGS_HEAPTYPE
                       ? exact_text(((PyHeapTypeObject *)type)->ht_qualname)
                       : NULL;
    }
    return type;
}

static bool identify_instance(PyObject *callable, struct identity *out)
{
    PyTypeObject *type = Py_TYPE(callable);

    if (!type->tp_call || identify_library_object(callable, out))
        return type->tp_call != NULL;
    type = who_calls(type);
    out->callable = (PyObject *)type;
    out->instance = true;
    out->alike = !function_type(type);
    return resolve_type_name(type, out->name, sizeof out->name, &out->proven) &&
           append(out, "__call__");
}

/* The descriptor behind a bound slot ("x".__add__): __objclass__ and __name__ are C's own. */
static bool identify_method_wrapper(PyObject *callable, struct identity *out)
{
    PyObject *owner = PyObject_GetAttrString(callable, "__objclass__");
    PyObject *name = PyObject_GetAttrString(callable, "__name__");
    bool named =
        owner && PyType_Check(owner) && exact_text(name) &&
        resolve_type_name((PyTypeObject *)owner, out->name, sizeof out->name, &out->proven) &&
        append(out, exact_text(name));

    PyErr_Clear();
    out->callable = callable;
    Py_XDECREF(owner);
    Py_XDECREF(name);
    return named;
}

bool resolve_identity(PyObject *callable, struct identity *out)
{
    memset(out, 0, sizeof *out);
    callable = unwrap(callable);
    if (!callable)
        return false;
    if (PyMethod_Check(callable))
        return resolve_identity(PyMethod_GET_FUNCTION(callable), out);
    if (PyFunction_Check(callable))
        return identify_function(callable, out);
    if (PyCFunction_Check(callable))
        return identify_builtin(callable, out);
    if (PyType_Check(callable)) {
        out->callable = callable;
        return resolve_type_name((PyTypeObject *)callable, out->name, sizeof out->name,
                                 &out->proven);
    }
    if (Py_IS_TYPE(callable, &PyMethodDescr_Type) || Py_IS_TYPE(callable, &PyWrapperDescr_Type) ||
        Py_IS_TYPE(callable, &PyClassMethodDescr_Type))
        return identify_descriptor(callable, out);
    if (resolve_is_method_wrapper(callable))
        return identify_method_wrapper(callable, out);
    return identify_instance(callable, out);
}

PyObject *resolve_name(PyObject *callable)
{
    struct identity identity;

    if (resolve_identity(callable, &identity) && identity.name[0]) {
        const struct grant *grant = allowlist_find(callable);
        /* The public name (os.unlink) rather than the C module's own (posix.unlink). */
        const char *name = grant && grant->name && !strchr(grant->name, '*') && !identity.instance
                               ? grant->name
                               : identity.name;
        if (strncmp(name, "builtins.", 9) == 0)
            name += 9;
        return PyUnicode_FromString(name);
    }
    return PyUnicode_FromFormat("<%s>", Py_TYPE(callable)->tp_name);
}

void resolve_see_through(PyTypeObject *type, PyObject *(*original)(PyObject *object))
{
    if (type)
        seen_through = type;
    if (original)
        find_original = original;
}

PyObject *resolve_behind(PyObject *object)
{
    PyObject *original = find_original ? find_original(object) : NULL;

    return original ? original : object;
}
