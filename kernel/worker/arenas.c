/* arenas: a few places in front of the allocator of arenas. Each is taken and given in one step, so
 * that a fork finds no lock held. */
#include "kernel/worker/arenas.h"

#include <stdatomic.h>

static PyObjectArenaAllocator system_arenas;
static _Atomic(void *) kept[ARENAS_KEPT];
static _Atomic(size_t) size_kept; /* of all: the first that was asked for */

static void *arena_alloc(void *context, size_t size)
{
    size_t none = 0;

    (void)context;
    atomic_compare_exchange_strong(&size_kept, &none, size);
    for (int i = 0; i < ARENAS_KEPT && size == size_kept; i++) {
        void *arena = atomic_exchange(&kept[i], NULL);
        if (arena)
            return arena;
    }
    return system_arenas.alloc(system_arenas.ctx, size);
}

static void arena_free(void *context, void *arena, size_t size)
{
    (void)context;
    for (int i = 0; i < ARENAS_KEPT && size == size_kept; i++) {
        void *none = NULL;
        if (atomic_compare_exchange_strong(&kept[i], &none, arena))
            return;
    }
    system_arenas.free(system_arenas.ctx, arena, size);
}

void arenas_keep(void)
{
    PyObjectArenaAllocator keeping = {.alloc = arena_alloc, .free = arena_free};

    PyObject_GetArenaAllocator(&system_arenas);
    PyObject_SetArenaAllocator(&keeping);
}

void arenas_trim(void)
{
    for (int i = 0; i < ARENAS_KEPT; i++) {
        void *arena = atomic_exchange(&kept[i], NULL);
        if (arena)
            system_arenas.free(system_arenas.ctx, arena, size_kept);
    }
}
