/*
 * See shared-memory-names.h.
 */
#include "shared-memory-names.h"

#include <stdlib.h>
#include <string.h>

#include "pid-namespaces.h"

struct name {
    const char *prefix;
    char after_pid; /* the prefix is followed by the maker's pid and this; 0: it is not */
};

static const struct name names[] = {
    { "psm_", 0 },        { "sem.mp-", 0 },  { "sem.loky-", '-' }, { "loky-", '-' },
    { "torch_", '_' },    { "nccl-", 0 },    { "vader_segment.", 0 }, { "sm_segment.", 0 },
    { "joblib_memmapping_folder_", '_' },
};

static const struct name *name_of(const char *file)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(file, names[i].prefix, strlen(names[i].prefix)) == 0)
            return &names[i];
    return NULL;
}

bool shared_name_is_known(const char *file)
{
    return name_of(file) != NULL;
}

static bool was_ours(const struct keeper *k, pid_t pid)
{
    for (size_t i = 0; i < k->ended.count; i++)
        if (k->ended.list[i].pid == pid)
            return true;
    return false;
}

/* A process of the attempt whose pid is in the name; 0: none. */
static pid_t pid_in_name(const struct keeper *k, const char *file)
{
    const struct name *name = name_of(file);
    char *end;

    if (name == NULL || name->after_pid == 0)
        return 0;
    long pid = strtol(file + strlen(name->prefix), &end, 10);
    bool ours = pid > 1 && pid < INT32_MAX && *end == name->after_pid && was_ours(k, (pid_t)pid);
    return ours ? (pid_t)pid : 0;
}

/* A number that may belong to another PID namespace proves nothing. */
void shared_makers_find(struct keeper *k)
{
    struct shared_memory *m = &k->shared_memory;
    pid_t pids[SHARED_FILES_MAX];
    bool ambiguous[SHARED_FILES_MAX];
    size_t found = 0;

    for (size_t i = 0; i < m->count; i++) {
        pids[i] = m->list[i].there && m->list[i].inside == NULL ? pid_in_name(k, m->list[i].name) : 0;
        found += pids[i] != 0;
    }
    if (found > 0)
        pid_namesakes(pids, ambiguous, m->count);
    for (size_t i = 0; i < m->count; i++)
        m->list[i].maker = found > 0 && !ambiguous[i] ? pids[i] : 0;
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].inside != NULL)
            m->list[i].maker = m->list[i].inside->maker;
}
