/* checkpoints: see checkpoints.c. */
#ifndef SAFEPYRUN_CHECKPOINTS_H
#define SAFEPYRUN_CHECKPOINTS_H

#include "kernel/front/front.h"

struct checkpoints *checkpoints_new(void); /* NULL when memory is short */
void checkpoints_destroy(struct checkpoints **self);

int64_t checkpoints_clock_us(void);
/* A request is about to be sent to the worker. */
void checkpoints_cell_begins(struct front *front, struct request *request);
bool checkpoints_have(const struct front *front, pid_t pid); /* is it a frozen one? */
size_t checkpoints_count(const struct front *front);         /* earlier states that nobody named */
/* A request of a shell is over (any; those that are no executions are passed over). */
void checkpoints_cell_ended(struct front *front, const struct request *request);
/* The worker's HOP_CHECKPOINT_TAKEN. */
void checkpoints_taken(struct front *front, uint32_t number, const json_t *content);
void checkpoints_worker_ready(struct front *front);
/* The worker has ended: make a checkpoint the worker, the one that %undo names or the newest. True:
 * it is awake, and when it was for %undo that request is answered. `story`: how it goes on, for
 * those who were running. */
bool checkpoints_revive(struct front *front, char *story, size_t size);
/* HOP_QUERY "checkpoint": {"what": "take", "name"}, {"what": "list"}, {"what": "undo", "cells" or
 * "name", "files": "plan" or "do"}. With files {"text"}: what would be done, or was. The answer
 * (new), or NULL when there will be none: the worker that asked is gone. */
json_t *checkpoints_query(struct front *front, uint64_t request, const json_t *content);
/* At most four descriptors, with a word that says what they are, to a socket of the worker. */
bool checkpoints_send_fds(int socket, const char *text, const int *fds, size_t count);

#endif
