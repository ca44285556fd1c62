/*
 * How a keeper sets itself up on Linux: it reaps its whole tree, is hard to kill by accident, and
 * shows a name that reveals nothing about the payload.
 */
#ifndef HOLDFAST_LINUX_SELF_H
#define HOLDFAST_LINUX_SELF_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Every descendant whose parent ends becomes our child. 0 or an errno. */
int linux_become_subreaper(void);
/*
 * Where the kernel shares the processors among sessions (autogroup), a nice value counts only within its
 * own. Ours comes first, if we lead it and may.
 */
void linux_favour_session(void);
/* No core dump and no ptrace by the payload's user; a lower OOM score if we may. */
void linux_protect_self(void);
/* The inode number of our PID namespace, to which every pid in our records belongs; 0: not known. */
uint64_t linux_pid_namespace(void);
/* 0 or an errno */
int linux_oom_score_adj(pid_t pid, int value);
/*
 * All signals at their defaults, none blocked, as for a program that a login shell starts; except those
 * in `ignored` (bit 0 is signal 1), which the submitter ignored, as under nohup.
 */
void linux_signals_to_default(uint64_t ignored);
/*
 * Every signal except those: a keeper must not end by a signal that has no meaning to it. The kernel
 * still ends a process for its own fault.
 */
void linux_signals_ignore(const sigset_t *but);
/* Closes everything from `first` on. */
void linux_close_from(int first);
/* Remembers where argv and environ are. Call first, before any pointer into them is kept. */
void linux_title_room(int argc, char **argv);
/*
 * Shows `title` as the command line and wipes the environment that we were started with, so that
 * neither a secret nor the cookie of another attempt can be read from /proc/PID.
 */
void linux_title_set(const char *title);

#endif
