/*
 * See shared-memory-names.h.
 */
#include "shared-memory-names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

pid_t shared_name_pid(const char *file)
{
    const struct name *name = name_of(file);
    char *end;

    if (name == NULL || name->after_pid == 0)
        return 0;
    long pid = strtol(file + strlen(name->prefix), &end, 10);
    return pid > 1 && pid < INT32_MAX && *end == name->after_pid ? (pid_t)pid : 0;
}
