/* The supervisor: however the worker ends, the cell is told how, another one starts, and nothing is
 * left behind. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/c/front/kernel_front.h"

static void start_worker(void)
{
    char error[1024] = "";

    front->options.worker = FAKE_WORKER;
    if (!supervisor_start(front, error, sizeof error))
        fail_msg("%s", error);
    supervisor_watch(front);
}

static void assert_no_zombie(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* A cell that runs `code` is told that `why`; the next one runs, in another process. */
static void assert_survives(const char *code, const char *why)
{
    pid_t before = front->supervisor.pid;

    forget_heard();
    execute(code, true);
    run_until(1, "execute_reply");
    assert_false(front->done);
    const json_t *reply = last_heard("execute_reply"), *error = last_heard("error");
    assert_string_equal(text_of(reply, "status"), "error");
    assert_string_equal(text_of(reply, "ename"), "WorkerDied");
    if (!strstr(text_of(reply, "evalue"), why) || !strstr(text_of(error, "evalue"), why))
        fail_msg("%s: \"%s\", \"%s\"", code, text_of(reply, "evalue"), text_of(error, "evalue"));
    assert_log_says("the Python process ");
    assert_int_equal(kill(before, 0), -1); /* reaped */
    assert_int_equal(errno, ESRCH);
    forget_heard();
    execute("ok", true);
    run_until(1, "execute_reply");
    assert_string_equal(text_of(last_heard("execute_reply"), "status"), "ok");
    assert_int_not_equal(front->supervisor.pid, before);
}

static int end_all(void **state)
{
    end_front(state);
    assert_no_zombie();
    return 0;
}

static void test_an_exit_is_told_with_its_status(void **state)
{
    (void)state;
    start_worker();
    assert_survives("exit 0", "ended with status 0;");
    assert_survives("exit 3", "ended with status 3;");
    assert_survives("exit 255", "ended with status 255;");
}

static void test_a_signal_is_told_by_its_name(void **state)
{
    static const struct {
        int number;
        const char *name;
    } rows[] = {{SIGSEGV, " (SIGSEGV);"}, {SIGABRT, " (SIGABRT);"}, {SIGKILL, " (SIGKILL);"},
                {SIGTERM, " (SIGTERM);"}, {SIGBUS, " (SIGBUS);"},   {SIGFPE, " (SIGFPE);"},
                {SIGINT, " (SIGINT);"},   {40, "by signal 40;"}}; /* that one has no name */

    (void)state;
    start_worker();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char code[32];
        snprintf(code, sizeof code, "signal %d", rows[i].number);
        assert_survives(code, rows[i].name);
    }
}

/* It stays, but nothing can be said to it any more: it is ended. */
static void test_a_worker_that_breaks_the_hop_is_ended(void **state)
{
    static const char *const codes[] = {"close", "garbage nonsense", "unknown 77", "unknown 1"};

    (void)state;
    start_worker();
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        assert_survives(codes[i], "SIGKILL");
}

static void test_a_worker_that_ends_inside_a_frame(void **state)
{
    (void)state;
    start_worker();
    assert_survives("half 7", "status 4");
    assert_survives("half 40", "status 4");
}

static void test_nonsense_in_the_ring_ends_the_worker(void **state)
{
    (void)state;
    start_worker();
    execute("ring 99999999999", true);
    execute("ok", true); /* of the next one, or failed with this one */
    run_until(2, "execute_reply");
    forget_heard();
    assert_log_says("SIGKILL");
    execute("ok", true);
    run_until(1, "execute_reply");
    assert_string_equal(text_of(last_heard("execute_reply"), "status"), "ok");
}

static void test_what_was_printed_before_the_end_is_shown(void **state)
{
    (void)state;
    start_worker();
    assert_survives("exit 1", "status 1"); /* another ring from here on */
    forget_heard();
    execute("print last words", true);
    run_until(1, "execute_reply");
    assert_string_equal(text_of(last_heard("stream"), "text"), "last words");
    assert_string_equal(text_of(last_heard("stream"), "name"), "stdout");
    size_t stream = 0, error = 0;
    for (size_t i = 0; i < heard_count; i++) {
        stream = strcmp(heard[i].msg_type, "stream") == 0 ? i : stream;
        error = strcmp(heard[i].msg_type, "error") == 0 ? i : error;
    }
    assert_true(stream < error);
}

static void test_children_end_with_the_worker(void **state)
{
    (void)state;
    start_worker();
    execute("child", true);
    run_until(1, "execute_reply");
    pid_t child = (pid_t)atoi(text_of(last_heard("stream"), "text"));
    assert_true(child > 1);
    bool there = true;
    for (int i = 0; i < 1000 && there;
         i++) { /* another process reaps it: a zombie counts as ended */
        char path[64], text[256] = "";
        snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
        FILE *file = fopen(path, "r");
        there = file && fgets(text, sizeof text, file) && !strstr(text, ") Z");
        if (file)
            fclose(file);
        usleep(there ? 1000 : 0);
    }
    assert_false(there);
}

static void test_what_was_queued_goes_to_the_next_worker(void **state)
{
    (void)state;
    start_worker();
    execute("exit 1", false);
    execute("first", false);
    execute("second", false);
    run_until(3, "execute_reply");
    assert_int_equal(heard_of("error"), 1);
    assert_string_equal(text_of(last_heard("execute_reply"), "status"), "ok");
}

static void test_what_was_queued_is_aborted_after_the_error(void **state)
{
    (void)state;
    start_worker();
    execute("close", true);
    execute("not run", true);
    run_until(2, "execute_reply");
    assert_string_equal(text_of(last_heard("execute_reply"), "status"), "aborted");
}

/* The kernel has no pidfd: a timer asks instead. */
static void test_without_a_pidfd(void **state)
{
    char error[1024] = "";

    (void)state;
    front->options.worker = FAKE_WORKER;
    assert_true(supervisor_start(front, error, sizeof error));
    close(front->supervisor.pid_fd);
    front->supervisor.pid_fd = -1;
    supervisor_watch(front);
    assert_survives("signal 11", "SIGSEGV");
}

static void test_a_stopped_worker_is_ended_at_once(void **state)
{
    (void)state;
    start_worker();
    execute("ok", true);
    run_until(1, "execute_reply");
    assert_int_equal(kill(front->supervisor.pid, SIGSTOP), 0);
    int64_t start = zclock_mono();
    supervisor_end(front);
    assert_true(zclock_mono() - start < 1000);
    assert_int_equal(front->supervisor.pid, 0);
    assert_int_equal(front->supervisor.hop_fd, -1);
    assert_no_zombie();
}

static void test_a_worker_that_cannot_start_ends_the_front(void **state)
{
    (void)state;
    assert_int_equal(setenv("FAKE_WORKER_EXITS", "9", 1), 0);
    start_worker();
    execute("never", true);
    run_until(SIZE_MAX, "nothing");
    assert_int_equal(unsetenv("FAKE_WORKER_EXITS"), 0);
    assert_true(front->done);
    assert_int_equal(front->exit_status, 1);
    assert_log_says("ended with status 9");
    assert_log_says("Python cannot be started");
}

static void test_a_program_that_is_not_there_is_named(void **state)
{
    char error[1024] = "";

    (void)state;
    front->options.worker = "/nonexistent/worker";
    assert_false(supervisor_start(front, error, sizeof error));
    assert_non_null(strstr(error, "/nonexistent/worker"));
    assert_int_equal(front->supervisor.pid, 0);
    assert_null(front->supervisor.ring);
}

#define SUPERVISED(test) cmocka_unit_test_setup_teardown(test, make_front, end_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPERVISED(test_an_exit_is_told_with_its_status),
        SUPERVISED(test_a_signal_is_told_by_its_name),
        SUPERVISED(test_a_worker_that_breaks_the_hop_is_ended),
        SUPERVISED(test_a_worker_that_ends_inside_a_frame),
        SUPERVISED(test_nonsense_in_the_ring_ends_the_worker),
        SUPERVISED(test_what_was_printed_before_the_end_is_shown),
        SUPERVISED(test_children_end_with_the_worker),
        SUPERVISED(test_what_was_queued_goes_to_the_next_worker),
        SUPERVISED(test_what_was_queued_is_aborted_after_the_error),
        SUPERVISED(test_without_a_pidfd),
        SUPERVISED(test_a_stopped_worker_is_ended_at_once),
        SUPERVISED(test_a_worker_that_cannot_start_ends_the_front),
        SUPERVISED(test_a_program_that_is_not_there_is_named),
    };

    alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
