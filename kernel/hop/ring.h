/* ring: the shared-memory output ring between worker (many writer threads, one lock) and front (one
 * reader). A memfd mapped by both. Records are (stream, request number, bytes). Positions are
 * 64-bit byte counts that never wrap. A writer that finds the ring full wakes the reader and waits:
 * nothing is lost. The reader survives a writer that died in the middle of a record: a record
 * counts only when the published position has passed it; every length read is checked against the
 * mapping. */
#ifndef SAFEPYRUN_RING_H
#define SAFEPYRUN_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ring_stream { RING_STDOUT = 1, RING_STDERR = 2 };

struct ring; /* one process's view of the mapping */

#define RING_BYTES_DEFAULT (4u * 1024u * 1024u)

#define RING_RECORD_BYTES_MAX (64u * 1024u) /* text of one record */
#define RING_RECORD_HEAD_BYTES 16u
/* A ring holds one record of the longest kind, and is no longer than what a worker can map. */
#define RING_BYTES_MIN (RING_RECORD_BYTES_MAX + RING_RECORD_HEAD_BYTES)
#define RING_BYTES_MAX (1024u * 1024u * 1024u)

/* Front: create the memfd. NULL with errno on failure; EINVAL: the capacity is not in the range
 * above. */
struct ring *ring_new(size_t capacity_bytes);
/* Worker: map the memfd it inherited. Fails as ring_new does; the descriptor then stays the
 * caller's. */
struct ring *ring_attach(int memfd);
void ring_destroy(struct ring **self);
int ring_fd(const struct ring *self);

/* Writer side. Appends one record (long text is split into several); blocks while the ring is full,
 * waking the reader through `wake_fd` (an eventfd that the front polls). `request` is the parent.
 * Safe from several threads, safe without the GIL. Adjacent writes of the same stream and request
 * may be merged into one record. */
void ring_write(struct ring *self, enum ring_stream stream, uint64_t request, const void *data,
                size_t size);
/* Position after the last whole record written: goes into hop_head.ring_position. */
uint64_t ring_position(const struct ring *self);
/* The eventfd that wakes the reader: written to when the ring is half full, full, or when a record
 * comes while the reader sleeps. Borrowed; -1 (the start) is none. */
void ring_set_wake(struct ring *self, int wake_fd);

/* Which request the reader has interrupted last; 0: none. A signal says nothing of that, and may
 * arrive before its request has begun, or after it has ended. */
void ring_set_interrupted(struct ring *self, uint64_t request);
uint64_t ring_interrupted(const struct ring *self);

/* Reader side. Calls `record` for each whole record up to `position` (UINT64_MAX: all there is);
 * wakes a blocked writer. Returns false when the mapping holds nonsense (the worker is then
 * ended). */
typedef void (*ring_record_fn)(void *context, enum ring_stream stream, uint64_t request,
                               const char *data, size_t size);
bool ring_drain(struct ring *self, uint64_t position, ring_record_fn record, void *context);

/* The reader goes to sleep (stops its timer) or is awake again. False when there is something to
 * read: then it must not sleep. */
bool ring_reader_sleeps(struct ring *self, bool sleeps);

#endif
