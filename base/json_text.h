/* json_text: JSON that others wrote, read with jansson, which holds less than JSON has: integers of
 * 64 bits, doubles, no half of a surrogate pair, no NUL in a name. Frontends do send such:
 * JSON.stringify(1e20) is 100000000000000000000, and half an emoji is "\ud83d". */
#ifndef SAFEPYRUN_JSON_TEXT_H
#define SAFEPYRUN_JSON_TEXT_H

#include <jansson.h>
#include <stddef.h>

/* What the text says, new reference; NULL with `error` (may be NULL) when it is no JSON or memory
 * is short. What jansson cannot hold comes as the nearest that it can: the largest number, U+FFFD.
 */
json_t *json_text_read(const char *data, size_t size, json_error_t *error);

#endif
