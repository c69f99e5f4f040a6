/* database: SQLite's URIs, as https://www.sqlite.org/uri.html has them. What is rare is refused,
 * not understood. */
#include "sandbox/gate/database.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Decode %XX from `text` (up to `end`) to `path`. */
static bool decode(const char *text, const char *end, char path[PATH_MAX])
{
    size_t size = 0;

    while (text < end && size < PATH_MAX - 1) {
        char byte = *text++;
        if (byte == '%') {
            if (end - text < 2 || !isxdigit((unsigned char)text[0]) ||
                !isxdigit((unsigned char)text[1]))
                return false;
            byte = (char)strtol((char[]){text[0], text[1], 0}, NULL, 16);
            text += 2;
        }
        if (!byte)
            return false;
        path[size++] = byte;
    }
    path[size] = 0;
    return text == end && size > 0;
}

/* What the parameters make of the use; each name once, none encoded, none that swaps the file
 * system. */
static enum database_use read_parameters(const char *query, const char *end)
{
    enum database_use use = DATABASE_WRITTEN;
    bool seen = false;

    while (query < end) {
        const char *next = memchr(query, '&', (size_t)(end - query));
        size_t size = (size_t)((next ? next : end) - query);
        if (memchr(query, '%', size) || (size >= 3 && strncmp(query, "vfs", 3) == 0))
            return DATABASE_REFUSED;
        if (size >= 4 && strncmp(query, "mode", 4) == 0) {
            if (seen)
                return DATABASE_REFUSED;
            seen = true;
            use = size == 7 && strncmp(query, "mode=ro", 7) == 0         ? DATABASE_READ
                  : size == 11 && strncmp(query, "mode=memory", 11) == 0 ? DATABASE_MEMORY
                                                                         : DATABASE_WRITTEN;
        }
        query = next ? next + 1 : end;
    }
    return use;
}

enum database_use database_from_uri(const char *uri, char path[PATH_MAX])
{
    const char *start = uri + strlen("file:"), *end = start + strcspn(start, "?#");
    const char *query = *end == '?' ? end + 1 : end;

    if (strncmp(start, "//", 2) == 0) { /* an authority: none or localhost */
        start += 2;
        if (strncmp(start, "localhost/", 10) == 0)
            start += strlen("localhost");
        if (*start != '/')
            return DATABASE_REFUSED;
    }
    enum database_use use = read_parameters(query, query + strcspn(query, "#"));
    if (use == DATABASE_MEMORY || use == DATABASE_REFUSED)
        return use;
    if (!decode(start, end, path))
        return DATABASE_REFUSED;
    return strcmp(path, ":memory:") == 0 ? DATABASE_MEMORY : use;
}

static _Thread_local bool is_uri;

bool database_set_is_uri(bool now)
{
    bool before = is_uri;

    is_uri = now;
    return before;
}

bool database_is_uri(void)
{
    return is_uri;
}
