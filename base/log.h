/* log: one line on stderr, for what a person who looks into the server's log should know. */
#ifndef SAFEPYRUN_LOG_H
#define SAFEPYRUN_LOG_H

void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
