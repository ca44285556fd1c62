/*
 * What keepers leave behind that are killed. The spawner is a subreaper as well: with a keeper gone
 * every descendant of it, whatever it did with its session or environment, falls to the spawner.
 */
#ifndef HOLDFAST_ORPHANS_H
#define HOLDFAST_ORPHANS_H

#include "descendants.h"
#include "keeper.h"
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
    bool wanted; /* a keeper was killed, and what it left has not been seen to be gone */
    unsigned rounds;
    unsigned passes; /* of STOP, since the last KILL */
    uint64_t last_us;
    uint64_t next_us;
    uint64_t backoff_us;
    struct orphan *ended; /* those that were reaped, for whoever asks what was ended */
    size_t count;
    size_t room;
    uint64_t omitted;
};

/* A keeper was killed: its descendants are this process's children from now on. */
void orphans_expect(struct orphans *o);
/* A child that is no keeper has ended; to be called before it is reaped. */
void orphans_ended(struct orphans *o, pid_t pid, int code, int signal_number);
/*
 * One round of signals to every child that `spared` does not name and to all below it, if it is time.
 * Returns whether there was none: with all keepers that were killed reaped before, nothing of them
 * lives.
 */
bool orphans_round(struct orphans *o, const struct spared *spared);
/* Forgets those that were ended. */
void orphans_forget(struct orphans *o);

#endif
