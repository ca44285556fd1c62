/* See linux-process.h. Reads only; the one write is pidfd_signal. No allocation. */
#include "linux-process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "failpoints.h"
#include "numbers.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

#define PIDFS_MAGIC 0x50494446
/* PF_FORKNOEXEC of the kernel's include/linux/sched.h, visible in field 9 of stat */
#define FLAG_NEVER_EXECUTED 0x40ul
#define FLAG_EXITING 0x4ul
#define FLAG_KERNEL_THREAD 0x200000ul
#define FIELD_FLAGS 9
#define FIELD_END_OF_CODE 27
#define FIELD_ENV_START 50
#define FIELD_ENV_END 51

void proc_path(char path[PROC_PATH_ROOM], pid_t pid, const char *file)
{
    struct text t;

    text_start(&t, path, PROC_PATH_ROOM);
    text_add(&t, "/proc/");
    text_add_number(&t, (uint64_t)pid);
    text_add(&t, "/");
    text_add(&t, file);
}

ssize_t file_read_small(int folder_fd, const char *path, char *to, size_t room)
{
    int fd = openat(folder_fd, path, O_RDONLY | O_CLOEXEC);
    size_t used = 0;

    to[0] = '\0';
    if (fd < 0)
        return -1;
    while (used < room - 1) {
        ssize_t got = read(fd, to + used, room - 1 - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            close(fd);
            return -1;
        }
        if (got == 0)
            break;
        used += (size_t)got;
    }
    close(fd);
    to[used] = '\0';
    return (ssize_t)used;
}

/*
 * The last field is how a zombie ended. A reader without permission reads 0, which is a status as well:
 * so 0 counts only for root, which may read everything.
 */
static int zombie_status(const char *line)
{
    const char *last = strrchr(line, ' ');
    int status = last == NULL ? 0 : (int)strtol(last, NULL, 10);

    return status != 0 || geteuid() == 0 ? status : -1;
}

bool process_stat_read(pid_t pid, struct process_stat *stat)
{
    char path[PROC_PATH_ROOM];
    char line[1024];
    struct moment at = clock_moment();

    proc_path(path, pid, "stat");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    /* One read returns the whole file; a stop of hundreds of processes makes this call most often. */
    ssize_t length = read(fd, line, sizeof line - 1);
    close(fd);
    if (length <= 0)
        return false;
    line[length] = '\0';
    /* The name may hold spaces and parentheses: it ends at the last one. */
    char *open_bracket = strchr(line, '(');
    char *close_bracket = strrchr(line, ')');
    if (open_bracket == NULL || close_bracket == NULL || close_bracket < open_bracket)
        return false;
    *stat = (struct process_stat){ .pid = pid, .status = -1, .at = at };
    size_t comm_length = (size_t)(close_bracket - open_bracket - 1);
    if (comm_length >= COMM_ROOM)
        comm_length = COMM_ROOM - 1;
    memcpy(stat->comm, open_bracket + 1, comm_length);
    printable(stat->comm);

    char *field = close_bracket + 2;
    if (*field == 'Z')
        stat->status = zombie_status(field);
    for (int number = 3; number <= 22 && *field != '\0'; number++) {
        char *end = strchrnul(field, ' ');
        switch (number) {
        case 3: stat->state = *field; break;
        case 4: stat->parent = (pid_t)strtol(field, NULL, 10); break;
        case 6: stat->session = (pid_t)strtol(field, NULL, 10); break;
        case 9: stat->flags = strtoul(field, NULL, 10); break;
        case 20: stat->threads = strtoul(field, NULL, 10); break;
        case 22: stat->start = strtoull(field, NULL, 10); return true;
        default: break;
        }
        field = *end == '\0' ? end : end + 1;
    }
    return false;
}

bool process_is_over(const struct process_stat *stat)
{
    return (stat->state == 'Z' && stat->threads <= 1) || stat->state == 'X';
}

/* One of the hexadecimal masks of /proc/PID/status. */
static bool mask_has(const char *status, const char *name, int signal_number)
{
    const char *at = strstr(status, name);

    return at != NULL && (strtoull(at + strlen(name), NULL, 16) >> (signal_number - 1) & 1) != 0;
}

bool process_minds_sigterm(pid_t pid)
{
    char path[PROC_PATH_ROOM], status[16384]; /* the groups of a user come before the masks */

    proc_path(path, pid, "status");
    if (file_read_small(AT_FDCWD, path, status, sizeof status) < 0)
        return false;
    return mask_has(status, "\nSigCgt:", SIGTERM) || mask_has(status, "\nSigIgn:", SIGTERM) ||
           mask_has(status, "\nSigBlk:", SIGTERM);
}

bool process_is_other_thread(pid_t pid)
{
    char path[PROC_PATH_ROOM], status[512]; /* the first lines */

    proc_path(path, pid, "status");
    if (file_read_small(AT_FDCWD, path, status, sizeof status) < 0)
        return false;
    const char *at = strstr(status, "\nTgid:\t");
    return at != NULL && (pid_t)strtol(at + strlen("\nTgid:\t"), NULL, 10) != pid;
}

bool process_never_executed(const struct process_stat *stat)
{
    return (stat->flags & FLAG_NEVER_EXECUTED) != 0;
}

/* Field `number` of a line of /proc/PID/stat, from the third on; 0 where there is none. */
static uint64_t stat_field(const char *line, int number)
{
    const char *field = strrchr(line, ')');

    for (int at = 2; field != NULL && at < number; at++) {
        field = strchr(field, ' ');
        field = field == NULL ? NULL : field + 1;
    }
    return field == NULL ? 0 : strtoull(field, NULL, 10);
}

bool process_is_in_exec(pid_t pid)
{
    char path[PROC_PATH_ROOM];
    char line[1024];

    proc_path(path, pid, "stat");
    if (file_read_small(AT_FDCWD, path, line, sizeof line) <= 0)
        return false;
    if ((stat_field(line, FIELD_FLAGS) & (FLAG_EXITING | FLAG_KERNEL_THREAD)) != 0)
        return false;
    /* The kernel notes where the code ends after it has laid out the environment (load_elf_binary). */
    return stat_field(line, FIELD_END_OF_CODE) == 0 ||
           stat_field(line, FIELD_ENV_START) != stat_field(line, FIELD_ENV_END);
}

void printable(char *text)
{
    for (; *text != '\0'; text++)
        if (*text < 0x20 || *text > 0x7e)
            *text = '?';
}

void process_wchan(pid_t pid, char *to, size_t room)
{
    char path[PROC_PATH_ROOM];

    proc_path(path, pid, "wchan");
    if (file_read_small(AT_FDCWD, path, to, room) < 0 || strcmp(to, "0") == 0)
        to[0] = '\0';
    printable(to);
}

int pidfd_open_process(pid_t pid)
{
    int refused = failpoint_error("pidfd");

    if (refused != 0) {
        errno = refused;
        return -1;
    }
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

int pidfd_signal(int pidfd, int signal_number)
{
    return syscall(SYS_pidfd_send_signal, pidfd, signal_number, NULL, 0) == 0 ? 0 : errno;
}

uint64_t pidfd_inode(int pidfd)
{
    struct statfs filesystem;
    struct stat status;

    /* Before pidfs all pidfds share one anonymous inode, whose number identifies nothing. */
    if (fstatfs(pidfd, &filesystem) != 0 || filesystem.f_type != PIDFS_MAGIC)
        return 0;
    return fstat(pidfd, &status) == 0 ? (uint64_t)status.st_ino : 0;
}

bool identity_read(pid_t pid, struct identity *id)
{
    struct process_stat stat;
    int pidfd = pidfd_open_process(pid);

    *id = (struct identity){ .pid = pid, .inode = pidfd < 0 ? 0 : pidfd_inode(pidfd) };
    bool there = process_stat_read(pid, &stat);
    if (pidfd >= 0) {
        /* Still alive after the read: so stat and pidfd are of the same process. */
        there = there && pidfd_signal(pidfd, 0) != ESRCH;
        close(pidfd);
    }
    id->start = stat.start;
    return there;
}

bool boot_id_read(char boot_id[UUID_ROOM])
{
    char text[64];

    if (file_read_small(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, sizeof text) < UUID_ROOM - 1)
        return false;
    memcpy(boot_id, text, UUID_ROOM - 1);
    boot_id[UUID_ROOM - 1] = '\0';
    return true;
}
