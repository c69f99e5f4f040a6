/* checkpoints_query: what %undo, %checkpoint and %checkpoints ask. */
#include "kernel/front/checkpoints_state.h"
#include "kernel/front/undo_files.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/proc.h"

enum { ROOM_BYTES = 120 }; /* for what is said behind a list */

static long private_kb(pid_t pid)
{
    char text[4096];

    if (pid <= 0 || !proc_read(pid, "smaps_rollup", text, sizeof text))
        return 0;
    return (long)((proc_field_bytes(text, "\nPrivate_Dirty:") +
                   proc_field_bytes(text, "\nPrivate_Clean:")) /
                  1024);
}

static json_t *list(const struct checkpoints *self)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < self->count; i++) {
        const struct point *point = &self->points[i];
        json_array_append_new(
            rows, json_pack("{s:i, s:s, s:I, s:I, s:I, s:I, s:I}", "number", (int)point->number,
                            "name", point->name, "after", point->after, "undo",
                            (json_int_t)(json_array_size(self->made) - point->depth), "age_s",
                            (json_int_t)(time(NULL) - point->taken), "took_us",
                            (json_int_t)point->took_us, "private_kb",
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

/* ---- %undo ---- */

/* Lines behind `text`, below `title`, as many as there is room for. */
static void add_lines(char *text, size_t size, const char *title, const json_t *lines)
{
    size_t at = strlen(text), index, left = 0;
    json_t *line;

    json_array_foreach(lines, index, line)
    {
        const char *head = index ? "" : title;
        if (left || at + strlen(head) + json_string_length(line) + ROOM_BYTES > size)
            left++;
        else
            at += (size_t)snprintf(text + at, size - at, "%s  %s\n", head, json_string_value(line));
    }
    if (left)
        snprintf(text + at, size - at, "%s  and %zu more\n", left == index ? title : "", left);
}

static void add_text(char *text, size_t size, const char *format, ...)
{
    size_t at = strlen(text);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text + at, size - at, format, arguments);
    va_end(arguments);
}

/* "Not undone, on the disk": what the cells from `cell` on did to files. */
static void tell_files(struct front *front, json_int_t cell, char *text, size_t size)
{
    json_t *lines = undo_files_told(floor_changes_of(front->floor), cell);

    add_lines(text, size, "Not undone, on the disk:\n", lines);
    if (json_array_size(lines))
        add_text(text, size, "%%undo --files puts files back, as far as they were kept.\n");
    json_decref(lines);
}

void checkpoints_undo_files(struct front *front, json_int_t cell, char *text, size_t size)
{
    json_t *plan = undo_files_do(floor_changes_of(front->floor), cell);

    add_lines(text, size, "Taken back on the disk:\n", json_object_get(plan, "does"));
    add_lines(text, size, "Left as they are:\n", json_object_get(plan, "leaves"));
    front->checkpoints->left = cell;
    json_decref(plan);
}

/* What is to be taken back. */
struct aim {
    struct point *point; /* NULL: the variables stay */
    json_int_t cell;     /* the first whose files are meant */
    char cells[64];      /* "cell [5]" */
    char why[300];       /* the variables stay; "" */
};

/* Files that a %undo, or a crash, left behind, and nothing has changed since. */
static bool aim_at_left(const struct front *front, struct aim *aim)
{
    const struct checkpoints *self = front->checkpoints;
    json_int_t newest = floor_changes_newest(floor_changes_of(front->floor));
    size_t index;
    json_t *cell;

    if (!self->left || newest < self->left)
        return false;
    json_array_foreach(self->made, index, cell)
    {
        if (json_integer_value(cell) == newest)
            return false;
    }
    aim->cell = self->left;
    snprintf(aim->cells, sizeof aim->cells, "what was undone before");
    snprintf(aim->why, sizeof aim->why, "they are as they were before it already");
    return true;
}

static struct point *find_point(struct checkpoints *self, const char *name, size_t depth)
{
    return name ? by_name(self, name) : at_most(self, depth);
}

/* NULL: it is aimed; else what is wrong. */
static json_t *aim_at(struct front *front, const json_t *content, bool files, struct aim *aim)
{
    struct checkpoints *self = front->checkpoints;
    const char *name = json_string_value(json_object_get(content, "name"));
    json_int_t given = json_integer_value(json_object_get(content, "cells"));
    size_t made = json_array_size(self->made), cells = given > 0 ? (size_t)given : 1;
    char text[64];

    *aim = (struct aim){0};
    if (files && !name && !given && aim_at_left(front, aim))
        return NULL;
    if (!name && cells > made)
        return wrong("only %zu cells have run", made);
    struct point *point = find_point(self, name, made - (name ? 0 : cells));
    if (name && !point)
        return wrong("there is no checkpoint of the name '%s': %%checkpoints lists them%s%s", name,
                     self->obstacle[0] ? "; the last one was not taken, as " : "", self->obstacle);
    if (!point)
        snprintf(aim->why, sizeof aim->why, "there is no checkpoint from before that cell%s%s",
                 self->obstacle[0] ? ": none can be taken, as " : "", self->obstacle);
    else if (!name && point->depth != made - cells) {
        checkpoints_describe(self, point->depth, text, sizeof text);
        snprintf(aim->why, sizeof aim->why,
                 "there is no checkpoint from right before that cell; %%undo %zu takes back %s",
                 made - point->depth, text);
    }
    if (aim->why[0] && !files)
        return wrong("%s", aim->why);
    aim->point = aim->why[0] ? NULL : point;
    size_t depth = aim->point ? point->depth : made - cells;
    checkpoints_describe(self, depth, aim->cells, sizeof aim->cells);
    aim->cell =
        depth < made ? json_integer_value(json_array_get(self->made, depth)) : self->last + 1;
    return NULL;
}

/* What %undo --files asks about. */
static json_t *plan(struct front *front, const struct aim *aim)
{
    char text[UNDO_TEXT] = "";
    const char *missing = floor_missing(front->floor);
    json_t *files = undo_files_plan(floor_changes_of(front->floor), aim->cell);
    size_t count = json_array_size(json_object_get(files, "does"));

    if (aim->point)
        add_text(text, sizeof text, "Takes back what %s did to the variables.\n", aim->cells);
    else
        add_text(text, sizeof text, "The variables stay: %s.\n", aim->why);
    if (missing)
        add_text(text, sizeof text, "Nothing is known of files: the floor is off (%s).\n", missing);
    else if (!count)
        add_text(text, sizeof text, "On the disk there is nothing to take back.\n");
    add_lines(text, sizeof text, "On the disk it will\n", json_object_get(files, "does"));
    add_lines(text, sizeof text, "Left as they are:\n", json_object_get(files, "leaves"));
    json_decref(files);
    return count || aim->point ? json_pack("{s:s}", "text", text) : wrong("%s", text);
}

static json_t *undo(struct front *front, uint64_t request, const json_t *content)
{
    struct checkpoints *self = front->checkpoints;
    const char *files = json_string_value(json_object_get(content, "files"));
    struct request *running = front->shells[0].running;
    struct aim aim;

    if (!running || running->number != request)
        return wrong("%%undo works in a cell of the main shell");
    checkpoints_await_frozen(front);
    json_t *answer = aim_at(front, content, files != NULL, &aim);
    if (answer || (files && strcmp(files, "do") != 0))
        return answer ? answer : plan(front, &aim);
    char *text = self->undo.text;
    *text = 0;
    if (!aim.point) {
        checkpoints_undo_files(front, aim.cell, text, UNDO_TEXT);
        return json_pack("{s:s}", "text", text);
    }
    add_text(text, UNDO_TEXT,
             "Undone: what %s did to the variables. Requests that were sent are not undone.\n",
             aim.cells);
    if (!files)
        tell_files(front, aim.cell, text, UNDO_TEXT);
    self->undo.number = aim.point->number;
    self->undo.request = request;
    self->undo.cell = aim.cell;
    self->undo.files = files != NULL;
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
        self->retry_of = 0;
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
