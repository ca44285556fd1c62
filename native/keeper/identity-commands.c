/*
 * See identity-commands.h.
 *
 * The order makes this safe: open a pidfd, which pins the process; compare; send the signal through the
 * pidfd. A pid that is reused in between is noticed.
 */
#include "identity-commands.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "complain.h"
#include "errno-names.h"
#include "lines.h"
#include "linux-process.h"
#include "numbers.h"

#define PEER_FD 3

enum { EXIT_SENT = 0, EXIT_ERROR = 1, EXIT_USAGE = 2, EXIT_GONE = 3, EXIT_CHANGED = 4, EXIT_DENIED = 5 };

enum verdict { SENT, GONE, CHANGED, DENIED, FAILED };

static void print(const struct text *t)
{
    if (write(STDOUT_FILENO, t->at, t->length) < 0)
        _exit(EXIT_ERROR);
}

/*
 * Of a process whose stat could not be read: whether it exists all the same, because proc hides it (hidepid) or
 * there was no room for a descriptor.
 */
static bool exists_unread(pid_t pid, uint64_t *inode)
{
    int pidfd = pidfd_open_process(pid);

    *inode = 0;
    if (pidfd < 0) {
        /* EINVAL: the pid is now that of a thread. */
        bool gone = errno == ESRCH || errno == EINVAL;
        return !gone && (kill(pid, 0) == 0 || errno == EPERM);
    }
    *inode = pidfd_inode(pidfd);
    int error = pidfd_signal(pidfd, 0);
    close(pidfd);
    return error != ESRCH;
}

static void identify_one(char *word, void *context)
{
    char line[256];
    struct text t;
    struct identity id;
    struct process_stat stat;
    uint64_t pid;
    bool valid = number_parse(word, INT32_MAX, &pid) && pid > 0;

    (void)context;
    text_start(&t, line, sizeof line);
    text_add(&t, valid ? word : "0");
    bool read = valid && identity_read((pid_t)pid, &id) && process_stat_read((pid_t)pid, &stat);
    if (!read && valid && exists_unread((pid_t)pid, &id.inode)) {
        text_add(&t, " unknown ");
        text_add_number(&t, id.inode);
        text_add(&t, "\n");
        print(&t);
        return;
    }
    if (!read || stat.start != id.start) {
        text_add(&t, " gone\n");
        print(&t);
        return;
    }
    text_add(&t, " ");
    text_add_number(&t, id.start);
    text_add(&t, " ");
    text_add_number(&t, id.inode);
    text_add(&t, " ");
    text_add_number(&t, (uint64_t)stat.session);
    text_add(&t, "\n");
    print(&t);
}

int identify_command(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        identify_one(argv[i], NULL);
    if (argc > 0)
        return 0;
    return lines_each(STDIN_FILENO, identify_one, NULL) ? 0 : EXIT_USAGE;
}

/* Which process listens at the other end of the socket on descriptor 3, from the kernel: no file can forge it. */
int peer_command(void)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    char pid[NUMBER_ROOM + 1];
    struct text t;

    if (getsockopt(PEER_FD, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || peer.pid <= 0)
        return EXIT_ERROR;
    text_start(&t, pid, sizeof pid);
    text_add_number(&t, (uint64_t)peer.pid);
    identify_one(pid, NULL);
    return 0;
}

static enum verdict signal_checked(const struct identity *id, int signal_number, int *error)
{
    struct process_stat stat;
    int pidfd = pidfd_open_process(id->pid);

    *error = errno;
    /* EINVAL: the pid is now that of a thread, so the process is gone. */
    if (pidfd < 0)
        return *error == ESRCH || *error == EINVAL ? GONE : FAILED;
    uint64_t inode = pidfd_inode(pidfd);
    bool inodes_known = id->inode != 0 && inode != 0;
    bool there = process_stat_read(id->pid, &stat);
    enum verdict verdict = SENT;
    if (there && process_is_over(&stat))
        verdict = GONE;
    if ((there && stat.start != id->start) || (inodes_known && inode != id->inode))
        verdict = CHANGED;
    if (!there && pidfd_signal(pidfd, 0) == ESRCH)
        verdict = GONE;
    /* Hidden by proc (hidepid): the start cannot be read, and only the inode distinguishes processes. */
    if (!there && verdict == SENT && !inodes_known) {
        *error = EACCES;
        verdict = FAILED;
    }
    if (verdict == SENT) {
        *error = pidfd_signal(pidfd, signal_number);
        if (*error != 0)
            verdict = *error == ESRCH ? GONE : *error == EPERM ? DENIED : FAILED;
    }
    close(pidfd);
    return verdict;
}

static bool wrong_boot(const char *boot)
{
    char ours[UUID_ROOM];

    return !boot_id_read(ours) || strcmp(ours, boot) != 0;
}

static void signal_line(char *line, void *context)
{
    static const char *const names_of[] = { "sent", "gone", "changed", "denied", "error " };
    const bool *other_boot = context;
    char *args[4];
    uint64_t pid = 0, start, inode, signal_number;
    char out[128];
    struct text t;
    int error = EINVAL;
    enum verdict verdict = FAILED;

    if (args_split(line, args, 4) == 4 && number_parse(args[0], INT32_MAX, &pid) && pid > 0 &&
        number_parse(args[1], UINT64_MAX, &start) && number_parse(args[2], UINT64_MAX, &inode) &&
        number_parse(args[3], (uint64_t)SIGRTMAX, &signal_number)) {
        struct identity id = { .pid = (pid_t)pid, .start = start, .inode = inode };
        verdict = *other_boot ? GONE : signal_checked(&id, (int)signal_number, &error);
    }
    text_start(&t, out, sizeof out);
    text_add_number(&t, pid);
    text_add(&t, " ");
    text_add(&t, names_of[verdict]);
    text_add(&t, verdict == FAILED ? errno_name(error) : "");
    text_add(&t, "\n");
    print(&t);
}

static int signal_by_name(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {
        { "HUP", SIGHUP },   { "INT", SIGINT },   { "QUIT", SIGQUIT }, { "KILL", SIGKILL }, { "USR1", SIGUSR1 },
        { "USR2", SIGUSR2 }, { "TERM", SIGTERM }, { "CONT", SIGCONT }, { "STOP", SIGSTOP }, { "ABRT", SIGABRT },
    };
    uint64_t number;

    if (number_parse(name, (uint64_t)SIGRTMAX, &number))
        return (int)number;
    if (strncmp(name, "SIG", 3) == 0)
        name += 3;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (strcmp(signals[i].name, name) == 0)
            return signals[i].number;
    return -1;
}

static int usage(void)
{
    complain("signal --boot BOOT_ID [--pid N --start N [--inode N] [--signal NAME|N]]", NULL, 0);
    return EXIT_USAGE;
}

static int signal_one(struct identity id, int signal_number, bool other_boot)
{
    static const int exits[] = { EXIT_SENT, EXIT_GONE, EXIT_CHANGED, EXIT_DENIED, EXIT_ERROR };
    int error = 0;
    enum verdict verdict = other_boot ? GONE : signal_checked(&id, signal_number, &error);

    if (verdict == FAILED)
        complain("cannot signal", NULL, error);
    return exits[verdict];
}

int signal_command(int argc, char **argv)
{
    const char *boot = NULL;
    struct identity id = { 0 };
    uint64_t pid = 0;
    bool start_given = false;
    int signal_number = SIGTERM;

    for (int i = 0; i + 1 < argc; i += 2) {
        const char *value = argv[i + 1];
        if (strcmp(argv[i], "--boot") == 0)
            boot = value;
        else if (strcmp(argv[i], "--pid") == 0 && number_parse(value, INT32_MAX, &pid) && pid > 0)
            id.pid = (pid_t)pid;
        else if (strcmp(argv[i], "--start") == 0 && number_parse(value, UINT64_MAX, &id.start))
            start_given = true;
        else if (strcmp(argv[i], "--inode") == 0 && number_parse(value, UINT64_MAX, &id.inode))
            continue;
        else if (strcmp(argv[i], "--signal") == 0 && signal_by_name(value) >= 0)
            signal_number = signal_by_name(value);
        else
            return usage();
    }
    if (argc % 2 != 0 || boot == NULL || (id.pid > 0) != start_given)
        return usage();
    bool other_boot = wrong_boot(boot);
    if (id.pid > 0)
        return signal_one(id, signal_number, other_boot);
    return lines_each(STDIN_FILENO, signal_line, &other_boot) ? 0 : EXIT_USAGE;
}
