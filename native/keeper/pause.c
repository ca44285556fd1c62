/*
 * See pause.h.
 *
 * In a cgroup the kernel freezes all processes, new children included. Without a cgroup SIGSTOP is sent
 * in rounds, for processes forked between two samples, until a sample finds no process running. The
 * payload can notice and undo SIGSTOP, but not a frozen cgroup.
 */
#include "pause.h"

#include <signal.h>

#include "clock.h"
#include "linux-cgroup.h"
#include "linux-members.h"
#include "linux-signal.h"
#include "standing.h"

#define BACKOFF_FIRST_US 1000
#define BACKOFF_MAX_US 100000

bool pause_round(struct keeper *k)
{
    bool any_runs = false;

    members_sample(k);
    for (size_t i = 0; i < k->members.count; i++) {
        struct member *member = &k->members.list[i];
        if (member->over || process_stands_still(member->id.pid, member->state))
            continue;
        any_runs = true;
        (void)member_signal(k, member, SIGSTOP);
    }
    return !any_runs;
}

bool pause_begin(struct keeper *k)
{
    if (k->phase != PHASE_RUNNING || k->stop.begun || !k->main.executed)
        return false;
    if (k->pause.wanted)
        return true;
    struct moment now = clock_moment();
    k->pause.wanted = true;
    pauses_begin(&k->pause.past, now);
    k->pause.backoff_us = BACKOFF_FIRST_US;
    k->pause.next_round_us = now.us;
    cgroup_freeze(&k->cgroup, true);
    pause_advance(k);
    return true;
}

void pause_forget(struct keeper *k, enum pause_end end, struct moment at)
{
    if (!k->pause.wanted)
        return;
    k->pause.wanted = k->pause.done = false;
    pauses_end(&k->pause.past, end, at);
}

void pause_end(struct keeper *k, enum pause_end end)
{
    if (!k->pause.wanted)
        return;
    pause_forget(k, end, clock_moment());
    if (k->cgroup.folder_fd >= 0) {
        cgroup_freeze(&k->cgroup, false);
        return;
    }
    members_sample(k);
    for (size_t i = 0; i < k->members.count; i++)
        if (!k->members.list[i].over)
            (void)member_signal(k, &k->members.list[i], SIGCONT);
}

void pause_advance(struct keeper *k)
{
    if (!k->pause.wanted || k->pause.done)
        return;
    /* cgroup.events wakes us; a timed check as well, so that a missed event is only a delay. */
    if (k->cgroup.folder_fd >= 0) {
        cgroup_sample(&k->cgroup);
        k->pause.done = k->cgroup.frozen;
    } else if (clock_us() >= k->pause.next_round_us) {
        k->pause.done = pause_round(k);
    }
    if (k->pause.done)
        pauses_frozen(&k->pause.past, clock_wall_ms());
    if (clock_us() < k->pause.next_round_us)
        return;
    k->pause.next_round_us = clock_us() + k->pause.backoff_us;
    k->pause.backoff_us = k->pause.backoff_us * 2 > BACKOFF_MAX_US ? BACKOFF_MAX_US : k->pause.backoff_us * 2;
}

uint64_t pause_next_us(const struct keeper *k)
{
    return k->pause.wanted && !k->pause.done ? k->pause.next_round_us : 0;
}
