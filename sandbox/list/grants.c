/* grants: what the user allowed on top of the packs, for the process. */
#include "sandbox/list/grants.h"

#include <stdlib.h>
#include <string.h>

#include "sandbox/owners/owners.h"
#include "sandbox/list/nearest.h"
#include "sandbox/list/packs.h"
#include "sandbox/list/resolve.h"
#include "sandbox/list/unlisted.h"

/* One grant of the user. For an object its identity counts; for a module every name below. */
struct user_grant {
    struct grant grant;
    PyObject *object; /* owned; NULL for a module that is not loaded */
    bool whole_module;
    struct user_grant *next;
};

/* Allowed before its library was loaded. */
struct waiting {
    char *name;
    bool below; /* all that lies below the name, not the name itself ("pkg.**", "pkg.Class.*") */
    enum grade grade;
    PyObject *policy; /* owned or NULL */
    struct waiting *next;
};

static struct {
    struct user_grant *first;
    struct waiting *waiting;
    struct user_grant
        *taken_back;    /* kept: a callable that was bound before may still point there */
    PyObject *writable; /* owned list of types */
} self;

static const char *const grade_names[] = {
    [GRADE_UNKNOWN] = "unknown", [GRADE_DENY] = "deny",   [GRADE_PURE] = "pure",
    [GRADE_GATED] = "gated",     [GRADE_WRITE] = "write", [GRADE_NET] = "net",
    [GRADE_TRUSTED] = "trusted"};

/* ---- finding ---- */

const struct grant *grants_find(PyObject *object)
{
    for (struct user_grant *at = self.first; at; at = at->next)
        if (at->object == object && !at->whole_module)
            return &at->grant;
    return NULL;
}

const struct grant *grants_find_module(const char *name)
{
    const struct user_grant *best = NULL;
    size_t best_size = 0;

    for (struct user_grant *at = self.first; at; at = at->next) {
        size_t size = strlen(at->grant.name);
        if (at->whole_module && strncmp(at->grant.name, name, size) == 0 &&
            (name[size] == '.' || !name[size]) && size >= best_size) {
            best = at;
            best_size = size;
        }
    }
    return best ? &best->grant : NULL;
}

const struct grant *grants_find_class(const char *name)
{
    for (struct user_grant *at = self.first; at; at = at->next) {
        size_t size = strlen(at->grant.name);
        if (at->grant.grade == GRADE_TRUSTED && at->object && PyType_Check(at->object) &&
            !at->grant.py_policy && strncmp(at->grant.name, name, size) == 0 && name[size] == '.')
            return &at->grant;
    }
    return NULL;
}

bool grants_type_writable(PyTypeObject *type)
{
    for (Py_ssize_t i = 0; self.writable && i < PyList_GET_SIZE(self.writable); i++)
        if (PyList_GET_ITEM(self.writable, i) == (PyObject *)type)
            return true;
    return false;
}

/* Are they of one package? */
static bool same_package(const char *name, const char *module)
{
    size_t size = strcspn(module, ".");

    return strncmp(name, module, size) == 0 && (name[size] == '.' || !name[size]);
}

bool grants_need_host_code(const char *module)
{
    if (packs_know(module))
        return true;
    for (const struct user_grant *at = self.first; at; at = at->next)
        if ((at->grant.grade == GRADE_TRUSTED || (at->grant.py_policy && !at->grant.why)) &&
            same_package(at->grant.name, module))
            return true;
    for (const struct waiting *at = self.waiting; at; at = at->next)
        if ((at->grade == GRADE_TRUSTED || (at->policy && at->grade != GRADE_DENY)) &&
            same_package(at->name, module))
            return true;
    return false;
}

/* ---- allow, deny ---- */

static struct user_grant *find_named(const char *name)
{
    for (struct user_grant *at = self.first; at; at = at->next)
        if (strcmp(at->grant.name, name) == 0)
            return at;
    return NULL;
}

static bool trusts; /* was it ever given */

bool grants_trust_any(void)
{
    return trusts;
}

/* Add or replace; `object` borrowed. Of a denial `policy` is its reason, a str. */
static bool add_grant(PyObject *object, const char *name, bool whole_module, enum grade grade,
                      PyObject *policy)
{
    struct user_grant *grant = NULL;
    const char *reason = grade == GRADE_DENY && policy ? PyUnicode_AsUTF8(policy) : NULL;

    if (PyErr_Occurred())
        return false;
    for (struct user_grant *at = self.first; at && !grant; at = at->next)
        if (object && at->object == object)
            grant = at;
    if (!grant && whole_module)
        grant = find_named(name);
    if (!grant) {
        grant = calloc(1, sizeof *grant);
        char *copy = strdup(name);
        if (!grant || !copy) {
            free(grant);
            free(copy);
            PyErr_NoMemory();
            return false;
        }
        grant->grant.name = copy;
        grant->grant.source = "user";
        grant->next = self.first;
        self.first = grant;
    }
    grant->whole_module = whole_module;
    grant->grant.grade =
        policy && grade != GRADE_TRUSTED && grade != GRADE_DENY ? GRADE_WRITE : grade;
    grant->grant.why = reason;
    Py_XSETREF(grant->object, Py_XNewRef(object));
    Py_XSETREF(grant->grant.py_policy, Py_XNewRef(policy));
    trusts |= grade == GRADE_TRUSTED;
    verdict_epoch++;
    return true;
}

/* A package that is installed but not imported yet. */
static bool module_exists(const char *name)
{
    PyObject *util = PyImport_ImportModule("importlib.util");
    PyObject *spec =
        util && !strchr(name, '.') ? PyObject_CallMethod(util, "find_spec", "s", name) : NULL;
    bool exists = spec && spec != Py_None;

    PyErr_Clear();
    Py_XDECREF(spec);
    Py_XDECREF(util);
    return exists;
}

/* Does a pack, or an earlier grant, allow it on terms that "gated" would only loosen or repeat? */
static bool is_allowed_already(PyObject *target, enum grade grade)
{
    const struct grant *known = grade == GRADE_GATED ? allowlist_find(target) : NULL;

    return known && known->grade >= GRADE_PURE;
}

/* A plain name is a module first, then a builtin. */
static bool allow_name(const char *name, enum grade grade, PyObject *policy)
{
    PyObject *object = resolve_object(name);

    if (object) {
        bool allowed = PyModule_Check(object) || PyCallable_Check(object)
                           ? grants_allow(object, grade, policy)
                           : nearest_refuse(name);
        Py_DECREF(object);
        return allowed;
    }
    return module_exists(name) ? add_grant(NULL, name, true, grade, policy) : nearest_refuse(name);
}

bool grants_allow(PyObject *target, enum grade grade, PyObject *policy)
{
    struct identity identity;

    if (policy == Py_None)
        policy = NULL;
    target = resolve_behind(target);
    if (Py_IS_TYPE(target, &PyClassMethod_Type) || Py_IS_TYPE(target, &PyStaticMethod_Type)) {
        AUTO_REF PyObject *function = PyObject_GetAttrString(target, "__func__");
        return function && grants_allow(function, grade, policy);
    }
    if (PyUnicode_Check(target)) {
        const char *name = PyUnicode_AsUTF8(target);
        return name && allow_name(name, grade, policy);
    }
    if (PyModule_Check(target)) {
        const char *name = PyModule_GetName(target);
        return name && add_grant(target, name, true, grade, policy);
    }
    if (!PyCallable_Check(target)) {
        PyErr_Format(PyExc_TypeError, "only callables, modules and names can be allowed, not %s",
                     Py_TYPE(target)->tp_name);
        return false;
    }
    if (!policy && is_allowed_already(target, grade))
        return true;
    bool named = resolve_identity(target, &identity) && !identity.instance;
    PyObject *own_name = named ? resolve_name(target) : NULL; /* os.mkdir rather than posix.mkdir */
    PyObject *function = PyMethod_Check(target) ? PyMethod_GET_FUNCTION(target) : target;
    const char *name = own_name ? PyUnicode_AsUTF8(own_name) : NULL;
    if (!name)
        name = PyFunction_Check(function)
                   ? PyUnicode_AsUTF8(((PyFunctionObject *)function)->func_qualname)
                   : Py_TYPE(target)->tp_name;
    PyErr_Clear();
    /* A function is known by itself: `@allow` sees it before its name leads to it. */
    PyObject *known_by = PyFunction_Check(function) ? function : named ? identity.callable : target;
    bool added = add_grant(known_by, name ? name : "?", false, grade, policy);
    Py_XDECREF(own_name);
    return added;
}

/* ---- libraries that are not loaded yet ---- */

static void waiting_drop(struct waiting **at)
{
    struct waiting *gone = *at;

    *at = gone->next;
    Py_XDECREF(gone->policy);
    free(gone->name);
    free(gone);
}

/* Grant all below a module or a class, under the name that it gives itself. */
static bool allow_below(PyObject *owner, enum grade grade)
{
    char name[512];
    bool proven = PyModule_Check(owner);

    if (proven)
        snprintf(name, sizeof name, "%s", PyModule_GetName(owner));
    else if (!PyType_Check(owner) ||
             !resolve_type_name((PyTypeObject *)owner, name, sizeof name, &proven))
        return false;
    return proven && add_grant(NULL, name, true, grade, NULL);
}

static PyObject *resolve_callable(const char *name)
{
    PyObject *object = resolve_object(name);

    if (object && !PyModule_Check(object) && !PyCallable_Check(object))
        Py_CLEAR(object);
    return object;
}

void grants_settle(void)
{
    static bool settling; /* allowing looks things up as well */

    if (!self.waiting || settling)
        return;
    settling = true;
    for (struct waiting **at = &self.waiting; *at;) {
        PyObject *object = resolve_callable((*at)->name);
        bool taken = object && ((*at)->below ? allow_below(object, (*at)->grade)
                                             : grants_allow(object, (*at)->grade, (*at)->policy));
        Py_XDECREF(object);
        PyErr_Clear();
        if (taken)
            waiting_drop(at);
        else
            at = &(*at)->next;
    }
    settling = false;
}

bool grants_allow_later(const char *name, enum grade grade, PyObject *policy)
{
    struct waiting *waiting = calloc(1, sizeof *waiting);
    char *copy = strdup(name);

    if (!waiting || !copy) {
        free(waiting);
        free(copy);
        PyErr_NoMemory();
        return false;
    }
    size_t size = strlen(copy), stars = 0;
    while (stars < 2 && stars < size && copy[size - 1 - stars] == '*')
        stars++;
    bool below = stars && size > stars + 1 && copy[size - stars - 1] == '.';
    if (below)
        copy[size - stars - 1] = 0;
    *waiting = (struct waiting){copy, below, grade, Py_XNewRef(policy == Py_None ? NULL : policy),
                                self.waiting};
    self.waiting = waiting;
    grants_settle();
    verdict_epoch++;
    return true;
}

static bool waiting_deny(const char *name)
{
    for (struct waiting **at = &self.waiting; *at; at = &(*at)->next)
        if (strcmp((*at)->name, name) == 0) {
            waiting_drop(at);
            return true;
        }
    return false;
}

/* ---- for magics ---- */

/* Import the longest part of `dotted` that is a module: its first name must be installed. False,
 * with the error: it is, and cannot be imported. */
static bool import_library(const char *dotted)
{
    char name[512];
    size_t first = strcspn(dotted, ".");

    snprintf(name, sizeof name, "%.*s", (int)first, dotted);
    if (!module_exists(name))
        return true;
    for (const char *end = dotted + first;; end += 1 + strcspn(end + 1, ".")) {
        snprintf(name, sizeof name, "%.*s", (int)(end - dotted), dotted);
        PyObject *module = PyImport_ImportModule(name);
        Py_XDECREF(module);
        if (!module && end == dotted + first)
            return false;
        if (!module || !*end)
            break;
    }
    PyErr_Clear();
    return true;
}

static void refuse_import(const char *dotted)
{
    struct error_taken why = error_take();

    PyErr_Format(PyExc_LookupError, "%s: its import fails: %s: %S", dotted,
                 ((PyTypeObject *)why.type)->tp_name, why.value ? why.value : Py_None);
    error_drop(&why);
}

PyObject *grants_find_target(const char *dotted)
{
    PyObject *object = resolve_callable(dotted);

    if (!object && strlen(dotted) < 512) {
        if (!import_library(dotted)) {
            refuse_import(dotted);
            return NULL;
        }
        object = resolve_callable(dotted);
    }
    if (!object)
        nearest_refuse(dotted);
    return object;
}

static bool is_native_file(PyObject *module)
{
    PyObject *file = PyDict_GetItemString(PyModule_GetDict(module), "__file__");
    const char *path = text_of(file);
    size_t size = path ? strlen(path) : 0;

    return !path || (size > 3 && strcmp(path + size - 3, ".so") == 0);
}

/* Of an extension module: some make their classes as Python makes its own. */
static bool type_is_native(PyTypeObject *type)
{
    PyObject *own = type->tp_flags & Py_TPFLAGS_HEAPTYPE ? type->tp_dict : NULL;
    const char *home = own ? text_of(PyDict_GetItemString(own, "__module__")) : NULL;
    PyObject *module = home ? loaded_module(home) : NULL;

    return !own || (module && PyModule_Check(module) && is_native_file(module));
}

void grants_standing(PyObject *target, struct grants_standing *out)
{
    *out = (struct grants_standing){0};
    target = resolve_behind(target);
    const struct grant *grant = PyModule_Check(target) ? NULL : allowlist_find(target);
    PyObject *name = PyModule_Check(target) ? PyModule_GetNameObject(target) : resolve_name(target);
    const char *text = name ? PyUnicode_AsUTF8(name) : NULL;

    PyErr_Clear();
    snprintf(out->name, sizeof out->name, "%s", text ? text : "?");
    Py_XDECREF(name);
    if (grant) {
        out->grade = grant->grade;
        out->source = grant->source;
        out->why = grant->why;
    } else if (PyModule_Check(target) && (grant = grants_find_module(out->name))) {
        out->grade = grant->grade;
        out->source = grant->source;
    } else if (PyModule_Check(target) && unlisted_covers_module(target)) {
        out->grade = GRADE_GATED;
        out->source = "unlisted";
    }
    PyObject *inner = PyMethod_Check(target) ? PyMethod_GET_FUNCTION(target) : target;
    out->native = PyModule_Check(target) ? is_native_file(target)
                  : PyType_Check(inner)  ? type_is_native((PyTypeObject *)inner)
                                         : !PyFunction_Check(inner);
    out->born = (PyFunction_Check(inner) && code_sandbox(PyFunction_GET_CODE(inner))) ||
                (out->source && strcmp(out->source, "sandbox") == 0);
}

/* ---- deny ---- */

/* Does it run because nothing speaks of it? */
static bool is_unlisted(PyObject *object, const struct identity *identity)
{
    return PyModule_Check(object) ? unlisted_covers_module(object)
                                  : unlisted_find(object, identity) != NULL;
}

/* Steals `object`. */
static bool take_unlisted_back(PyObject *object)
{
    AUTO_REF PyObject *owned = object;
    struct identity identity;

    if (PyModule_Check(owned))
        return add_grant(owned, PyModule_GetName(owned), true, GRADE_DENY, NULL);
    if (!resolve_identity(owned, &identity))
        return false;
    return add_grant(identity.callable, identity.name, false, GRADE_DENY, NULL);
}

bool grants_deny(PyObject *target)
{
    target = resolve_behind(target);
    const char *name = PyUnicode_Check(target) ? PyUnicode_AsUTF8(target) : NULL;
    if (PyErr_Occurred())
        return false; /* half a surrogate pair: nothing is called so */
    if (name && waiting_deny(name))
        return true;
    PyObject *object = name ? resolve_object(name) : Py_NewRef(target);
    struct identity identity = {.callable = object};
    struct user_grant **at = &self.first;

    if (object && !PyModule_Check(object))
        resolve_identity(object, &identity);
    while (*at && !((object && ((*at)->object == object || (*at)->object == identity.callable)) ||
                    (name && strcmp((*at)->grant.name, name) == 0)))
        at = &(*at)->next;
    if (!*at && object && is_unlisted(object, &identity))
        return take_unlisted_back(object);
    Py_XDECREF(object);
    if (!*at) {
        PyErr_Format(PyExc_LookupError, "%S was not allowed by a grant", target);
        return false;
    }
    struct user_grant *gone = *at;
    *at = gone->next;
    gone->next = self.taken_back;
    self.taken_back = gone;
    Py_CLEAR(gone->object);
    Py_CLEAR(gone->grant.py_policy);
    gone->grant.grade = GRADE_UNKNOWN;
    verdict_epoch++;
    return true;
}

bool grants_allow_write_type(PyObject *type)
{
    if (!PyType_Check(type)) {
        PyErr_Format(PyExc_TypeError, "allow_write_types takes classes, not %s",
                     Py_TYPE(type)->tp_name);
        return false;
    }
    if (!self.writable && !(self.writable = PyList_New(0)))
        return false;
    verdict_epoch++;
    return grants_type_writable((PyTypeObject *)type) || PyList_Append(self.writable, type) == 0;
}

/* ---- listing ---- */

PyObject *grants_list(void)
{
    PyObject *rows = PyList_New(0);

    for (struct user_grant *at = self.first; rows && at; at = at->next) {
        PyObject *row =
            Py_BuildValue("(sss)", at->grant.name, grade_names[at->grant.grade], at->grant.source);
        if (!row || PyList_Append(rows, row) < 0)
            Py_CLEAR(rows);
        Py_XDECREF(row);
    }
    for (struct waiting *at = self.waiting; rows && at; at = at->next) {
        PyObject *row = Py_BuildValue("(sss)", at->name, grade_names[at->grade],
                                      "user; once its library is imported");
        if (!row || PyList_Append(rows, row) < 0)
            Py_CLEAR(rows);
        Py_XDECREF(row);
    }
    return rows;
}

static PyObject *policy_text(const struct pack_entry *entry)
{
    static const char *const kinds[] = {[POLICY_NONE] = "",
                                        [POLICY_POSITION] = "destination",
                                        [POLICY_SELF] = "destination: itself",
                                        [POLICY_OPEN] = "destination when the mode writes",
                                        [POLICY_NEVER_WRITE] = "read only",
                                        [POLICY_MAKES] = "destination, unless it is there",
                                        [POLICY_SOURCE] = "reads a function's code",
                                        [POLICY_GUARDED] = "makes a function of code",
                                        [POLICY_VERB] = "GET, HEAD and OPTIONS"};

    if (!entry->policy || entry->grade != GRADE_WRITE)
        return PyUnicode_FromString(entry->why ? entry->why : "");
    const struct pack_policy *policy = entry->policy;
    if (policy->keyword && policy->position >= 0)
        return PyUnicode_FromFormat("%s: argument %d, %s", kinds[policy->kind], policy->position,
                                    policy->keyword);
    return PyUnicode_FromString(kinds[policy->kind]);
}

typedef bool name_test(const char *name, const char *text);

static bool has_text(const char *name, const char *text)
{
    return strcasestr(name, text) != NULL;
}

/* A pattern (math.**) that the text falls under. */
static bool covers_text(const char *name, const char *text)
{
    const char *star = strchr(name, '*');

    return star && star > name && strncmp(name, text, (size_t)(star - name)) == 0;
}

static PyObject *rows_about(const char *needle, name_test *is_about)
{
    PyObject *rows = PyList_New(0);

    for (const struct pack *const *pack = packs; rows && *pack; pack++)
        for (size_t i = 0; rows && i < (*pack)->count; i++) {
            const struct pack_entry *entry = &(*pack)->entries[i];
            if (!is_about(entry->name, needle) && !strcasestr((*pack)->name, needle))
                continue;
            PyObject *row = Py_BuildValue("(sssN)", entry->name, grade_names[entry->grade],
                                          (*pack)->name, policy_text(entry));
            if (!row || PyList_Append(rows, row) < 0)
                Py_CLEAR(rows);
            Py_XDECREF(row);
        }
    for (struct user_grant *at = self.first; rows && at; at = at->next) {
        if (!is_about(at->grant.name, needle))
            continue;
        PyObject *row = Py_BuildValue("(ssss)", at->grant.name, grade_names[at->grant.grade],
                                      at->grant.source, "");
        if (!row || PyList_Append(rows, row) < 0)
            Py_CLEAR(rows);
        Py_XDECREF(row);
    }
    return rows;
}

PyObject *grants_search(const char *needle)
{
    PyObject *rows = needle ? rows_about(needle, has_text) : NULL;

    if (!rows || PyList_GET_SIZE(rows))
        return rows;
    Py_DECREF(rows);
    return rows_about(needle, covers_text);
}
