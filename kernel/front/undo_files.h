/* undo_files: what cells did to files is taken back, the newest first. A file that somebody else
 * changed since is left as it is. */
#ifndef SAFEPYRUN_UNDO_FILES_H
#define SAFEPYRUN_UNDO_FILES_H

#include <jansson.h>

#include "kernel/front/floor_changes.h"

/* What the cells from `cell` on did, one line for each file: "wrote /a/b". New array. */
json_t *undo_files_told(struct floor_changes *changes, json_int_t cell);
/* What would be done to take it back: {"does": [line], "leaves": [line with the reason]}. New. */
json_t *undo_files_plan(struct floor_changes *changes, json_int_t cell);
/* Do it. The same, of what was done; what is left can be tried again. */
json_t *undo_files_do(struct floor_changes *changes, json_int_t cell);

#endif
