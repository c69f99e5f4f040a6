/* json_memory: jansson reads on when memory is short, and a text of the JSON then comes out shorter
 * than it was. So its allocations are watched: who reads what others wrote asks whether all of them
 * succeeded. For the front's one thread. */
#ifndef SAFEPYRUN_JSON_MEMORY_H
#define SAFEPYRUN_JSON_MEMORY_H

/* From now on; once, before jansson is used. */
void json_memory_watch(void);
/* How many allocations have failed since. */
unsigned long json_memory_failures(void);

#endif
