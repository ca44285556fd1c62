/*
 * See ended.h.
 *
 * A zombie still shows its name and start time; both are read between waitid(WNOWAIT) and the
 * waitid that reaps. Before a stop at most half of the list is used, so that a job that leaves many
 * orphans while it runs cannot crowd out those that a stop has to kill. The list is bounded; the
 * counts are complete.
 *
 * Nothing reports when a process ended: SIGCHLD has no time, and an orphan may have been a zombie for a
 * day before it became our child. So each process has two moments, last seen alive and first seen gone.
 * They decide what counts as having ended it.
 */
#include "ended.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "clock.h"
#include "failpoints.h"
#include "follow.h"
#include "how-ended.h"
#include "linux-process.h"
#include "member-list.h"
#include "payload.h"

/* The longest that many exits at once may keep clients waiting. */
#define REAPING_US 10000
#define CLOCK_EVERY 64

static bool listable(const struct keeper *k, bool is_main)
{
    size_t max = k->stop.begun ? ENDED_LISTED_MAX : ENDED_LISTED_MAX / 2;

    /* One entry is reserved for the main process. */
    return k->ended.count < (is_main || k->main.ended ? max : max - 1);
}

static void list(struct keeper *k, const struct ended_process *process, bool is_main)
{
    struct ended *e = &k->ended;

    e->by[process->how]++;
    e->since_stop += k->stop.begun;
    if (e->count == e->room && listable(k, is_main)) {
        size_t room = e->room == 0 ? 8 : e->room * 2;
        struct ended_process *grown = realloc(e->list, room * sizeof *grown);
        if (grown != NULL) {
            e->list = grown;
            e->room = room;
        }
    }
    if (e->count < e->room && listable(k, is_main)) {
        e->list[e->count++] = *process;
    } else {
        e->omitted++;
        free(process->stuck);
    }
}

static void main_ended(struct keeper *k, const siginfo_t *info, bool never_executed)
{
    k->main.alive = false;
    k->main.ended = true;
    k->main.ended_us = clock_us();
    k->main.never_executed = never_executed;
    k->main.code = info->si_code == CLD_EXITED ? info->si_status : -1;
    k->main.signal = info->si_code == CLD_EXITED ? 0 : info->si_status;
    if (k->adopted.wanted && k->main.code == FOLLOW_UNKNOWN)
        k->main.code = -1;
    /* The `follow` process of an adopted process blocks the signal for its own purpose. */
    k->main.minds_sigterm = !k->adopted.wanted && !never_executed && process_minds_sigterm(info->si_pid);
    k->main.core = info->si_code == CLD_DUMPED;
    k->times.main_ended_wall_ms = clock_wall_ms();
    failpoint("main_ended");
}

/* What earlier samples saw of it. */
static void as_seen(struct ended_process *process, const struct member *member)
{
    process->start = member->id.start;
    process->alive = member->alive.us != 0 ? member->alive : clock_moment_of_start(member->id.start);
    if (member->over)
        process->gone = member->over_since;
    process->stuck = member->stuck;
    if (process->comm[0] == '\0')
        memcpy(process->comm, member->comm, COMM_ROOM);
}

/* Its name may have changed since the last sample; not during KILL, when hundreds of just sampled processes end. */
static bool is_to_be_read(const struct keeper *k, const struct member *member, bool is_main)
{
    if (is_main || member == NULL)
        return is_main || listable(k, false);
    return listable(k, false) && k->times.kill_sent_us == 0;
}

/*
 * It ended after a signal, and no inspection had found it: the tree forks while it is read and stopped, so
 * processes that their own parents reap may have been missed as well.
 */
static bool was_missed(const struct times *t, const struct ended_process *process)
{
    uint64_t sent_us = clock_earlier(t->term_sent_us, t->kill_sent_us);

    return sent_us != 0 && process->gone.us > sent_us;
}

/* Does not reap it. Returns whether a KILL of ours ended it. */
static bool record(struct keeper *k, const siginfo_t *info)
{
    bool by_signal = info->si_code != CLD_EXITED;
    bool is_main = info->si_pid == k->main.id.pid && !k->main.ended;
    /* It may have reported an exec error: read that first, or the error would count as an exit. */
    if (is_main && k->main.report_fd >= 0)
        payload_read_report(k);
    struct member *member = members_find(&k->members, info->si_pid);
    struct ended_process process = {
        .pid = info->si_pid,
        .code = by_signal ? -1 : info->si_status,
        .signal = by_signal ? info->si_status : 0,
        .reaped = true,
        .gone = clock_moment(),
    };
    struct process_stat stat = { 0 };

    if (is_to_be_read(k, member, is_main) && process_stat_read(info->si_pid, &stat)) {
        process.start = stat.start;
        process.alive = clock_moment_of_start(stat.start);
        memcpy(process.comm, stat.comm, COMM_ROOM);
    }
    if (member != NULL)
        as_seen(&process, member);
    /*
     * It was our child then, and there was nothing to reap: it lived. Of a traced process that says nothing:
     * its zombie cannot be reaped before its tracer has waited for it.
     */
    bool traced = member != NULL && member->state == 't';
    bool was_child = !traced && (is_main || (member != NULL && member->parent == k->self.pid && !member->over));
    if (was_child && k->ended.nothing_to_reap.us > process.alive.us)
        process.alive = k->ended.nothing_to_reap;
    process.how = how_ended(&k->times, k->rules.stop_signal, &process);
    if (member == NULL && !is_main && was_missed(&k->times, &process))
        k->ended.may_lack = true;
    bool never_executed = is_main && (process_never_executed(&stat) || k->main.exec_error_stage != NULL);
    if (is_main && k->adopted.wanted) {
        /* Our own `follow`: the process that it followed is recorded as a member. */
    } else if (never_executed) {
        /* A payload that never became the user's program is counted but not listed. */
        k->ended.by[process.how]++;
        k->ended.since_stop += k->stop.begun;
    } else {
        list(k, &process, is_main);
    }
    if (is_main)
        main_ended(k, info, never_executed);
    if (member != NULL)
        members_drop(member);
    return process.how == ENDED_KILL && process.signal == SIGKILL;
}

/* The main process first, by its pid: its end decides the reason, even if other processes ended before it. */
static void reap_main(struct keeper *k)
{
    siginfo_t info = { 0 };
    id_t pid = (id_t)k->main.id.pid;

    if (k->main.ended || waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 || info.si_pid == 0)
        return;
    (void)record(k, &info);
    waitid(P_PID, pid, &info, WEXITED | WNOHANG | __WALL);
}

unsigned ended_reap(struct keeper *k)
{
    unsigned on_their_own = 0;
    uint64_t until_us = clock_us() + REAPING_US;

    k->reaping.again = false;
    reap_main(k);
    for (unsigned reaped = 1;; reaped++) {
        siginfo_t info = { 0 };
        struct moment before = clock_moment();
        /* The list is full, so reap at once: a job that forks faster than we reap fills the pid table. */
        int peek_first = listable(k, false) ? WNOWAIT : 0;
        /* __WALL: also a child that was cloned with another exit signal than SIGCHLD */
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | peek_first | __WALL) != 0) {
            k->reaping.no_child = errno == ECHILD;
            return on_their_own;
        }
        if (info.si_pid == 0) {
            k->ended.nothing_to_reap = before;
            return on_their_own;
        }
        on_their_own += !record(k, &info);
        if (peek_first != 0)
            waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG | __WALL);
        if (reaped % CLOCK_EVERY == 0 && clock_us() > until_us) {
            k->reaping.again = true;
            return on_their_own;
        }
    }
}

void ended_unseen(struct keeper *k, const struct member *member)
{
    struct ended_process process = {
        .pid = member->id.pid,
        .code = member->status >= 0 && WIFEXITED(member->status) ? WEXITSTATUS(member->status) : -1,
        .signal = member->status >= 0 && WIFSIGNALED(member->status) ? WTERMSIG(member->status) : 0,
        /* When nothing lives, nothing ends any more: this moment holds however late the end is noticed. */
        .gone = k->times.empty.us != 0 ? k->times.empty : clock_moment(),
    };

    if (member->helper)
        return;
    as_seen(&process, member);
    process.how = how_ended(&k->times, k->rules.stop_signal, &process);
    list(k, &process, false);
}

void ended_all(struct keeper *k)
{
    for (size_t i = 0; i < k->members.count; i++)
        if (!k->members.list[i].reaped)
            ended_unseen(k, &k->members.list[i]);
    free(k->members.list);
    k->members = (struct members){ 0 };
}
