/*
 * What a keeper knows of processes: its payload, the members, how they ended, which escaped.
 *
 * A part of struct keeper (keeper.h), with its conventions: units, 0 for what has not happened, and
 * each structure belongs to the file named beside it.
 */
#ifndef HOLDFAST_PROCESS_STATE_H
#define HOLDFAST_PROCESS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "clock.h"

#define UUID_ROOM 37
#define COMM_ROOM 16
#define CARRIER_OWNER_ROOM 192
#define WCHAN_ROOM 64
#define FROZEN_ROOM 256

/* What identifies a process. inode is 0 where there is no pidfs. */
struct identity {
    pid_t pid;
    uint64_t start;
    uint64_t inode;
};

/* payload.c */
struct payload {
    struct identity id;
    int gate_fd;   /* writing one byte opens the gate; closing it makes the payload exit */
    int report_fd; /* the payload's exec failure; end of file is a successful exec */
    bool alive;
    bool executed;
    bool ended; /* reaped */
    uint64_t ended_us;
    bool never_executed;
    int code;   /* -1: none */
    int signal; /* 0: none */
    bool core;
    bool minds_sigterm; /* its exit may be its answer to SIGTERM */
    const char *exec_error_stage;
    int exec_errno;
};

/* pid-order.c: which pids were given out since just before the payload was forked */
struct pid_order {
    int file;           /* /proc/loadavg; -1: not open */
    bool known;
    pid_t before;       /* the newest pid before the fork */
    pid_t newest;       /* at the last reading */
    uint64_t began_us;
    uint64_t read_us;   /* just before the last reading */
    uint64_t given_out; /* after `before`, at the last reading */
    uint64_t largest;   /* all pids are smaller */
};

/* adopted.c */
struct adopted {
    bool wanted;
    bool seen; /* its root has been in a sample: from then on it is a member */
    struct identity root;
    uint64_t next_sample_us;
};

/* stuck.c: where a process that survived KILL was last seen to hang */
struct stuck {
    char state;
    char wchan[WCHAN_ROOM];
    char frozen[FROZEN_ROOM]; /* its frozen cgroup; empty: none */
};

/* linux-members.c: processes that were alive at the last sample, sorted by pid */
struct member {
    struct identity id;
    pid_t parent;
    char comm[COMM_ROOM];
    char state;
    bool over;       /* a zombie with no living thread */
    bool reaped;     /* by the keeper, since the last sample */
    bool descendant; /* below the keeper; otherwise only a member of the cgroup, or adopted */
    bool adopted;    /* the adopted process, or once seen below it */
    bool helper;     /* our own `follow`: a member for the proof, not a process of the job */
    bool asked;      /* got the first signal */
    bool killed;     /* was there when KILL was sent */
    bool denied;
    unsigned long threads;
    struct moment alive; /* last seen alive; us 0: never, it was a zombie at the first sample */
    struct moment over_since; /* first seen as a zombie */
    int status;          /* of a zombie; -1: unknown */
    struct stuck *stuck;
};

struct members {
    struct member *list;
    size_t count;
    size_t room;
    uint64_t sampled_at_us;
    bool cut;       /* the last sample ran out of time */
    bool outsiders; /* some are not descendants: moved into the group */
};

/* ended.c: how the processes ended */
enum how { ENDED_SELF, ENDED_TERM, ENDED_KILL, ENDED_UNKNOWN, ENDED_HOWS };

struct ended_process {
    pid_t pid;
    uint64_t start;
    char comm[COMM_ROOM];
    enum how how;
    int code;   /* -1: unknown */
    int signal; /* 0: none or unknown */
    bool reaped; /* by the keeper */
    struct moment alive; /* last seen; us 0: never */
    struct moment gone;  /* first seen as ended */
    struct stuck *stuck;
};

struct ended {
    struct ended_process *list;
    size_t count;
    size_t room;
    uint64_t omitted;
    uint64_t by[ENDED_HOWS];
    uint64_t since_stop;
    struct moment nothing_to_reap; /* each child that the keeper had then was alive */
    bool may_lack; /* processes that a stop ended and that no sample saw */
};

/* escaped.c: processes that have the attempt's cookie and are not members */
enum escape_end { ESCAPE_LEFT, ESCAPE_DENIED, ESCAPE_TERM, ESCAPE_KILL };

struct escapee {
    struct identity id;
    pid_t parent;
    char comm[COMM_ROOM];
    char state;
    char owner[CARRIER_OWNER_ROOM];
    bool of_other; /* never signalled: its own keeper stops it */
    int pidfd; /* -1: not watched (any more) */
    enum escape_end end;
};

struct escaped {
    struct escapee *list;
    size_t count;
    size_t watched; /* how many have not ended yet */
    uint64_t omitted;
    uint64_t forgotten; /* ended, and dropped from the list */
    bool searched;
    bool unknown; /* the machine could not be searched */
    bool stopping;
    bool settled;
    unsigned rounds;
    uint64_t next_us;
    uint64_t backoff_us;
};

#endif
