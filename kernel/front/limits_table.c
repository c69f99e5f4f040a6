/* limits_table: what limits there are, and how they are written. */
#include "kernel/front/limits.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
    const char *name;
    int64_t size;
};
static const struct unit time_units[] = {{"ms", 1},      {"s", 1000},    {"m", 60000},
                                         {"min", 60000}, {"h", 3600000}, {NULL, 0}};
static const struct unit byte_units[] = {{"", 1},        {"k", 1 << 10},   {"M", 1 << 20},
                                         {"G", 1 << 30}, {"T", 1LL << 40}, {NULL, 0}};
static const struct unit count_units[] = {{"", 1}, {NULL, 0}};

static const char wrong_time[] = "takes a time, such as 30s, 5m or none";
static const char wrong_bytes[] = "takes a size, such as 500M, 2G or none";

static const struct {
    const char *name;
    const struct unit *units;
    int64_t least, most;
    bool endless; /* it may be "none" */
    const char *wrong;
} table[LIMIT_COUNT] = {
    [LIMIT_TIME] = {"time", time_units, 1, 1LL << 40, true, wrong_time},
    [LIMIT_MEMORY] = {"memory", byte_units, 1, 1LL << 60, true, wrong_bytes},
    [LIMIT_OUTPUT] = {"output", byte_units, 1, 1LL << 60, true, wrong_bytes},
    [LIMIT_FILES] = {"files", byte_units, 1, 1LL << 60, true, wrong_bytes},
    [LIMIT_PROCESSES] = {"processes", count_units, 0, 1 << 20, true,
                         "takes a number, such as 8, or none"},
    [LIMIT_CHECKPOINTS] = {"checkpoints", count_units, 0, 8, false, "takes a number, 0 to 8"},
};

const char *limit_name(enum limit_kind kind)
{
    return table[kind].name;
}

int limit_find(const char *name, size_t size)
{
    for (int kind = 0; kind < LIMIT_COUNT; kind++)
        if (strlen(table[kind].name) == size && strncmp(table[kind].name, name, size) == 0)
            return kind;
    return -1;
}

/* "GB", "GiB" and "g" are G; "sec" is what people write as well. */
static const struct unit *find_unit(enum limit_kind kind, const char *text)
{
    const struct unit *units = table[kind].units;

    for (const struct unit *unit = units; unit->name; unit++) {
        size_t size = strlen(unit->name);
        if (units == byte_units ? strncasecmp(text, unit->name, size) != 0
                                : strncmp(text, unit->name, size) != 0)
            continue;
        const char *rest = text + size;
        if (!*rest || (units == byte_units && (!strcasecmp(rest, "b") || !strcasecmp(rest, "ib"))))
            return unit;
    }
    return units == time_units && !*text ? &units[1] : NULL; /* seconds */
}

const char *limit_read(enum limit_kind kind, const char *text, int64_t *value)
{
    char *end;

    if (table[kind].endless && strcasecmp(text, "none") == 0) {
        *value = LIMIT_NONE;
        return NULL;
    }
    if (!isdigit((unsigned char)*text) || text[1] == 'x' || text[1] == 'X')
        return table[kind].wrong;
    double number = strtod(text, &end);
    const struct unit *unit = find_unit(kind, end);
    if (!unit || !isfinite(number))
        return table[kind].wrong;
    number *= (double)unit->size;
    if (number < (double)table[kind].least || number > (double)table[kind].most ||
        (table[kind].units == count_units && number != floor(number)))
        return table[kind].wrong;
    *value = (int64_t)number;
    return NULL;
}

bool limit_word_read(const char *word, enum limit_kind *kind, int64_t *value, char *wrong,
                     size_t wrong_size)
{
    const char *equals = strchr(word, '=');
    int found = equals ? limit_find(word, (size_t)(equals - word)) : -1;

    if (found < 0) {
        int length = equals ? (int)(equals - word) : (int)strlen(word);
        snprintf(wrong, wrong_size,
                 equals ? "there is no limit of the name %.*s: time, memory, output, files, "
                          "processes, checkpoints"
                        : "%.*s is no limit: NAME=VALUE, as in time=30s memory=2G",
                 length, word);
        return false;
    }
    const char *problem = limit_read((enum limit_kind)found, equals + 1, value);
    if (problem) {
        snprintf(wrong, wrong_size, "%s %s, not %.60s", table[found].name, problem,
                 equals[1] ? equals + 1 : "nothing");
        return false;
    }
    *kind = (enum limit_kind)found;
    return true;
}

bool limit_words_read(const char *words, int64_t values[LIMIT_COUNT], char *wrong,
                      size_t wrong_size)
{
    int64_t read[LIMIT_COUNT], value = LIMIT_NONE;
    enum limit_kind kind;
    char word[128];

    memcpy(read, values, sizeof read);
    for (words += strspn(words, " \t,"); *words; words += strspn(words, " \t,")) {
        size_t size = strcspn(words, " \t,");
        snprintf(word, sizeof word, "%.*s", (int)(size < sizeof word ? size : sizeof word - 1),
                 words);
        if (!limit_word_read(word, &kind, &value, wrong, wrong_size))
            return false;
        read[kind] = value;
        words += size;
    }
    memcpy(values, read, sizeof read);
    return true;
}

void limit_write(enum limit_kind kind, int64_t value, bool round, char out[LIMIT_TEXT])
{
    const struct unit *best = &table[kind].units[0];

    if (value == LIMIT_NONE) {
        snprintf(out, LIMIT_TEXT, "none");
        return;
    }
    for (const struct unit *unit = best; unit->name; unit++)
        if (unit->size > best->size && value >= unit->size && (round || value % unit->size == 0))
            best = unit;
    if (round && best->size > 1)
        snprintf(out, LIMIT_TEXT, "%.3g%s", (double)value / (double)best->size, best->name);
    else
        snprintf(out, LIMIT_TEXT, "%lld%s", (long long)(value / best->size), best->name);
}
