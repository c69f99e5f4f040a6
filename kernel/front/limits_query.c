/* limits_query: what %limits asks: which limits there are, what is in use, and whether others may
 * hold. */
#include "kernel/front/limits_state.h"

#include <stdio.h>
#include <string.h>

#include "kernel/front/checkpoints.h"

static json_t *wrong(const char *text)
{
    return json_pack("{s:s}", "error", text);
}

/* The words as limits: in the order of the table; false with `problem`. */
static bool read_words(const struct limits *self, const json_t *words, int64_t values[LIMIT_COUNT],
                       char *problem, size_t size)
{
    enum limit_kind kind;
    int64_t value;
    size_t index;
    json_t *word;

    memcpy(values, self->most, sizeof self->most);
    json_array_foreach(words, index, word)
    {
        const char *text = json_string_value(word);
        if (!limit_word_read(text ? text : "", &kind, &value, problem, size))
            return false;
        values[kind] = value;
    }
    return true;
}

static json_t *word_of(enum limit_kind kind, int64_t value)
{
    char text[LIMIT_TEXT];

    limit_write(kind, value, false, text);
    return json_sprintf("%s=%s", limit_name(kind), text);
}

static json_t *rows(struct front *front)
{
    struct limits *self = front->limits;
    json_t *list = json_array();
    uint64_t cell = limits_running_cell(front);
    const struct request *request = cell ? front_running(front, cell) : NULL;
    char most[LIMIT_TEXT], used[LIMIT_TEXT];

    limits_look(front, true);
    self->used[LIMIT_TIME] = request ? limits_ran_us(request) / 1000 : 0;
    self->used[LIMIT_OUTPUT] = request ? request->output_bytes : 0;
    self->used[LIMIT_CHECKPOINTS] = (int64_t)checkpoints_count(front);
    for (int kind = 0; kind < LIMIT_COUNT; kind++) {
        limit_write((enum limit_kind)kind, self->most[kind], false, most);
        limit_write((enum limit_kind)kind, self->used[kind], true, used);
        if (kind == LIMIT_FILES && !limits_is_set(self, LIMIT_FILES))
            snprintf(used, sizeof used, "not counted");
        json_array_append_new(
            list, json_pack("[s, s, s]", limit_name((enum limit_kind)kind), most, used));
    }
    return list;
}

bool limits_grant(struct front *front, const json_t *words)
{
    int64_t values[LIMIT_COUNT];
    char problem[160];

    if (!front->limits || !read_words(front->limits, words, values, problem, sizeof problem))
        return false;
    memcpy(front->limits->most, values, sizeof values);
    limits_take_over(front);
    return true;
}

json_t *limits_query(struct front *front, const json_t *content)
{
    struct limits *self = front->limits;
    const json_t *words = json_object_get(content, "words");
    int64_t values[LIMIT_COUNT];
    char problem[160];

    if (!json_is_array(words))
        return json_pack("{s:o}", "rows", rows(front));
    if (!read_words(self, words, values, problem, sizeof problem))
        return wrong(problem);
    if (values[LIMIT_FILES] != LIMIT_NONE && floor_missing(front->floor))
        return wrong("files can be limited only where the floor is on: %policy says why it is not");
    json_t *raised = json_array(), *before = json_array();
    for (int kind = 0; kind < LIMIT_COUNT; kind++) {
        if (values[kind] <= self->most[kind])
            continue;
        json_array_append_new(before, word_of((enum limit_kind)kind, self->most[kind]));
        json_array_append_new(raised, word_of((enum limit_kind)kind, values[kind]));
    }
    if (json_is_true(json_object_get(content, "apply")) && !json_array_size(raised)) {
        memcpy(self->most, values, sizeof values);
        limits_take_over(front);
    }
    return json_pack("{s:o, s:o}", "raised", raised, "before", before);
}
