/* See limit-values.h. */
#include "limit-values.h"

#include <string.h>

#include "numbers.h"

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

bool rlimit_parse(const char *text, int *resource, struct rlimit *limit)
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

static const char *cpu_parse(const char *at, unsigned *cpu)
{
    unsigned number = 0;
    const char *digits = at;

    for (; *at >= '0' && *at <= '9' && number < CPUS_MAX; at++)
        number = number * 10 + (unsigned)(*at - '0');
    *cpu = number;
    return at == digits || number >= CPUS_MAX ? NULL : at;
}

bool cpu_list_parse(const char *at, cpu_set_t *set)
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
