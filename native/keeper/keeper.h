/*
 * The state of one keeper: everything that it knows about its attempt.
 *
 * There are no globals; this structure is passed to each function that needs it. A keeper has one
 * thread and one poll loop (loop.c). Only the file named beside a field writes it; others read it.
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

#include "clock.h"
#include "process-state.h"

#define PROTOCOL_VERSION 1
#define UUID_ROOM 37
#define NONCE_ROOM 33
#define REASON_ROOM 33
#define CLIENTS_MAX 64
#define ALSO_MAX 8

enum phase {
    PHASE_RUNNING,
    PHASE_TERMINATING,
    PHASE_KILLING,
    PHASE_VERIFYING,
    PHASE_RECORDING,
    PHASE_ENDED,
};

struct rules {
    uint64_t grace_ms;
    uint64_t limit_ms;
    uint64_t lease_ms;
    uint64_t output_quota_bytes;
    uint64_t memory_guard_bytes;
    int stop_signal;
    bool stop_main_only;  /* the others get KILL after the grace */
    bool stop_main_first; /* the others get the first signal when it has ended, or at half of the grace */
    bool wait_for_leftovers;
    bool stop_escaped;
};

/* linux-cgroup.c */
struct cgroup {
    char *path;
    int folder_fd; /* -1: none */
    int events_fd;
    bool populated;
    bool frozen;
    char *also[ALSO_MAX];
    size_t also_count;
};

/* stop.c */
struct stop {
    bool begun;
    uint64_t begun_ms;
    uint64_t kill_at_ms;
    uint64_t grace_ms;  /* of the request that set kill_at_ms */
    bool rest_waits;    /* the first signal has reached only the main process; the others still have to get it */
    uint64_t heard;     /* the highest number of a client's request */
    bool cannot_be_prolonged; /* the machine shuts down or runs out of memory */
    unsigned rounds;
    bool outran; /* no group, and a burst of sweeps found new processes until its end */
    unsigned passes; /* of STOP, since the last KILL */
    uint64_t next_round_us;
    uint64_t last_round_us;
    uint64_t backoff_us;
    uint64_t settle_until_us;
    uint64_t last_children_us;
    uint64_t children_due_us;
    bool told_of_main;
    bool again_at_once; /* a living process was found that no KILL has reached yet */
    pid_t *killed;      /* direct children that the last sweep signalled, ascending */
    size_t killed_count;
    uint64_t left; /* the last count, where no list was made */
};

/* shared-memory.c: files in /dev/shm that appeared during the attempt */
#define SHARED_FILES_MAX 1024
#define SHARED_LISTED_MAX 64
#define SHARED_NAME_ROOM 160

enum shared_end { SHARED_REMOVED, SHARED_NAME, SHARED_HELD, SHARED_UNKNOWN, SHARED_ERROR };

struct shared_file {
    char name[SHARED_NAME_ROOM];
    uint64_t inode;
    uint64_t bytes;
    bool folder;
    bool mixed; /* a folder in which a file is not proven to belong to the attempt */
    struct shared_file *inside; /* the folder that it is in; NULL: it is in /dev/shm itself */
    bool there; /* at the last check */
    bool open_to_others;
    bool held_by_us; /* seen with a process of the attempt */
    pid_t maker;     /* a process of the attempt whose pid is in the name; 0: none, or ambiguous */
    enum shared_end why;
    int error;
};

struct shared_memory {
    struct shared_file *list;
    size_t count;
    uint64_t unexamined; /* no room for them */
    uint32_t major, minor;
};

/* pause.c */
struct pause {
    bool wanted;
    bool done;
    uint64_t since_us;
    uint64_t total_us;
    uint64_t next_round_us;
    uint64_t backoff_us;
};

/* output.c */
struct output {
    bool split;
    int fd[2];
    uint64_t punched_to[2]; /* everything below this offset is a hole */
    uint64_t punched_bytes;
    uint64_t next_check_ms;
    bool no_holes;
};

/* memory-guard.c */
struct memory_guard {
    uint64_t next_check_ms;
};

/* disk-watch.c */
struct disk_watch {
    uint64_t next_check_ms;
    bool full; /* at the last check */
    uint64_t looks; /* checks that found it full */
    uint64_t first_wall_ms;
    uint64_t last_wall_ms;
};

/* unapplied.c: requests that the machine refused, for the exit record */
struct unapplied {
    char what[32];
    int error;
};

/* exit-record.c */
struct exit_record {
    char *text;
    size_t length;
    bool durable;
    bool told;
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
    uint64_t told_hash;
    bool told_paused;
};

struct times {
    uint64_t claimed_wall_ms;
    uint64_t exec_wall_ms;
    uint64_t main_ended_wall_ms;
    uint64_t stop_wall_ms;
    uint64_t term_wall_ms;
    uint64_t kill_wall_ms;
    uint64_t empty_wall_ms;
    uint64_t exec_ms;
    uint64_t term_sent_us, kill_sent_us; /* each taken after an inspection and before the first process gets the signal */
    struct moment empty;
};

struct folder_identity {
    uint64_t device;
    uint64_t inode;
};

struct keeper {
    char attempt[UUID_ROOM];
    char nonce[NONCE_ROOM];
    char seal[NONCE_ROOM]; /* empty: none; not passed on while anything lives */
    char boot_id[UUID_ROOM];
    struct identity self;
    char *folder_path;
    int folder_fd;
    struct folder_identity folder_parent; /* the parent of the attempt folders, as it was when the attempt began */
    int log_fd;
    int signal_fd;
    struct rules rules;
    enum phase phase;
    char reason[REASON_ROOM]; /* empty: not known yet */
    bool signalled;           /* the keeper itself got SIGTERM or SIGINT */
    bool no_child;            /* the kernel returned ECHILD: no descendant lives */
    uint64_t held_zombies;    /* all that is left: zombies that a debugger has to wait for (held-zombies.h) */
    bool reap_again;
    uint64_t leftovers;
    struct rusage usage; /* of everything that was reaped, when nothing lived any more */
    struct payload main;
    struct cgroup cgroup;
    struct adopted adopted;
    struct members members;
    struct ended ended;
    struct stop stop;
    struct escaped escaped;
    struct shared_memory shared_memory;
    struct pause pause;
    struct output output;
    struct memory_guard guard;
    struct disk_watch disk;
    struct unapplied unapplied[16];
    size_t unapplied_count;
    struct exit_record record;
    struct socket socket;
    struct times times;
    char answer[128]; /* the line for the launcher, until it could be written */
    size_t answer_length;
};

void keeper_unapplied(struct keeper *k, const char *what, int error);

#endif
