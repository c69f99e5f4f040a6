/* floor_word: what the worker says to the floor below it, by a call that the system's kernel hands
 * to the front with the number of the thread that made it. Without a floor the call fails, and
 * nothing is lost. */
#ifndef SAFEPYRUN_FLOOR_WORD_H
#define SAFEPYRUN_FLOOR_WORD_H

#include <sys/prctl.h>

#define FLOOR_PRCTL 0x53504652 /* "SPFR", for prctl(2) */
enum floor_word {
    FLOOR_WORD_READY = 1, /* Python is up: from now on the rules hold */
    FLOOR_WORD_ENTER,     /* this thread acts for a person who trusted what it calls */
    FLOOR_WORD_LEAVE,
    FLOOR_WORD_CONNECT,    /* the next connection of this thread is for a request that only reads */
    FLOOR_WORD_LISTS_FD,   /* did a person name whom this socket leads to? 1, else 0 */
    FLOOR_WORD_LISTS_NAME, /* ... the host of this name? */
    FLOOR_WORD_THREAD,     /* this thread runs Python: it is no helper of the cell's own */
};

/* Say it; `what` for the words that ask. The floor's answer, -1 without one. */
static inline int floor_say(enum floor_word word, long what)
{
    return prctl(FLOOR_PRCTL, (unsigned long)word, what, 0, 0);
}

/* A message that the kernel itself sends over a socket of its own: nobody is asked about it (a bit
 * that sockets of this machine pass over; MSG_BATCH, which no program gives). */
#define FLOOR_MSG_OWN 0x40000

#endif
