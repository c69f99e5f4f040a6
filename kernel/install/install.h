/* install: put the kernel where Jupyter finds it, and take it away again.
 *
 * `safepyrun-kernel install` writes one folder, share/jupyter/kernels/NAME, with kernel.json and
 * the logos; `safepyrun-kernel uninstall` removes it. No Python in this process: the Python that
 * the kernel shall run is started once and asked for its version, prefix and libpython. */
#ifndef SAFEPYRUN_INSTALL_H
#define SAFEPYRUN_INSTALL_H

/* `argc` and `argv` are main's own; argv[1] is "install" or "uninstall". Says on stdout what it
 * did, on stderr what went wrong. Returns the exit status: 0, 1 (it could not be done) or 2
 * (usage). */
int install_main(int argc, char **argv);

#endif
