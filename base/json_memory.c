#include "base/json_memory.h"

#include <jansson.h>
#include <stdlib.h>

static unsigned long failures;

static void *allocate(size_t size)
{
    void *memory = malloc(size);

    failures += !memory;
    return memory;
}

void json_memory_watch(void)
{
    json_set_alloc_funcs(allocate, free);
}

unsigned long json_memory_failures(void)
{
    return failures;
}
