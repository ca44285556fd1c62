/*
 * Signals all living descendants of this process in one pass.
 *
 * A tree that forks as fast as it is killed replaces its losses: each KILL makes room below its process
 * limit. A stopped process forks nothing and keeps its place. So the whole tree is stopped in passes
 * until a pass finds no running process, and only then killed.
 */
#ifndef HOLDFAST_DESCENDANTS_H
#define HOLDFAST_DESCENDANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Children of this process that are left alone, with all below them; NULL: none. */
struct spared {
    bool (*is)(pid_t pid, const void *context);
    const void *context;
};

struct pass {
    size_t living; /* children of this process that live, or may; 0 proves that nothing lives below it */
    size_t moving; /* of everything below: not stopped yet, as far as a signal can stop it */
};

/*
 * Sends KILL, or STOP to those that do not stand still. Each signal reaches the process that was found or
 * none: an unreaped child of this process directly, any other through a pidfd opened before its parent
 * was compared. Must not be called while another part of this process reaps.
 */
struct pass descendants_signal(const struct spared *spared, int signal_number);

#endif
