/* floor_changes: what was permitted and done to files, in order, with their former contents: for
 * %undo to tell, and for %undo --files to take back (undo_files.c). The floor's threads add to it;
 * the loop says which cell it was. */
#ifndef SAFEPYRUN_FLOOR_CHANGES_H
#define SAFEPYRUN_FLOOR_CHANGES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "kernel/front/attributes.h"
#include "kernel/front/kept.h"

enum change_kind {
    CHANGE_MADE,    /* `path` was not there */
    CHANGE_WROTE,   /* it was opened for writing, or truncated */
    CHANGE_REMOVED, /* it lost its name, to another file perhaps */
    CHANGE_MOVED,   /* from `path` to `to` */
    CHANGE_SWAPPED, /* the two changed their places */
    CHANGE_KNOWN,   /* what is known of it: mode, owner, times */
    CHANGE_MORE,    /* `more` changes that found no room here */
};

/* What tells whether somebody else changed a file since. */
struct stamp {
    bool known;
    dev_t dev;
    ino_t ino;
    mode_t mode;
    off_t size;
    struct timespec mtime;
};

struct change {
    enum change_kind kind;
    json_int_t cell;               /* count of the cell; 0: of the one that runs */
    char *path, *to;               /* owned; as the system calls them */
    char *target;                  /* owned; of a symlink that was removed */
    struct stat before;            /* of what was there, or is there now */
    struct stamp after;            /* when the cell had ended */
    struct kept *kept;             /* held; NULL: none, or it was empty */
    const char *why;               /* static: why its content is not kept; NULL */
    struct attributes *attributes; /* owned; as before; NULL: not known, or with the thing itself */
    bool open;                     /* it was open for writing when the cell had ended */
    bool same;                     /* it was opened, and left as it was */
    size_t more;
};

struct floor_changes;
struct floor_changes *floor_changes_new(void);
/* Keep contents in a folder below `parent`, up to `limit_bytes`; before anything is done. */
void floor_changes_keep(struct floor_changes *self, const char *parent, int64_t limit_bytes);
void floor_changes_end(struct floor_changes *self); /* the folder goes */

/* What follows takes NULL for changes that nobody wants to hear of.
 * `path` was made: its name is `name` in `dir`. */
void floor_changes_made(struct floor_changes *self, const char *path, int dir, const char *name);
/* The file `fd`, which is `status`, is about to be written to. */
void floor_changes_writes(struct floor_changes *self, const char *path, int fd,
                          const struct stat *status);
/* What is known of it is about to change. */
void floor_changes_knows(struct floor_changes *self, const char *path, int fd,
                         const struct stat *status);
/* `path` is about to lose its name. To be settled: was it done? */
void floor_changes_removes(struct floor_changes *self, const char *path, int dir, const char *name,
                           struct change *change);
void floor_changes_settle(struct floor_changes *self, struct change *change, bool done);
/* `from` was moved to `to`, whose name is `name` in `dir`. */
void floor_changes_moved(struct floor_changes *self, const char *from, const char *to, int dir,
                         const char *name, bool swapped);

/* ---- of the loop ---- */

/* What was done until now was the doing of that cell of the process. */
void floor_changes_cell(struct floor_changes *self, json_int_t cell, pid_t worker);
/* The cell of the newest; 0: there is none. */
json_int_t floor_changes_newest(struct floor_changes *self);
/* All from the first of `cell`, or a later one, on; taken out. Owned; NULL and 0: there are none.
 */
struct change *floor_changes_take(struct floor_changes *self, json_int_t cell, size_t *count);
/* Back to where they were taken from: the newest. Those without a path were dealt with. */
void floor_changes_give_back(struct floor_changes *self, struct change *changes, size_t count);
/* What was the file `old` is `now`. */
void change_renumber(struct change *change, const struct stat *old, const struct stat *now);
void floor_changes_renumber(struct floor_changes *self, const struct stat *old,
                            const struct stat *now);
struct kept_store *floor_changes_store(struct floor_changes *self);
void change_clear(struct floor_changes *self, struct change *change);
struct stamp change_stamp(const struct stat *status);
/* "wrote", "removed" and so on. */
const char *change_verb(enum change_kind kind);

#endif
