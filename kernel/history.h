/* history: the inputs and outputs of all sessions, in sqlite. What is added is kept in memory and written
 * at most a second later; a full disk or a broken file costs the history of later sessions, never a cell. */
#ifndef SAFEPYRUN_HISTORY_H
#define SAFEPYRUN_HISTORY_H

#include <jansson.h>
#include <stdbool.h>

struct history;

/* `path` NULL: {XDG_DATA_HOME}/safepyrun/history.sqlite; ":memory:" keeps nothing. Opened when first
 * needed. NULL when memory is short. */
struct history *history_new(const char *path);
void history_destroy(struct history **self); /* writes what is left */

/* One cell of this session. `output` is its result's text/plain or NULL. */
void history_add(struct history *self, long long line, const char *input, const char *output);
bool history_pending(const struct history *self);
void history_write(struct history *self); /* pending cells to the file */

/* Answer a history_request's content: new array of [session, line, input] or [session, line, [input,
 * output]]. NULL with `wrong` filled when a field is missing or mistyped. */
json_t *history_read(struct history *self, const json_t *content, char *wrong, size_t wrong_size);

#endif
