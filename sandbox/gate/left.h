/* left: what a sandbox left with the host, and the interpreter runs in the host's time. */
#ifndef SAFEPYRUN_LEFT_H
#define SAFEPYRUN_LEFT_H

struct sandbox;

/* Whose is a library's method that runs for an object of a sandbox's class (`__del__ =
 * Path.touch`)? Borrowed; NULL: nobody's. */
struct sandbox *left_owner(void);

#endif
