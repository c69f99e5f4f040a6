/* limits_state: what limits.c and limits_query.c share. */
#ifndef SAFEPYRUN_LIMITS_STATE_H
#define SAFEPYRUN_LIMITS_STATE_H

#include "kernel/front/front.h"
#include "kernel/front/limits.h"

struct hit {
    bool on;
    enum limit_kind kind;
    uint64_t request;  /* 0: no cell ran */
    int64_t at_us;     /* when it was interrupted */
    char text[400];    /* what it is told */
    bool killed, past; /* past: it gave back what was too much, and its cell still runs */
};

struct limits {
    int64_t most[LIMIT_COUNT];
    int64_t used[LIMIT_COUNT];     /* as seen last */
    int64_t at_start[LIMIT_COUNT]; /* when the newest cell began, or the last one ended */
    struct hit hit;
    uint64_t cell;       /* the newest */
    int64_t late_output; /* of threads whose cell is over, since the newest began */
    int64_t disk_output; /* what the disk has room for, once it was asked in this cell */
    bool disk_looked;
    int64_t looked_us;
    bool warned;            /* of memory, in this cell */
    bool over[LIMIT_COUNT]; /* when it looked last */
    bool counts_files;
    int timer, timer_ms;
    struct process_tree tree;
};

bool limits_is_set(const struct limits *self, enum limit_kind kind);
/* What is in use now; `all`: of what is not limited as well. */
void limits_look(struct front *front, bool all);
/* How long a cell has run. */
int64_t limits_ran_us(const struct request *request);
/* The request to blame for what the whole session uses; 0: no cell runs. */
uint64_t limits_running_cell(const struct front *front);
/* The limits have changed. */
void limits_take_over(struct front *front);

#endif
