/*
 * See pid-order.h.
 *
 * The kernel gives out pids in ascending order and begins again at the end (idr_alloc_cyclic). The last
 * field of /proc/loadavg is the newest in the reader's namespace. Two readings give the number of pids
 * between them only if fewer were given out than a whole round has. So the readings must follow each other
 * faster than pids can go round; after a longer gap the order is lost for good, and the search reads
 * every process.
 */
#include "pid-order.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "clock.h"
#include "failpoints.h"
#include "linux-process.h"
#include "numbers.h"

#define PROC_MAGIC 0x9fa0
/* After a round the kernel leaves out the first 300. */
#define RESERVED 300
/* A process can hold its own number and those of its group and of its session, if their leaders are gone. */
#define HELD_PER_THREAD 3
/*
 * Assumed: a processor needs at least 2 us for a fork, and the kernel's lock of the pid table keeps many
 * processors below three forks in a microsecond.
 */
#define PROCESSORS_MAX 6
/*
 * A process that is older than the attempt can get its cookie only by exec with an environment that
 * was sent to it. After this time those are read as well.
 */
#define YOUNG_US 5000000
#define NOTE_EVERY_US 1000

static uint64_t processors = PROCESSORS_MAX;

/* The last word of a text, or all of it. 0 if it is not a number. */
static uint64_t last_number(char *text)
{
    uint64_t number = 0;
    const char *at = strrchr(text, ' ');

    text[strcspn(text, "\n")] = '\0';
    (void)number_parse(at == NULL ? text : at + 1, INT32_MAX, &number);
    return number;
}

static uint64_t last_number_in(const char *path)
{
    char text[128];

    return file_read_small(AT_FDCWD, path, text, sizeof text) > 0 ? last_number(text) : 0;
}

pid_t newest_pid(void)
{
    return (pid_t)last_number_in("/proc/loadavg");
}

static uint64_t largest_pid(void)
{
    return last_number_in("/proc/sys/kernel/pid_max");
}

void pid_order_prepare(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);

    if (online > 0 && online < PROCESSORS_MAX)
        processors = (uint64_t)online;
}

/* lxcfs puts a file of its own in place of /proc/loadavg, with another meaning. */
static int open_load(void)
{
    struct statfs filesystem;
    int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && (fstatfs(fd, &filesystem) != 0 || filesystem.f_type != PROC_MAGIC)) {
        close(fd);
        return -1;
    }
    return fd;
}

static void lose(struct pid_order *order)
{
    order->known = false;
    if (order->file >= 0)
        close(order->file);
    order->file = -1;
}

/* `0.00 0.01 0.05 1/123 4567`: the number of threads on the machine, and the newest pid. */
static bool read_load(const struct pid_order *order, uint64_t *threads, pid_t *newest)
{
    char text[128];
    ssize_t length = order->file < 0 ? -1 : pread(order->file, text, sizeof text - 1, 0);

    if (length <= 0)
        return false;
    text[length] = '\0';
    const char *slash = strchr(text, '/');
    *threads = slash == NULL ? UINT32_MAX : strtoull(slash + 1, NULL, 10);
    *newest = (pid_t)last_number(text);
    return *newest > 0 && (uint64_t)*newest < order->largest;
}

static bool may_have_gone_round(const struct pid_order *order, uint64_t gap_us, uint64_t threads)
{
    uint64_t taken = RESERVED + HELD_PER_THREAD * threads;

    if (failpoint_error("pids_known") != 0)
        return false;
    return taken >= order->largest || gap_us * processors / 2 >= order->largest - taken;
}

void pid_order_begin(struct pid_order *order)
{
    uint64_t threads;

    order->began_us = order->read_us = clock_us();
    order->given_out = 0;
    order->largest = largest_pid();
    order->file = open_load();
    order->known = failpoint_error("pids_unknown") == 0 && read_load(order, &threads, &order->before);
    order->newest = order->before;
    if (!order->known)
        lose(order);
}

static bool is_young(const struct pid_order *order, uint64_t now_us)
{
    return now_us - order->began_us < YOUNG_US || failpoint_error("pids_known") != 0;
}

static void read_on(struct pid_order *order)
{
    uint64_t before_us = clock_us(), threads;
    pid_t newest;

    if (!order->known)
        return;
    /* The gap is from before the earlier reading to after this one. */
    if (!is_young(order, before_us) || !read_load(order, &threads, &newest) ||
        may_have_gone_round(order, clock_us() - order->read_us, threads)) {
        lose(order);
        return;
    }
    uint64_t step = newest >= order->newest ? (uint64_t)(newest - order->newest)
                                            : order->largest - (uint64_t)(order->newest - newest);
    order->given_out += step;
    order->newest = newest;
    order->read_us = before_us;
}

void pid_order_note(struct pid_order *order)
{
    if (order->known && clock_us() - order->read_us >= NOTE_EVERY_US)
        read_on(order);
}

bool pid_order_since(struct pid_order *order, struct pid_span *span)
{
    read_on(order);
    /* The limit may have been changed; and a whole round includes every process. */
    if (!order->known || order->largest != largest_pid() || order->given_out >= order->largest - RESERVED)
        return false;
    *span = (struct pid_span){ .after = order->before, .count = order->given_out, .largest = order->largest };
    return true;
}

bool pid_span_has(const struct pid_span *span, pid_t pid)
{
    uint64_t number = (uint64_t)pid, after = (uint64_t)span->after;
    uint64_t distance = number > after ? number - after : number + span->largest - after;

    return number < span->largest && distance <= span->count;
}

pid_t pid_span_at(const struct pid_span *span, uint64_t index)
{
    return (pid_t)(((uint64_t)span->after + 1 + index) % span->largest);
}

bool pid_is_used(pid_t pid)
{
    return pid > 0 && (kill(pid, 0) == 0 || errno != ESRCH);
}

bool pid_span_is_unused(const struct pid_span *span)
{
    if (span->count > PIDS_TRIED_MAX)
        return false;
    for (uint64_t i = 0; i < span->count; i++)
        if (pid_is_used(pid_span_at(span, i)))
            return false;
    return true;
}
