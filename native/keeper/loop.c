/*
 * See loop.h.
 *
 * One thread, one poll. Each turn handles signals, then ended processes, then deadlines, then clients.
 * Processes come before clients, so that a main process that ended before a stop was received keeps its
 * own reason. Only poll blocks.
 */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "adopted.h"
#include "answer.h"
#include "attempt-folder.h"
#include "clock.h"
#include "disk-watch.h"
#include "escaped.h"
#include "exit-record.h"
#include "failpoints.h"
#include "memory-guard.h"
#include "output.h"
#include "pause.h"
#include "payload.h"
#include "pid-order.h"
#include "socket-events.h"
#include "socket.h"
#include "stop.h"

enum { SLOT_SIGNALS, SLOT_EVENTS, SLOT_REPORT, SLOT_ANSWER, SLOT_ESCAPED, SLOT_SOCKET, SLOTS = SLOT_SOCKET + CLIENTS_MAX + 1 };

#define ANSWER_RETRY_MS 100

static uint64_t lease_at_ms(const struct keeper *k)
{
    if (k->rules.lease_ms == 0 || k->phase != PHASE_RUNNING || k->stop.begun)
        return 0;
    return k->socket.last_heard_ms + k->rules.lease_ms;
}

static uint64_t next_us(const struct keeper *k)
{
    uint64_t next_ms = 0;

    next_ms = clock_earlier(next_ms, stop_limit_at_ms(k));
    next_ms = clock_earlier(next_ms, lease_at_ms(k));
    next_ms = clock_earlier(next_ms, memory_guard_next_ms(k));
    next_ms = clock_earlier(next_ms, socket_next_ms(k));
    next_ms = clock_earlier(next_ms, exit_record_next_ms(k));
    if (k->phase < PHASE_RECORDING)
        next_ms = clock_earlier(next_ms, clock_earlier(k->output.next_check_ms, disk_watch_next_ms(&k->disk)));
    if (k->answer.length > 0)
        next_ms = clock_earlier(next_ms, clock_ms() + ANSWER_RETRY_MS);
    uint64_t next_us = clock_earlier(stop_next_us(k), clock_earlier(pause_next_us(k), adopted_next_us(k)));
    return clock_earlier(next_ms * 1000, next_us);
}

static int wait_for_events(struct keeper *k, struct pollfd *set, size_t *sockets)
{
    uint64_t at_us = next_us(k);
    uint64_t now_us = clock_us();
    struct timespec wait;

    set[SLOT_SIGNALS] = (struct pollfd){ .fd = k->signal_fd, .events = POLLIN };
    set[SLOT_EVENTS] = (struct pollfd){ .fd = k->cgroup.events_fd, .events = POLLPRI };
    set[SLOT_REPORT] = (struct pollfd){ .fd = k->main.report_fd, .events = POLLIN };
    /* A pipe without a reader polls as an error instead of POLLOUT: flush then too. */
    set[SLOT_ANSWER] = (struct pollfd){ .fd = k->answer.length > 0 ? STDOUT_FILENO : -1, .events = POLLOUT };
    set[SLOT_ESCAPED] = (struct pollfd){ .fd = escaped_watch_fd(k), .events = POLLIN };
    *sockets = socket_poll_set(k, set + SLOT_SOCKET);
    uint64_t left_us = at_us > now_us ? at_us - now_us : 0;
    wait.tv_sec = (time_t)(left_us / 1000000);
    wait.tv_nsec = (long)(left_us % 1000000) * 1000;
    return ppoll(set, SLOT_SOCKET + *sockets, at_us == 0 ? NULL : &wait, NULL);
}

static void take_signals(struct keeper *k)
{
    struct signalfd_siginfo info;
    bool asked_to_leave = false;
    bool asked_for_socket = false;

    while (read(k->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        asked_to_leave = asked_to_leave || info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
        asked_for_socket = asked_for_socket || info.ssi_signo == SIGHUP;
    }
    if (asked_for_socket)
        socket_replace(k);
    /* The record can be stored nowhere, and this signal asks the keeper to end: nothing of the attempt lives. */
    if (asked_to_leave && k->phase == PHASE_RECORDING && attempt_folder_is_homeless(&k->folder))
        k->phase = PHASE_ENDED;
    else if (asked_to_leave)
        stop_by_signal(k);
}

static void keep_deadlines(struct keeper *k)
{
    uint64_t now_ms = clock_ms();
    uint64_t limit_ms = stop_limit_at_ms(k);
    uint64_t lease_ms = lease_at_ms(k);

    if (limit_ms != 0 && now_ms >= limit_ms)
        stop_begin(k, "time_limit", GRACE_OF_LAUNCH);
    if (lease_ms != 0 && now_ms >= lease_ms)
        stop_begin(k, "lease", GRACE_OF_LAUNCH);
    if (memory_guard_exceeded(k))
        stop_begin(k, "memory", GRACE_OF_LAUNCH);
    output_keep_quota(&k->output, &k->unapplied);
    if (k->phase < PHASE_RECORDING && disk_watch_advance(&k->disk, k->folder.fd))
        socket_report_status(k);
}

static void turn(struct keeper *k)
{
    struct pollfd set[SLOTS];
    size_t sockets = 0;

    if (wait_for_events(k, set, &sockets) < 0)
        sockets = 0;
    else if (set[SLOT_REPORT].fd >= 0 && set[SLOT_REPORT].revents != 0)
        payload_read_report(k);
    pid_order_note(&k->pids);
    /* Processes first, see above. */
    stop_advance(k);
    take_signals(k);
    keep_deadlines(k);
    adopted_advance(k);
    pause_advance(k);
    if (k->answer.length > 0)
        answer_flush(&k->answer);
    socket_serve(k, set + SLOT_SOCKET, sockets);
    stop_advance(k);
    exit_record_advance(k);
    socket_report_survivors(k);
}

void loop_run(struct keeper *k)
{
    while (k->phase != PHASE_ENDED)
        turn(k);
    socket_report_status(k);
    socket_report_ended(k);
    failpoint("before_leave");
    socket_remove(k);
    socket_drain(k);
}
