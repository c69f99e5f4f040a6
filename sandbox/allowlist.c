/* allowlist: identity -> grant. A table of pointers answers nearly every question; what is not in it is
 * resolved once, by the order of what knows best:
 *
 *   1. the user's grants, for this very object
 *   2. names that a pack lists one by one, resolved to objects (public names such as os.path.join differ
 *      from what the object says of itself)
 *   3. what the object says of itself, when looking that up gives the object back: packs' names and patterns,
 *      then whole modules that the user allowed
 *
 * Answers are kept until the epoch moves. Objects in the table are kept alive, so no address is used twice. */
#include "allowlist.h"

#include <stdlib.h>
#include <string.h>

#include "grants.h"
#include "packs.h"
#include "resolve.h"

uint64_t allowlist_epoch = 1;

struct slot {
    PyObject *key; /* owned */
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
    uint64_t epoch;       /* of the answers */
    Py_ssize_t modules;   /* sys.modules' size when `listed` was made */
    struct grant *grants; /* one for each pack entry, made when first needed */
    struct grant *pack_grants;
} self;

/* ---- the pointer table -------------------------------------------------------------------------------------------------- */

static size_t hash_pointer(const void *pointer)
{
    uintptr_t bits = (uintptr_t)pointer;

    return (size_t)((bits >> 4) * 0x9E3779B97F4A7C15u >> 20);
}

static struct slot *table_slot(const struct table *table, const PyObject *key)
{
    size_t at = hash_pointer(key) & (table->capacity - 1);

    while (table->slots[at].key && table->slots[at].key != key)
        at = (at + 1) & (table->capacity - 1);
    return &table->slots[at];
}

static struct slot *table_find(const struct table *table, const PyObject *key)
{
    struct slot *slot = table->capacity ? table_slot(table, key) : NULL;

    return slot && slot->key ? slot : NULL;
}

static bool table_grow(struct table *table)
{
    struct table bigger = {.capacity = table->capacity ? table->capacity * 2 : 1024, .count = table->count};

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

static void table_set(struct table *table, PyObject *key, const struct grant *grant)
{
    if (table->count * 2 >= table->capacity && !table_grow(table))
        return; /* only slower: it is resolved again */
    struct slot *slot = table_slot(table, key);
    if (!slot->key) {
        slot->key = Py_NewRef(key);
        table->count++;
    }
    slot->grant = grant;
}

static void table_clear(struct table *table)
{
    struct table old = *table;

    *table = (struct table){0};
    for (size_t i = 0; i < old.capacity; i++)
        Py_XDECREF(old.slots[i].key);
    free(old.slots);
}

/* ---- packs ----------------------------------------------------------------------------------------------------------------- */

/* The grant of a pack's entry; they are laid out as the entries are, pack after pack. */
static const struct grant *entry_grant(const struct pack *pack, const struct pack_entry *entry)
{
    size_t at = 0;

    for (const struct pack *const *other = packs; *other != pack; other++)
        at += (*other)->count;
    struct grant *grant = &self.pack_grants[at + (size_t)(entry - pack->entries)];
    grant->grade = (enum grade)entry->grade;
    grant->policy = entry->policy;
    grant->name = entry->name;
    grant->source = pack->name;
    grant->why = entry->why;
    return grant;
}

static bool pack_is_loaded(const struct pack *pack)
{
    for (const char *const *name = pack->modules; *name; name++)
        if (resolve_module(*name, strlen(*name)))
            return true;
    return false;
}

static void list_entry(const struct pack *pack, const struct pack_entry *entry)
{
    if (entry_is_pattern(entry))
        return;
    PyObject *object = resolve_object(entry->name);
    if (object && !PyModule_Check(object)) {
        const struct slot *known = table_find(&self.listed, object);
        /* Two names of one object: the stricter entry holds. */
        if (!known || entry->grade == GRADE_DENY || (entry->grade == GRADE_WRITE && known->grant->grade != GRADE_DENY))
            table_set(&self.listed, object, entry_grant(pack, entry));
    }
    Py_XDECREF(object);
}

/* Resolve the listed names of the packs whose library is loaded, again when modules came. */
static void refresh_listed(void)
{
    Py_ssize_t modules = PyDict_GET_SIZE(PyImport_GetModuleDict());

    if (modules == self.modules)
        return;
    self.modules = modules;
    for (const struct pack *const *pack = packs; *pack; pack++)
        if (pack_is_loaded(*pack))
            for (size_t i = 0; i < (*pack)->count; i++)
                list_entry(*pack, &(*pack)->entries[i]);
}

/* ---- finding ----------------------------------------------------------------------------------------------------------------- */

/* "_heapq.heappush" for "heapq.heappush": C halves of library modules are named with an underscore. */
static const struct grant *find_by_name(const struct identity *identity)
{
    const struct pack *pack = NULL;
    const char *name = identity->name;
    const struct pack_entry *entry = identity->proven ? packs_find(name, &pack) : NULL;

    if (!entry && identity->proven && name[0] == '_')
        entry = packs_find(name + 1, &pack);
    return entry ? entry_grant(pack, entry) : identity->proven ? grants_find_module(name) : NULL;
}

static const struct grant *resolve(PyObject *callable)
{
    struct identity identity;
    const struct grant *grant = grants_find(callable);

    if (grant)
        return grant;
    if (Py_TYPE(callable)->tp_name && strcmp(Py_TYPE(callable)->tp_name, "functools.partial") == 0 &&
        (Py_TYPE(callable)->tp_flags & Py_TPFLAGS_IMMUTABLETYPE)) {
        PyObject *function = PyObject_GetAttrString(callable, "func");
        grant = function ? allowlist_find(function) : NULL;
        PyErr_Clear();
        Py_XDECREF(function);
        return grant;
    }
    if (!resolve_identity(callable, &identity))
        return NULL;
    if (identity.callable != callable && (grant = grants_find(identity.callable)))
        return grant;
    refresh_listed();
    const struct slot *listed = table_find(&self.listed, callable);
    if (!listed && !identity.instance)
        listed = table_find(&self.listed, identity.callable);
    return listed ? listed->grant : find_by_name(&identity);
}

/* Bound methods and other objects made for one call would fill the table: they are asked for by what they
 * are bound to. */
static bool is_lasting(PyObject *callable)
{
    return PyFunction_Check(callable) || PyType_Check(callable) || Py_IS_TYPE(callable, &PyMethodDescr_Type) ||
           Py_IS_TYPE(callable, &PyWrapperDescr_Type) || Py_IS_TYPE(callable, &PyClassMethodDescr_Type) ||
           (PyCFunction_Check(callable) && (!PyCFunction_GET_SELF(callable) || PyModule_Check(PyCFunction_GET_SELF(callable))));
}

const struct grant *allowlist_find(PyObject *callable)
{
    PyObject *type, *error, *traceback;

    if (PyMethod_Check(callable))
        callable = PyMethod_GET_FUNCTION(callable);
    if (self.epoch != allowlist_epoch) {
        table_clear(&self.answers);
        self.epoch = allowlist_epoch;
    }
    const struct slot *slot = table_find(&self.answers, callable);
    /* "Unknown" may change when a module comes; what is known does not. */
    if (slot && (slot->grant || self.modules == PyDict_GET_SIZE(PyImport_GetModuleDict())))
        return slot->grant;
    PyErr_Fetch(&type, &error, &traceback);
    const struct grant *grant = resolve(callable);
    PyErr_Restore(type, error, traceback);
    if (grant && grant->grade == GRADE_UNKNOWN)
        grant = NULL;
    if (is_lasting(callable))
        table_set(&self.answers, callable, grant);
    return grant;
}

bool allowlist_writable(PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;

    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        char name[512];
        bool proven;
        if (grants_type_writable(base))
            return true;
        if (resolve_type_name(base, name, sizeof name, &proven) && proven && packs_writable(name))
            return true;
    }
    return false;
}

bool allowlist_init(void)
{
    size_t count = 0;

    for (const struct pack *const *pack = packs; *pack; pack++)
        count += (*pack)->count;
    if (!self.pack_grants)
        self.pack_grants = calloc(count + 1, sizeof *self.pack_grants);
    if (!self.pack_grants)
        PyErr_NoMemory();
    return self.pack_grants != NULL;
}
