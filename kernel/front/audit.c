/* audit: what was refused and granted: in memory for %audit, and as JSON lines in the state
 * directory. */
#include "kernel/front/front.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/folders.h"
#include "base/log.h"

enum { RECORDS_KEPT = 1000, NOT_OPEN = -1, CANNOT_OPEN = -2 };

struct audit {
    json_t *records; /* owned array: of this session */
    int fd;          /* or one of the above */
};

struct audit *audit_new(void)
{
    struct audit *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    self->records = json_array();
    self->fd = NOT_OPEN;
    return self;
}

void audit_destroy(struct audit **self)
{
    if (!*self)
        return;
    json_decref((*self)->records);
    if ((*self)->fd >= 0)
        close((*self)->fd);
    free(*self);
    *self = NULL;
}

bool state_folder(const struct options *options, char *out, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (options->state_dir)
        return (size_t)snprintf(out, size, "%s", options->state_dir) < size;
    if (state && *state)
        return (size_t)snprintf(out, size, "%s/safepyrun", state) < size;
    return home && *home && (size_t)snprintf(out, size, "%s/.local/state/safepyrun", home) < size;
}

static void open_audit(struct front *self)
{
    struct audit *audit = approvals_audit(self);
    char folder[PATH_MAX], path[PATH_MAX + 64];

    if (!state_folder(&self->options, folder, sizeof folder))
        return;
    folders_make(folder, 0700);
    snprintf(path, sizeof path, "%s/audit.jsonl", folder);
    audit->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (audit->fd < 0)
        log_warning("audit log %s cannot be written: %s", path, strerror(errno));
}

/* The number of the cell that runs, 0: none does. */
static json_int_t running_cell(const struct front *self)
{
    const struct request *running = self->shells[0].running;

    return running ? running->execution_count : 0;
}

void audit_add(struct front *self, json_t *record)
{
    struct audit *audit = approvals_audit(self);
    char date[32];
    time_t now = time(NULL);
    struct tm broken;

    if (!record)
        return;
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &broken));
    json_object_set_new(record, "time", json_string(date));
    if (!json_object_get(record, "cell"))
        json_object_set_new(record, "cell", json_integer(running_cell(self)));
    json_object_set_new(record, "session", json_string(wire_session(self->wire)));
    char *line = json_dumps(record, JSON_COMPACT);
    if (audit->fd == NOT_OPEN)
        open_audit(self);
    if (line && audit->fd >= 0 && dprintf(audit->fd, "%s\n", line) < 0)
        log_warning("audit log: %s", strerror(errno)); /* a full disk: the record stays in memory */
    if (audit->fd < 0)
        audit->fd = CANNOT_OPEN; /* tried: not again for each record */
    free(line);
    if (json_array_size(audit->records) >= RECORDS_KEPT)
        json_array_remove(audit->records, 0);
    json_array_append_new(audit->records, record);
}

const json_t *audit_records(struct front *self)
{
    return approvals_audit(self)->records;
}
