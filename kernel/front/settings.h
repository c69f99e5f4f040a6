/* settings: {XDG_CONFIG_HOME}/safepyrun/config.toml of the user, and .safepyrun.toml of the project
 * (in the directory that the kernel was started in). The user's file decides; the project's adds
 * grants that a person gave with "project". Read with a small reader for the TOML that these files
 * use. */
#ifndef SAFEPYRUN_SETTINGS_H
#define SAFEPYRUN_SETTINGS_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct settings {
    char user_path[PATH_MAX], project_path[PATH_MAX];
    char magics[16];    /* "" when not set */
    char unlisted[16];  /* callables of libraries that no pack lists: "gate", "refuse"; "" */
    char net[16];       /* "read", "hosts", "none"; "" */
    long ask_timeout_s; /* how long an approval waits for its answer */
    bool tell;          /* a refusal is told at once, nobody is asked */
    long checkpoints;   /* how many the kernel keeps of those that it takes by itself */
    int64_t undo_bytes; /* of former contents of files that are kept for %undo --files */
    json_t *warnings;   /* owned array of strings */
    json_t *ok_dests, *ok_hosts, *allow, *trust, *shell, *denied_reads, *packs, *trusted_cells,
        *permit; /* owned arrays of strings */
};

/* Read both files; one that is missing is fine. Keys that are unknown or wrong are passed over, a
 * file that cannot be read on is left at that line: `warnings` says each with file and line. */
void settings_load(struct settings *self);
void settings_clear(struct settings *self);
/* Add what was granted ("ok_dests", "ok_hosts", "allow", "trust", "shell", "permit",
 * "trusted_cells") to the project's file, atomically. */
bool settings_add_project(struct settings *self, const char *what, const json_t *items, char *error,
                          size_t error_size);

#endif
