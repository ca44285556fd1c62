/*
 * The state of one keeper: everything that it knows about its attempt.
 *
 * There are no globals; this structure is passed to each function that needs it, and a part of it to
 * those that need no more. A keeper has one thread and one poll loop (loop.c). A part belongs to the
 * files named beside it, or to the header that defines it; other files only read it.
 *
 * Units: `_ms` and `_us` are durations or instants of the monotonic clock; `_wall_ms` is UTC
 * since 1970; 0 in an instant means "has not happened".
 */
#ifndef HOLDFAST_KEEPER_H
#define HOLDFAST_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "answer.h"
#include "attempt-folder.h"
#include "clock.h"
#include "disk-watch.h"
#include "linux-cgroup.h"
#include "output.h"
#include "pauses.h"
#include "process-state.h"
#include "rules.h"
#include "shared-memory-list.h"
#include "times.h"
#include "unapplied.h"

#define PROTOCOL_VERSION 1
#define NONCE_ROOM 33
#define REASON_ROOM 33
#define CLIENTS_MAX 64

enum phase {
    PHASE_RUNNING,
    PHASE_TERMINATING,
    PHASE_KILLING,
    PHASE_VERIFYING,
    PHASE_RECORDING,
    PHASE_ENDED,
};

/* stop.c, stop-request.c: what was asked, and until when */
struct stop {
    bool begun;
    uint64_t begun_ms;
    uint64_t kill_at_ms;
    uint64_t grace_ms;  /* of the request that set kill_at_ms */
    bool rest_waits;    /* the first signal has reached only the main process; the others still have to get it */
    uint64_t heard;     /* the highest number of a client's request */
    bool cannot_be_prolonged; /* the machine shuts down or runs out of memory */
    uint64_t settle_until_us;
    bool reported_main;
};

/* kill-rounds.c, sweep.c: the rounds of KILL */
struct kill_rounds {
    unsigned count;
    bool outran; /* no group, and a burst of sweeps found new processes until its end */
    unsigned passes; /* of STOP, since the last KILL */
    uint64_t next_us;
    uint64_t last_us;
    uint64_t backoff_us;
    uint64_t last_children_us;
    uint64_t children_due_us;
    bool again_at_once; /* a living process was found that no KILL has reached yet */
    pid_t *killed;      /* direct children that the last sweep signalled, ascending */
    size_t killed_count;
    uint64_t left; /* the last count, where no list was made */
};

/* ended.c, kill-rounds.c: what the kernel said when it was asked for ended children */
struct reaping {
    bool no_child;         /* ECHILD: no descendant lives */
    bool again;            /* there are more */
    uint64_t held_zombies; /* all that is left: zombies that a debugger has to wait for (held-zombies.h) */
};

/* pause.c */
struct pause {
    bool wanted;
    bool done;
    uint64_t next_round_us;
    uint64_t backoff_us;
    struct pauses past; /* and the present one */
};

/* memory-guard.c */
struct memory_guard {
    uint64_t next_check_ms;
};

/* exit-record.c */
struct exit_record {
    char *text;
    size_t length;
    bool durable;
    bool reported;
    unsigned tries;
    uint64_t next_try_ms;
    uint64_t backoff_ms;
    /* 0: the folder is there */
    uint64_t homeless_since_ms;
};

/* socket.c */
struct client;

struct socket {
    int listen_fd;
    uint64_t inode;
    struct client *clients[CLIENTS_MAX];
    size_t subscribers;
    uint64_t last_heard_ms;
    uint64_t next_survivors_ms;
    uint64_t deaf_until_ms; /* no descriptor or memory for another client */
    uint64_t reported_hash;
    bool reported_paused;
};

struct keeper {
    char attempt[UUID_ROOM];
    char nonce[NONCE_ROOM];
    char seal[NONCE_ROOM]; /* empty: none; not passed on while anything lives */
    char boot_id[UUID_ROOM];
    struct identity self;
    struct attempt_folder folder;
    int signal_fd;
    struct rules rules;
    enum phase phase;
    char reason[REASON_ROOM]; /* empty: not known yet */
    bool signalled;           /* the keeper itself got SIGTERM or SIGINT */
    uint64_t leftovers;
    struct rusage usage; /* of everything that was reaped, when nothing lived any more */
    struct payload main;
    struct pid_order pids;
    struct cgroup cgroup;
    struct adopted adopted;
    struct members members;
    struct ended ended;
    struct reaping reaping;
    struct stop stop;
    struct kill_rounds rounds;
    struct escaped escaped;
    struct shared_memory shared_memory;
    struct pause pause;
    struct output output;
    struct memory_guard guard;
    struct disk_watch disk;
    struct unapplied unapplied;
    struct exit_record record;
    struct socket socket;
    struct times times;
    struct answer answer;
};

#endif
