/*
 * Finds every process on the machine that has this attempt's cookie in its environment.
 *
 * The environment is as of the last exec, the process may have changed it, and a service may have
 * inherited it on purpose: the cookie is a hint to show, never a sufficient reason to kill.
 */
#ifndef HOLDFAST_COOKIE_H
#define HOLDFAST_COOKIE_H

#include "keeper.h"

#define CARRIERS_MAX 32

struct carrier {
    struct identity id;
    pid_t parent;
    char comm[COMM_ROOM];
    char state;
    char owner[CARRIER_OWNER_ROOM]; /* its cgroup */
    bool of_other; /* a process of another attempt */
};

struct carriers {
    bool searched; /* false: /proc could not be read */
    size_t count;
    uint64_t omitted;
    struct carrier list[CARRIERS_MAX];
};

/*
 * Any process on the machine can make this block without limit: see `child-work.h`. Skips the caller, its
 * parent and every pid below `lowest`.
 */
void carriers_find(const char attempt[UUID_ROOM], pid_t lowest, struct carriers *found);

#endif
