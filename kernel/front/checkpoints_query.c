/* checkpoints_query: what %undo, %checkpoint and %checkpoints ask. */
#include "kernel/front/checkpoints_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NOT_UNDONE "Not undone, on the disk:\n"

static long private_kb(pid_t pid)
{
    char path[64], line[256];
    long kb = 0, part;

    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    FILE *file = pid > 0 ? fopen(path, "re") : NULL;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Private_Dirty: %ld", &part) == 1 ||
            sscanf(line, "Private_Clean: %ld", &part) == 1)
            kb += part;
    if (file)
        fclose(file);
    return kb;
}

static json_t *list(const struct checkpoints *self)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < self->count; i++) {
        const struct point *point = &self->points[i];
        json_array_append_new(
            rows, json_pack("{s:i, s:s, s:I, s:I, s:I, s:I}", "number", (int)point->number, "name",
                            point->name, "after", point->after, "undo",
                            (json_int_t)(json_array_size(self->made) - point->depth), "age_s",
                            (json_int_t)(time(NULL) - point->taken), "private_kb",
                            (json_int_t)private_kb(point->pid)));
    }
    return json_pack("{s:o, s:s}", "checkpoints", rows, "obstacle", self->obstacle);
}

static json_t *wrong(const char *format, ...)
{
    char text[400];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return json_pack("{s:s}", "error", text);
}

static struct point *by_name(struct checkpoints *self, const char *name)
{
    for (size_t i = self->count; i-- > 0;)
        if (strcmp(self->points[i].name, name) == 0)
            return &self->points[i];
    return NULL;
}

/* The newest checkpoint whose state was made by no more than `depth` cells. */
static struct point *at_most(struct checkpoints *self, size_t depth)
{
    for (size_t i = self->count; i-- > 0;)
        if (self->points[i].pid && self->points[i].depth <= depth)
            return &self->points[i];
    return NULL;
}

/* Behind what undo says: the files that the cells beyond the first `depth` have changed. */
static void tell_files(struct checkpoints *self, size_t depth)
{
    json_int_t first = json_integer_value(json_array_get(self->made, depth));
    char *text = self->undo.text;
    size_t size = sizeof self->undo.text, at = strlen(text), index, left = 0;
    json_t *effect;

    json_array_foreach(self->effects, index, effect)
    {
        const char *line = json_string_value(json_array_get(effect, 1));
        if (json_integer_value(json_array_get(effect, 0)) < first || !line)
            continue;
        const char *title = strstr(text, NOT_UNDONE) ? "" : NOT_UNDONE;
        size_t wanted = strlen(title) + strlen(line) + 3;
        if (left || at + wanted + 40 > size)
            left++;
        else
            at += (size_t)snprintf(text + at, size - at, "%s  %s\n", title, line);
    }
    if (left)
        snprintf(text + at, size - at, "  and %zu more\n", left);
}

static json_t *undo(struct front *front, uint64_t request, const json_t *content)
{
    struct checkpoints *self = front->checkpoints;
    const char *name = json_string_value(json_object_get(content, "name"));
    json_int_t cells = json_integer_value(json_object_get(content, "cells"));
    size_t made = json_array_size(self->made);
    struct request *running = front->shells[0].running;
    char text[128];

    if (!running || running->number != request)
        return wrong("%%undo works in a cell of the main shell");
    checkpoints_await_frozen(front);
    struct point *point = name
                              ? by_name(self, name)
                              : at_most(self, cells <= (json_int_t)made ? made - (size_t)cells : 0);
    if (name && !point)
        return wrong("there is no checkpoint of the name '%s': %%checkpoints lists them", name);
    if (!name && cells > (json_int_t)made)
        return wrong("only %zu cells have run", made);
    if (!point)
        return wrong("there is no checkpoint from before that cell%s%s",
                     self->obstacle[0] ? ": none can be taken, as " : "", self->obstacle);
    if (!name && point->depth != made - (size_t)cells) {
        checkpoints_describe(self, point->depth, text, sizeof text);
        return wrong("there is no checkpoint from right before that cell; %%undo %zu takes back "
                     "%s",
                     made - point->depth, text);
    }
    checkpoints_describe(self, point->depth, text, sizeof text);
    snprintf(self->undo.text, sizeof self->undo.text,
             "Undone: what %s did to the variables. Requests that were sent are not undone.\n",
             text);
    tell_files(self, point->depth);
    self->undo.number = point->number;
    self->undo.request = request;
    return NULL;
}

json_t *checkpoints_query(struct front *front, uint64_t request, const json_t *content)
{
    struct checkpoints *self = front->checkpoints;
    const char *what = json_string_value(json_object_get(content, "what"));
    const char *name = json_string_value(json_object_get(content, "name"));

    if (what && strcmp(what, "list") == 0)
        return list(self);
    if (what && strcmp(what, "take") == 0) {
        self->want = true;
        snprintf(self->wanted, sizeof self->wanted, "%s", name ? name : "");
        return json_object();
    }
    if (what && strcmp(what, "undo") == 0) {
        json_t *answer = undo(front, request, content);
        if (!answer)
            supervisor_kill(front); /* and its end wakes the checkpoint */
        return answer;
    }
    return wrong("unknown question about checkpoints");
}
