/*
 * See cookie.h.
 *
 * All threads share one environment. The other threads' `environ` is read only if the main thread has
 * ended, and with it the process's own `environ`. Kernel threads have one thread and an empty environment.
 */
#include "cookie.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "failpoints.h"
#include "linux-process.h"
#include "numbers.h"
#include "other-keeper.h"

#define COOKIE_ROOM 64
#define CHUNK 16384
/* An exec takes well below a millisecond, unless its program is read from a slow disk. */
#define EXEC_TRIES 500
#define EXEC_PAUSE_NS 1000000

struct cookie {
    char text[COOKIE_ROOM]; /* with the NUL before and after it */
    size_t length;
};

enum finding { NO, YES, EMPTY, REFUSED };

static void cookie_make(struct cookie *cookie, const char *attempt)
{
    struct text t;

    cookie->text[0] = '\0';
    text_start(&t, cookie->text + 1, sizeof cookie->text - 1);
    text_add(&t, "HOLDFAST_ATTEMPT=");
    text_add(&t, attempt);
    cookie->length = t.length + 2;
}

static enum finding environment_has(const char *path, const struct cookie *cookie)
{
    char buffer[COOKIE_ROOM + CHUNK];
    size_t kept = 1;
    bool any = false;
    enum finding answer = NO;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    /* The task has no memory of its own: newer kernels refuse the open, older ones return nothing. */
    if (fd < 0)
        return errno == ESRCH ? EMPTY : errno == EACCES ? REFUSED : NO;
    buffer[0] = '\0';
    for (;;) {
        ssize_t got = read(fd, buffer + kept, CHUNK);
        if (got <= 0)
            break;
        any = true;
        size_t length = kept + (size_t)got;
        if (memmem(buffer, length, cookie->text, cookie->length) != NULL) {
            answer = YES;
            break;
        }
        kept = length < cookie->length ? length : cookie->length - 1;
        memmove(buffer, buffer + length - kept, kept);
    }
    /* An exec during the read cuts the rest off: then not even the first byte can be read again. */
    if (answer == NO && any)
        any = pread(fd, buffer, 1, 0) == 1;
    close(fd);
    return any ? answer : EMPTY;
}

/* The number of links of `task` is the number of threads and two. */
static bool has_other_threads(pid_t pid)
{
    char path[PROC_PATH_ROOM];
    struct stat status;

    proc_path(path, pid, "task");
    return stat(path, &status) == 0 && status.st_nlink > 3;
}

static bool threads_have(pid_t pid, const struct cookie *cookie)
{
    char path[PROC_PATH_ROOM];
    struct dirent *entry;
    bool found = false;

    proc_path(path, pid, "task");
    DIR *threads = opendir(path);
    while (!found && threads != NULL && (entry = readdir(threads)) != NULL) {
        char environ_path[PROC_PATH_ROOM];
        struct text t;
        text_start(&t, environ_path, sizeof environ_path);
        text_add(&t, path);
        text_add(&t, "/");
        text_add(&t, entry->d_name);
        text_add(&t, "/environ");
        found = entry->d_name[0] != '.' && !t.full && environment_has(environ_path, cookie) == YES;
    }
    if (threads != NULL)
        closedir(threads);
    return found;
}

static bool main_thread_gone(pid_t pid)
{
    struct process_stat stat;

    return process_stat_read(pid, &stat) && stat.state == 'Z';
}

/* During an exec the environment is empty for a moment: retry, so that a process that keeps calling exec is found. */
static enum finding settled_environment_has(pid_t pid, const struct cookie *cookie)
{
    const struct timespec pause = { .tv_nsec = EXEC_PAUSE_NS };
    char path[PROC_PATH_ROOM];
    enum finding answer = EMPTY;

    proc_path(path, pid, "environ");
    for (int tries = 0; tries < EXEC_TRIES; tries++) {
        answer = environment_has(path, cookie);
        if (answer != EMPTY || !process_is_in_exec(pid))
            return answer;
        nanosleep(&pause, NULL);
    }
    return answer;
}

static bool carries(pid_t pid, const struct cookie *cookie)
{
    enum finding answer = settled_environment_has(pid, cookie);

    /* In /proc a process whose main thread has ended belongs to root; its other threads do not. */
    if ((answer == EMPTY || (answer == REFUSED && main_thread_gone(pid))) && has_other_threads(pid))
        return threads_have(pid, cookie);
    return answer == YES;
}

/* The version 2 path if there is one, else the path in systemd's own hierarchy, else the root. */
static void owner_read(pid_t pid, char *owner)
{
    char path[PROC_PATH_ROOM];
    char text[4096];
    char *rest = text;

    strcpy(owner, "/");
    proc_path(path, pid, "cgroup");
    if (file_read_small(AT_FDCWD, path, text, sizeof text) <= 0)
        return;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        char *named = strstr(line, ":name=systemd:/");
        char *at = strncmp(line, "0::/", 4) == 0 ? line + 3 : named == NULL ? NULL : strchr(named + 1, ':') + 1;
        if (at == NULL || strcmp(at, "/") == 0 || (named != NULL && strcmp(owner, "/") != 0))
            continue;
        strncpy(owner, at, CARRIER_OWNER_ROOM - 1);
        owner[CARRIER_OWNER_ROOM - 1] = '\0';
    }
    printable(owner);
}

/* The cookie is read again after the pidfd was opened: identity and cookie belong to one process. */
static bool carrier_read(pid_t pid, const struct cookie *cookie, const char *attempt, struct carrier *to)
{
    struct process_stat stat;
    int pidfd = pidfd_open_process(pid);
    bool same = carries(pid, cookie) && process_stat_read(pid, &stat) && !process_is_over(&stat);

    if (pidfd >= 0) {
        same = same && pidfd_signal(pidfd, 0) != ESRCH;
        to->id.inode = pidfd_inode(pidfd);
        close(pidfd);
    }
    if (!same)
        return false;
    to->id.pid = pid;
    to->id.start = stat.start;
    to->parent = stat.parent;
    to->state = stat.state;
    memcpy(to->comm, stat.comm, COMM_ROOM);
    owner_read(pid, to->owner);
    to->of_other = is_below_other_keeper(stat.parent, attempt);
    return true;
}

static void take(pid_t pid, const struct cookie *cookie, const char *attempt, struct carriers *found)
{
    struct carrier one = { 0 };

    if (pid == getpid() || pid == getppid() || !carries(pid, cookie) || process_is_other_thread(pid) ||
        !carrier_read(pid, cookie, attempt, &one))
        return;
    if (found->count < CARRIERS_MAX)
        found->list[found->count++] = one;
    else
        found->omitted++;
}

static void try_each(const struct cookie *cookie, const char *attempt, const struct pid_span *span, struct carriers *found)
{
    found->searched = true;
    for (uint64_t i = 0; i < span->count; i++) {
        pid_t pid = pid_span_at(span, i);
        if (pid_is_used(pid))
            take(pid, cookie, attempt, found);
    }
}

static void list_all(const struct cookie *cookie, const char *attempt, const struct pid_span *span, struct carriers *found)
{
    struct dirent *entry;
    DIR *proc = failpoint_error("proc_listed") != 0 ? NULL : opendir("/proc");

    found->searched = proc != NULL;
    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        uint64_t pid;
        if (number_parse(entry->d_name, INT32_MAX, &pid) && (span == NULL || pid_span_has(span, (pid_t)pid)))
            take((pid_t)pid, cookie, attempt, found);
    }
    if (proc != NULL)
        closedir(proc);
}

void carriers_find(const char attempt[UUID_ROOM], const struct pid_span *span, struct carriers *found)
{
    struct cookie cookie;

    *found = (struct carriers){ 0 };
    cookie_make(&cookie, attempt);
    if (span != NULL && span->count <= PIDS_TRIED_MAX)
        try_each(&cookie, attempt, span, found);
    else
        list_all(&cookie, attempt, span, found);
}
