/* attributes: the extended attributes of a file, to be put back as they were: what programs and
 * desktops say of it (user.*), its access list. Any thread. */
#ifndef SAFEPYRUN_ATTRIBUTES_H
#define SAFEPYRUN_ATTRIBUTES_H

struct attributes;

/* Those of the file `fd`, which need not be open for reading. Owned. NULL: they cannot be told, or
 * memory is short. */
struct attributes *attributes_read(int fd);
void attributes_destroy(struct attributes **self);
/* Give the file `fd` these and no others; NULL for what is not known: it stays as it is.
 * 0 or -errno of the first that could not be put. */
int attributes_put(const struct attributes *self, int fd);

#endif
