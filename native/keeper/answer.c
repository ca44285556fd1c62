/*
 * See answer.h.
 *
 * Several keepers share one pipe or socket: each line is one write of less than PIPE_BUF bytes, so
 * lines never mix. A keeper must not be held up by a server that does not read.
 */
#include "answer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "errno-names.h"
#include "numbers.h"

static void write_line(const char *line, size_t length)
{
    while (write(STDOUT_FILENO, line, length) < 0 && errno == EINTR)
        ;
}

void answer_void(const char *attempt)
{
    char line[128];
    struct text t;

    text_start(&t, line, sizeof line);
    text_add(&t, "void ");
    text_add(&t, attempt);
    text_add(&t, "\n");
    write_line(line, t.length);
}

void answer_failed(const char *attempt, const char *stage, int error)
{
    char line[256];
    struct text t;

    text_start(&t, line, sizeof line);
    text_add(&t, "failed ");
    text_add(&t, attempt == NULL ? "-" : attempt);
    text_add(&t, " ");
    text_add(&t, stage);
    text_add(&t, " ");
    text_add_number(&t, (uint64_t)error);
    text_add(&t, " ");
    text_add(&t, errno_name(error));
    text_add(&t, "\n");
    write_line(line, t.length);
}

static void answer_of(const char *word, const char *attempt, pid_t pid)
{
    char line[128];
    struct text t;

    text_start(&t, line, sizeof line);
    text_add(&t, word);
    text_add(&t, attempt);
    text_add(&t, " ");
    text_add_number(&t, (uint64_t)pid);
    text_add(&t, "\n");
    write_line(line, t.length);
}

void answer_started(const char *attempt, pid_t pid)
{
    answer_of("started ", attempt, pid);
}

void answer_died(const char *attempt, pid_t pid)
{
    answer_of("died ", attempt, pid);
}

static void add_number(struct text *t, uint64_t number)
{
    text_add(t, " ");
    text_add_number(t, number);
}

static void start_of(struct text *t, char *line, size_t room, const char *word, const char *attempt, pid_t pid)
{
    text_start(t, line, room);
    text_add(t, word);
    text_add(t, attempt);
    add_number(t, (uint64_t)pid);
}

static void answer_orphan(const char *attempt, pid_t keeper, const struct orphan *orphan)
{
    char line[256];
    struct text t;

    start_of(&t, line, sizeof line, "orphan ", attempt, keeper);
    add_number(&t, (uint64_t)orphan->pid);
    add_number(&t, orphan->start);
    if (orphan->signal == 0)
        add_number(&t, (uint64_t)orphan->code);
    else
        text_add(&t, " -");
    if (orphan->signal != 0)
        add_number(&t, (uint64_t)orphan->signal);
    else
        text_add(&t, " -");
    text_add(&t, " ");
    text_add(&t, orphan->comm);
    text_add(&t, "\n");
    write_line(line, t.length);
}

void answer_cleared(const char *attempt, pid_t pid, const struct orphans *orphans, size_t keepers)
{
    char line[256];
    struct text t;

    for (size_t i = 0; i < orphans->count; i++)
        answer_orphan(attempt, pid, &orphans->ended[i]);
    start_of(&t, line, sizeof line, "cleared ", attempt, pid);
    add_number(&t, orphans->count);
    add_number(&t, orphans->omitted);
    add_number(&t, keepers);
    text_add(&t, "\n");
    write_line(line, t.length);
}

void answer_left(const char *attempt, pid_t pid)
{
    answer_of("left ", attempt, pid);
}

/* Closed here so that its reader sees the end of file. */
static void let_go(struct keeper *k)
{
    int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

    k->answer_length = 0;
    if (null_fd < 0 || dup2(null_fd, STDOUT_FILENO) < 0)
        close(STDOUT_FILENO);
    if (null_fd > STDERR_FILENO)
        close(null_fd);
}

void answer_flush(struct keeper *k)
{
    struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
    ssize_t sent = send(STDOUT_FILENO, k->answer, k->answer_length, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (sent < 0 && errno == ENOTSOCK) {
        /* A pipe that polls as writable takes a page without waiting. */
        if (poll(&out, 1, 0) == 0)
            return;
        sent = write(STDOUT_FILENO, k->answer, k->answer_length);
    }
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    let_go(k);
}

void answer_ready(struct keeper *k)
{
    struct text t;

    text_start(&t, k->answer, sizeof k->answer);
    text_add(&t, "ready ");
    text_add(&t, k->attempt);
    text_add(&t, " ");
    text_add_number(&t, (uint64_t)k->self.pid);
    text_add(&t, "\n");
    k->answer_length = t.length;
    answer_flush(k);
}
