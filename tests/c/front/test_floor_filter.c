/* The filter of the floor: what it says of each system call there is, and of those that there are
 * not yet. Its program is run here, on calls that nobody makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "kernel/front/floor_call.h"

#ifdef __x86_64__
enum { HERE = AUDIT_ARCH_X86_64, ELSEWHERE = AUDIT_ARCH_I386 };
#else
enum { HERE = AUDIT_ARCH_AARCH64, ELSEWHERE = AUDIT_ARCH_ARM };
#endif

static struct sock_fprog *program;

static int make(void **state)
{
    (void)state;
    program = floor_filter_new();
    return program ? 0 : -1;
}

static int drop(void **state)
{
    (void)state;
    free(program->filter);
    free(program);
    return 0;
}

static bool jumps(const struct sock_filter *line, uint32_t value)
{
    switch (BPF_OP(line->code)) {
    case BPF_JEQ:
        return value == line->k;
    case BPF_JGT:
        return value > line->k;
    case BPF_JGE:
        return value >= line->k;
    case BPF_JSET:
        return value & line->k;
    default:
        fail_msg("a jump that is not known: %x", line->code);
        return false;
    }
}

/* What the system would do with the call: one of SECCOMP_RET_*. */
static uint32_t answer(const struct seccomp_data *data)
{
    uint32_t value = 0;

    for (const struct sock_filter *line = program->filter;; line++) {
        assert_true(line < program->filter + program->len);
        switch (line->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            memcpy(&value, (const char *)data + line->k, sizeof value);
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            value &= line->k;
            break;
        case BPF_JMP | BPF_JA:
            line += line->k;
            break;
        case BPF_RET | BPF_K:
            return line->k;
        default:
            assert_int_equal(BPF_CLASS(line->code), BPF_JMP);
            line += jumps(line, value) ? line->jt : line->jf;
        }
    }
}

static uint32_t answer_to(long number, unsigned argument, uint64_t value)
{
    struct seccomp_data data = {.nr = (int)number, .arch = HERE};

    data.args[argument] = value;
    return answer(&data);
}

static const uint32_t asked = SECCOMP_RET_USER_NOTIF, passes = SECCOMP_RET_ALLOW,
                      refused = SECCOMP_RET_ERRNO | EPERM, missing = SECCOMP_RET_ERRNO | ENOSYS;

/* One that the system gets later could do anything; callers fall back, as on an older system. */
static void test_what_nobody_knows_yet_is_not_there(void **state)
{
    (void)state;
    for (int number = 472; number < 600; number++)
        assert_int_equal(answer_to(number, 0, 0), missing);
    assert_int_equal(answer_to(437, 0, 0), missing);
}

static void test_other_machines_calls_are_refused(void **state)
{
    struct seccomp_data data = {.arch = ELSEWHERE};

    (void)state;
    for (data.nr = 0; data.nr < 600; data.nr++)
        assert_int_equal(answer(&data), refused);
#ifdef __x86_64__
    for (int number = 0; number < 600; number++) /* x32 */
        assert_int_equal(answer_to(0x40000000 | number, 0, 0), refused);
#endif
}

static void test_every_row_is_asked_about(void **state)
{
    (void)state;
    for (size_t i = 0; i < floor_row_count; i++) {
        const struct floor_row *row = &floor_rows[i];
        uint64_t value = row->when == FLOOR_WRITES   ? O_WRONLY
                         : row->when == FLOOR_IS     ? row->value
                         : row->when == FLOOR_IS_NOT ? row->value + 1
                                                     : 0;
        assert_int_equal(answer_to(row->number, row->argument, value), asked);
    }
}

/* The system looks at the lower half of a number; a caller may put anything in the other. */
static void test_what_stands_in_the_upper_half_makes_no_difference(void **state)
{
    uint64_t upper = 1ull << 32;

    (void)state;
    assert_int_equal(answer_to(SYS_openat, 2, upper | O_WRONLY), asked);
    assert_int_equal(answer_to(SYS_fcntl, 1, upper | F_SETOWN), asked);
    assert_int_equal(answer_to(SYS_ioctl, 1, upper | 0x8901), asked);
    assert_int_equal(answer_to(SYS_ioctl, 1, upper | 0x5412), refused);
    assert_int_equal(answer_to(SYS_syslog, 0, upper | 5), refused);
    assert_int_equal(answer_to(SYS_shmat, 2, upper), asked);
    assert_int_equal(answer_to(SYS_sendmsg, 2, upper), asked);
}

static void test_what_only_reads_is_not_asked_about(void **state)
{
    (void)state;
    assert_int_equal(answer_to(SYS_openat, 2, O_RDONLY | O_CLOEXEC | O_DIRECTORY), passes);
    assert_int_equal(answer_to(SYS_read, 0, 3), passes);
    assert_int_equal(answer_to(SYS_write, 0, 3), passes);
    assert_int_equal(answer_to(SYS_futex, 0, 0), passes);
    assert_int_equal(answer_to(SYS_mmap, 0, 0), passes);
    assert_int_equal(answer_to(SYS_clone, 0, 0), passes);
    assert_int_equal(answer_to(SYS_fcntl, 1, F_SETFL), passes);
    assert_int_equal(answer_to(SYS_ioctl, 1, 0x5401), passes);
    assert_int_equal(answer_to(SYS_syslog, 0, 3), passes);
    assert_int_equal(answer_to(SYS_shmat, 2, SHM_RDONLY), passes);
    assert_int_equal(answer_to(SYS_prlimit64, 0, 0), passes);
    assert_int_equal(answer_to(SYS_sendto, 4, 0), passes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_nobody_knows_yet_is_not_there),
        cmocka_unit_test(test_other_machines_calls_are_refused),
        cmocka_unit_test(test_every_row_is_asked_about),
        cmocka_unit_test(test_what_stands_in_the_upper_half_makes_no_difference),
        cmocka_unit_test(test_what_only_reads_is_not_asked_about),
    };

    return cmocka_run_group_tests_name("floor_filter", tests, make, drop);
}
