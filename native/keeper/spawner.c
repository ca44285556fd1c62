/*
 * See spawner.h.
 *
 * The spawner only reads, forks and reaps; keepers write their own answers. It does not exec them, so all
 * keepers share its pages. A keeper that is killed by a signal cannot answer: the spawner writes `died`
 * in its place, so that a server never waits for an answer that cannot come. The processes of such a
 * keeper become the spawner's children; it ends them and then writes `cleared`. For that it stays after
 * the end of its input, until its last keeper has left.
 */
#include "spawner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answer.h"
#include "clock.h"
#include "complain.h"
#include "failpoints.h"
#include "launch-message.h"
#include "linux-self.h"
#include "numbers.h"
#include "orphans.h"
#include "pid-order.h"
#include "spawned.h"
#include "spawner-answers.h"
#include "start.h"

#define HEADER_MAX 32
#define REAPING_US 10000

struct spawner {
    int signal_fd;
    sigset_t mask_before;
    struct spawned keepers;
    size_t killed;
    struct orphans orphans;
    char ahead[HEADER_MAX]; /* read and not taken yet */
    size_t ahead_at;
    size_t ahead_end;
};

static bool is_keeper(pid_t pid, const void *context)
{
    const struct spawner *s = context;

    return spawned_find(&s->keepers, pid) != NULL;
}

/* Whether it was one. */
static bool keeper_ended(struct spawner *s, const siginfo_t *info)
{
    struct spawned_keeper *keeper = spawned_find(&s->keepers, info->si_pid);

    if (keeper == NULL)
        return false;
    if (info->si_code != CLD_EXITED) {
        answer_died(keeper->attempt, info->si_pid);
        keeper->killed = true;
        s->killed++;
        orphans_expect(&s->orphans);
        return true;
    }
    if (info->si_status == KEEPER_ENDED)
        answer_left(keeper->attempt, info->si_pid);
    spawned_forget(&s->keepers, keeper);
    return true;
}

static void reap_ended(struct spawner *s, uint64_t until_us)
{
    while (s->killed == 0 || clock_us() < until_us) {
        siginfo_t info = { 0 };
        /* __WALL: also what was cloned with another exit signal than SIGCHLD. */
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 || info.si_pid == 0)
            break;
        bool exited = info.si_code == CLD_EXITED;
        if (!keeper_ended(s, &info))
            orphans_ended(&s->orphans, info.si_pid, exited ? info.si_status : -1, exited ? 0 : info.si_status);
        waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG | __WALL);
    }
}

/* It is not known which keeper an orphan belonged to, so the killed keepers are reported as cleared all at once. */
static void end_orphans(struct spawner *s)
{
    const struct spared keepers = { .is = is_keeper, .context = s };

    size_t killed = s->killed;

    if (!orphans_round(&s->orphans, &keepers))
        return;
    /* Nothing lives: add what ended since the last reaping, perhaps by another process's KILL, to the list. */
    reap_ended(s, UINT64_MAX);
    if (s->killed != killed)
        return;
    for (size_t i = s->keepers.count; i-- > 0;) {
        struct spawned_keeper *keeper = &s->keepers.list[i];
        if (!keeper->killed)
            continue;
        answer_cleared(keeper->attempt, keeper->pid, &s->orphans, s->killed);
        spawned_forget(&s->keepers, keeper);
    }
    s->killed = 0;
    orphans_forget(&s->orphans);
}

static void reap(struct spawner *s)
{
    struct signalfd_siginfo signals;
    /* A chain of orphans that each fork and exit ends as fast as it is reaped. */
    uint64_t until_us = clock_us() + REAPING_US;

    while (read(s->signal_fd, &signals, sizeof signals) == (ssize_t)sizeof signals)
        ;
    reap_ended(s, until_us);
    if (s->killed > 0)
        end_orphans(s);
    else
        /* A zombie that a debugger had held: its keeper has recorded it. */
        orphans_forget(&s->orphans);
}

/* Until the next round against orphans, in ms; -1: there are none. */
static int timeout_ms(const struct spawner *s)
{
    uint64_t now_us = clock_us();

    if (s->killed == 0)
        return -1;
    return s->orphans.next_us <= now_us ? 0 : (int)((s->orphans.next_us - now_us) / 1000) + 1;
}

/* Reads up to `room` bytes, and reaps while it waits. 0: the end of the input, or an error. */
static size_t receive(struct spawner *s, char *to, size_t room)
{
    for (;;) {
        struct pollfd set[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = s->signal_fd, .events = POLLIN } };
        int ready = poll(set, 2, timeout_ms(s));
        if (ready < 0)
            continue;
        if (ready == 0 || set[1].revents != 0)
            reap(s);
        if (set[0].revents == 0)
            continue;
        ssize_t got = read(STDIN_FILENO, to, room);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        return got <= 0 ? 0 : (size_t)got;
    }
}

/* Reads exactly `length` bytes. False at the end of the input or an error. */
static bool take(struct spawner *s, char *to, size_t length)
{
    size_t kept = s->ahead_end - s->ahead_at < length ? s->ahead_end - s->ahead_at : length;

    memcpy(to, s->ahead + s->ahead_at, kept);
    s->ahead_at += kept;
    while (kept < length) {
        size_t got = receive(s, to + kept, length - kept);
        if (got == 0)
            return false;
        kept += got;
    }
    return true;
}

/* A header is short and of unknown length: what is read beyond it is kept for the message. */
static bool take_of_header(struct spawner *s, char *to)
{
    if (s->ahead_at == s->ahead_end) {
        s->ahead_at = 0;
        s->ahead_end = receive(s, s->ahead, sizeof s->ahead);
    }
    if (s->ahead_end == 0)
        return false;
    *to = s->ahead[s->ahead_at++];
    return true;
}

enum header { HEADER_OK, HEADER_END, HEADER_LOST };

/* `launch BYTES\n` */
static enum header take_header(struct spawner *s, size_t *length)
{
    char header[HEADER_MAX];
    uint64_t number;
    size_t used = 0;

    do {
        if (used == sizeof header || !take_of_header(s, header + used))
            return used == 0 ? HEADER_END : HEADER_LOST;
    } while (header[used++] != '\n');
    header[used - 1] = '\0';
    if (strncmp(header, "launch ", 7) != 0 || !number_parse(header + 7, SIZE_MAX, &number))
        return HEADER_LOST;
    *length = (size_t)number;
    return HEADER_OK;
}

static _Noreturn void become_keeper(struct spawner *s, struct launch_message *m)
{
    close(s->signal_fd);
    spawned_free(&s->keepers);
    sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
    /* By the keeper itself, so that no answer of its own can come before it. */
    answer_started(m->attempt, getpid());
    exit(keeper_run(m));
}

static void launch(struct spawner *s, struct launch_message *m)
{
    const char *wrong_key;
    int error = launch_message_parse(m, &wrong_key);

    if (error != 0) {
        complain("launch message refused", wrong_key, error);
        answer_failed(m->attempt, "message", error);
        return;
    }
    error = spawned_room(&s->keepers) ? failpoint_error("spawn") : ENOMEM;
    pid_t pid = error != 0 ? -1 : fork();
    if (pid == 0)
        become_keeper(s, m);
    if (pid < 0)
        answer_failed(m->attempt, "fork", error != 0 ? error : errno);
    else
        spawned_add(&s->keepers, pid, m->attempt);
}

static bool serve_one(struct spawner *s, int *status)
{
    struct launch_message m = { 0 };
    size_t length;

    switch (take_header(s, &length)) {
    case HEADER_END: *status = 0; return false;
    case HEADER_LOST: answer_failed(NULL, "message", EBADMSG); return false;
    case HEADER_OK: break;
    }
    if (length > LAUNCH_MESSAGE_MAX || !launch_message_room(&m, length)) {
        answer_failed(NULL, "message", length > LAUNCH_MESSAGE_MAX ? EMSGSIZE : ENOMEM);
        return false;
    }
    bool whole = take(s, m.bytes, length);
    if (whole)
        launch(s, &m);
    else
        answer_failed(NULL, "message", EBADMSG);
    launch_message_free(&m);
    return whole;
}

/* The next server starts its own spawner; only this spawner can inherit the orphans of these keepers. */
static void stay_for_keepers(struct spawner *s)
{
    struct pollfd set = { .fd = s->signal_fd, .events = POLLIN };

    for (reap(s); s->keepers.count > 0; reap(s))
        (void)poll(&set, 1, timeout_ms(s));
}

int spawner_run(void)
{
    struct spawner s = { 0 };
    sigset_t children, meant;
    int status = 1;

    sigemptyset(&meant);
    sigaddset(&meant, SIGCHLD);
    sigaddset(&meant, SIGTERM);
    linux_signals_ignore(&meant);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, &s.mask_before);
    s.signal_fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s.signal_fd < 0) {
        complain("signalfd", NULL, errno);
        return 1;
    }
    /* Without it only the server's search finds orphans, as after the end of this process. */
    if (linux_become_subreaper() != 0)
        complain("cannot become a subreaper", NULL, errno);
    /* Only the leader of a session may favour it. Fails if it is one already. */
    (void)setsid();
    linux_favour_session();
    pid_order_prepare();
    while (serve_one(&s, &status))
        ;
    stay_for_keepers(&s);
    spawned_free(&s.keepers);
    return status;
}
