/* checkpoints_state: what checkpoints.c and checkpoints_query.c share. */
#ifndef SAFEPYRUN_CHECKPOINTS_STATE_H
#define SAFEPYRUN_CHECKPOINTS_STATE_H

#include "kernel/front/checkpoint_account.h"
#include "kernel/front/checkpoints.h"

#include <time.h>

enum { POINTS_MAX = 16, UNDO_TEXT = 8192 };

struct point {
    uint32_t number;
    int control;      /* its socket */
    pid_t pid;        /* as the system says; 0: not frozen yet */
    char name[64];    /* "" when it was not asked for */
    json_int_t after; /* the count of the last cell that had run */
    size_t depth;     /* how many cells had made its state: see `made` */
    time_t taken;
    int64_t took_us; /* the worker was stopped for it */
    json_t *rights;  /* owned: see confine_keep */
};

struct checkpoints {
    struct point points[POINTS_MAX]; /* oldest first */
    size_t count;
    uint32_t last_number;
    struct { /* asked of the worker, not answered */
        uint32_t number;
        char name[64];
        int retries;
        bool before_cell; /* a cell waits behind it */
    } asked;
    char wanted[64];     /* a name for the one to be taken when the running cell has ended */
    bool want;           /* take one then, whatever it costs */
    json_int_t retry_of; /* it could not be taken then, when this cell was the last; 0 */
    bool changed;        /* something ran since the newest was taken */
    int timer;           /* -1: not set */
    int wake_timer;      /* -1: none is being woken */
    json_t *cells;       /* owned: [count, source] of cells that the oldest one does not know */
    json_t *made;    /* owned: counts of the cells that made the present state; not undone ones */
    json_int_t last; /* count of the last cell */
    json_int_t left; /* files of cells from this one on were left when their variables went; 0 */
    struct account account;
    char obstacle[200];  /* why the last try gave none; "" */
    struct {             /* %undo was asked: the worker is being ended for it */
        uint32_t number; /* of the checkpoint; 0: none */
        uint64_t request;
        json_int_t cell; /* the first that it takes back */
        bool files;      /* what it did to files is taken back as well */
        char text[UNDO_TEXT];
    } undo;
};

/* "cell [5]", "cells [5] to [7]": those of the present state beyond the first `depth`. */
void checkpoints_describe(const struct checkpoints *self, size_t depth, char *out, size_t size);
/* What was done to files on behalf of %undo --files, behind `text`. */
void checkpoints_undo_files(struct front *front, json_int_t cell, char *text, size_t size);
/* The newest may just be freezing when it is needed: that is a matter of milliseconds. Those that
 * are still none are dropped. */
void checkpoints_await_frozen(struct front *front);

#endif
