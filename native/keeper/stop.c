/*
 * See stop.h and "The stop procedure" in PROTOCOL.md.
 *
 * It waits for events: SIGCHLD, cgroup.events, the end of the grace. kill-rounds.c has the part after
 * KILL.
 */
#include "stop.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "ended.h"
#include "escaped.h"
#include "exit-record.h"
#include "failpoints.h"
#include "kill-rounds.h"
#include "linux-cgroup.h"
#include "linux-members.h"
#include "linux-signal.h"
#include "member-list.h"
#include "output.h"
#include "pause.h"
#include "reason.h"
#include "shared-memory.h"
#include "socket-events.h"

/* Processes killed together with the main process take a moment to end, and some kernels remove a dead
 * task from its cgroup a moment after it could be reaped. */
#define SETTLE_US 20000

static void enter(struct keeper *k, enum phase phase)
{
    k->phase = phase;
    socket_report_status(k);
}

static void finish(struct keeper *k)
{
    failpoint("empty");
    /* A frozen process can be killed, by another program or for memory. */
    pause_forget(k, PAUSE_OUTLASTED, k->times.empty);
    ended_all(k);
    free(k->rounds.killed);
    k->rounds.killed = NULL;
    k->rounds.killed_count = 0;
    k->rounds.left = 0;
    shared_memory_settle(k);
    output_settle(&k->output, &k->unapplied);
    enter(k, PHASE_RECORDING);
    exit_record_make(k);
}

/* The kernel ends a group without naming its members, and their parents may still reap each other. */
static void sample_before_kill(struct keeper *k)
{
    members_sample_before_kill(k);
    ended_reap(k);
    k->ended.may_lack = k->ended.may_lack || k->members.cut || k->members.outsiders;
    k->times.kill_sent_us = clock_us();
    k->times.kill_wall_ms = clock_wall_ms();
}

static void start_killing(struct keeper *k)
{
    /* A tree that cannot grow cannot keep the sample from finishing either. */
    cgroup_forbid_forks(&k->cgroup);
    sample_before_kill(k);
    /* Kill first: naming sixteen survivors takes longer than killing hundreds. */
    k->phase = PHASE_KILLING;
    kill_round(k);
    enter(k, PHASE_KILLING);
    ended_reap(k);
    cgroup_sample(&k->cgroup);
    if (!nothing_lives(k))
        enter(k, PHASE_VERIFYING);
}

static void terminate(struct keeper *k)
{
    bool main_only = (k->rules.stop_main_only || k->rules.stop_main_first) && k->main.alive;

    members_sample(k);
    failpoint("inspected");
    ended_reap(k);
    k->ended.may_lack = k->ended.may_lack || k->members.cut || k->members.outsiders;
    k->times.term_sent_us = clock_us();
    k->times.term_wall_ms = clock_wall_ms();
    if (main_only) {
        /* A direct child that is not reaped: the pid is its own. */
        kill(k->main.id.pid, k->rules.stop_signal);
        kill(k->main.id.pid, SIGCONT);
    } else {
        members_signal(k, k->rules.stop_signal, SIGCONT, 0);
    }
    k->stop.rest_waits = main_only && k->rules.stop_main_first;
    /* The grace begins when the processes are signalled, not when the stop was requested. */
    k->stop.begun_ms = clock_ms();
    k->stop.kill_at_ms = k->stop.begun_ms + k->stop.grace_ms;
    failpoint("term_sent");
    enter(k, PHASE_TERMINATING);
}

static uint64_t rest_at_ms(const struct keeper *k)
{
    return k->stop.begun_ms + (k->stop.kill_at_ms - k->stop.begun_ms) / 2;
}

/* The main process has had its time alone: it has ended, or the others need what is left of the grace. */
static void signal_rest(struct keeper *k)
{
    k->stop.rest_waits = false;
    members_sample(k);
    /* Many programs take a second signal as an order to leave without saving. */
    members_signal(k, k->rules.stop_signal, SIGCONT, k->main.alive ? k->main.id.pid : 0);
}

static void begin(struct keeper *k, uint64_t grace_ms)
{
    k->stop.begun = true;
    k->stop.begun_ms = clock_ms();
    k->stop.grace_ms = grace_ms;
    k->stop.kill_at_ms = k->stop.begun_ms + grace_ms;
    k->times.stop_wall_ms = clock_wall_ms();
    failpoint("stop_wanted");
    shared_memory_sample(k);
    if (grace_ms == 0) {
        pause_forget(k, PAUSE_STOPPED, clock_moment());
        start_killing(k);
    } else {
        pause_end(k, PAUSE_STOPPED);
        terminate(k);
    }
}

static void stop_want(struct keeper *k, const char *reason, uint64_t grace_ms, bool prolong)
{
    if (k->phase >= PHASE_RECORDING)
        return;
    if (strcmp(reason, REASON_OF_SIGNAL) == 0 || strcmp(reason, "memory") == 0)
        k->stop.cannot_be_prolonged = true;
    grace_ms = stop_grace(k, grace_ms);
    /* If the main process has already ended, its end is the reason, even if it has not been reaped yet. */
    ended_reap(k);
    cgroup_sample(&k->cgroup);
    if (k->main.ended)
        reason_decide(k);
    /* There is no process to stop: the record must not report a stop that did nothing. */
    if (nothing_lives(k) && !k->escaped.stopping)
        return;
    if (k->stop.begun) {
        stop_move_deadline(k, grace_ms, prolong);
        return;
    }
    if (k->reason[0] == '\0')
        strncpy(k->reason, reason, REASON_ROOM - 1);
    begin(k, grace_ms);
}

void stop_ask(struct keeper *k, const struct stop_request *request)
{
    if (request->number != 0 && request->number <= k->stop.heard)
        return;
    if (request->number != 0)
        k->stop.heard = request->number;
    stop_want(k, request->reason, request->grace_ms, request->prolong);
}

void stop_begin(struct keeper *k, const char *reason, uint64_t grace_ms)
{
    stop_want(k, reason, grace_ms, false);
}

void stop_by_signal(struct keeper *k)
{
    k->signalled = true;
    stop_begin(k, REASON_OF_SIGNAL, GRACE_OF_LAUNCH);
}

static void main_has_ended(struct keeper *k)
{
    /* The keeper itself got a signal: the stop for it comes next. */
    if (!reason_is_known(k) || strcmp(k->reason, REASON_OF_SIGNAL) == 0)
        return;
    if (k->rules.wait_for_leftovers) {
        if (!k->stop.reported_main)
            socket_report_status(k);
        k->stop.reported_main = true;
        return;
    }
    /* A process that was killed together with the main process, or is just ending, is not a leftover. */
    if (k->stop.settle_until_us == 0)
        k->stop.settle_until_us = clock_us() + SETTLE_US;
    if (clock_us() < k->stop.settle_until_us)
        return;
    members_sample(k);
    k->leftovers = members_left(&k->members);
    begin(k, k->rules.grace_ms);
}

void stop_advance(struct keeper *k)
{
    if (k->phase >= PHASE_RECORDING)
        return;
    uint64_t before = k->ended.since_stop;
    unsigned on_their_own = ended_reap(k);
    cgroup_sample(&k->cgroup);
    bool progress = k->ended.since_stop != before;

    if (!nothing_lives(k)) {
        if (k->phase == PHASE_RUNNING && k->main.ended)
            main_has_ended(k);
        else if (k->phase == PHASE_TERMINATING && clock_ms() >= k->stop.kill_at_ms)
            start_killing(k);
        else if (k->phase == PHASE_TERMINATING && k->stop.rest_waits && (!k->main.alive || clock_ms() >= rest_at_ms(k)))
            signal_rest(k);
        else if (k->phase == PHASE_VERIFYING)
            kill_verify(k, on_their_own, progress);
    }
    if (nothing_lives(k)) {
        /* The search for escaped processes is not part of the attempt's time, ending them is. */
        if (k->times.empty_wall_ms == 0 || k->escaped.stopping)
            k->times.empty_wall_ms = clock_wall_ms();
        if (k->times.empty.us == 0)
            k->times.empty = clock_moment();
        if (reason_is_known(k) && escaped_settled(k))
            finish(k);
    }
}

uint64_t stop_next_us(const struct keeper *k)
{
    if (k->escaped.stopping)
        return escaped_next_us(k);
    if (k->reaping.again || (k->phase == PHASE_VERIFYING && k->rounds.again_at_once && k->rounds.passes == 0))
        return 1;
    if (k->phase == PHASE_RUNNING && k->main.ended && k->reason[0] == '\0')
        return reason_next_us(k);
    if (k->phase == PHASE_RUNNING && k->main.ended)
        return k->rules.wait_for_leftovers ? 0 : k->stop.settle_until_us;
    if (k->phase == PHASE_TERMINATING)
        return (k->stop.rest_waits && k->stop.kill_at_ms > k->stop.begun_ms ? rest_at_ms(k) : k->stop.kill_at_ms) * 1000;
    if (k->rounds.passes > 0)
        return k->rounds.next_us;
    return k->phase == PHASE_VERIFYING ? clock_earlier(k->rounds.next_us, k->rounds.children_due_us) : 0;
}

uint64_t stop_limit_at_ms(const struct keeper *k)
{
    if (k->rules.limit_ms == 0 || k->phase != PHASE_RUNNING || k->stop.begun || k->pause.wanted)
        return 0;
    return k->times.exec_ms + k->rules.limit_ms + k->pause.past.total_us / 1000;
}
