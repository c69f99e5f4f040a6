/* layout: text broken into lines so that it fits into `width` columns, with IPython's rules
 * (Oppen's algorithm): text, places where a line may break, and groups of these. */
#include "kernel/worker/show/layout.h"

#include <stdlib.h>
#include <string.h>

struct layout_group {
    struct layout_group *outer;
    struct layout_group *before, *after; /* in the queue of those that may still break */
    int depth;
    size_t places; /* that are held */
    bool queued, breaks, open;
};

/* Text, or a place of `group` where the line may break. */
struct layout_piece {
    size_t size, width; /* of its text, in bytes and in characters */
    size_t indent;      /* of the line that begins here */
    struct layout_group *group;
};

static size_t width_of(const char *bytes, size_t size)
{
    size_t width = 0;

    for (size_t i = 0; i < size; i++)
        width += ((unsigned char)bytes[i] & 0xC0) != 0x80;
    return width;
}

/* ---- groups ---- */

static void group_leave_queue(struct layout *self, struct layout_group *group)
{
    if (!group->queued)
        return;
    *(group->before ? &group->before->after : &self->first) = group->after;
    *(group->after ? &group->after->before : &self->last) = group->before;
    group->queued = false;
}

static void group_enter_queue(struct layout *self, struct layout_group *group)
{
    group->before = self->last;
    *(self->last ? &self->last->after : &self->first) = group;
    self->last = group;
    group->queued = true;
}

static void group_free_if_done(struct layout_group *group)
{
    if (!group->open && !group->queued && !group->places)
        free(group);
}

/* The group to break next: the outermost one that holds a place, of several the last. Those further
 * out break at what is still to come, as all do when none holds one (NULL). */
static struct layout_group *group_take(struct layout *self)
{
    struct layout_group *found = NULL;

    for (struct layout_group *group = self->last; group; group = group->before)
        if (group->places && (!found || group->depth < found->depth))
            found = group;
    for (struct layout_group *group = self->first, *after; group; group = after) {
        after = group->after;
        if (found && group != found && group->depth >= found->depth)
            continue;
        group->breaks = true;
        group_leave_queue(self, group);
        group_free_if_done(group);
    }
    return found;
}

/* ---- pieces ---- */

static void new_line(struct layout *self, size_t indent)
{
    static const char blanks[] = "                                                                ";

    text_add(&self->out, "\n", 1);
    for (size_t left = indent; left;) {
        size_t size = left < sizeof blanks - 1 ? left : sizeof blanks - 1;
        text_add(&self->out, blanks, size);
        left -= size;
    }
    self->column = indent;
}

static void piece_write(struct layout *self, const struct layout_piece *piece, const char *bytes)
{
    struct layout_group *group = piece->group;

    if (group)
        group->places--;
    if (group && group->breaks) {
        new_line(self, piece->indent);
    } else {
        text_add(&self->out, bytes, piece->size);
        self->column += piece->width;
        if (group && !group->places)
            group_leave_queue(self, group);
    }
    if (group)
        group_free_if_done(group);
}

/* Write the first `count` pieces. */
static void write_pieces(struct layout *self, size_t count)
{
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        piece_write(self, &self->pieces[i], self->held.data ? self->held.data + at : "");
        at += self->pieces[i].size;
        self->held_width -= self->pieces[i].width;
    }
    self->count -= count;
    self->held.size -= at;
    if (self->count)
        memmove(self->pieces, self->pieces + count, self->count * sizeof *self->pieces);
    if (self->held.size)
        memmove(self->held.data, self->held.data + at, self->held.size);
}

/* Write until the group holds no place, and the text behind its last one. The group may be gone
 * afterwards. */
static void break_group(struct layout *self, const struct layout_group *group)
{
    size_t count = 0;

    for (size_t i = 0; i < self->count; i++)
        if (self->pieces[i].group == group)
            count = i + 1;
    while (count < self->count && !self->pieces[count].group)
        count++;
    write_pieces(self, count);
}

static void break_outer_groups(struct layout *self)
{
    while (self->column + self->held_width > self->width) {
        struct layout_group *group = group_take(self);
        if (!group)
            return;
        break_group(self, group);
    }
}

static struct layout_piece *piece_add(struct layout *self, const char *bytes, size_t size)
{
    if (self->count == self->capacity) {
        size_t capacity = self->capacity ? 2 * self->capacity : 32;
        struct layout_piece *pieces = realloc(self->pieces, capacity * sizeof *pieces);
        if (!pieces) {
            self->out.failed = true;
            return NULL;
        }
        self->pieces = pieces;
        self->capacity = capacity;
    }
    text_add(&self->held, bytes, size);
    if (self->held.failed) {
        self->out.failed = true;
        return NULL;
    }
    struct layout_piece *piece = &self->pieces[self->count++];
    *piece = (struct layout_piece){.size = size, .width = width_of(bytes, size)};
    self->held_width += piece->width;
    return piece;
}

/* ---- what printers call ---- */

void layout_text(struct layout *self, const char *bytes, size_t size)
{
    if (self->count == 0) {
        text_add(&self->out, bytes, size);
        self->column += width_of(bytes, size);
    } else if (piece_add(self, bytes, size)) {
        break_outer_groups(self);
    }
}

void layout_breakable(struct layout *self, const char *separator, size_t size)
{
    struct layout_group *group = self->open;

    if (!group) {
        layout_text(self, separator, size);
        return;
    }
    if (group->breaks) {
        write_pieces(self, self->count);
        new_line(self, self->indent);
        return;
    }
    struct layout_piece *piece = piece_add(self, separator, size);
    if (!piece)
        return;
    piece->indent = self->indent;
    piece->group = group;
    group->places++;
    break_outer_groups(self);
}

void layout_break(struct layout *self)
{
    struct layout_group *group = group_take(self);

    if (group)
        break_group(self, group);
    write_pieces(self, self->count);
    new_line(self, self->indent);
}

void layout_begin(struct layout *self, size_t indent, const char *open)
{
    struct layout_group *group = calloc(1, sizeof *group);

    if (*open)
        layout_text(self, open, strlen(open));
    self->indent += indent;
    if (!group) {
        self->out.failed = true;
        return;
    }
    group->outer = self->open;
    group->depth = self->open ? self->open->depth + 1 : 1;
    group->open = true;
    self->open = group;
    group_enter_queue(self, group);
}

void layout_end(struct layout *self, size_t indent, const char *close)
{
    struct layout_group *group = self->open;

    self->indent -= indent < self->indent ? indent : self->indent;
    if (group) {
        self->open = group->outer;
        group->open = false;
        if (!group->places)
            group_leave_queue(self, group);
        group_free_if_done(group);
    }
    if (*close)
        layout_text(self, close, strlen(close));
}

void layout_finish(struct layout *self)
{
    while (self->open)
        layout_end(self, 0, "");
    write_pieces(self, self->count);
    while (self->first) {
        struct layout_group *group = self->first;
        group_leave_queue(self, group);
        group_free_if_done(group);
    }
    free(self->pieces);
    text_clear(&self->held);
    self->pieces = NULL;
    self->capacity = 0;
}
