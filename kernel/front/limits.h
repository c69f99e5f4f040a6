/* limits: how much cells may use. The front looks from outside, so that a cell that holds the
 * interpreter is held as well.
 *
 *   limits_table.c  what limits there are, and how they are written
 *   limits.c        what is in use, and what becomes of a cell that uses more
 *   limits_query.c  what %limits asks
 *   process_tree.c  what the worker and its children use, as the system has it */
#ifndef SAFEPYRUN_LIMITS_H
#define SAFEPYRUN_LIMITS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

enum limit_kind {
    LIMIT_TIME,        /* ms that one cell runs */
    LIMIT_MEMORY,      /* bytes that the worker and its children hold for themselves */
    LIMIT_OUTPUT,      /* bytes that one cell prints and displays */
    LIMIT_FILES,       /* bytes that files take which this session has written */
    LIMIT_PROCESSES,   /* beside the worker */
    LIMIT_CHECKPOINTS, /* kept for %undo */
    LIMIT_COUNT
};
#define LIMIT_NONE INT64_MAX
#define LIMIT_UNSET (-1)
enum { LIMIT_TEXT = 40, CHECKPOINTS_KEPT = 3 /* unless it is said otherwise */ };

/* ---- limits_table.c ---- */

const char *limit_name(enum limit_kind kind);
/* "30s", "2G", "8", "none" of that limit. NULL, or what is wrong (static). */
const char *limit_read(enum limit_kind kind, const char *text, int64_t *value);
/* -1: there is none of that name. */
int limit_find(const char *name, size_t size);
/* "time=30s". False: `wrong` says why. */
bool limit_word_read(const char *word, enum limit_kind *kind, int64_t *value, char *wrong,
                     size_t wrong_size);
/* "time=30s memory=2G" into `values`; what it does not name stays. False: `wrong` says why, and
 * nothing has changed. */
bool limit_words_read(const char *words, int64_t values[LIMIT_COUNT], char *wrong,
                      size_t wrong_size);
/* As limit_read reads it, without loss: "2G"; `round`: for a person to read, "1.97G". */
void limit_write(enum limit_kind kind, int64_t value, bool round, char out[LIMIT_TEXT]);

/* ---- process_tree.c ---- */

enum { TREE_MOST = 4096 };
struct process_tree {
    size_t count;
    pid_t pids[TREE_MOST]; /* the worker is the first */
    struct process_frozen {
        pid_t pid;
        struct rlimit before;
    } * frozen; /* owned; whose files may not grow; NULL: nobody's */
    size_t frozen_count;
};
/* The processes below this one that hold memory, without those that `left_out` names. */
void process_tree_read(struct process_tree *self, pid_t worker,
                       bool (*left_out)(void *context, pid_t pid), void *context);
/* Bytes that they hold. What a fork of the worker still shares with it counts once. Looks closely
 * only where it may be more than `about`. */
int64_t process_tree_memory(const struct process_tree *self, int64_t about);
/* Bytes of files without a name that they have open; those whose inode is among `known` not. */
int64_t process_tree_unnamed(const struct process_tree *self, const ino_t *known, size_t count);
/* Each path that they have open for writing. */
void process_tree_visit_open(const struct process_tree *self,
                             void (*visit)(void *context, const char *path), void *context);
/* No file of theirs may grow any more; until they may, as they might before. */
void process_tree_freeze_files(struct process_tree *self);
void process_tree_thaw_files(struct process_tree *self);
void process_tree_kill(const struct process_tree *self, size_t from);
/* Is the system's memory nearly used up? */
bool memory_is_short(void);

/* ---- limits.c ---- */

struct front;
struct request;
struct limits;
/* `given`: of the command line or the environment, may be NULL; `settings`: of config.toml. NULL:
 * memory is short. */
struct limits *limits_new(struct front *front, const char *given,
                          const int64_t settings[LIMIT_COUNT]);
void limits_destroy(struct limits **self);
/* The worker has given back what it had freed. */
void limits_trimmed(struct front *front);
void limits_cell_begins(struct front *front, struct request *request);
void limits_cell_ended(struct front *front, const struct request *request);
/* How many of `bytes` more of output of that request are shown. */
size_t limits_output(struct front *front, uint64_t request, size_t bytes);
/* The content of an error of a cell that a limit ended: it says so. New text, NULL: as it is. */
char *limits_explain(struct front *front, uint64_t request, const char *content, size_t size);
/* A cell that a limit interrupted ended well: its person hears of it all the same. */
void limits_tell(struct front *front, uint64_t request);
/* The worker has ended: was it for a limit? Then what is told of it ("" else). */
void limits_worker_ended(struct front *front, char *out, size_t size);
/* Set what a person agreed to; false: it is none. */
bool limits_grant(struct front *front, const json_t *words);
/* HOP_QUERY "limits": {"words", "apply"}. New reference. */
json_t *limits_query(struct front *front, const json_t *content);

#endif
