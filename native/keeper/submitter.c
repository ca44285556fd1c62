/* See submitter.h. */
#include "submitter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "limit-values.h"
#include "linux-process.h"
#include "numbers.h"

/* The kernel accepts no string above 128 KiB in an environment; the other values need less than 2 KiB. */
#define LINE_MAX_BYTES (120u * 1024)
#define ENVIRONMENT_MAX (8u * 1024 * 1024)
#define CPUS_MAX 8192

extern char **environ;

static char line_bytes[LINE_MAX_BYTES + 1];

static void add_signed(struct text *t, const char *key, int value)
{
    text_add(t, key);
    text_add(t, value < 0 ? "-" : "");
    text_add_number(t, (uint64_t)(value < 0 ? -value : value));
}

static void add_umask(struct text *t)
{
    mode_t mask = umask(0);
    char octal[] = "umask=0000";

    for (int digit = 0; digit < 3; digit++)
        octal[9 - digit] = (char)('0' + (mask >> (3 * digit) & 7));
    text_add(t, octal);
}

static void add_ignored_signals(struct text *t)
{
    const char *before = " ignored=";

    for (long number = 1; number <= 64; number++) {
        /* The kernel's own structure, with the handler first; libc hides 32 and 33. */
        unsigned long action[8] = { 0 };
        if (syscall(SYS_rt_sigaction, number, NULL, action, 8L) != 0 || action[0] != 1)
            continue;
        text_add(t, before);
        text_add_number(t, (uint64_t)number);
        before = ",";
    }
}

static void add_cpus(struct text *t)
{
    char storage[CPUS_MAX / 8] __attribute__((aligned(sizeof(long)))) = { 0 };
    cpu_set_t *set = (cpu_set_t *)(void *)storage;
    const char *before = " cpus=";

    if (sched_getaffinity(0, sizeof storage, set) != 0)
        return;
    for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++) {
        unsigned last = cpu;
        if (!CPU_ISSET_S(cpu, sizeof storage, set))
            continue;
        while (last + 1 < CPUS_MAX && CPU_ISSET_S(last + 1, sizeof storage, set))
            last++;
        text_add(t, before);
        text_add_number(t, cpu);
        if (last > cpu) {
            text_add(t, "-");
            text_add_number(t, last);
        }
        before = ",";
        cpu = last;
    }
}

static void add_amount(struct text *t, const char *before, rlim_t amount)
{
    text_add(t, before);
    if (amount == RLIM_INFINITY)
        text_add(t, "unlimited");
    else
        text_add_number(t, (uint64_t)amount);
}

static void add_rlimits(struct text *t)
{
    const char *name;
    int resource;

    for (size_t i = 0; (name = rlimit_name(i, &resource)) != NULL; i++) {
        struct rlimit limit;
        if (prlimit(0, (enum __rlimit_resource)resource, NULL, &limit) != 0)
            continue;
        text_add(t, " rlimit=");
        text_add(t, name);
        add_amount(t, ":", limit.rlim_cur);
        add_amount(t, ":", limit.rlim_max);
    }
}

static void add_oom_score(struct text *t)
{
    char digits[NUMBER_ROOM] = "";
    int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, digits, sizeof digits - 1);

    if (fd >= 0)
        close(fd);
    if (got <= 1)
        return;
    digits[got - 1] = '\0';
    text_add(t, " oom_score_adj=");
    text_add(t, digits);
}

/* Printable ASCII except %; anything else as %XX, so that a line stays a line of fields. */
static void add_encoded(struct text *t, const char *bytes, char until)
{
    static const char digits[] = "0123456789ABCDEF";

    for (; *bytes != '\0' && *bytes != until; bytes++) {
        unsigned char byte = (unsigned char)*bytes;
        char piece[4] = { (char)byte, '\0', '\0', '\0' };
        if (byte <= ' ' || byte >= 0x7f || byte == '%') {
            piece[0] = '%';
            piece[1] = digits[byte >> 4];
            piece[2] = digits[byte & 15];
        }
        text_add(t, piece);
    }
}

/* A variable that does not fit is named, so that the submission can be refused instead of losing it. */
static void add_variable(struct text *t, const char *variable)
{
    struct text before = *t;

    text_add(t, " env=");
    add_encoded(t, variable, '\0');
    if (!t->full)
        return;
    *t = before;
    t->at[t->length] = '\0';
    text_add(t, " left_out=");
    add_encoded(t, variable, '=');
}

static bool same_name(const char *one, const char *other)
{
    size_t length = strcspn(one, "=");

    return strncmp(one, other, length) == 0 && other[length] == '=';
}

/* Our environment came through the shell; `original` did not. Finds what the shell changed, dropped and added. */
static void add_difference(struct text *t, const char *original, size_t length)
{
    const char *end = original + length;

    for (const char *at = original; at < end; at += strlen(at) + 1) {
        char **ours = environ;
        while (*ours != NULL && strcmp(*ours, at) != 0)
            ours++;
        if (*ours == NULL && at[0] != '=' && strchr(at, '=') != NULL)
            add_variable(t, at);
    }
    for (char **ours = environ; *ours != NULL; ours++) {
        const char *at = original;
        while (at < end && !same_name(*ours, at))
            at += strlen(at) + 1;
        if (at < end)
            continue;
        text_add(t, " added=");
        add_encoded(t, *ours, '=');
    }
}

static void add_environment(struct text *t, const char *shell)
{
    char path[PROC_PATH_ROOM];
    uint64_t pid;
    size_t used = 0;
    ssize_t got = 0;

    if (!number_parse(shell, INT32_MAX, &pid))
        return;
    proc_path(path, (pid_t)pid, "environ");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *original = fd < 0 ? NULL : calloc(1, ENVIRONMENT_MAX + 1);
    while (original != NULL && used < ENVIRONMENT_MAX &&
           (got = read(fd, original + used, ENVIRONMENT_MAX - used)) > 0)
        used += (size_t)got;
    if (fd >= 0)
        close(fd);
    if (original != NULL && got >= 0)
        add_difference(t, original, used);
    free(original);
}

int submitter_command(const char *shell)
{
    struct text t;

    text_start(&t, line_bytes, LINE_MAX_BYTES);
    add_umask(&t);
    errno = 0;
    int nice_value = getpriority(PRIO_PROCESS, 0);
    if (errno == 0)
        add_signed(&t, " nice=", nice_value);
    add_oom_score(&t);
    add_cpus(&t);
    add_ignored_signals(&t);
    add_rlimits(&t);
    add_environment(&t, shell);
    line_bytes[t.length] = '\n';
    return write(STDOUT_FILENO, line_bytes, t.length + 1) == (ssize_t)(t.length + 1) ? 0 : 1;
}
