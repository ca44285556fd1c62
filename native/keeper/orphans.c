/*
 * See orphans.h.
 *
 * The first round kills, which ends most trees. A tree that has replaced its losses by the next round
 * is stopped before it is killed (descendants.h).
 */
#include "orphans.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define BACKOFF_FIRST_US 1000
#define BACKOFF_MAX_US 1000000
/* A process needs processor time to handle STOP before it stands still. */
#define PASS_EVERY_US 5000
/* After this a process that still runs cannot be stopped: it waits for a disk, or another process continues it. */
#define PASSES_MAX 100
#define LATE_ROUND 8
#define LATE_PASSES_MAX 3
/* While children end, so that many of them are reaped rather than counted. */
#define PROGRESS_US 1000

void orphans_expect(struct orphans *o)
{
    if (o->wanted) {
        o->next_us = o->last_us + PROGRESS_US;
        return;
    }
    o->wanted = true;
    o->rounds = o->passes = 0;
    o->last_us = o->next_us = 0;
    o->backoff_us = BACKOFF_FIRST_US;
}

void orphans_ended(struct orphans *o, pid_t pid, int code, int signal_number)
{
    struct process_stat stat;

    o->next_us = clock_earlier(o->next_us, o->last_us + PROGRESS_US);
    if (o->count == o->room && o->room < ORPHANS_LISTED_MAX) {
        size_t room = o->room == 0 ? 16 : o->room * 2;
        struct orphan *grown = realloc(o->ended, room * sizeof *grown);
        if (grown != NULL) {
            o->ended = grown;
            o->room = room;
        }
    }
    if (o->count == o->room || !process_stat_read(pid, &stat)) {
        o->omitted++;
        return;
    }
    struct orphan *one = &o->ended[o->count++];
    *one = (struct orphan){ .pid = pid, .start = stat.start, .code = code, .signal = signal_number };
    memcpy(one->comm, stat.comm, COMM_ROOM);
}

/* Whether KILL is next: nothing runs any more, or the tree cannot be stopped. */
static bool stands_still(struct orphans *o, const struct pass *pass)
{
    unsigned max = o->rounds < LATE_ROUND ? PASSES_MAX : LATE_PASSES_MAX;

    if (o->rounds == 0 || pass->moving == 0 || ++o->passes >= max)
        return true;
    o->next_us = o->last_us + PASS_EVERY_US;
    return false;
}

bool orphans_round(struct orphans *o, const struct spared *spared)
{
    if (clock_us() < o->next_us)
        return false;
    struct pass pass = descendants_signal(spared, o->rounds == 0 ? SIGKILL : SIGSTOP);
    o->last_us = clock_us();
    if (pass.living == 0) {
        o->wanted = false;
        return true;
    }
    if (!stands_still(o, &pass))
        return false;
    if (o->rounds++ > 0)
        (void)descendants_signal(spared, SIGKILL);
    o->passes = 0;
    o->last_us = clock_us();
    o->next_us = o->last_us + o->backoff_us;
    o->backoff_us = o->backoff_us * 2 > BACKOFF_MAX_US ? BACKOFF_MAX_US : o->backoff_us * 2;
    return false;
}

void orphans_forget(struct orphans *o)
{
    free(o->ended);
    o->ended = NULL;
    o->count = o->room = 0;
    o->omitted = 0;
}
