/* effects: the audit events that are effects. One table; what is not in it passes. shutil and
 * tempfile have no row: the system calls that they make raise events of their own. */
#include "sandbox/gate/judge.h"

#include <fnmatch.h>
#include <string.h>

#include "base/places.h"

#define NONE -1, -1, -1, -1
static const struct effect effects[] = {
    {"open", RULE_OPEN, 0, -1, -1, -1},
    /* names */
    {"os.remove", RULE_NAME, 0, -1, 1, -1},
    {"os.rmdir", RULE_NAME, 0, -1, 1, -1},
    {"os.mkdir", RULE_MAKES, 0, -1, 2, -1},
    {"os.rename", RULE_NAME, 0, 1, 2, 3},
    {"os.link", RULE_NAME, 0, 1, 2, 3},
    {"os.symlink", RULE_NAME, 1, -1, 2, -1},
    /* contents and their attributes */
    {"os.truncate", RULE_CONTENT, 0, -1, -1, -1},
    {"os.utime", RULE_CONTENT, 0, -1, 3, -1},
    {"os.chmod", RULE_CONTENT, 0, -1, 2, -1},
    {"os.chown", RULE_CONTENT, 0, -1, 3, -1},
    {"os.chflags", RULE_CONTENT, 0, -1, -1, -1},
    {"os.setxattr", RULE_CONTENT, 0, -1, -1, -1},
    {"os.removexattr", RULE_CONTENT, 0, -1, -1, -1},
    {"os.lockf", RULE_DESCRIPTOR, 0, -1, -1, -1},
    {"sqlite3.connect", RULE_DATABASE, 0, -1, -1, -1},
    /* processes */
    {"subprocess.Popen", RULE_PROGRAM, NONE},
    {"os.system", RULE_DENY, NONE},
    {"os.exec", RULE_PROGRAM, NONE},
    {"os.fork", RULE_DENY, NONE},
    {"os.forkpty", RULE_DENY, NONE},
    {"os.posix_spawn", RULE_PROGRAM, NONE},
    {"os.spawn", RULE_PROGRAM, NONE},
    {"os.startfile", RULE_DENY, NONE},
    {"os.kill", RULE_SIGNAL, NONE},
    {"os.killpg", RULE_SIGNAL, NONE},
    {"signal.pthread_kill", RULE_DENY, NONE},
    {"pty.spawn", RULE_DENY, NONE},
    {"webbrowser.open", RULE_DENY, NONE},
    {"ensurepip.bootstrap", RULE_DENY, NONE},
    {"builtins.breakpoint", RULE_DENY, NONE},
    /* state of the process */
    {"os.putenv", RULE_ENVIRON, 0, -1, -1, -1},
    {"os.unsetenv", RULE_ENVIRON, 0, -1, -1, -1},
    {"os.chdir", RULE_DIRECTORY, NONE},
    {"os.chroot", RULE_DENY, NONE},
    {"os.add_dll_directory", RULE_DENY, NONE},
    {"resource.setrlimit", RULE_LIMIT, NONE},
    {"resource.prlimit", RULE_LIMIT, NONE},
    {"syslog.syslog", RULE_DENY, NONE},
    {"syslog.openlog", RULE_DENY, NONE},
    {"syslog.setlogmask", RULE_DENY, NONE},
    {"syslog.closelog", RULE_DENY, NONE},
    {"mmap.__new__", RULE_MEMORY, 0, -1, -1, -1},
    {"fcntl.fcntl", RULE_DESCRIPTOR, 0, -1, -1, -1},
    {"fcntl.ioctl", RULE_DESCRIPTOR, 0, -1, -1, -1},
    {"fcntl.flock", RULE_DESCRIPTOR, 0, -1, -1, -1},
    {"fcntl.lockf", RULE_DESCRIPTOR, 0, -1, -1, -1},
    {"sys.addaudithook", RULE_DENY, NONE},
    {"sys.setprofile", RULE_NEAR, NONE},
    {"sys.settrace", RULE_NEAR, NONE},
    {"sys.set_asyncgen_hooks_firstiter", RULE_NEAR, NONE},
    {"sys.set_asyncgen_hooks_finalizer", RULE_NEAR, NONE},
    {"sys.monitoring.register_callback", RULE_NEAR, NONE},
    {"sys.remote_exec", RULE_DENY, NONE},
    {"cpython.remote_debugger_script", RULE_DENY,
     NONE}, /* another process's sys.remote_exec, here */
    /* memory and fresh code */
    {"ctypes.dlopen", RULE_LOADING, 0, -1, -1, -1},
    {"ctypes.dlsym", RULE_LOADING, NONE},
    {"ctypes.dlsym/handle", RULE_LOADING, NONE},
    {"ctypes.call_function", RULE_LOADING, NONE},
    {"ctypes.addressof", RULE_NATIVE, NONE},
    {"ctypes.cdata", RULE_NATIVE, NONE},
    {"ctypes.cdata/buffer", RULE_NATIVE, NONE},
    {"ctypes.create_string_buffer", RULE_NATIVE, NONE},
    {"ctypes.string_at", RULE_LOADING, NONE},
    {"ctypes.wstring_at", RULE_LOADING, NONE},
    {"ctypes.memoryview_at", RULE_LOADING, NONE},
    {"ctypes.PyObj_FromPtr", RULE_LOADING, NONE},
    {"ctypes.set_errno", RULE_NATIVE, NONE},
    {"ctypes.seh_exception", RULE_DENY, NONE},
    {"cpython.run_command", RULE_DENY, NONE},
    {"cpython.run_file", RULE_DENY, NONE},
    {"cpython.run_interactivehook", RULE_DENY, NONE},
    {"cpython.run_module", RULE_DENY, NONE},
    {"cpython.run_startup", RULE_DENY, NONE},
    {"cpython.run_stdin", RULE_DENY, NONE},
    {"cpython.PyInterpreterState_New", RULE_DENY, NONE},
    {"code.__new__", RULE_NEAR, NONE},
    {"function.__new__", RULE_NEAR, NONE},
    {"object.__getattr__", RULE_ATTRIBUTE, NONE},
    {"object.__setattr__", RULE_ATTRIBUTE, NONE},
    {"object.__delattr__", RULE_ATTRIBUTE, NONE},
    {"sys._getframe", RULE_FRAME, NONE},
    {"sys._current_frames", RULE_NEAR, NONE},
    {"sys._current_exceptions", RULE_DENY, NONE},
    {"gc.get_objects", RULE_NEAR, NONE},
    {"gc.get_referents", RULE_NEAR, NONE},
    {"gc.get_referrers", RULE_NEAR, NONE},
    {"marshal.load", RULE_MARSHAL, NONE},
    {"marshal.loads", RULE_MARSHAL, NONE},
    {"pickle.find_class", RULE_PICKLED, 0, 1, -1, -1},
    {"import", RULE_LIBRARY, 1, -1, -1, -1},
    {"exec", RULE_EXEC, 0, -1, -1, -1},
    {"sqlite3.enable_load_extension", RULE_DENY, NONE},
    {"sqlite3.load_extension", RULE_DENY, NONE},
    /* network */
    {"socket.connect", RULE_NET, 1, -1, -1, -1},
    {"socket.bind", RULE_HELD, NONE},
    {"socket.sendto", RULE_HELD, NONE},
    {"socket.sendmsg", RULE_ADDRESS, 1, -1, -1, -1},
    {"socket.sethostname", RULE_DENY, NONE},
    {"urllib.Request", RULE_URL, 3, -1, -1, -1},
    {"http.client.connect", RULE_NET, NONE},
    {"http.client.send", RULE_NET, NONE},
    {"ftplib.connect", RULE_HELD, NONE},
    {"ftplib.sendcmd", RULE_HELD, NONE},
    {"imaplib.open", RULE_HELD, NONE},
    {"imaplib.send", RULE_HELD, NONE},
    {"nntplib.connect", RULE_HELD, NONE},
    {"nntplib.putline", RULE_HELD, NONE},
    {"poplib.connect", RULE_HELD, NONE},
    {"poplib.putline", RULE_HELD, NONE},
    {"smtplib.connect", RULE_HELD, NONE},
    {"smtplib.send", RULE_HELD, NONE},
    {"telnetlib.Telnet.open", RULE_HELD, NONE},
    {"telnetlib.Telnet.write", RULE_HELD, NONE},
};

enum { SLOTS = 512 };
static const struct effect *slots[SLOTS];

static unsigned event_hash(const char *event)
{
    unsigned hash = 5381;
    for (; *event; event++)
        hash = hash * 33 ^ (unsigned char)*event;
    return hash ^ hash >> 13;
}

bool effects_init(void)
{
    for (size_t i = 0; i < sizeof effects / sizeof *effects; i++) {
        unsigned slot = event_hash(effects[i].event) % SLOTS;
        while (slots[slot] && slots[slot] != &effects[i])
            slot = (slot + 1) % SLOTS;
        slots[slot] = &effects[i];
    }
    return judge_init();
}

const struct effect *effects_find(const char *event)
{
    unsigned slot = event_hash(event) % SLOTS;
    for (; slots[slot]; slot = (slot + 1) % SLOTS)
        if (strcmp(slots[slot]->event, event) == 0)
            return slots[slot];
    return NULL;
}

bool effects_is_dangerous_variable(const char *name)
{
    for (const char *const *pattern = places_variables; *pattern; pattern++)
        if (fnmatch(*pattern, name, 0) == 0)
            return true;
    return false;
}
