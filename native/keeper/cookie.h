/*
 * Finds every process on the machine that has this attempt's cookie in its environment.
 *
 * The environment is as of the last exec, the process may have changed it, and a service may have
 * inherited it on purpose: the cookie is a hint to show, never a sufficient reason to kill.
 */
#ifndef HOLDFAST_COOKIE_H
#define HOLDFAST_COOKIE_H

#include "keeper.h"
#include "pid-order.h"

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
 * Any process on the machine can make this block without limit: see `child-work.h`. Skips the caller and
 * its parent, and every process whose pid is not in `span`; NULL: searches all.
 */
void carriers_find(const char attempt[UUID_ROOM], const struct pid_span *span, struct carriers *found);

#endif
