/* See payload-limits.h. Linux: prlimit and the affinity call take the pid of another process. */
#include "payload-limits.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#include "launch-message.h"
#include "limit-values.h"
#include "linux-self.h"
#include "numbers.h"

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
    unapplied_add(&k->unapplied, what, error);
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
            unapplied_add(&k->unapplied, "cpus", errno);
    }
    if (m->has_nice && setpriority(PRIO_PROCESS, (id_t)pid, m->nice) != 0)
        unapplied_add(&k->unapplied, "nice", errno);
    int error = linux_oom_score_adj(pid, m->oom_score_adj);
    if (error != 0)
        unapplied_add(&k->unapplied, "oom_score_adj", error);
}
