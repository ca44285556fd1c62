/*
 * See payload.h.
 *
 * The child only makes system calls. A failure there is reported as {stage, errno} through a pipe that is
 * close-on-exec, and the child exits with 127 or 126.
 */
#include "payload.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "failpoints.h"
#include "launch-message.h"
#include "linux-cgroup.h"
#include "linux-process.h"
#include "linux-self.h"
#include "pid-order.h"

enum { EXIT_CANNOT_EXECUTE = 126, EXIT_NOT_FOUND = 127 };

enum stage { STAGE_SETUP, STAGE_CGROUP, STAGE_CHDIR, STAGE_EXEC };
static const char *const stage_names[] = { "setup", "cgroup", "chdir", "exec" };

struct report {
    int stage;
    int error;
};

static _Noreturn void leave(int report_fd, enum stage stage, int error)
{
    struct report report = { .stage = (int)stage, .error = error };
    bool not_found = stage == STAGE_EXEC && (error == ENOENT || error == ENOTDIR);

    if (write(report_fd, &report, sizeof report) < 0)
        _exit(EXIT_CANNOT_EXECUTE);
    _exit(not_found ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE);
}

static const char *value_in(const char *const *env, const char *name)
{
    size_t length = strlen(name);

    for (; *env != NULL; env++)
        if (strncmp(*env, name, length) == 0 && (*env)[length] == '=')
            return *env + length + 1;
    return NULL;
}

/*
 * execvpe of libc hands a file that the kernel does not recognise to /bin/sh; a command here is a
 * vector of arguments and passes through a shell only if the user named one.
 */
static int execute(const struct launch_message *m)
{
    char *const *args = (char *const *)(const void *)m->args;
    char *const *env = (char *const *)(const void *)m->env;
    const char *name = m->args[0];
    const char *path = value_in(m->env, "PATH");
    size_t name_length = strlen(name);
    char candidate[4096];
    int error = ENOENT;

    if (strchr(name, '/') != NULL) {
        execve(name, args, env);
        return errno;
    }
    if (path == NULL)
        path = "/usr/local/bin:/usr/bin:/bin";
    for (const char *at = path;; at++) {
        const char *end = strchrnul(at, ':');
        size_t length = (size_t)(end - at);
        if (length + name_length + 2 <= sizeof candidate) {
            memcpy(candidate, at, length);
            /* An empty element means the working directory. */
            if (length > 0)
                candidate[length++] = '/';
            memcpy(candidate + length, name, name_length + 1);
            execve(candidate, args, env);
            if (errno == EACCES)
                error = EACCES;
            else if (errno != ENOENT && errno != ENOTDIR)
                return errno;
        }
        if (*end == '\0')
            return error;
        at = end;
    }
}

static void wait_at_gate(int gate_fd)
{
    char byte;
    ssize_t got;

    do
        got = read(gate_fd, &byte, 1);
    while (got < 0 && errno == EINTR);
    if (got != 1)
        _exit(EXIT_CANNOT_EXECUTE);
}

static _Noreturn void run_payload(struct keeper *k, const struct launch_message *m, const struct inherited *inherited,
                                  bool in_group, int gate_fd, int report_fd)
{
    enum stage stage = STAGE_SETUP;
    int error = 0;

    /* The keeper ended between fork and here: the gate is closed too, so this only saves the wait. */
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != k->self.pid)
        _exit(EXIT_CANNOT_EXECUTE);
    setsid();
    prctl(PR_SET_NAME, "holdfast-gate", 0, 0, 0);
    linux_signals_to_default(m->ignored_signals);
    umask(m->has_umask ? (mode_t)m->umask : inherited->umask);
    int joined = cgroup_join(&k->cgroup, in_group);
    if (joined != 0) {
        stage = STAGE_CGROUP;
        error = joined;
    }
    int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (error == 0 && (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 || dup2(k->output.fd[0], STDOUT_FILENO) < 0 ||
                       dup2(k->output.fd[k->output.split ? 1 : 0], STDERR_FILENO) < 0))
        error = errno;

    wait_at_gate(gate_fd);
    if (error != 0)
        leave(report_fd, stage, error);
    if (chdir(m->cwd) != 0)
        leave(report_fd, STAGE_CHDIR, errno);
    leave(report_fd, STAGE_EXEC, execute(m));
}

int payload_fork(struct keeper *k, const struct launch_message *m, const struct inherited *inherited)
{
    int gate[2], report[2];

    if (pipe2(gate, O_CLOEXEC) != 0)
        return errno;
    if (pipe2(report, O_CLOEXEC | O_NONBLOCK) != 0) {
        int error = errno;
        close(gate[0]);
        close(gate[1]);
        return error;
    }
    int error = failpoint_error("fork");
    bool in_group = false;

    pid_order_begin(&k->pids);
    pid_t pid = error != 0 ? -1 : cgroup_fork(&k->cgroup, &in_group);
    if (pid == 0) {
        close(gate[1]);
        close(report[0]);
        run_payload(k, m, inherited, in_group, gate[0], report[1]);
    }
    if (pid < 0 && error == 0)
        error = errno;
    close(gate[0]);
    close(report[1]);
    if (error != 0) {
        close(gate[1]);
        close(report[0]);
        return error;
    }
    k->main.gate_fd = gate[1];
    k->main.report_fd = report[0];
    k->main.alive = true;
    k->main.code = -1;
    /* Cannot be gone: only we can reap it. */
    (void)identity_read(pid, &k->main.id);
    return 0;
}

void payload_open_gate(struct keeper *k)
{
    /* If it has been killed since, this is EPIPE, and it is reaped like any other process. */
    if (write(k->main.gate_fd, "g", 1) < 0)
        k->main.executed = false;
    close(k->main.gate_fd);
    k->main.gate_fd = -1;
}

void payload_abandon(struct keeper *k)
{
    if (!k->main.alive)
        return;
    /* A direct child that is not reaped: its pid cannot have been reused. */
    kill(k->main.id.pid, SIGKILL);
    while (waitpid(k->main.id.pid, NULL, __WALL) < 0 && errno == EINTR)
        ;
    k->main.alive = false;
}

void payload_read_report(struct keeper *k)
{
    struct report report;
    ssize_t got = read(k->main.report_fd, &report, sizeof report);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got == (ssize_t)sizeof report) {
        k->main.exec_error_stage = stage_names[report.stage];
        k->main.exec_errno = report.error;
        if (k->reason[0] == '\0')
            strcpy(k->reason, "exec_failed");
    } else {
        /* Also when it was killed before exec; reaping distinguishes that (PF_FORKNOEXEC). */
        k->main.executed = true;
    }
    close(k->main.report_fd);
    k->main.report_fd = -1;
    k->times.exec_wall_ms = clock_wall_ms();
    k->times.exec_ms = clock_ms();
}
