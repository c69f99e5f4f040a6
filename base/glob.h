/* glob: patterns as of files over text that may hold NUL, which SQLite's own GLOB takes for the
 * end. */
#ifndef SAFEPYRUN_GLOB_H
#define SAFEPYRUN_GLOB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

/* Does the whole text (UTF-8) match? * is any text, ? one character, [a-c], [^a-c] one of these,
 * one of the others. */
bool glob_matches(const char *pattern, size_t pattern_size, const char *text, size_t text_size);
/* Let `x GLOB y` on this connection go by glob_matches. */
bool glob_install(sqlite3 *database);

#endif
