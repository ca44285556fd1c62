/*
 * See kill-rounds.h.
 *
 * A timer repeats a round of KILL only when no process has ended for a while, and is postponed while
 * processes keep ending: a second sweep over 500 ending processes only takes processor time from them.
 */
#include "kill-rounds.h"

#include "adopted.h"
#include "clock.h"
#include "ended.h"
#include "failpoints.h"
#include "held-zombies.h"
#include "linux-cgroup.h"
#include "stuck.h"
#include "sweep.h"

#define BACKOFF_FIRST_US 1000
#define BACKOFF_MAX_US 1000000
/* A tree that forks as fast as it is killed is scanned repeatedly, but clients are served in between. */
#define BURST_US 50000
/* How long processes that keep ending may postpone the next full round. */
#define PROGRESS_MAX_US 50000
/* While processes end, new children are swept at most this often. */
#define CHILDREN_EVERY_US 500
/* From this round on, also descendants whose parents do not end. */
#define DEEP_FROM_ROUND 3
/* About half a second after KILL: from here on a zombie that only a debugger can reap counts as ended. */
#define HELD_FROM_ROUND 10

bool nothing_lives(struct keeper *k)
{
    return (k->reaping.no_child || k->reaping.held_zombies > 0) && !k->cgroup.populated && !adopted_lives(k);
}

/* Sweeps, in a bounded burst, while each sweep finds a new process. */
static void chase_children(struct keeper *k, bool again)
{
    uint64_t until_us = clock_us() + BURST_US;
    size_t fresh;

    k->rounds.last_children_us = clock_us();
    k->rounds.children_due_us = 0;
    do {
        fresh = sweep_children(k, again);
        again = false;
        ended_reap(k);
    } while (fresh > 0 && !k->reaping.no_child && clock_us() < until_us);
    k->rounds.again_at_once = fresh > 0 && !k->reaping.no_child;
    k->rounds.outran = k->rounds.outran || (k->rounds.again_at_once && k->cgroup.folder_fd < 0);
}

void kill_round(struct keeper *k)
{
    /* A tree that forks faster than KILL, or that is deep, gets STOP before KILL. */
    if (!k->reaping.no_child && (k->rounds.outran || k->rounds.count + 1 >= DEEP_FROM_ROUND) && !sweep_stops(k))
        return;
    bool first = k->rounds.count++ == 0;
    bool group = k->cgroup.folder_fd >= 0;

    if (group && (first || k->cgroup.populated)) {
        cgroup_kill(&k->cgroup, first);
        sweep_group(k);
    }
    /* The kernel has just killed the whole group: processes outside it are searched for in the next round. */
    if (!group || !first)
        chase_children(k, true);
    /* Adopted processes are not our children: only the list of members reaches them. */
    if (k->adopted.wanted || ((k->rounds.outran || k->rounds.count >= DEEP_FROM_ROUND) && !nothing_lives(k)))
        sweep_all(k);
    k->rounds.outran = false;
    stuck_note(k);
    /* A debugger that waits for its processes at all has done so by now. */
    if (k->rounds.count >= HELD_FROM_ROUND && !k->reaping.no_child)
        k->reaping.held_zombies = held_zombies(k->self.pid);
    failpoint("kill_sent");
    k->rounds.last_us = clock_us();
    k->rounds.backoff_us = first ? BACKOFF_FIRST_US : k->rounds.backoff_us * 2;
    if (k->rounds.backoff_us > BACKOFF_MAX_US)
        k->rounds.backoff_us = BACKOFF_MAX_US;
    k->rounds.next_us = k->rounds.last_us + k->rounds.backoff_us;
}

/*
 * A process ended during the kill. Its children are ours now and must not wait for the timer. In a group
 * that still has members the kernel has killed all of them, and a sweep would only cost time.
 */
static void after_reaping(struct keeper *k, unsigned on_their_own)
{
    uint64_t now_us = clock_us();
    uint64_t put_off_us = now_us + k->rounds.backoff_us;

    if (k->cgroup.folder_fd < 0 || !k->cgroup.populated) {
        k->rounds.again_at_once = k->rounds.again_at_once || on_their_own > 0;
        k->rounds.children_due_us = clock_earlier(k->rounds.children_due_us, k->rounds.last_children_us + CHILDREN_EVERY_US);
    }
    if (put_off_us > k->rounds.next_us && put_off_us < k->rounds.last_us + PROGRESS_MAX_US)
        k->rounds.next_us = put_off_us;
}

void kill_verify(struct keeper *k, unsigned on_their_own, bool progress)
{
    /* A KILL now would let the processes that are not stopped yet fork again. */
    if (progress && k->rounds.passes == 0)
        after_reaping(k, on_their_own);
    if (k->rounds.passes > 0 || k->rounds.outran) {
        if (k->rounds.passes == 0 || clock_us() >= k->rounds.next_us)
            kill_round(k);
    } else if (k->rounds.again_at_once || (k->rounds.children_due_us != 0 && clock_us() >= k->rounds.children_due_us)) {
        chase_children(k, false);
    } else if (clock_us() >= k->rounds.next_us) {
        kill_round(k);
    }
    cgroup_sample(&k->cgroup);
}
