/*
 * See holders.h.
 *
 * By device and inode, never by path: another mount namespace sees the same file under another name.
 * Descriptors are queried without synchronising, so that an unresponsive network disk does not block.
 */
#include "holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux-process.h"
#include "numbers.h"

static void mark(struct held *held, uint64_t major, uint64_t minor, uint64_t inode)
{
    if (major != held->major || minor != held->minor)
        return;
    for (size_t i = 0; i < held->count; i++)
        held->by[i] = held->by[i] || held->inodes[i] == inode;
}

static bool descriptors(pid_t pid, struct held *held)
{
    char path[PROC_PATH_ROOM];
    struct dirent *entry;

    proc_path(path, pid, "fd");
    DIR *folder = opendir(path);
    if (folder == NULL)
        return errno != EACCES && errno != EPERM;
    bool whole = true;
    while ((entry = readdir(folder)) != NULL) {
        struct statx s;
        if (entry->d_name[0] == '.')
            continue;
        if (statx(dirfd(folder), entry->d_name, AT_STATX_DONT_SYNC, STATX_INO, &s) == 0)
            mark(held, s.stx_dev_major, s.stx_dev_minor, s.stx_ino);
        else
            whole = whole && errno != EACCES && errno != EPERM;
    }
    closedir(folder);
    return whole;
}

/* `7f00-7f01 rw-s 00000000 00:1a 4711 /dev/shm/name`: the device is hexadecimal, the inode decimal. */
static void mapping(char *line, struct held *held)
{
    char *rest = line, *device = NULL, *inode = NULL;

    for (int field = 0; field < 5; field++) {
        char *word = strsep(&rest, " ");
        if (word == NULL)
            return;
        device = field == 3 ? word : device;
        inode = field == 4 ? word : inode;
    }
    char *colon = strchr(device, ':');
    if (colon != NULL)
        mark(held, strtoull(device, NULL, 16), strtoull(colon + 1, NULL, 16), strtoull(inode, NULL, 10));
}

static bool mappings(pid_t pid, struct held *held)
{
    char path[PROC_PATH_ROOM];
    char buffer[16384];
    size_t kept = 0;

    proc_path(path, pid, "maps");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno != EACCES && errno != EPERM;
    for (;;) {
        ssize_t got = read(fd, buffer + kept, sizeof buffer - 1 - kept);
        if (got <= 0)
            break;
        char *line = buffer;
        buffer[kept + (size_t)got] = '\0';
        for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            mapping(line, held);
        }
        kept = strlen(line);
        memmove(buffer, line, kept);
    }
    close(fd);
    return true;
}

static bool is_own(pid_t pid)
{
    char path[PROC_PATH_ROOM];
    char text[4096];
    char *uid;

    /* An init that we may not read has more privileges than we have; it is not a worker of any job. */
    if (pid == 1)
        return false;
    /* Not the owner of /proc/PID: that is root where the process may not be read. */
    proc_path(path, pid, "status");
    if (file_read_small(AT_FDCWD, path, text, sizeof text) <= 0 || (uid = strstr(text, "\nUid:")) == NULL)
        return false;
    return strtoul(uid + 5, NULL, 10) == getuid();
}

void holders_of_process(pid_t pid, struct held *held)
{
    bool whole = descriptors(pid, held);

    if (mappings(pid, held) && whole)
        return;
    if (is_own(pid))
        held->own_denied = true;
    else
        held->others_denied = true;
}

void holders_everywhere(struct held *held)
{
    struct dirent *entry;
    DIR *proc = opendir("/proc");

    if (proc == NULL)
        held->own_denied = held->others_denied = true;
    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        uint64_t pid;
        if (number_parse(entry->d_name, INT32_MAX, &pid))
            holders_of_process((pid_t)pid, held);
    }
    if (proc != NULL)
        closedir(proc);
}
