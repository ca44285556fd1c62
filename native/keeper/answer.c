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

void answer_line(const char *line, size_t length)
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
    answer_line(line, t.length);
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
    answer_line(line, t.length);
}

/* Closed here so that its reader sees the end of file. */
static void let_go(struct answer *a)
{
    int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

    a->length = 0;
    if (null_fd < 0 || dup2(null_fd, STDOUT_FILENO) < 0)
        close(STDOUT_FILENO);
    if (null_fd > STDERR_FILENO)
        close(null_fd);
}

void answer_flush(struct answer *a)
{
    struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
    ssize_t sent = send(STDOUT_FILENO, a->line, a->length, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (sent < 0 && errno == ENOTSOCK) {
        /* A pipe that polls as writable takes a page without waiting. */
        if (poll(&out, 1, 0) == 0)
            return;
        sent = write(STDOUT_FILENO, a->line, a->length);
    }
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    let_go(a);
}

void answer_ready(struct answer *a, const char *attempt, pid_t pid)
{
    struct text t;

    text_start(&t, a->line, sizeof a->line);
    text_add(&t, "ready ");
    text_add(&t, attempt);
    text_add(&t, " ");
    text_add_number(&t, (uint64_t)pid);
    text_add(&t, "\n");
    a->length = t.length;
    answer_flush(a);
}
