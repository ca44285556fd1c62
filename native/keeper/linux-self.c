/*
 * See linux-self.h.
 *
 * Each step is best effort, as far as the kernel and our rights allow; the keeper's proof needs only the
 * subreaper, so only that step reports its failure.
 */
#include "linux-self.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "linux-process.h"
#include "numbers.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* -1000 would exempt the keeper altogether; this is far below every job. */
#define OWN_OOM_SCORE_ADJ (-900)
/*
 * A keeper is idle most of the time; during a stop a job that forks on all processors must not outrun it.
 * Otherwise its zombies use up the pids of the whole machine.
 */
#define OWN_NICE (-20)

int linux_become_subreaper(void)
{
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : errno;
}

void linux_favour_session(void)
{
    char digits[NUMBER_ROOM + 1];
    struct text t;

    if (getsid(0) != getpid())
        return;
    text_start(&t, digits, sizeof digits);
    text_add(&t, "-");
    text_add_number(&t, (uint64_t)-OWN_NICE);
    int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)!write(fd, digits, t.length);
    close(fd);
}

void linux_protect_self(void)
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)linux_oom_score_adj(getpid(), OWN_OOM_SCORE_ADJ);
    (void)setpriority(PRIO_PROCESS, 0, OWN_NICE);
    linux_favour_session();
}

uint64_t linux_pid_namespace(void)
{
    struct stat status;

    return stat("/proc/self/ns/pid", &status) == 0 ? (uint64_t)status.st_ino : 0;
}

int linux_oom_score_adj(pid_t pid, int value)
{
    char path[PROC_PATH_ROOM];
    char digits[NUMBER_ROOM + 1];
    struct text t;

    proc_path(path, pid, "oom_score_adj");
    text_start(&t, digits, sizeof digits);
    text_add(&t, value < 0 ? "-" : "");
    text_add_number(&t, (uint64_t)(value < 0 ? -value : value));
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = write(fd, digits, t.length) < 0 ? errno : 0;
    close(fd);
    return error;
}

void linux_signals_to_default(uint64_t ignored)
{
    /* The kernel's own structure, which is larger in no architecture; all zero is SIG_DFL. */
    static const unsigned long to_default[8];
    static const unsigned long to_ignore[8] = { 1 };
    sigset_t none;

    /* libc refuses 32 and 33, which it uses itself; an ignored one would be inherited for ever. */
    for (long number = 1; number <= 64; number++)
        syscall(SYS_rt_sigaction, number, (ignored >> (number - 1) & 1) != 0 ? to_ignore : to_default, NULL, 8L);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

void linux_signals_ignore(const sigset_t *but)
{
    /* As above; the handler comes first in it wherever this is used. */
    static const unsigned long ignored[8] = { 1 };
    struct sigaction ignore = { .sa_handler = SIG_IGN };

    for (int number = 1; number <= 64; number++) {
        if (sigismember(but, number) == 1 || number == SIGKILL || number == SIGSTOP)
            continue;
        if (sigaction(number, &ignore, NULL) != 0)
            syscall(SYS_rt_sigaction, (long)number, ignored, NULL, 8L);
    }
}

void linux_close_from(int first)
{
    if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0)
        return;
    long limit = sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd < (limit > 0 && limit < 65536 ? (int)limit : 65536); fd++)
        close(fd);
}

static struct {
    char *at;
    size_t room;
    char *argv_end;
} title;

extern char **environ;

/* The kernel places the strings of argv and environ one after the other. */
void linux_title_room(int argc, char **argv)
{
    char *end = argv[0];

    for (int i = 0; i < argc; i++)
        if (argv[i] == end)
            end += strlen(argv[i]) + 1;
    title.at = argv[0];
    title.argv_end = end;
    for (char **variable = environ; *variable != NULL; variable++)
        if (*variable == end)
            end += strlen(*variable) + 1;
    title.room = (size_t)(end - title.at);
}

void linux_title_set(const char *text)
{
    static char *nothing[] = { NULL };
    size_t length = strlen(text);

    environ = nothing;
    if (title.room == 0)
        return;
    memset(title.at, 0, title.room);
    if (length > title.room - 1)
        length = title.room - 1;
    memcpy(title.at, text, length);
    prctl(PR_SET_NAME, "holdfast-keeper", 0, 0, 0);
}
