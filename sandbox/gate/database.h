/* database: what an URI says to sqlite3.connect(uri, uri=True). */
#ifndef SAFEPYRUN_DATABASE_H
#define SAFEPYRUN_DATABASE_H

#include <limits.h>
#include <stdbool.h>

enum database_use { DATABASE_REFUSED, DATABASE_MEMORY, DATABASE_READ, DATABASE_WRITTEN };

/* How the database is used; its path goes to `path` (PATH_MAX bytes) for the last two. Needs no
 * GIL. */
enum database_use database_from_uri(const char *uri, char path[PATH_MAX]);
/* Is the sqlite3.connect that runs in this thread one that takes its name for an URI, with nobody's
 * code in between? */
bool database_is_uri(void);
bool database_set_is_uri(bool now); /* what it was */

#endif
