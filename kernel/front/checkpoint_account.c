/* checkpoint_account: what checkpoints may cost. The account gets a share of the time that goes by,
 * and each is paid from it: the stop for the fork, and later the pages that a cell changes for the
 * first time. So they are taken as long as they are cheap, whatever the cells do. */
#include "kernel/front/checkpoint_account.h"

enum {
    START_US = 20000, /* the balance: at the start, */
    CAP_US = 500000,  /* at most, */
    SHARE = 20,       /* and one part in so many of the time that goes by */
    PAGE_US = 2,      /* what a page costs that is changed after the fork */
    SLOW_US = 5000, /* one costs so much, or twice as much as the last: beyond, it is the machine */
    BURST = 8,      /* cells in a row that get one each, then */
    APART = 60,     /* so many times what one costs lies between two: cells wait for these */
};

static int64_t price_us(const struct account *self)
{
    return self->cost_us + PAGE_US * (int64_t)self->cell_faults;
}

void account_open(struct account *self, int64_t now_us)
{
    *self = (struct account){.balance_us = START_US, .credited_us = now_us};
}

bool account_pays(struct account *self, int64_t now_us)
{
    self->balance_us += (now_us - self->credited_us) / SHARE;
    if (self->balance_us > CAP_US)
        self->balance_us = CAP_US;
    self->credited_us = now_us;
    return self->balance_us >= price_us(self);
}

/* A few cells in a row are some that somebody may want to undo; of many, each would be slower. */
bool account_pays_before_cell(struct account *self, int64_t now_us)
{
    return account_pays(self, now_us) &&
           (self->burst < BURST || now_us - self->taken_us >= APART * price_us(self));
}

static int64_t charge(struct account *self, int64_t took_us)
{
    int64_t most_us = self->cost_us * 2 > SLOW_US ? self->cost_us * 2 : SLOW_US;
    int64_t cost_us = took_us < most_us ? took_us : most_us;

    self->balance_us -= cost_us;
    return cost_us;
}

void account_failed(struct account *self, int64_t took_us)
{
    charge(self, took_us);
}

void account_taken(struct account *self, int64_t took_us, long faults)
{
    bool known = self->cells && faults > self->faults; /* fewer: they are of another process */

    self->cost_us = charge(self, took_us);
    self->cell_faults = known ? (faults - self->faults) / self->cells : 0;
    self->faults = faults;
    self->cells = 0;
}
