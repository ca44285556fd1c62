/* The keepers of a spawner that have not ended, or whose orphans have not. */
#ifndef HOLDFAST_SPAWNED_H
#define HOLDFAST_SPAWNED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "process-state.h"

struct spawned_keeper {
    pid_t pid;
    bool killed; /* reaped; the processes that it left behind are being ended */
    char attempt[UUID_ROOM];
};

struct spawned {
    struct spawned_keeper *list;
    size_t count;
    size_t room;
};

/* Room for one more, before the fork: a keeper that is not recorded would count as an orphan. False: no memory. */
bool spawned_room(struct spawned *s);
void spawned_add(struct spawned *s, pid_t pid, const char *attempt);
/* The keeper with that pid, unless it was killed. NULL: there is none. */
struct spawned_keeper *spawned_find(const struct spawned *s, pid_t pid);
/* The last of the list takes its place. */
void spawned_forget(struct spawned *s, struct spawned_keeper *keeper);
void spawned_free(struct spawned *s);

#endif
