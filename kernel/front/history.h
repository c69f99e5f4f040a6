/* history: the inputs and outputs of all sessions, in sqlite. What is added is kept in memory and
 * written at most a second later, or when the file is not locked by another process any more; a
 * full disk or a broken file costs the history of later sessions, never a cell. No call waits for a
 * lock longer than 50 ms. */
#ifndef SAFEPYRUN_HISTORY_H
#define SAFEPYRUN_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct history;

/* `path` NULL: {XDG_DATA_HOME}/safepyrun/history.sqlite; ":memory:" keeps nothing. Opened when
 * first needed. NULL when memory is short. */
struct history *history_new(const char *path);
void history_destroy(struct history **self); /* writes what is left */

/* Text of any bytes; `text` NULL: none. */
struct history_text {
    const char *text;
    size_t size;
};

/* One cell of this session. `output` is its result's text/plain, if any. Both are copied. */
void history_add(struct history *self, long long line, struct history_text input,
                 struct history_text output);
bool history_pending(const struct history *self);
/* Pending cells to the file. They stay pending while another process holds it locked. */
void history_write(struct history *self);

/* Answer a history_request's content: new array of [session, line, input] or [session, line,
 * [input, output]]. NULL with `wrong` filled when a field is missing or mistyped, or memory is
 * short. */
json_t *history_read(struct history *self, const json_t *content, char *wrong, size_t wrong_size);

/* New {"path": its file or ":memory:", "session": the number of this session}. */
json_t *history_place(struct history *self);

#endif
