#include "grants.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "packs.h"
#include "resolve.h"

/* One grant of the user. For an object its identity counts; for a module every name below. */
struct user_grant {
    struct grant grant;
    PyObject *object; /* owned; NULL for a module that is not loaded */
    bool whole_module;
    struct user_grant *next;
};

static struct {
    struct user_grant *first;
    struct user_grant *taken_back; /* kept: a callable that was bound before may still point there */
    PyObject *writable; /* owned list of types */
} self;

static const char *const grade_names[] = {[GRADE_UNKNOWN] = "unknown", [GRADE_DENY] = "deny",   [GRADE_PURE] = "pure",
                                          [GRADE_GATED] = "gated",     [GRADE_WRITE] = "write", [GRADE_NET] = "net",
                                          [GRADE_TRUSTED] = "trusted"};

/* ---- finding ---------------------------------------------------------------------------------------------------------------- */

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
        if (at->whole_module && strncmp(at->grant.name, name, size) == 0 && (name[size] == '.' || !name[size]) &&
            size >= best_size) {
            best = at;
            best_size = size;
        }
    }
    return best ? &best->grant : NULL;
}

bool grants_type_writable(PyTypeObject *type)
{
    for (Py_ssize_t i = 0; self.writable && i < PyList_GET_SIZE(self.writable); i++)
        if (PyList_GET_ITEM(self.writable, i) == (PyObject *)type)
            return true;
    return false;
}

/* ---- near misses ------------------------------------------------------------------------------------------------------------ */

static int distance(const char *a, const char *b, int limit)
{
    int row[65];
    size_t columns = strlen(b);

    if (columns > 64 || strlen(a) > 64 || abs((int)columns - (int)strlen(a)) > limit)
        return limit + 1;
    for (size_t j = 0; j <= columns; j++)
        row[j] = (int)j;
    for (size_t i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= columns; j++) {
            int substitute = diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            int least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            diagonal = row[j];
            row[j] = substitute < least ? substitute : least;
        }
    }
    return row[columns];
}

/* The names in `owner` (a module or a type) that are nearest to `wanted`: "a, b", or "". */
static void near_names(PyObject *owner, const char *wanted, char *out, size_t size)
{
    PyObject *names = owner ? PyObject_Dir(owner) : NULL;
    int limit = 1 + (int)strlen(wanted) / 4, found = 0;

    *out = 0;
    for (int away = 0; names && away <= limit && found < 3; away++)
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names) && found < 3; i++) {
            const char *name = PyUnicode_AsUTF8(PyList_GET_ITEM(names, i));
            if (name && distance(wanted, name, limit) == away && strlen(out) + strlen(name) + 3 < size) {
                strcat(strcat(out, found ? ", " : ""), name);
                found++;
            }
        }
    PyErr_Clear();
    Py_XDECREF(names);
}

/* LookupError for a name that is not there. Always false. */
static bool refuse_name(const char *dotted)
{
    char owner_name[512], near[256] = "";
    const char *last = strrchr(dotted, '.');

    if (last && (size_t)(last - dotted) < sizeof owner_name) {
        snprintf(owner_name, sizeof owner_name, "%.*s", (int)(last - dotted), dotted);
        PyObject *owner = resolve_object(owner_name);
        near_names(owner, last + 1, near, sizeof near);
        Py_XDECREF(owner);
    }
    PyErr_Format(PyExc_LookupError, "no loaded module has %s%s%s%s", dotted, *near ? "; did you mean " : "", near,
                 *near ? "?" : " (import its library first)");
    return false;
}

/* ---- allow, deny -------------------------------------------------------------------------------------------------------------- */

static struct user_grant *find_named(const char *name)
{
    for (struct user_grant *at = self.first; at; at = at->next)
        if (strcmp(at->grant.name, name) == 0)
            return at;
    return NULL;
}

/* Add or replace; `object` borrowed. */
static bool add_grant(PyObject *object, const char *name, bool whole_module, enum grade grade, PyObject *policy)
{
    struct user_grant *grant = NULL;

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
    grant->grant.grade = policy && grade != GRADE_TRUSTED ? GRADE_WRITE : grade;
    Py_XSETREF(grant->object, Py_XNewRef(object));
    Py_XSETREF(grant->grant.py_policy, Py_XNewRef(policy));
    allowlist_epoch++;
    return true;
}

/* A package that is installed but not imported yet. */
static bool module_exists(const char *name)
{
    PyObject *util = PyImport_ImportModule("importlib.util");
    PyObject *spec = util && !strchr(name, '.') ? PyObject_CallMethod(util, "find_spec", "s", name) : NULL;
    bool exists = spec && spec != Py_None;

    PyErr_Clear();
    Py_XDECREF(spec);
    Py_XDECREF(util);
    return exists;
}

/* A plain name is a module first, then a builtin. */
static bool allow_name(const char *name, enum grade grade, PyObject *policy)
{
    PyObject *object = resolve_object(name);

    if (object) {
        bool allowed = PyModule_Check(object) || PyCallable_Check(object) ? sandbox_allow(object, grade, policy)
                                                                         : refuse_name(name);
        Py_DECREF(object);
        return allowed;
    }
    return module_exists(name) ? add_grant(NULL, name, true, grade, policy) : refuse_name(name);
}

bool sandbox_allow(PyObject *target, enum grade grade, PyObject *policy)
{
    struct identity identity;
    char fallback[64];

    if (policy == Py_None)
        policy = NULL;
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
    snprintf(fallback, sizeof fallback, "<%.40s>", Py_TYPE(target)->tp_name);
    bool named = resolve_identity(target, &identity) && !identity.instance;
    return add_grant(named ? identity.callable : target, named ? identity.name : fallback, false, grade, policy);
}

bool sandbox_deny(PyObject *target)
{
    PyObject *object = PyUnicode_Check(target) ? resolve_object(PyUnicode_AsUTF8(target)) : Py_NewRef(target);
    const char *name = PyUnicode_Check(target) ? PyUnicode_AsUTF8(target) : NULL;
    struct identity identity = {.callable = object};
    struct user_grant **at = &self.first;

    if (object && !PyModule_Check(object))
        resolve_identity(object, &identity);
    while (*at && !((object && ((*at)->object == object || (*at)->object == identity.callable)) ||
                    (name && strcmp((*at)->grant.name, name) == 0)))
        at = &(*at)->next;
    Py_XDECREF(object);
    if (!*at) {
        PyErr_Format(PyExc_LookupError, "%S was not allowed by %%allow; %%allow lists what was", target);
        return false;
    }
    struct user_grant *gone = *at;
    *at = gone->next;
    gone->next = self.taken_back;
    self.taken_back = gone;
    Py_CLEAR(gone->object);
    Py_CLEAR(gone->grant.py_policy);
    gone->grant.grade = GRADE_UNKNOWN;
    allowlist_epoch++;
    return true;
}

bool sandbox_allow_write_type(PyObject *type)
{
    if (!PyType_Check(type)) {
        PyErr_Format(PyExc_TypeError, "allow_write_types takes classes, not %s", Py_TYPE(type)->tp_name);
        return false;
    }
    if (!self.writable && !(self.writable = PyList_New(0)))
        return false;
    allowlist_epoch++;
    return grants_type_writable((PyTypeObject *)type) || PyList_Append(self.writable, type) == 0;
}

/* ---- listing -------------------------------------------------------------------------------------------------------------------- */

PyObject *sandbox_grants(void)
{
    PyObject *rows = PyList_New(0);

    for (struct user_grant *at = self.first; rows && at; at = at->next) {
        PyObject *row = Py_BuildValue("(sss)", at->grant.name, grade_names[at->grant.grade], at->grant.source);
        if (!row || PyList_Append(rows, row) < 0)
            Py_CLEAR(rows);
        Py_XDECREF(row);
    }
    return rows;
}

static PyObject *policy_text(const struct pack_entry *entry)
{
    static const char *const kinds[] = {[POLICY_NONE] = "", [POLICY_POSITION] = "destination", [POLICY_SELF] = "destination: itself",
                                        [POLICY_OPEN] = "destination when the mode writes", [POLICY_NEVER_WRITE] = "read only"};

    if (!entry->policy)
        return PyUnicode_FromString(entry->why ? entry->why : "");
    const struct pack_policy *policy = entry->policy;
    if (policy->keyword && policy->position >= 0)
        return PyUnicode_FromFormat("%s: argument %d, %s", kinds[policy->kind], policy->position, policy->keyword);
    return PyUnicode_FromString(kinds[policy->kind]);
}

PyObject *sandbox_policy_search(const char *needle)
{
    PyObject *rows = needle ? PyList_New(0) : NULL;

    for (const struct pack *const *pack = packs; rows && *pack; pack++)
        for (size_t i = 0; rows && i < (*pack)->count; i++) {
            const struct pack_entry *entry = &(*pack)->entries[i];
            if (!strcasestr(entry->name, needle) && !strcasestr((*pack)->name, needle))
                continue;
            PyObject *row = Py_BuildValue("(sssN)", entry->name, grade_names[entry->grade], (*pack)->name, policy_text(entry));
            if (!row || PyList_Append(rows, row) < 0)
                Py_CLEAR(rows);
            Py_XDECREF(row);
        }
    for (struct user_grant *at = self.first; rows && at; at = at->next) {
        if (!strcasestr(at->grant.name, needle))
            continue;
        PyObject *row = Py_BuildValue("(ssss)", at->grant.name, grade_names[at->grant.grade], at->grant.source, "");
        if (!row || PyList_Append(rows, row) < 0)
            Py_CLEAR(rows);
        Py_XDECREF(row);
    }
    return rows;
}
