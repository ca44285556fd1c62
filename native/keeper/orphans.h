/*
 * Ends the processes that killed keepers leave behind. The spawner is a subreaper as well: when a keeper
 * ends, every descendant of it becomes the spawner's, whatever it did with its session or environment.
 */
#ifndef HOLDFAST_ORPHANS_H
#define HOLDFAST_ORPHANS_H

#include "descendants.h"
#include "linux-process.h"

#define ORPHANS_LISTED_MAX 1024

struct orphan {
    pid_t pid;
    uint64_t start;
    char comm[COMM_ROOM];
    int code;   /* -1: ended by a signal */
    int signal; /* 0: exited */
};

struct orphans {
    bool wanted; /* a keeper was killed, and the end of its processes has not been seen yet */
    unsigned rounds;
    unsigned passes; /* of STOP, since the last KILL */
    uint64_t last_us;
    uint64_t next_us;
    uint64_t backoff_us;
    struct orphan *ended; /* the reaped processes, for the `cleared` answers */
    size_t count;
    size_t room;
    uint64_t omitted;
};

/* Call when a keeper was killed: its descendants are this process's children from now on. */
void orphans_expect(struct orphans *o);
/* A child that is not a keeper has ended. Call before it is reaped. */
void orphans_ended(struct orphans *o, pid_t pid, int code, int signal_number);
/*
 * If it is time, sends one round of signals to every child that `spared` does not name and to all below.
 * Returns whether there was none: nothing of the killed keepers lives then, provided that all of them were
 * reaped before.
 */
bool orphans_round(struct orphans *o, const struct spared *spared);
/* Forgets those that were ended. */
void orphans_forget(struct orphans *o);

#endif
