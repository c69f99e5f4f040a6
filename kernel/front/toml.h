/* toml: a small reader for the TOML that settings use. */
#ifndef SAFEPYRUN_TOML_H
#define SAFEPYRUN_TOML_H

#include <jansson.h>

enum { TOML_KEY_BYTES = 96 };

struct toml_reader {
    const char *at;
    int line;
    char section[32]; /* "" before the first; "name." in front of its keys */
};

/* One `key = value`, which starts at `*start`; NULL at the end of the text, or with `*wrong`
 * set. New reference. */
json_t *toml_read_entry(struct toml_reader *self, char key[TOML_KEY_BYTES], const char **start,
                        const char **wrong);

#endif
