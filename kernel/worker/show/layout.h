/* layout: text broken into lines so that it fits into `width` columns, with IPython's rules
 * (Oppen's algorithm): text, places where a line may break, and groups of these. When a line gets
 * too long the outermost group that still has a place breaks, at all of its places. Nothing here
 * runs Python or raises: a failed allocation is remembered, and told by text_finish of `out`. */
#ifndef SAFEPYRUN_WORKER_LAYOUT_H
#define SAFEPYRUN_WORKER_LAYOUT_H

#include "base/text.h"

struct layout_group;
struct layout_piece;

struct layout {
    size_t width;    /* columns of a line */
    struct text out; /* what is laid out; the caller finishes or clears it */
    size_t column;   /* of the end of `out`, in characters */
    size_t indent;
    struct text held; /* text of the pieces that may still move */
    struct layout_piece *pieces;
    size_t count, capacity, held_width;
    struct layout_group *open;  /* innermost group */
    struct layout_group *first; /* groups that may still break, in the order they began */
    struct layout_group *last;
};

/* Text without newlines, UTF-8. */
void layout_text(struct layout *self, const char *bytes, size_t size);
/* `separator`, or a new line; outside of any group it is text. */
void layout_breakable(struct layout *self, const char *separator, size_t size);
/* A new line in any case; the outermost group breaks with it. */
void layout_break(struct layout *self);
/* A group whose further lines stand `indent` columns further right. */
void layout_begin(struct layout *self, size_t indent, const char *open);
void layout_end(struct layout *self, size_t indent, const char *close);
/* Everything is in `out`; groups left open are closed. Frees all but `out`. */
void layout_finish(struct layout *self);

#endif
