/* kept: former contents of files, for %undo --files. They lie in a folder of the session's own,
 * mode 0700, which is made when the first is kept and is gone with the session. Any thread. */
#ifndef SAFEPYRUN_KEPT_H
#define SAFEPYRUN_KEPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct kept_store;
struct kept; /* one content; those who hold it release it */

/* `parent`: where the folder is made. NULL: memory is short. */
struct kept_store *kept_store_new(const char *parent, int64_t limit_bytes);
void kept_store_destroy(struct kept_store **self); /* and the folder */
/* What was kept until now may give way to what is kept from now on. */
void kept_store_turn(struct kept_store *self);

/* The content of the regular file `fd`, which need not be open for reading; `status` is what it is
 * now. NULL: `why` (static) says why it is not kept. */
struct kept *kept_content(struct kept_store *self, int fd, const struct stat *status,
                          const char **why);
/* The thing that `name` in `dir` names, which is about to lose that name. */
struct kept *kept_name(struct kept_store *self, int dir, const char *name,
                       const struct stat *status, const char **why);
/* Is it the thing itself, not a copy of it? */
bool kept_is_itself(const struct kept *kept);
void kept_release(struct kept_store *self, struct kept **kept);
/* It gave way to newer ones: nothing can be put back. */
bool kept_is_gone(struct kept_store *self, const struct kept *kept);
/* Make it the content of `fd`, which is open for writing. 0 or -errno. */
int kept_put_content(struct kept_store *self, const struct kept *kept, int fd);
/* Give it the name `name` in `dir`, which there is not yet; what is known of it is as `status`. */
int kept_put_name(struct kept_store *self, struct kept *kept, int dir, const char *name,
                  const struct stat *status);

#endif
