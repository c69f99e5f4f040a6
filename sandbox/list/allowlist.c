/* allowlist: identity -> grant. A table of pointers answers nearly every question; what is not in
 * it is resolved once, by the order of what knows best:
 *
 *   1. the user's grants, for this very object
 *   2. names that a pack lists one by one, resolved to objects (public names such as os.path.join
 * differ from what the object says of itself)
 *   3. what the object says of itself, when looking that up gives the object back: packs' names and
 * patterns, then whole modules that the user allowed
 *
 * Answers are kept until the epoch moves. Objects in the table are kept alive, so no address is
 * used twice. */
#include "sandbox/list/allowlist.h"

#include <stdlib.h>
#include <string.h>

#include "sandbox/list/grants.h"
#include "sandbox/list/packs.h"
#include "sandbox/list/resolve.h"
#include "sandbox/list/unlisted.h"
#include "sandbox/owners/owners.h"

struct slot {
    const void *key;           /* see key_of */
    PyObject *pin;             /* owned: while it lives nothing else gets the key's address */
    PyObject *code;            /* owned, or NULL: a function counts only while this is its code */
    const struct grant *grant; /* NULL: known to be unknown */
};

/* Open addressing, grown at half full. One for answers, one for the names that packs list. */
struct table {
    struct slot *slots;
    size_t capacity, count;
};

/* The process's allowlist. */
static struct {
    struct table answers, listed;
    uint32_t epoch;       /* of the answers */
    uint64_t modules;     /* libraries_version when `listed` was made */
    struct grant *grants; /* one for each pack entry, made when first needed */
    struct grant *pack_grants;
} self;

/* ---- the pointer table ---- */

static size_t hash_pointer(const void *pointer)
{
    uintptr_t bits = (uintptr_t)pointer;

    return (size_t)((bits >> 4) * 0x9E3779B97F4A7C15u >> 20);
}

static struct slot *table_slot(const struct table *table, const void *key)
{
    size_t at = hash_pointer(key) & (table->capacity - 1);

    while (table->slots[at].key && table->slots[at].key != key)
        at = (at + 1) & (table->capacity - 1);
    return &table->slots[at];
}

static struct slot *table_find(const struct table *table, const void *key)
{
    struct slot *slot = table->capacity ? table_slot(table, key) : NULL;

    return slot && slot->key ? slot : NULL;
}

static bool table_grow(struct table *table)
{
    struct table bigger = {.capacity = table->capacity ? table->capacity * 2 : 1024,
                           .count = table->count};

    bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
    if (!bigger.slots)
        return false;
    for (size_t i = 0; i < table->capacity; i++)
        if (table->slots[i].key)
            *table_slot(&bigger, table->slots[i].key) = table->slots[i];
    free(table->slots);
    *table = bigger;
    return true;
}

static void table_set(struct table *table, const void *key, PyObject *pin,
                      const struct grant *grant)
{
    if (table->count * 2 >= table->capacity && !table_grow(table))
        return; /* only slower: it is resolved again */
    struct slot *slot = table_slot(table, key);
    if (!slot->key) {
        slot->key = key;
        slot->pin = Py_NewRef(pin);
        table->count++;
    }
    Py_XSETREF(slot->code, PyFunction_Check(pin) ? Py_NewRef(PyFunction_GET_CODE(pin)) : NULL);
    slot->grant = grant;
}

static void table_clear(struct table *table)
{
    struct table old = *table;

    *table = (struct table){0};
    for (size_t i = 0; i < old.capacity; i++) {
        Py_XDECREF(old.slots[i].pin);
        Py_XDECREF(old.slots[i].code);
    }
    free(old.slots);
}

/* ---- identity ---- */

/* CPython's wrapperobject: a slot bound to an object, `"x".__add__`. */
typedef struct {
    PyObject_HEAD PyWrapperDescrObject *descr;
    PyObject *self;
} wrapper_object;

/* What a callable is known by: builtins by their definition, which bound and unbound forms share; a
 * type's
 * __new__ by the type, since all types share one definition of it; other objects by themselves. */
static const void *key_of(PyObject *callable)
{
    if (PyCFunction_Check(callable)) {
        PyCFunctionObject *function = (PyCFunctionObject *)callable;
        if (function->m_self && PyType_Check(function->m_self) &&
            strcmp(function->m_ml->ml_name, "__new__") == 0)
            return function->m_self;
        return function->m_ml;
    }
    if (Py_IS_TYPE(callable, &PyMethodDescr_Type) || Py_IS_TYPE(callable, &PyClassMethodDescr_Type))
        return ((PyMethodDescrObject *)callable)->d_method;
    if (resolve_is_method_wrapper(callable))
        return ((wrapper_object *)callable)->descr;
    return callable;
}

/* The attribute of an exact type of CPython's own, borrowed: the object keeps it. */
static PyObject *own_attribute(PyObject *object, const char *name)
{
    PyObject *value = PyObject_GetAttrString(object, name);

    PyErr_Clear();
    Py_XDECREF(value);
    return value;
}

/* The callable that decides about this one, borrowed: of bound methods, partials, `f.__call__`;
 * else NULL. */
static PyObject *inner_callable(PyObject *callable)
{
    PyTypeObject *type = Py_TYPE(callable);

    if (PyMethod_Check(callable))
        return PyMethod_GET_FUNCTION(callable);
    if (PyInstanceMethod_Check(callable))
        return PyInstanceMethod_GET_FUNCTION(callable);
    if (type == &PyStaticMethod_Type)
        return own_attribute(callable, "__func__");
    if (resolve_is_method_wrapper(callable)) {
        wrapper_object *wrapper = (wrapper_object *)callable;
        return strcmp(wrapper->descr->d_base->name, "__call__") == 0 ? wrapper->self : NULL;
    }
    if (resolve_is_partial(callable))
        return own_attribute(callable, "func");
    return NULL;
}

/* ---- packs ---- */

/* The grant of a pack's entry; they are laid out as the entries are, pack after pack. */
static const struct grant *entry_grant(const struct pack *pack, const struct pack_entry *entry)
{
    size_t at = 0;

    for (const struct pack *const *other = packs; *other && *other != pack; other++)
        at += (*other)->count;
    struct grant *grant = &self.pack_grants[at + (size_t)(entry - pack->entries)];
    grant->grade = packs_grade(entry);
    grant->policy = entry->grade == GRADE_WRITE || entry->grade == GRADE_NET ? entry->policy : NULL;
    grant->name = entry->name;
    grant->source = pack->name;
    grant->why = entry->why;
    return grant;
}

static bool pack_is_loaded(const struct pack *pack)
{
    for (const char *const *name = pack->modules; *name; name++)
        if (loaded_find(*name, strlen(*name)))
            return true;
    return false;
}

static void list_entry(const struct pack *pack, const struct pack_entry *entry)
{
    if (packs_is_pattern(entry))
        return;
    PyObject *object = resolve_object(entry->name);
    if (object && !PyModule_Check(object)) {
        const struct slot *known = table_find(&self.listed, key_of(object));
        /* Two names of one object: the stricter entry holds. */
        if (!known || packs_grade(entry) == GRADE_DENY ||
            (entry->grade == GRADE_WRITE && known->grant->grade != GRADE_DENY))
            table_set(&self.listed, key_of(object), object, entry_grant(pack, entry));
    }
    Py_XDECREF(object);
}

/* Resolve the listed names of the packs whose library is loaded, again when modules came. */
static void refresh_listed(void)
{
    uint64_t modules = libraries_version();

    if (modules == self.modules)
        return;
    self.modules = modules;
    for (const struct pack *const *pack = packs; *pack; pack++)
        if (pack_is_loaded(*pack))
            for (size_t i = 0; i < (*pack)->count; i++)
                list_entry(*pack, &(*pack)->entries[i]);
}

/* ---- finding ---- */

/* "_heapq.heappush" for "heapq.heappush": C halves of library modules are named with an
 * underscore. */
static const struct grant *find_by_name(const struct identity *identity)
{
    const struct pack *pack = NULL;
    const char *name = identity->name;
    const struct pack_entry *entry = identity->proven ? packs_find(name, &pack) : NULL;

    if (!entry && identity->proven && name[0] == '_')
        entry = packs_find(name + 1, &pack);
    if (entry || !identity->proven)
        return entry ? entry_grant(pack, entry) : NULL;
    const struct grant *grant = grants_find_module(name);
    return grant ? grant : unlisted_find_denial(name);
}

/* ---- made at run time ---- */

static const struct grant born = {
    .grade = GRADE_GATED, .name = "made by the sandbox's code", .source = "sandbox"};
static const struct grant *find_deep(PyObject *callable, int depth);

/* Methods that the library writes for a class (namedtuple, dataclass): fields' names are all
 * of the user's that gets into their text. */
static bool is_generated(PyObject *callable)
{
    if (!PyFunction_Check(callable))
        return false;
    PyFunctionObject *function = (PyFunctionObject *)callable;
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    PyObject *home = PyDict_GetItemString(function->func_globals, "__name__"); /* borrowed */
    const char *file = PyUnicode_AsUTF8(code->co_filename),
               *qualname = PyUnicode_AsUTF8(code->co_qualname);
    const char *home_name = home && PyUnicode_CheckExact(home) ? PyUnicode_AsUTF8(home) : "";

    PyErr_Clear();
    if (!file || !qualname || !home_name)
        return false;
    if (strcmp(file, "<string>") == 0) /* dataclasses; namedtuple's __new__ */
        return strncmp(qualname, "__create_fn__.<locals>.__", 25) == 0 ||
               (strcmp(qualname, "<lambda>") == 0 && strncmp(home_name, "namedtuple_", 11) == 0);
    EACH_FACT (FACT_GENERATED, row)
        if (strncmp(file, row->name, strlen(row->name)) == 0)
            return true;
    return false;
}

static bool is_born(PyObject *callable)
{
    return PyFunction_Check(callable) && code_sandbox(PyFunction_GET_CODE(callable)) != NULL;
}

/* May what `type` defines as `name` be called? True when it defines nothing. */
static bool member_allowed(PyTypeObject *type, const char *name, int depth)
{
    PyObject *key = PyUnicode_InternFromString(name);
    PyObject *member = key ? interpreter_type_lookup(type, key) : NULL; /* borrowed */

    if (!member) {
        bool asked = key && !PyErr_Occurred();
        PyErr_Clear();
        Py_XDECREF(key);
        return asked;
    }
    Py_XDECREF(key);
    if (Py_IS_TYPE(member, &PyStaticMethod_Type) && !(member = own_attribute(member, "__func__")))
        return false;
    const struct grant *grant =
        is_born(member) || is_generated(member) ? &born : find_deep(member, depth - 1);
    return grant && grant->grade != GRADE_DENY;
}

/* A class made at run time (namedtuple, Enum("X", ...), make_dataclass): what calling it runs
 * decides. */
static bool class_allowed(PyTypeObject *type, int depth)
{
    return (Py_TYPE(type) == &PyType_Type || member_allowed(Py_TYPE(type), "__call__", depth)) &&
           member_allowed(type, "__new__", depth) && member_allowed(type, "__init__", depth);
}

static const struct grant *judge_unnamed(PyObject *callable, const struct identity *identity,
                                         int depth)
{
    if (is_generated(callable))
        return &born;
    if (PyType_Check(callable))
        return class_allowed((PyTypeObject *)callable, depth) ? &born : NULL;
    if (!identity->instance)
        return NULL;
    PyObject *key = PyUnicode_InternFromString("__call__");
    PyObject *call = key ? interpreter_type_lookup(Py_TYPE(callable), key) : NULL; /* borrowed */
    PyErr_Clear();
    Py_XDECREF(key);
    return !call || !PyFunction_Check(call) ? NULL
           : is_born(call)                  ? &born
                                            : find_deep(call, depth - 1);
}

/* ---- judging ---- */

/* Instances of a library's class (what lru_cache and itemgetter give) are called on the terms of
 * their class. */
static struct verdicts by_type;

/* A person who trusted a class trusted what its objects do: their methods, when nothing or a pack's
 * refusal speaks of them. */
static const struct grant *of_trusted_class(const struct identity *identity,
                                            const struct grant *otherwise)
{
    const struct grant *grant =
        identity->proven && grants_trust_any() ? grants_find_class(identity->name) : NULL;

    return grant ? grant : otherwise;
}

/* The slow path. `*pin` becomes the object that stands for the callable in the table, or NULL when
 * the answer must not be kept. */
static const struct grant *resolve(PyObject *callable, PyObject **pin, int depth)
{
    struct identity identity;

    if (!libraries_cover()) { /* what is not covered yet is not called */
        PyErr_Clear();
        return NULL;
    }
    grants_settle();
    const struct grant *grant = grants_find(callable);
    if (grant)
        return grant;
    refresh_listed();
    const struct slot *listed = table_find(&self.listed, key_of(callable));
    const struct verdict *as_its_class =
        listed ? NULL : verdicts_find_type(&by_type, Py_TYPE(callable), 0);
    if (as_its_class)
        return as_its_class->answer;
    bool named = resolve_identity(callable, &identity);
    if (named && identity.callable != callable && !identity.instance &&
        (grant = grants_find(identity.callable)))
        return grant;
    if (listed)
        grant = listed->grant;
    else if (named)
        grant = find_by_name(&identity);
    if (named && (!grant || grant->grade == GRADE_DENY))
        grant = of_trusted_class(&identity, grant);
    if (grant && named && !identity.instance)
        *pin = identity.callable;
    else if (grant && named && !listed && identity.alike &&
             identity.callable == (PyObject *)Py_TYPE(callable))
        verdicts_keep_type(&by_type, Py_TYPE(callable), 0, grant);
    if (grant)
        return grant;
    if (!(grant = unlisted_find(callable, &identity)))
        return named ? judge_unnamed(callable, &identity, depth) : NULL;
    if (named && !identity.instance)
        *pin = identity.callable;
    return grant;
}

static const struct slot *find_answer(PyObject *callable)
{
    const struct slot *slot = table_find(&self.answers, key_of(callable));

    if (!slot && PyFunction_Check(callable)) /* closures of one definition share its code */
        return table_find(&self.answers, PyFunction_GET_CODE(callable));
    if (slot && slot->code && PyFunction_GET_CODE(callable) != slot->code)
        return NULL; /* its __code__ was changed: it is another function now */
    return slot;
}

static const struct grant *find_deep(PyObject *callable, int depth)
{
    for (PyObject *inner; (inner = inner_callable(callable)); callable = inner) {
        const struct grant *own = grants_find(callable);
        if (own || depth-- <= 0 || is_born(inner))
            return own ? own : depth >= 0 ? &born : NULL;
    }
    const struct slot *slot = find_answer(callable);
    if (slot)
        return slot->grant;
    PyObject *pin = NULL;
    const struct grant *grant = depth > 0 ? resolve(callable, &pin, depth) : NULL;
    if (grant && grant->grade == GRADE_UNKNOWN)
        grant = NULL;
    if (grant && pin)
        table_set(&self.answers, PyCode_Check(pin) ? pin : key_of(callable), pin, grant);
    return grant;
}

const struct grant *allowlist_find(PyObject *callable)
{
    if (self.epoch != verdict_epoch) {
        table_clear(&self.answers);
        self.epoch = verdict_epoch;
    }
    AUTO_ERROR(set);
    return find_deep(callable, 8);
}

bool allowlist_keeps(PyObject *callable)
{
    const struct slot *slot =
        self.epoch == verdict_epoch ? table_find(&self.answers, callable) : NULL;

    return slot && slot->pin == callable;
}

bool allowlist_passes_as_instance(PyObject *callable)
{
    const struct verdict *known = self.epoch == verdict_epoch && self.modules == libraries_version()
                                      ? verdicts_find_type(&by_type, Py_TYPE(callable), 0)
                                      : NULL;
    const struct grant *grant = known ? known->answer : NULL;

    return grant && (grant->grade == GRADE_PURE || grant->grade == GRADE_GATED) &&
           !grant->py_policy && !grants_find(callable) && !table_find(&self.listed, callable);
}

/* The nearest class that a pack speaks of decides: an ordered dict is a dict, too. */
static enum writable decide_writable(PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;
    enum writable answer = WRITABLE_NOT;

    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        char name[512];
        bool proven;
        if (grants_type_writable(base))
            return WRITABLE_ALL;
        if (!resolve_type_name(base, name, sizeof name, &proven))
            continue;
        /* A static type that names no module, and that none has: a pack calls it "?.PixelAccess".
         */
        bool nameless = !(base->tp_flags & Py_TPFLAGS_HEAPTYPE) && strncmp(name, "?.", 2) == 0;
        if (answer == WRITABLE_NOT && (proven || nameless) && packs_writable(name))
            return WRITABLE_ALL;
        if (proven && packs_own(name))
            answer = WRITABLE_OWN;
    }
    if (answer == WRITABLE_NOT && unlisted_writable(type))
        answer = WRITABLE_ALL;
    return answer;
}

enum writable allowlist_writable(PyTypeObject *type)
{
    static struct verdicts writable_types;
    const struct verdict *known = verdicts_find_type(&writable_types, type, 0);

    if (known)
        return (enum writable)(uintptr_t)known->answer;
    AUTO_ERROR(set);
    enum writable writable = decide_writable(type);
    if (writable != WRITABLE_NOT) /* that may be for want of memory */
        verdicts_keep_type(&writable_types, type, 0, (const void *)(uintptr_t)writable);
    return writable;
}

bool allowlist_is_open(const struct pack_policy *policy, PyObject *object)
{
    AUTO_REF PyObject *class = policy->open ? resolve_object(policy->open) : NULL;

    return class && PyType_Check(class) && !classes_sandbox(Py_TYPE(object)) &&
           PyType_IsSubtype(Py_TYPE(object), (PyTypeObject *)class);
}

bool allowlist_is_spared(const struct pack_policy *policy, PyObject *keywords)
{
    const char *word = policy->unless;

    while (word && keywords && unlisted_is_gated()) {
        size_t size = strcspn(word, " ");
        AUTO_REF PyObject *name = PyUnicode_FromStringAndSize(word, (Py_ssize_t)size);
        PyObject *value = name ? PyDict_GetItemWithError(keywords, name) : NULL; /* borrowed */
        if (value && value != Py_None && value != Py_False)
            return true;
        PyErr_Clear();
        word = word[size] ? word + size + 1 : NULL;
    }
    return false;
}

bool allowlist_init(void)
{
    size_t count = 0;

    for (const struct pack *const *pack = packs; *pack; pack++)
        count += (*pack)->count;
    if (!libraries_init())
        return false;
    if (!self.pack_grants)
        self.pack_grants = calloc(count + 1, sizeof *self.pack_grants);
    if (!libraries_init())
        return false;
    if (!self.pack_grants)
        PyErr_NoMemory();
    return self.pack_grants != NULL;
}
