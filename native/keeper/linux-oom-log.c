/*
 * See linux-oom-log.h.
 *
 * The kernel writes, in one record:
 *   oom-kill:constraint=…,oom_memcg=PATH,task_memcg=PATH,task=NAME,pid=N,uid=N
 * The attempt's uuid is in the path of its groups and in no other path. The process chooses NAME, so the
 * pid is searched from the end.
 */
#include "linux-oom-log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pid-namespaces.h"

/* More than a record of the log can have (PRINTK_MESSAGE_MAX is 2048). */
#define RECORD_ROOM 8192

static const char *last_of(const char *text, const char *what)
{
    const char *last = NULL;

    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        last = at;
    return last;
}

static void take_comm(char comm[COMM_ROOM], const char *from, const char *end)
{
    size_t length = 0;

    for (; from < end && length < COMM_ROOM - 1; from++)
        comm[length++] = *from >= ' ' && *from <= '~' ? *from : '?';
    comm[length] = '\0';
}

static bool parse(const char *record, const char *attempt, struct oom_victim *victim)
{
    const char *kill = strstr(record, "oom-kill:");
    const char *group = kill == NULL ? NULL : strstr(kill, ",task_memcg=");
    const char *task = group == NULL ? NULL : strstr(group, ",task=");
    const char *pid = task == NULL ? NULL : last_of(task, ",pid=");
    const char *uuid = group == NULL ? NULL : strstr(group, attempt);

    if (pid == NULL || uuid == NULL || uuid > task)
        return false;
    victim->pid = (pid_t)strtol(pid + strlen(",pid="), NULL, 10);
    take_comm(victim->comm, task + strlen(",task="), pid);
    return victim->pid > 0;
}

size_t oom_log_read(const struct keeper *k, struct oom_victim victims[OOM_VICTIMS_MAX])
{
    char record[RECORD_ROOM];
    size_t count = 0;
    /* The log has the machine's pids; in another PID namespace they mean other processes. */
    int fd = pid_namespace_is_first() ? open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;

    if (fd < 0)
        return 0;
    for (;;) {
        ssize_t length = read(fd, record, sizeof record - 1);
        /* EPIPE: records were overwritten while we read; the next read continues after them. */
        if (length < 0 && (errno == EPIPE || errno == EINTR))
            continue;
        if (length <= 0)
            break;
        record[length] = '\0';
        if (count == OOM_VICTIMS_MAX) {
            memmove(victims, victims + 1, (OOM_VICTIMS_MAX - 1) * sizeof *victims);
            count--;
        }
        count += parse(record, k->attempt, &victims[count]);
    }
    close(fd);
    return count;
}
