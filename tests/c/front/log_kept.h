/* For tests: the front's log is kept, to be asked, instead of written. */
#ifndef SAFEPYRUN_LOG_KEPT_H
#define SAFEPYRUN_LOG_KEPT_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

static char log_text[64 * 1024];

void log_warning(const char *format, ...)
{
    size_t used = strlen(log_text);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(log_text + used, sizeof log_text - used, format, arguments);
    va_end(arguments);
    strncat(log_text, "\n", sizeof log_text - strlen(log_text) - 1);
}

static inline void assert_log_says(const char *part)
{
    if (!strstr(log_text, part))
        fail_msg("the log does not say \"%s\" but: %s", part, log_text);
}

#endif
