/* Reads systemd's sets of system calls and loads them as a filter of seccomp(2). */
#include "security/syscall_filter.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/text.h"
#include "support/cmocka_headers.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no filter for this architecture"
#endif

/* libseccomp comes with systemd and knows the names. */
static long number_of_name(struct text name)
{
    static int (*resolve)(const char *);
    char string[64];
    if (resolve == NULL) {
        void *library = dlopen("libseccomp.so.2", RTLD_NOW);
        assert_non_null(library);
        void *found = dlsym(library, "seccomp_syscall_resolve_name");
        assert_non_null(found);
        memcpy(&resolve, &found, sizeof(resolve));
    }
    snprintf(string, sizeof(string), "%.*s", TEXT_ARGUMENTS(name));
    return resolve(string);
}

bool syscall_is_listed(const struct syscall_list *list, long number)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->numbers[i] == number) {
            return true;
        }
    }
    return false;
}

/* Negative numbers are calls of other architectures. */
static void set_call(struct syscall_list *list, struct text name, bool allowed)
{
    long number = number_of_name(name);
    if (number < 0 || syscall_is_listed(list, number) == allowed) {
        return;
    }
    if (allowed) {
        assert_true(list->count < MAXIMUM_SYSCALLS);
        list->numbers[list->count++] = number;
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (list->numbers[i] == number) {
            list->numbers[i] = list->numbers[--list->count];
            return;
        }
    }
}

/* The lines below the one that is the set's name. */
static struct text lines_of_set(const char *sets, struct text name)
{
    struct text rest = text_of(sets);
    while (rest.data != NULL) {
        if (text_equal(text_cut(&rest, '\n'), name)) {
            return rest;
        }
    }
    fail_msg("systemd knows no %.*s", TEXT_ARGUMENTS(name));
    return NO_TEXT;
}

static void set_entry(struct syscall_list *list, const char *sets, struct text name, bool allowed, int depth)
{
    assert_true(depth < 8);
    if (name.length == 0 || name.data[0] != '@') {
        set_call(list, name, allowed);
        return;
    }
    struct text lines = lines_of_set(sets, name);
    while (lines.length > 0 && lines.data[0] == ' ') {
        struct text entry = text_trim(text_cut(&lines, '\n'));
        if (entry.length > 0 && entry.data[0] != '#') {
            set_entry(list, sets, entry, allowed, depth + 1);
        }
    }
}

struct syscall_list syscalls_of_unit(const char *unit, const char *sets)
{
    struct syscall_list list = {.count = 0};
    struct text rest = text_of(unit);
    bool found = false;
    set_entry(&list, sets, TEXT("@default"), true, 0);
    while (rest.data != NULL) {
        struct text line = text_cut(&rest, '\n');
        if (!text_equal_string(text_cut(&line, '='), "SystemCallFilter")) {
            continue;
        }
        bool allowed = line.length == 0 || line.data[0] != '~';
        line = text_part(line, allowed ? 0 : 1, line.length);
        while (line.data != NULL) {
            set_entry(&list, sets, text_cut(&line, ' '), allowed, 0);
        }
        found = true;
    }
    assert_true(found);
    return list;
}

#define NUMBER   ((unsigned)offsetof(struct seccomp_data, nr))
#define MACHINE  ((unsigned)offsetof(struct seccomp_data, arch))
#define WORD(n)  ((unsigned)(offsetof(struct seccomp_data, args) + (n) * sizeof(unsigned long long)))
#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (at))
#define ALLOW    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
/* Skips so many steps where the loaded word is, or is not, the value. */
#define UNLESS(value, steps) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(value), 0, (steps))
#define IF(value, steps)     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(value), (steps), 0)

static const struct sock_filter beginning[] = {
    LOAD(MACHINE),
    IF(ARCHITECTURE, 1),
    REFUSE,
    LOAD(NUMBER),
    /* Sockets. */
    UNLESS(SYS_socket, 6),
    LOAD(WORD(0)),
    IF(AF_UNIX, 3),
    IF(AF_INET, 2),
    IF(AF_INET6, 1),
    REFUSE,
    LOAD(NUMBER),
    /* Memory that is made executable, or is writable beside. */
    UNLESS(SYS_mprotect, 3),
    LOAD(WORD(2)),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
    REFUSE,
    LOAD(NUMBER),
    UNLESS(SYS_mmap, 5),
    LOAD(WORD(2)),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, PROT_EXEC | PROT_WRITE),
    UNLESS(PROT_EXEC | PROT_WRITE, 1),
    REFUSE,
    LOAD(NUMBER),
};
#define BEGINNING (sizeof(beginning) / sizeof(beginning[0]))

bool syscalls_restrict(const struct syscall_list *list)
{
    struct sock_filter steps[BEGINNING + 2 * MAXIMUM_SYSCALLS + 1];
    size_t count = BEGINNING;
    memcpy(steps, beginning, sizeof(beginning));
    for (size_t i = 0; i < list->count; i++) {
        steps[count++] = (struct sock_filter)UNLESS(list->numbers[i], 1);
        steps[count++] = (struct sock_filter)ALLOW;
    }
    steps[count++] = (struct sock_filter)REFUSE;
    const struct sock_fprog program = {.len = (unsigned short)count, .filter = steps};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}
