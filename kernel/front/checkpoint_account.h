/* checkpoint_account: see checkpoint_account.c. All times in microseconds of one clock. */
#ifndef SAFEPYRUN_CHECKPOINT_ACCOUNT_H
#define SAFEPYRUN_CHECKPOINT_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

struct account {
    int64_t balance_us, credited_us; /* what may be spent, and when it was credited last */
    int64_t cost_us, taken_us;       /* what the last checkpoint cost, and when it was asked for */
    long faults, cell_faults;        /* pages changed: by the worker so far, by one cell */
    int cells;                       /* since the last one */
    int burst; /* taken with a cell waiting for it, since nothing was queued for a moment */
};

void account_open(struct account *self, int64_t now_us);
/* Is there enough for one more? */
bool account_pays(struct account *self, int64_t now_us);
/* The same, with a cell that waits for it. */
bool account_pays_before_cell(struct account *self, int64_t now_us);
/* The worker was stopped for so long without one. */
void account_failed(struct account *self, int64_t took_us);
/* It was stopped so long for one, and has had so many page faults in its life. */
void account_taken(struct account *self, int64_t took_us, long faults);

#endif
