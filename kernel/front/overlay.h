/* overlay: a view of the file system for a preview. What is written below certain places is seen by
 * those inside alone and is gone with them; everything else is read-only. A mount namespace of its
 * own, with an overlay of each place whose upper layer lies in memory. */
#ifndef SAFEPYRUN_OVERLAY_H
#define SAFEPYRUN_OVERLAY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { OVERLAY_PLACES_MOST = 64 };

struct overlay {
    char *places[OVERLAY_PLACES_MOST]; /* owned, resolved folders; none lies below another, unless
                                        * it is a file system of its own */
    size_t count;
    int user_fd, mount_fd; /* the namespaces; user_fd -1: the process's own will do */
    int upper_fd;          /* folder that holds N/up for place N */
};

void overlay_init(struct overlay *self);
/* Cover the folder `path`, or, when it is not there or is a file, the folder that it is to lie in.
 */
void overlay_cover(struct overlay *self, const char *path);
/* Make it; `spare` is a folder of the session's own. False: `error` says at which step. */
bool overlay_make(struct overlay *self, const char *spare, char *error, size_t size);
void overlay_clear(struct overlay *self);

#endif
