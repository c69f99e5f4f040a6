/* ring: the shared output ring; see ring.h. One reader (front), writers in one process (worker)
 * that take turns under a lock of that process. `written` and `read` are byte counts that only
 * rise; the writer publishes `written` after the bytes are there, the reader publishes `read` after
 * it is done with them. */
#include "kernel/hop/ring.h"
#include "base/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* At the start of the mapping, shared; the bytes follow after one page. */
struct ring_shared {
    _Atomic uint64_t written;
    _Atomic uint64_t read;
    _Atomic uint32_t turn; /* futex: rises whenever the reader has made room */
    _Atomic uint32_t reader_sleeps;
    _Atomic uint32_t writer_waits;
    _Atomic uint64_t interrupted; /* the request */
};

struct ring_record {
    uint32_t size;
    uint32_t stream;
    uint64_t request;
};

_Static_assert(sizeof(struct ring_record) == RING_RECORD_HEAD_BYTES, "RING_BYTES_MIN counts on it");

enum { HEADER_BYTES = 4096, WAIT_MS = 100 };

struct ring {
    struct ring_shared *shared;
    char *bytes;
    size_t capacity;
    int fd;
    int wake_fd;
    pthread_mutex_t lock; /* writers of this process */
    char *scratch;        /* reader: a record that wraps is put together here */
};

static struct ring *ring_map(int fd, size_t capacity)
{
    struct ring *self = calloc(1, sizeof *self);
    void *memory = MAP_FAILED;

    if (!self)
        return NULL;
    self->scratch = malloc(RING_RECORD_BYTES_MAX);
    if (self->scratch)
        memory = mmap(NULL, HEADER_BYTES + capacity, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        free(self->scratch);
        free(self);
        return NULL;
    }
    self->shared = memory;
    self->bytes = (char *)memory + HEADER_BYTES;
    self->capacity = capacity;
    self->fd = fd;
    self->wake_fd = -1;
    pthread_mutex_init(&self->lock, NULL);
    return self;
}

/* A shorter ring would make the writer wait for room that never comes. */
static bool capacity_valid(size_t capacity)
{
    if (capacity >= RING_BYTES_MIN && capacity <= RING_BYTES_MAX)
        return true;
    errno = EINVAL;
    return false;
}

struct ring *ring_new(size_t capacity_bytes)
{
    if (!capacity_valid(capacity_bytes))
        return NULL;
    int fd = platform_memory_file("safepyrun-output", true);

    if (fd < 0)
        return NULL;
    struct ring *self = NULL;
    /* Sealed: a worker that made it shorter would end the reader by SIGBUS. */
    if (ftruncate(fd, (off_t)(HEADER_BYTES + capacity_bytes)) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        self = ring_map(fd, capacity_bytes);
    if (!self)
        close(fd);
    return self;
}

struct ring *ring_attach(int memfd)
{
    struct stat status;

    if (fstat(memfd, &status) < 0)
        return NULL;
    size_t capacity = status.st_size > HEADER_BYTES ? (size_t)status.st_size - HEADER_BYTES : 0;
    return capacity_valid(capacity) ? ring_map(memfd, capacity) : NULL;
}

void ring_destroy(struct ring **self)
{
    if (!*self)
        return;
    munmap((*self)->shared, HEADER_BYTES + (*self)->capacity);
    pthread_mutex_destroy(&(*self)->lock);
    close((*self)->fd);
    free((*self)->scratch);
    free(*self);
    *self = NULL;
}

int ring_fd(const struct ring *self)
{
    return self->fd;
}

void ring_set_interrupted(struct ring *self, uint64_t request)
{
    atomic_store(&self->shared->interrupted, request);
}

uint64_t ring_interrupted(const struct ring *self)
{
    return atomic_load(&self->shared->interrupted);
}

void ring_set_wake(struct ring *self, int wake_fd)
{
    self->wake_fd = wake_fd;
}

/* ---- writer ---- */

static void wake_reader(struct ring *self)
{
    uint64_t one = 1;

    if (self->wake_fd >= 0 && write(self->wake_fd, &one, sizeof one) < 0)
        return; /* the counter is full: the reader is woken anyway */
}

static void copy_in(struct ring *self, uint64_t position, const void *data, size_t size)
{
    size_t at = position % self->capacity;
    size_t first = size < self->capacity - at ? size : self->capacity - at;

    memcpy(self->bytes + at, data, first);
    memcpy(self->bytes, (const char *)data + first, size - first);
}

/* Wait until the ring has room for `needed` bytes. */
static void wait_for_room(struct ring *self, uint64_t written, size_t needed)
{
    struct timespec timeout = {0, WAIT_MS * 1000000L};

    for (;;) {
        uint32_t turn = atomic_load(&self->shared->turn);

        atomic_store(&self->shared->writer_waits, 1);
        if (written + needed - atomic_load(&self->shared->read) <= self->capacity)
            break;
        wake_reader(self);
        platform_sleep_at(&self->shared->turn, turn, &timeout);
    }
    atomic_store(&self->shared->writer_waits, 0);
}

static void write_record(struct ring *self, enum ring_stream stream, uint64_t request,
                         const char *data, size_t size)
{
    struct ring_record record = {(uint32_t)size, stream, request};
    uint64_t written = atomic_load_explicit(&self->shared->written, memory_order_relaxed);
    uint64_t used = written - atomic_load_explicit(&self->shared->read, memory_order_acquire);
    size_t needed = sizeof record + size;

    if (used + needed > self->capacity)
        wait_for_room(self, written, needed);
    copy_in(self, written, &record, sizeof record);
    copy_in(self, written + sizeof record, data, size);
    atomic_store(&self->shared->written, written + needed);
    bool half = used < self->capacity / 2 && used + needed >= self->capacity / 2;
    if (half || (atomic_load_explicit(&self->shared->reader_sleeps, memory_order_relaxed) &&
                 atomic_exchange(&self->shared->reader_sleeps, 0)))
        wake_reader(self);
}

void ring_write(struct ring *self, enum ring_stream stream, uint64_t request, const void *data,
                size_t size)
{
    const char *at = data;

    pthread_mutex_lock(&self->lock);
    while (size > 0) {
        size_t piece = size < RING_RECORD_BYTES_MAX ? size : RING_RECORD_BYTES_MAX;

        write_record(self, stream, request, at, piece);
        at += piece;
        size -= piece;
    }
    pthread_mutex_unlock(&self->lock);
}

uint64_t ring_position(const struct ring *self)
{
    return atomic_load(&self->shared->written);
}

/* ---- reader ---- */

static void copy_out(const struct ring *self, uint64_t position, void *data, size_t size)
{
    size_t at = position % self->capacity;
    size_t first = size < self->capacity - at ? size : self->capacity - at;

    memcpy(data, self->bytes + at, first);
    memcpy((char *)data + first, self->bytes, size - first);
}

static void give_room(struct ring *self, uint64_t read)
{
    atomic_store(&self->shared->read, read);
    atomic_fetch_add(&self->shared->turn, 1);
    if (atomic_load(&self->shared->writer_waits))
        platform_wake_at(&self->shared->turn);
}

bool ring_drain(struct ring *self, uint64_t position, ring_record_fn record, void *context)
{
    uint64_t read = atomic_load_explicit(&self->shared->read, memory_order_relaxed);
    uint64_t written = atomic_load_explicit(&self->shared->written, memory_order_acquire);

    if (written - read > self->capacity)
        return false;
    while (read < written && read < position) {
        struct ring_record head;

        if (written - read < sizeof head)
            return false;
        copy_out(self, read, &head, sizeof head);
        if (head.size > RING_RECORD_BYTES_MAX || head.size > written - read - sizeof head ||
            (head.stream != RING_STDOUT && head.stream != RING_STDERR))
            return false;
        copy_out(self, read + sizeof head, self->scratch, head.size);
        record(context, (enum ring_stream)head.stream, head.request, self->scratch, head.size);
        read += sizeof head + head.size;
        give_room(self, read);
    }
    return true;
}

bool ring_reader_sleeps(struct ring *self, bool sleeps)
{
    atomic_store(&self->shared->reader_sleeps, sleeps);
    if (!sleeps || atomic_load(&self->shared->written) == atomic_load(&self->shared->read))
        return true;
    atomic_store(&self->shared->reader_sleeps, 0);
    return false;
}
