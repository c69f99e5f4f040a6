/* proc: what the system says of a process in /proc. */
#ifndef SAFEPYRUN_PROC_H
#define SAFEPYRUN_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The text of /proc/PID/name, ended by 0; pid 0: of /proc/name. False: it cannot be read, or is
 * empty. */
bool proc_read(pid_t pid, const char *name, char *text, size_t size);
/* The number behind "\nKey:" in such a text; -1: it is not there. */
int64_t proc_field(const char *text, const char *key, int base);
/* The same of one that is given in kB; 0: it is not there. */
int64_t proc_field_bytes(const char *text, const char *key);
/* The number in /proc/PID/status; -1: there is none. */
int64_t proc_status(pid_t pid, const char *key, int base);
/* The children that the thread `tid` of `pid` started, as long as `visit` answers true. */
void proc_children(pid_t pid, pid_t tid, bool (*visit)(void *context, pid_t child), void *context);

#endif
