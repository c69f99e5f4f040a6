/* log: one line on stderr, for what a person who looks into the server's log should know. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

void log_warning(const char *format, ...)
{
    char line[2048];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    fprintf(stderr, "safepyrun-kernel: %s\n", line);
}
