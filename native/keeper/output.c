/*
 * See output.h.
 *
 * The descriptors stay open as long as the keeper runs: a payload that removes or replaces its log cannot
 * redirect the holes to another file. Only whole blocks are punched.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

#define BLOCK_BYTES 4096ull
#define CHECK_EVERY_MS 250

static int open_log(const struct keeper *k, const char *name, int *fd)
{
    struct stat status;

    /* O_NONBLOCK: a FIFO in its place must not hold us up. It means nothing for a file. */
    *fd = openat(k->folder_fd, name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (*fd < 0)
        return errno;
    if (fstat(*fd, &status) != 0)
        return errno;
    if (!S_ISREG(status.st_mode))
        return EINVAL;
    return fcntl(*fd, F_SETFL, O_APPEND) == 0 ? 0 : errno;
}

int output_open(struct keeper *k, bool split)
{
    int error;

    k->output.split = split;
    k->output.fd[0] = k->output.fd[1] = -1;
    error = open_log(k, "keeper.log", &k->log_fd);
    if (error == 0 && dup2(k->log_fd, STDERR_FILENO) < 0)
        error = errno;
    if (k->log_fd >= 0)
        close(k->log_fd);
    if (error == 0)
        error = open_log(k, split ? "stdout.log" : "output.log", &k->output.fd[0]);
    if (error == 0 && split)
        error = open_log(k, "stderr.log", &k->output.fd[1]);
    if (k->rules.output_quota_bytes > 0)
        k->output.next_check_ms = clock_ms() + CHECK_EVERY_MS;
    return error;
}

static void punch(struct keeper *k, int which)
{
    struct output *o = &k->output;
    uint64_t size = output_bytes(k, which);

    /* The payload may truncate its log; then counting starts again. */
    if (size < o->punched_to[which])
        o->punched_to[which] = 0;
    if (size <= k->rules.output_quota_bytes)
        return;
    uint64_t to = (size - k->rules.output_quota_bytes) / BLOCK_BYTES * BLOCK_BYTES;
    if (to <= o->punched_to[which])
        return;
    off_t from = (off_t)o->punched_to[which];
    if (fallocate(o->fd[which], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, (off_t)to - from) != 0) {
        o->no_holes = errno != EINTR;
        if (o->no_holes)
            keeper_unapplied(k, "output_quota", errno);
        return;
    }
    o->punched_bytes += to - o->punched_to[which];
    o->punched_to[which] = to;
}

static void punch_both(struct keeper *k)
{
    punch(k, 0);
    if (k->output.split)
        punch(k, 1);
}

void output_keep_quota(struct keeper *k)
{
    uint64_t now_ms = clock_ms();

    if (k->output.next_check_ms == 0 || now_ms < k->output.next_check_ms)
        return;
    punch_both(k);
    k->output.next_check_ms = k->output.no_holes ? 0 : now_ms + CHECK_EVERY_MS;
}

void output_settle(struct keeper *k)
{
    if (k->output.next_check_ms != 0)
        punch_both(k);
}

uint64_t output_next_ms(const struct keeper *k)
{
    return k->phase >= PHASE_RECORDING ? 0 : k->output.next_check_ms;
}

uint64_t output_bytes(const struct keeper *k, int which)
{
    struct stat status;

    if (k->output.fd[which] < 0 || fstat(k->output.fd[which], &status) != 0)
        return 0;
    return (uint64_t)status.st_size;
}
