/* question: the words in which a person is asked whether to permit something, and those that
 * answer. */
#ifndef SAFEPYRUN_QUESTION_H
#define SAFEPYRUN_QUESTION_H

#include <stdbool.h>

#include <jansson.h>

/* The scope that a person's text means ("once", "session", "project"), "" for no, NULL when it
 * means nothing as an answer to `content`. Blanks, case and a full stop or an exclamation mark do
 * not count. */
const char *question_choice(const json_t *content, const char *text);

/* What may be answered: new array. */
json_t *question_choices(const json_t *content);

/* The question for `content`, {items: [text, ...], detail: text}, below `heading`; `again`: the
 * last answer was not understood. New text, or NULL when it would be too long for a person to
 * judge. */
char *question_prompt(const json_t *content, const char *heading, bool again);

#endif
