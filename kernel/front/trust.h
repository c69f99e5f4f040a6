/* trust: `safepyrun-kernel trust [FOLDER]`: a person agrees to a project's .safepyrun.toml in a
 * terminal, for programs that run notebooks and can ask nobody (nbconvert, papermill). */
#ifndef SAFEPYRUN_TRUST_H
#define SAFEPYRUN_TRUST_H

/* `argc` and `argv` are main's own; argv[1] is "trust". Returns the exit status: 0 it is agreed to,
 * 1 it is not, 2 wrong usage, or there is no such file. */
int trust_main(int argc, char **argv);

#endif
