/* preview: see preview.c. */
#ifndef SAFEPYRUN_PREVIEW_H
#define SAFEPYRUN_PREVIEW_H

#include "kernel/front/front.h"

/* HOP_QUERY "preview" {"ok_dests"}: make a view of the file system for a fork of the worker and
 * send it there.
 * {"places": [folder whose upper layer is N/up], "quiet": [folder that is not worth telling of]},
 * or {"error": why}. New reference. */
json_t *preview_query(struct front *front, uint64_t request, const json_t *content);

#endif
