/*
 * Who carries this attempt's cookie in its environment, in the whole machine.
 *
 * The environment is as of the last exec, the process may have changed it, and a service may have
 * inherited it on purpose: carrying the cookie is a hint to show, never by itself a reason to kill.
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
};

struct carriers {
    bool looked; /* false: /proc could not be read */
    size_t count;
    uint64_t omitted;
    struct carrier list[CARRIERS_MAX];
};

/*
 * May block as long as any process of the machine wishes: see aside.h. Neither the caller nor its parent
 * is looked at, nor who has a pid below `lowest`.
 */
void carriers_find(const char attempt[UUID_ROOM], pid_t lowest, struct carriers *found);

#endif
