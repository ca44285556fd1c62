/*
 * See escaped.h.
 *
 * A signal goes through a pidfd that was opened before its process was compared with the process whose
 * cookie was read. After each of them has ended the machine is searched again: it may have passed on
 * its environment. Only a pidfd proves an end.
 */
#include "escaped.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "failpoints.h"
#include "find-carriers.h"
#include "linux-process.h"
#include "socket-events.h"

#define BACKOFF_FIRST_US 1000
/* Processes that keep passing on their environment must fill neither memory nor the record. */
#define LISTED_MAX 256
#define BACKOFF_MAX_US 1000000

static const char *const end_names[] = { "left", "denied", "term", "kill" };

static bool known(const struct escaped *e, const struct identity *id)
{
    for (size_t i = 0; i < e->count; i++)
        if (e->list[i].id.pid == id->pid && e->list[i].id.start == id->start && e->list[i].id.inode == id->inode)
            return true;
    return false;
}

static void add(struct escaped *e, const struct carrier *carrier)
{
    struct escapee *grown = realloc(e->list, (e->count + 1) * sizeof *grown);

    if (grown == NULL) {
        e->omitted++;
        return;
    }
    e->list = grown;
    struct escapee *one = &e->list[e->count++];
    *one = (struct escapee){ .id = carrier->id, .parent = carrier->parent, .state = carrier->state,
                             .of_other = carrier->of_other, .pidfd = -1 };
    memcpy(one->comm, carrier->comm, COMM_ROOM);
    memcpy(one->owner, carrier->owner, CARRIER_OWNER_ROOM);
}

/* None of them is watched: each has ended or was left running. */
static void forget_the_first(struct escaped *e)
{
    if (e->count < LISTED_MAX)
        return;
    e->forgotten += e->count - LISTED_MAX / 2;
    memmove(e->list, e->list + e->count - LISTED_MAX / 2, LISTED_MAX / 2 * sizeof *e->list);
    e->count = LISTED_MAX / 2;
}

/* How many were found that are not yet in the list. */
static size_t search(struct keeper *k)
{
    struct escaped *e = &k->escaped;
    struct carriers *found = malloc(sizeof *found);

    forget_the_first(e);
    size_t before = e->count;
    bool whole = failpoint_error("carriers") == 0 && found != NULL && carriers_ask(k, found);
    e->unknown = !whole;
    /* Counted by the last search: those that the search before it omitted may be listed by now. */
    e->omitted = whole ? found->omitted : e->omitted;
    for (size_t i = 0; whole && i < found->count; i++)
        if (!known(e, &found->list[i].id))
            add(e, &found->list[i]);
    free(found);
    return e->count - before;
}

/* Watches it from now on; false when that process has ended or no pidfd can be opened. */
static bool watch(struct escaped *e, struct escapee *one)
{
    struct process_stat stat;

    one->pidfd = pidfd_open_process(one->id.pid);
    if (one->pidfd < 0) {
        one->end = errno == ESRCH ? ESCAPE_TERM : ESCAPE_DENIED;
        return false;
    }
    if (!process_stat_read(one->id.pid, &stat) || stat.start != one->id.start ||
        pidfd_inode(one->pidfd) != one->id.inode) {
        close(one->pidfd);
        one->pidfd = -1;
        one->end = ESCAPE_TERM;
        return false;
    }
    e->watched++;
    return true;
}

static void give_up(struct escaped *e, struct escapee *one, enum escape_end end)
{
    one->end = end;
    close(one->pidfd);
    one->pidfd = -1;
    e->watched--;
}

static void signal_one(struct escaped *e, struct escapee *one, int number)
{
    int error = pidfd_signal(one->pidfd, number);

    if (error == EPERM)
        give_up(e, one, ESCAPE_DENIED);
    else if (number == SIGKILL && error == 0)
        one->end = ESCAPE_KILL;
}

static void signal_all(struct keeper *k, int first, int second)
{
    struct escaped *e = &k->escaped;

    for (size_t i = 0; i < e->count; i++) {
        if (e->list[i].pidfd >= 0)
            signal_one(e, &e->list[i], first);
        if (e->list[i].pidfd >= 0 && second != 0)
            signal_one(e, &e->list[i], second);
    }
}

static void take_ends(struct escaped *e)
{
    for (size_t i = 0; i < e->count; i++) {
        struct escapee *one = &e->list[i];
        struct pollfd ended = { .fd = one->pidfd, .events = POLLIN };
        if (one->pidfd >= 0 && poll(&ended, 1, 0) == 1)
            give_up(e, one, one->end == ESCAPE_KILL ? ESCAPE_KILL : ESCAPE_TERM);
    }
}

static void enter(struct keeper *k, enum phase phase)
{
    if (k->phase == phase)
        return;
    k->phase = phase;
    socket_report_status(k);
}

static void start_stopping(struct keeper *k)
{
    uint64_t grace_ms = k->stop.begun ? k->stop.grace_ms : k->rules.grace_ms;

    k->escaped.stopping = true;
    k->escaped.backoff_us = BACKOFF_FIRST_US;
    if (!k->stop.begun) {
        k->stop.begun = true;
        k->stop.begun_ms = clock_ms();
        k->stop.grace_ms = grace_ms;
        k->times.stop_wall_ms = clock_wall_ms();
    }
    /* They have had no signal yet, so they get their own grace. */
    k->stop.kill_at_ms = clock_ms() + grace_ms;
}

/* Whether a search found any that is to be stopped. */
static bool any_to_stop(const struct keeper *k, size_t from)
{
    const struct escaped *e = &k->escaped;

    for (size_t i = from; k->rules.stop_escaped && i < e->count; i++)
        if (!e->list[i].of_other)
            return true;
    return false;
}

/* Signals the processes that a search has just found. */
static void ask(struct keeper *k, size_t from)
{
    for (size_t i = from; i < k->escaped.count; i++)
        if (!k->escaped.list[i].of_other)
            (void)watch(&k->escaped, &k->escaped.list[i]);
    if (clock_ms() >= k->stop.kill_at_ms)
        return;
    if (k->times.term_wall_ms == 0)
        k->times.term_wall_ms = clock_wall_ms();
    enter(k, PHASE_TERMINATING);
    signal_all(k, k->rules.stop_signal, SIGCONT);
}

static void kill_late(struct keeper *k)
{
    struct escaped *e = &k->escaped;

    if (clock_ms() < k->stop.kill_at_ms || e->watched == 0 || clock_us() < e->next_us)
        return;
    if (k->times.kill_wall_ms == 0)
        k->times.kill_wall_ms = clock_wall_ms();
    signal_all(k, SIGKILL, 0);
    enter(k, PHASE_VERIFYING);
    e->backoff_us = e->backoff_us * 2 > BACKOFF_MAX_US ? BACKOFF_MAX_US : e->backoff_us * 2;
    e->next_us = clock_us() + e->backoff_us;
}

bool escaped_settled(struct keeper *k)
{
    struct escaped *e = &k->escaped;

    if (e->settled)
        return true;
    take_ends(e);
    if (e->watched == 0 && clock_us() >= e->next_us) {
        if (!e->searched)
            getrusage(RUSAGE_CHILDREN, &k->usage);
        e->searched = true;
        size_t fresh = search(k);
        e->settled = !any_to_stop(k, e->count - fresh);
        if (e->settled)
            return true;
        if (!e->stopping)
            start_stopping(k);
        ask(k, e->count - fresh);
        /* Back off, so that searches that find a new process each time do not use up the machine. */
        if (e->rounds++ > 0)
            e->backoff_us = e->backoff_us * 2 > BACKOFF_MAX_US ? BACKOFF_MAX_US : e->backoff_us * 2;
        e->next_us = clock_us() + (e->rounds > 1 ? e->backoff_us : 0);
    }
    kill_late(k);
    return false;
}

uint64_t escaped_next_us(const struct keeper *k)
{
    uint64_t kill_at_us = k->stop.kill_at_ms * 1000;

    if (k->escaped.watched == 0)
        return k->escaped.next_us + 1;
    if (k->phase == PHASE_TERMINATING && kill_at_us > k->escaped.next_us)
        return kill_at_us;
    return k->escaped.next_us + 1;
}

int escaped_watch_fd(const struct keeper *k)
{
    for (size_t i = 0; i < k->escaped.count; i++)
        if (k->escaped.list[i].pidfd >= 0)
            return k->escaped.list[i].pidfd;
    return -1;
}

void escaped_write(const struct keeper *k, struct json *j)
{
    const struct escaped *e = &k->escaped;

    if (e->unknown && e->count == 0) {
        json_null(j, "escaped");
        json_null(j, "escaped_omitted");
        return;
    }
    json_open(j, "escaped", '[');
    for (size_t i = 0; i < e->count; i++) {
        const struct escapee *one = &e->list[i];
        json_open(j, NULL, '{');
        json_number(j, "pid", (uint64_t)one->id.pid);
        json_number(j, "start", one->id.start);
        json_number(j, "inode", one->id.inode);
        json_string(j, "comm", one->comm);
        json_number(j, "ppid", (uint64_t)one->parent);
        json_string(j, "owner", one->owner);
        json_string(j, "end", end_names[one->end]);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_number_if(j, "escaped_omitted", !e->unknown, e->omitted + e->forgotten);
}
