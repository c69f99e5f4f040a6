#include "base/glob.h"

struct text {
    const unsigned char *at, *end;
};

/* The next character; a byte that is no UTF-8 counts as one. */
static unsigned next_character(struct text *text)
{
    unsigned first = *text->at++;
    int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    unsigned character = more ? first & (0x3fu >> more) : first;

    for (; more && text->at < text->end && (*text->at & 0xc0) == 0x80; more--)
        character = character << 6 | (*text->at++ & 0x3f);
    return character;
}

/* `set` stands behind a [ and is moved behind its ]; false when there is none. *member: is
 * `character` one of it? */
static bool read_set(struct text *set, unsigned character, bool *member)
{
    bool inverted = set->at < set->end && *set->at == '^', found = false, first = true;

    set->at += inverted;
    while (set->at < set->end) {
        unsigned low = next_character(set), high = low;

        if (low == ']' && !first) {
            *member = found != inverted;
            return true;
        }
        if (set->end - set->at > 1 && *set->at == '-' && set->at[1] != ']') {
            set->at++;
            high = next_character(set);
        }
        found = found || (low <= character && character <= high);
        first = false;
    }
    return false;
}

/* One character of the text against the pattern, which is not at its end nor at a *: moves both
 * on. */
static bool step(struct text *pattern, struct text *text)
{
    unsigned character = next_character(text), wanted = next_character(pattern);
    bool member = false;

    if (wanted == '?')
        return true;
    if (wanted == '[')
        return read_set(pattern, character, &member) && member;
    return wanted == character;
}

bool glob_matches(const char *pattern_start, size_t pattern_size, const char *text_start,
                  size_t text_size)
{
    const unsigned char *bytes = (const unsigned char *)pattern_start,
                        *read = (const unsigned char *)text_start;
    struct text pattern = {bytes, bytes + pattern_size}, text = {read, read + text_size};
    struct text star = {NULL, NULL},
                retry = text; /* behind the last *, and where the text after it may begin */

    for (;;) {
        if (pattern.at < pattern.end && *pattern.at == '*') {
            if (++pattern.at == pattern.end)
                return true;
            star = pattern;
            retry = text;
        } else if (pattern.at == pattern.end && text.at == text.end) {
            return true;
        } else if (pattern.at == pattern.end || text.at == text.end || !step(&pattern, &text)) {
            if (!star.at || retry.at == retry.end)
                return false;
            next_character(&retry);
            pattern = star;
            text = retry;
        }
    }
}

static void glob_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const char *pattern = (const char *)sqlite3_value_text(values[0]),
               *text = (const char *)sqlite3_value_text(values[1]);

    sqlite3_result_int(context, pattern && text &&
                                    glob_matches(pattern, (size_t)sqlite3_value_bytes(values[0]),
                                                 text, (size_t)sqlite3_value_bytes(values[1])));
}

bool glob_install(sqlite3 *database)
{
    return sqlite3_create_function(database, "glob", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                   glob_function, NULL, NULL) == SQLITE_OK;
}
