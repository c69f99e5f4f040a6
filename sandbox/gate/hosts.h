/* hosts: which hosts the code of one sandbox may connect to and send to, where no operating system
 * is asked (the floor has the kernel's: kernel/front/floor_hosts.c). */
#ifndef SAFEPYRUN_HOSTS_H
#define SAFEPYRUN_HOSTS_H

#include <stdbool.h>

#include "base/reference.h"

struct sandbox;

/* "name:port", "10.0.0.1:80", "[::1]:80" or "name" (any port); None: none. A name is looked up now.
 * False with an exception, ValueError for what names no host. */
bool hosts_set(struct sandbox *self, PyObject *hosts);
PyObject *hosts_of(const struct sandbox *self); /* as they were given: new list */
/* May it go to `address`, as Python has it: (host, port, ...)? Of other families: no. */
bool hosts_lists(const struct sandbox *self_or_null, PyObject *address);
bool hosts_lists_fd(const struct sandbox *self_or_null, int fd);
bool hosts_lists_name(const struct sandbox *self_or_null, const char *name);

#endif
