/* settings: {XDG_CONFIG_HOME}/safepyrun/config.toml of the user, and .safepyrun.toml of the project
 * (in the directory that the kernel was started in). The user's file decides. The project's offers
 * grants: somebody else may have written it, so nothing of it holds before settings_follow(). */
#ifndef SAFEPYRUN_SETTINGS_H
#define SAFEPYRUN_SETTINGS_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/front/limits.h"

enum { SETTINGS_DIGEST_BYTES = 65 };

struct settings {
    char user_path[PATH_MAX], project_path[PATH_MAX];
    char magics[16];    /* "" when not set */
    char unlisted[16];  /* callables of libraries that no pack lists: "gate", "refuse"; "" */
    char net[16];       /* "read", "hosts", "none"; "" */
    long ask_timeout_s; /* how long an approval waits for its answer */
    bool tell;          /* a refusal is told at once, nobody is asked */
    int64_t limits[LIMIT_COUNT]; /* LIMIT_UNSET where the file says nothing */
    int64_t undo_bytes;          /* of former contents of files, kept for %undo --files */
    json_t *warnings;            /* owned array of strings */
    json_t *ok_dests, *ok_hosts, *allow, *trust, *shell, *denied_reads, *packs, *trusted_cells,
        *permit;     /* owned arrays of strings */
    json_t *offered; /* owned object of such arrays: the project's, which are not followed yet */
    char offered_digest[SETTINGS_DIGEST_BYTES]; /* of the project's file as it was read, and of the
                                                   packs that it names; "" without a file */
};

/* Read both files; one that is missing is fine. Keys that are unknown or wrong are passed over, a
 * file that cannot be read on is left at that line: `warnings` says each with file and line. */
void settings_load(struct settings *self);
void settings_clear(struct settings *self);
/* Read the project's file again, into `offered`. */
void settings_offer(struct settings *self);
/* What is offered holds from now on. */
void settings_follow(struct settings *self);
/* What is offered, in words for a person: new array of strings, NULL when it cannot be said. */
json_t *settings_offers(const struct settings *self);
/* Add what was granted ("ok_dests", "ok_hosts", "allow", "trust", "shell", "permit",
 * "trusted_cells") to the project's file, atomically. */
bool settings_add_project(struct settings *self, const char *what, const json_t *items, char *error,
                          size_t error_size);

#endif
