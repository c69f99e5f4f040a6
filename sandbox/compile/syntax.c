/* syntax: Python's AST as tables. Nodes keep their fields in an ordinary instance dict, which is
 * read and written directly: an attribute access through the type would cost three times as
 * much. */
#include "sandbox/compile/syntax.h"

#include <string.h>

PyTypeObject *syntax_types[NODE_COUNT];
PyObject *syntax_names[FIELD_COUNT];

static PyTypeObject *base_type; /* _ast.AST */
static PyObject *load, *store;  /* singletons as the parser makes them */
static PyObject *fields_name, *attributes_name;
static PyObject *own_types; /* set: every node type of _ast itself */

enum { SLOTS = 512 };
static struct {
    PyTypeObject *type;
    enum node_kind kind;
} kinds[SLOTS];

static size_t slot_of(const PyTypeObject *type)
{
    size_t bits = (size_t)type >> 4;
    return (bits ^ (bits >> 9)) & (SLOTS - 1);
}

static void kinds_add(PyTypeObject *type, enum node_kind kind)
{
    size_t slot = slot_of(type);
    while (kinds[slot].type)
        slot = (slot + 1) & (SLOTS - 1);
    kinds[slot].type = type;
    kinds[slot].kind = kind;
}

enum node_kind syntax_kind(PyObject *node)
{
    PyTypeObject *type = Py_TYPE(node);
    size_t slot = slot_of(type);
    while (kinds[slot].type) {
        if (kinds[slot].type == type)
            return kinds[slot].kind;
        slot = (slot + 1) & (SLOTS - 1);
    }
    return NODE_OTHER;
}

bool syntax_is_node(PyObject *object)
{
    return PyType_IsSubtype(Py_TYPE(object), base_type);
}

static bool own_types_fill(PyObject *module)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    own_types = PySet_New(NULL);
    while (own_types && PyDict_Next(PyModule_GetDict(module), &position, &key, &value))
        if (PyType_Check(value) && PyType_IsSubtype((PyTypeObject *)value, base_type) &&
            PySet_Add(own_types, value) < 0)
            return false;
    return own_types != NULL;
}

bool syntax_init(void)
{
    static const char *const node_names[] = {NULL,
#define X(name) #name,
                                             NODES(X)
#undef X
    };
    static const char *const field_names[] = {
#define X(name) #name,
        FIELDS(X)
#undef X
    };
    if (base_type)
        return true;
    for (int i = 0; i < FIELD_COUNT; i++) {
        syntax_names[i] = PyUnicode_InternFromString(field_names[i]);
        if (!syntax_names[i])
            return false;
    }
    fields_name = PyUnicode_InternFromString("_fields");
    attributes_name = PyUnicode_InternFromString("_attributes");
    PyObject *module = PyImport_ImportModule("_ast");
    if (!module || !fields_name || !attributes_name)
        return false;
    for (int i = 1; i < NODE_COUNT; i++) {
        PyObject *type = PyObject_GetAttrString(module, node_names[i]);
        if (!type) {
            error_forget(); /* a node of a newer Python */
            continue;
        }
        syntax_types[i] = (PyTypeObject *)type; /* kept for the life of the process */
        kinds_add(syntax_types[i], (enum node_kind)i);
    }
    load = PyObject_CallNoArgs((PyObject *)syntax_types[NODE_Load]);
    store = PyObject_CallNoArgs((PyObject *)syntax_types[NODE_Store]);
    base_type = (PyTypeObject *)PyObject_GetAttrString(module, "AST");
    bool ok = load && store && base_type && own_types_fill(module);
    Py_DECREF(module);
    return ok;
}

PyObject *syntax_load(void)
{
    return load;
}

PyObject *syntax_store(void)
{
    return store;
}

PyObject *syntax_get(PyObject *node, enum field field)
{
    PyObject **dict = interpreter_dict_place(node);
    if (!dict || !*dict)
        return NULL;
    PyObject *value = PyDict_GetItemWithError(*dict, syntax_names[field]);
    if (!value)
        error_forget();
    return value;
}

bool syntax_is_field(PyObject *node, PyObject *name)
{
    PyObject *fields = interpreter_type_lookup(Py_TYPE(node), fields_name); /* borrowed */

    for (Py_ssize_t i = 0; fields && PyTuple_Check(fields) && i < PyTuple_GET_SIZE(fields); i++)
        if (PyTuple_GET_ITEM(fields, i) == name) /* both interned */
            return true;
    return false;
}

bool syntax_set(PyObject *node, enum field field, PyObject *value)
{
    PyObject **dict = interpreter_dict_place(node);
    assert(dict);
    if (!*dict && !(*dict = PyDict_New()))
        return false;
    return PyDict_SetItem(*dict, syntax_names[field], value) == 0;
}

/* tp_new without tp_init: the initialiser only looks for missing fields, and costs more than all
 * else. */
static PyObject *bare_node(PyTypeObject *type)
{
    static PyObject *no_args;
    if (!no_args && !(no_args = PyTuple_New(0)))
        return NULL;
    return type->tp_new(type, no_args, NULL);
}

PyObject *syntax_new(enum node_kind kind, PyObject *at)
{
    static const enum field position[] = {FIELD_lineno, FIELD_col_offset, FIELD_end_lineno,
                                          FIELD_end_col_offset};
    PyObject *node = bare_node(syntax_types[kind]);
    if (!node)
        return NULL;
    for (size_t i = 0; i < sizeof position / sizeof *position; i++) {
        PyObject *value = syntax_get(at, position[i]);
        if (value && !syntax_set(node, position[i], value)) {
            Py_DECREF(node);
            return NULL;
        }
    }
    return node;
}

/* ---- copies of trees that somebody else made ---- */

static PyObject *copy_value(PyObject *value);

static PyObject *copy_list(PyObject *list)
{
    PyObject *copy = PyList_New(0);
    for (Py_ssize_t i = 0; copy && i < PyList_GET_SIZE(list); i++) {
        PyObject *item = Py_NewRef(PyList_GET_ITEM(list, i));
        PyObject *clean = copy_value(item);
        Py_DECREF(item);
        if (!clean || PyList_Append(copy, clean) < 0)
            Py_CLEAR(copy);
        Py_XDECREF(clean);
    }
    return copy;
}

/* Constants: the compiler itself insists on exact types, but for what names and numbers are
 * used. */
static PyObject *copy_value(PyObject *value)
{
    if (PyList_Check(value))
        return copy_list(value);
    if (syntax_is_node(value))
        return syntax_copy(value);
    if (PyUnicode_Check(value) && !PyUnicode_CheckExact(value))
        return PyUnicode_FromObject(value);
    if (PyLong_Check(value) && !PyLong_CheckExact(value) && !PyBool_Check(value))
        return interpreter_int_copy(value);
    return Py_NewRef(value);
}

/* Where Python 3.11 takes None for a node or a name, and ends the process over it. */
static bool is_required(enum node_kind kind, PyObject *name)
{
    static const struct {
        enum node_kind kind;
        enum field field;
    } required[] = {{NODE_alias, FIELD_name},         {NODE_comprehension, FIELD_target},
                    {NODE_comprehension, FIELD_iter}, {NODE_arg, FIELD_arg},
                    {NODE_keyword, FIELD_value},      {NODE_withitem, FIELD_context_expr},
                    {NODE_match_case, FIELD_pattern}};

    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (required[i].kind == kind && syntax_names[required[i].field] == name)
            return true;
    return false;
}

/* In a list None stands for a node that is left out: {**a} has no key, a keyword-only parameter no
 * default. */
static bool lacks_nodes(enum node_kind kind, PyObject *name, PyObject *value)
{
    bool lacks = value == Py_None && is_required(kind, name);
    bool may = !PyList_Check(value) || (kind == NODE_Dict && name == FIELD(keys)) ||
               name == FIELD(kw_defaults);

    for (Py_ssize_t i = 0; !may && !lacks && i < PyList_GET_SIZE(value); i++)
        lacks = PyList_GET_ITEM(value, i) == Py_None;
    if (lacks)
        PyErr_Format(PyExc_ValueError, "None disallowed in %U", name);
    return lacks;
}

static bool copy_fields(PyObject *from, PyObject *to, PyTypeObject *type, PyObject *which)
{
    PyObject *names = PyObject_GetAttr((PyObject *)type, which);
    bool ok = names && PyTuple_Check(names);
    for (Py_ssize_t i = 0; ok && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        PyObject *value = PyObject_GetAttr(from, name);
        if (!value) {
            ok = PyErr_ExceptionMatches(PyExc_AttributeError);
            if (ok)
                error_forget();
            continue;
        }
        PyObject *clean = lacks_nodes(syntax_kind(to), name, value) ? NULL : copy_value(value);
        PyObject **dict = interpreter_dict_place(to);
        ok = clean && dict && (*dict || (*dict = PyDict_New())) &&
             PyDict_SetItem(*dict, name, clean) == 0;
        Py_XDECREF(clean);
        Py_DECREF(value);
    }
    Py_XDECREF(names);
    return ok;
}

PyObject *syntax_copy(PyObject *node)
{
    /* The nearest of _ast's own types: a subclass may lie about anything. */
    PyTypeObject *type = Py_TYPE(node);
    while (type && PySet_Contains(own_types, (PyObject *)type) != 1)
        type = type->tp_base;
    if (!type || Py_EnterRecursiveCall(" during compilation"))
        return type ? NULL : PyErr_Format(PyExc_TypeError, "not an AST node");
    PyObject *copy = bare_node(type);
    if (copy && (!copy_fields(node, copy, type, fields_name) ||
                 !copy_fields(node, copy, type, attributes_name)))
        Py_CLEAR(copy);
    Py_LeaveRecursiveCall();
    return copy;
}

PyObject *syntax_mangle(PyObject *class_name, PyObject *name)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);
    if (!class_name || length < 3 || PyUnicode_READ_CHAR(name, 0) != '_' ||
        PyUnicode_READ_CHAR(name, 1) != '_' ||
        (PyUnicode_READ_CHAR(name, length - 1) == '_' &&
         PyUnicode_READ_CHAR(name, length - 2) == '_'))
        return Py_NewRef(name);
    Py_ssize_t start = 0, end = PyUnicode_GET_LENGTH(class_name);
    while (start < end && PyUnicode_READ_CHAR(class_name, start) == '_')
        start++;
    if (start == end)
        return Py_NewRef(name);
    PyObject *bare = PyUnicode_Substring(class_name, start, end);
    PyObject *mangled = bare ? PyUnicode_FromFormat("_%U%U", bare, name) : NULL;
    Py_XDECREF(bare);
    if (mangled)
        PyUnicode_InternInPlace(&mangled);
    return mangled;
}
