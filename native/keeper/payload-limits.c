/* See payload-limits.h. Linux: prlimit and the affinity call take the pid of another process. */
#include "payload-limits.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#include "launch-message.h"
#include "linux-self.h"
#include "numbers.h"

#define CPUS_MAX 8192

static const struct {
    const char *name;
    int resource;
} resources[] = {
    { "as", RLIMIT_AS },           { "core", RLIMIT_CORE },       { "cpu", RLIMIT_CPU },
    { "data", RLIMIT_DATA },       { "fsize", RLIMIT_FSIZE },     { "memlock", RLIMIT_MEMLOCK },
    { "nofile", RLIMIT_NOFILE },   { "nproc", RLIMIT_NPROC },     { "rss", RLIMIT_RSS },
    { "stack", RLIMIT_STACK },     { "msgqueue", RLIMIT_MSGQUEUE }, { "sigpending", RLIMIT_SIGPENDING },
    { "nice", RLIMIT_NICE },       { "rtprio", RLIMIT_RTPRIO },   { "rttime", RLIMIT_RTTIME },
};

const char *rlimit_name(size_t index, int *resource)
{
    if (index >= sizeof resources / sizeof resources[0])
        return NULL;
    *resource = resources[index].resource;
    return resources[index].name;
}

static bool amount_parse(const char *text, size_t length, rlim_t *amount)
{
    char copy[NUMBER_ROOM];
    uint64_t number;

    if (length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (strcmp(copy, "unlimited") == 0) {
        *amount = RLIM_INFINITY;
        return true;
    }
    if (!number_parse(copy, UINT64_MAX - 1, &number))
        return false;
    *amount = (rlim_t)number;
    return true;
}

static bool rlimit_parse(const char *text, int *resource, struct rlimit *limit)
{
    const char *equals = strchr(text, '=');
    const char *colon = equals == NULL ? NULL : strchr(equals, ':');

    if (colon == NULL)
        return false;
    for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
        size_t length = strlen(resources[i].name);
        if ((size_t)(equals - text) != length || memcmp(text, resources[i].name, length) != 0)
            continue;
        *resource = resources[i].resource;
        return amount_parse(equals + 1, (size_t)(colon - equals - 1), &limit->rlim_cur) &&
               amount_parse(colon + 1, strlen(colon + 1), &limit->rlim_max) &&
               limit->rlim_cur <= limit->rlim_max;
    }
    return false;
}

bool rlimit_valid(const char *text)
{
    int resource;
    struct rlimit limit;

    return rlimit_parse(text, &resource, &limit);
}

static const char *cpu_parse(const char *at, unsigned *cpu)
{
    unsigned number = 0;
    const char *digits = at;

    for (; *at >= '0' && *at <= '9' && number < CPUS_MAX; at++)
        number = number * 10 + (unsigned)(*at - '0');
    *cpu = number;
    return at == digits || number >= CPUS_MAX ? NULL : at;
}

/* set may be NULL to check only */
static bool cpu_list_parse(const char *at, cpu_set_t *set)
{
    for (;;) {
        unsigned first, last;
        at = cpu_parse(at, &first);
        if (at == NULL)
            return false;
        last = first;
        if (*at == '-') {
            at = cpu_parse(at + 1, &last);
            if (at == NULL || last < first)
                return false;
        }
        for (unsigned cpu = first; set != NULL && cpu <= last; cpu++)
            CPU_SET_S(cpu, CPU_ALLOC_SIZE(CPUS_MAX), set);
        if (*at == '\0')
            return true;
        if (*at++ != ',')
            return false;
    }
}

bool cpu_list_valid(const char *text)
{
    return cpu_list_parse(text, NULL);
}

/* Only root may raise a hard limit; the highest allowed value is closer to the request than no change. */
static void apply_below_hard_limit(pid_t pid, int resource, const struct rlimit *wanted)
{
    struct rlimit limit;

    if (prlimit(pid, (enum __rlimit_resource)resource, NULL, &limit) != 0)
        return;
    if (wanted->rlim_max < limit.rlim_max)
        limit.rlim_max = wanted->rlim_max;
    limit.rlim_cur = wanted->rlim_cur < limit.rlim_max ? wanted->rlim_cur : limit.rlim_max;
    (void)prlimit(pid, (enum __rlimit_resource)resource, &limit, NULL);
}

static void apply_rlimit(struct keeper *k, const char *text)
{
    int resource;
    struct rlimit limit;
    char what[32];
    struct text t;

    if (!rlimit_parse(text, &resource, &limit))
        return;
    if (prlimit(k->main.id.pid, (enum __rlimit_resource)resource, &limit, NULL) == 0)
        return;
    int error = errno;
    if (error == EPERM)
        apply_below_hard_limit(k->main.id.pid, resource, &limit);
    text_start(&t, what, sizeof what);
    text_add(&t, "rlimit ");
    text_add(&t, text);
    *strchrnul(what, '=') = '\0';
    keeper_unapplied(k, what, error);
}

void payload_limits_apply(struct keeper *k, const struct launch_message *m)
{
    pid_t pid = k->main.id.pid;

    for (const char **limit = m->rlimits; *limit != NULL; limit++)
        apply_rlimit(k, *limit);
    if (m->cpus != NULL) {
        char storage[CPUS_MAX / 8] __attribute__((aligned(sizeof(long)))) = { 0 };
        cpu_set_t *set = (cpu_set_t *)(void *)storage;
        cpu_list_parse(m->cpus, set);
        if (sched_setaffinity(pid, sizeof storage, set) != 0)
            keeper_unapplied(k, "cpus", errno);
    }
    if (m->has_nice && setpriority(PRIO_PROCESS, (id_t)pid, m->nice) != 0)
        keeper_unapplied(k, "nice", errno);
    int error = linux_oom_score_adj(pid, m->oom_score_adj);
    if (error != 0)
        keeper_unapplied(k, "oom_score_adj", error);
}
