/*
 * One process as /proc and the kernel show it.
 *
 * A pid names different processes at different times. A value read here is only valid together with the
 * start time in it. A signal is only safe through a pidfd opened before the comparison, or to an own child
 * that has not been reaped, whose pid the kernel cannot reuse.
 */
#ifndef HOLDFAST_LINUX_PROCESS_H
#define HOLDFAST_LINUX_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "process-state.h"

#define PROC_PATH_ROOM 64

struct process_stat {
    pid_t pid;
    pid_t parent;
    pid_t session;
    char state;
    char comm[COMM_ROOM];
    unsigned long flags;
    unsigned long threads;
    uint64_t start;
    int status;       /* of a zombie, as from wait; -1: unknown */
    struct moment at; /* just before it was read */
};

/* /proc/PID/FILE */
void proc_path(char path[PROC_PATH_ROOM], pid_t pid, const char *file);
/* Reads at most room-1 bytes and ends them with NUL. -1 when it cannot be read. */
ssize_t file_read_small(int folder_fd, const char *path, char *to, size_t room);
bool process_stat_read(pid_t pid, struct process_stat *stat);
/* A zombie with no other thread: nothing of it runs. A process lives if only its main thread has ended. */
bool process_is_over(const struct process_stat *stat);
/*
 * Whether the end of a process may be its answer to SIGTERM: it catches the signal, ignores it, or blocks
 * it to wait for it. Also of a zombie. False where the kernel does not say.
 */
bool process_minds_sigterm(pid_t pid);
/* Was forked and has not executed a program since. */
bool process_never_executed(const struct process_stat *stat);
/*
 * Whether an empty environment proves nothing: between the old program's memory and the new program's
 * stack `environ` reads as empty, and so it does a moment too early.
 */
bool process_is_in_exec(pid_t pid);
/* Whether the number is that of a thread and not of its process: /proc shows threads too, and does not list them. */
bool process_is_other_thread(pid_t pid);
/* Where it sleeps in the kernel, "" if unknown; printable. */
void process_wchan(pid_t pid, char *to, size_t room);
void printable(char *text);

int pidfd_open_process(pid_t pid);
int pidfd_signal(int pidfd, int signal_number);
/* 0 where the kernel has no pidfs */
uint64_t pidfd_inode(int pidfd);
/* False if the process is gone. */
bool identity_read(pid_t pid, struct identity *id);
bool boot_id_read(char boot_id[UUID_ROOM]);

#endif
