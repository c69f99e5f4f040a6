/* packs: lookups in the compiled packs. */
#include "sandbox/list/packs.h"

#include <stdlib.h>
#include <string.h>

#include "sandbox/list/unlisted.h"

static int compare(const void *key, const void *element)
{
    return strcmp(key, ((const struct pack_entry *)element)->name);
}

static const struct pack_entry *find_exact(const struct pack *pack, const char *name)
{
    return bsearch(name, pack->entries, pack->count, sizeof *pack->entries, compare);
}

/* The pack's entry for `prefix` (its first `size` bytes) with `suffix`. */
static const struct pack_entry *find_pattern(const struct pack *pack, const char *name, size_t size,
                                             const char *suffix)
{
    char pattern[560];

    if (size + strlen(suffix) >= sizeof pattern)
        return NULL;
    memcpy(pattern, name, size);
    strcpy(pattern + size, suffix);
    return find_exact(pack, pattern);
}

/* Best entry of one pack; `*length` says how specific it is. */
static const struct pack_entry *find_in_pack(const struct pack *pack, const char *name,
                                             size_t *length)
{
    const struct pack_entry *entry = find_exact(pack, name);
    const char *end = strrchr(name, '.');

    *length = strlen(name) + 2;
    if (entry || !end)
        return entry;
    *length = (size_t)(end - name) + 1;
    entry = find_pattern(pack, name, (size_t)(end - name), ".*");
    for (size_t size = (size_t)(end - name); !entry; size--) {
        while (size > 0 && name[size] != '.')
            size--;
        if (size == 0)
            return NULL;
        *length = size;
        entry = find_pattern(pack, name, size, ".**");
    }
    return entry;
}

const struct pack_entry *packs_find(const char *name, const struct pack **pack)
{
    const struct pack_entry *best = NULL;
    size_t best_length = 0;

    for (const struct pack *const *at = packs; *at; at++) {
        size_t length;
        const struct pack_entry *entry = find_in_pack(*at, name, &length);
        if (entry &&
            (length > best_length || (length == best_length && entry->grade == GRADE_DENY))) {
            best = entry;
            best_length = length;
            *pack = *at;
        }
    }
    return best;
}

static bool any_matches(const char *const *names, const char *type_name)
{
    for (; *names; names++) {
        size_t size = strlen(*names);
        if (strcmp(*names, type_name) == 0)
            return true;
        if (size > 3 && strcmp(*names + size - 3, ".**") == 0 &&
            strncmp(*names, type_name, size - 2) == 0)
            return true;
    }
    return false;
}

bool packs_writable(const char *type_name)
{
    for (const struct pack *const *at = packs; *at; at++)
        if (any_matches((*at)->writable, type_name))
            return true;
    return false;
}

enum grade packs_grade(const struct pack_entry *entry)
{
    return entry->held && unlisted_is_gated() ? GRADE_GATED : (enum grade)entry->grade;
}

bool packs_own(const char *type_name)
{
    const struct pack *pack;
    const struct pack_entry *entry = packs_find(type_name, &pack);

    if (entry && packs_grade(entry) == GRADE_DENY)
        return false;
    for (const struct pack *const *at = packs; *at; at++)
        if (any_matches((*at)->own, type_name))
            return true;
    return false;
}

bool packs_is_pattern(const struct pack_entry *entry)
{
    size_t size = strlen(entry->name);

    return size > 0 && entry->name[size - 1] == '*';
}

bool packs_say(enum pack_fact_kind kind, const char *module, const char *name_or_null)
{
    EACH_FACT (kind, row)
        if (strcmp(row->module, module) == 0 &&
            (!row->name || (name_or_null && strcmp(row->name, name_or_null) == 0)))
            return true;
    return false;
}

bool packs_is_client(const char *module)
{
    size_t size = strcspn(module, ".");

    for (const struct pack *const *at = packs; *at; at++)
        for (const struct pack_entry *entry = (*at)->entries; entry < (*at)->entries + (*at)->count;
             entry++)
            if (entry->grade == GRADE_NET && strncmp(entry->name, module, size) == 0 &&
                entry->name[size] == '.')
                return true;
    return false;
}

bool packs_know(const char *module)
{
    size_t size = strcspn(module, ".");

    for (const struct pack *const *at = packs; *at; at++)
        for (const char *const *name = (*at)->modules; *name; name++)
            if (strncmp(*name, module, size) == 0 && !(*name)[size])
                return true;
    return false;
}
