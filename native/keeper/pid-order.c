/* See pid-order.h. */
#include "pid-order.h"

#include <fcntl.h>
#include <string.h>

#include "clock.h"
#include "linux-process.h"
#include "numbers.h"

/* The last word of a file, or all of it. 0 if it is not a number. */
static uint64_t last_number_in(const char *path)
{
    char text[128];
    uint64_t number = 0;
    const char *at = file_read_small(AT_FDCWD, path, text, sizeof text) > 0 ? strrchr(text, ' ') : NULL;

    text[strcspn(text, "\n")] = '\0';
    (void)number_parse(at == NULL ? text : at + 1, INT32_MAX, &number);
    return number;
}

pid_t newest_pid(void)
{
    return (pid_t)last_number_in("/proc/loadavg");
}

/*
 * Pids ascend until they wrap at pid_max, and each fork takes much longer than a microsecond: before that
 * only larger pids have to be read. After a short job this avoids reading the environment of every process
 * on the machine.
 */
pid_t lowest_pid_since(pid_t first, uint64_t forked_us)
{
    uint64_t largest = last_number_in("/proc/sys/kernel/pid_max");
    bool ascending = clock_us() - forked_us < largest && newest_pid() >= first;

    return ascending ? first : 0;
}
