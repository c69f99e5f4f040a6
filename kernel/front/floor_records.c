/* floor_records: what the floor refused, until the loop tells it: a bounded queue between the
 * threads that answer calls and the loop. */
#include "kernel/front/floor_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/proc.h"

enum { RECORDS_MOST = 256 };
struct floor_records {
    pthread_mutex_t lock;                     /* of what is below */
    struct floor_record *first[RECORDS_MOST]; /* owned; the oldest first */
    size_t count;
};

struct floor_records *floor_records_new(void)
{
    struct floor_records *self = calloc(1, sizeof *self);

    if (self)
        pthread_mutex_init(&self->lock, NULL);
    return self;
}

static void read_program_name(pid_t tid, char *out, size_t size)
{
    if (proc_read(tid, "comm", out, size))
        out[strcspn(out, "\n")] = 0;
}

void floor_record_fill(struct floor_record *record, const struct floor_call *call, const char *why)
{
    record->kind = call->kind;
    snprintf(record->call, sizeof record->call, "%s", call->row->name);
    snprintf(record->path, sizeof record->path, "%.*s", PATH_MAX - 1, call->path);
    snprintf(record->reason, sizeof record->reason, "%s", why);
    read_program_name((pid_t)call->notif.pid, record->program, sizeof record->program);
    record->pid = (pid_t)call->notif.pid;
    record->own = floor_is_worker(call);
    record->quiet = call->quiet;
    record->count = 1;
}

/* The same once more is a number in the last one. */
static bool counts_again(struct floor_records *self, const struct floor_call *call)
{
    struct floor_record *last = self->count ? self->first[self->count - 1] : NULL;

    if (!last || strcmp(last->path, call->path) != 0 || strcmp(last->call, call->row->name) != 0)
        return false;
    last->quiet &= call->quiet;
    last->count++;
    return true;
}

void floor_records_add(struct floor_records *self, const struct floor_call *call, const char *why)
{
    struct floor_record *record;

    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    if (!counts_again(self, call) && self->count < RECORDS_MOST &&
        (record = calloc(1, sizeof *record))) {
        floor_record_fill(record, call, why);
        self->first[self->count++] = record;
    }
    pthread_mutex_unlock(&self->lock);
}

bool floor_records_take(struct floor_records *self, struct floor_record *out)
{
    if (!self)
        return false;
    pthread_mutex_lock(&self->lock);
    struct floor_record *oldest = self->count ? self->first[0] : NULL;
    if (oldest)
        memmove(self->first, self->first + 1, --self->count * sizeof *self->first);
    pthread_mutex_unlock(&self->lock);
    if (oldest)
        *out = *oldest;
    free(oldest);
    return oldest != NULL;
}
