/* See thread-children.h. Reads /proc/PID/task/TID/children, which a kernel has with CONFIG_PROC_CHILDREN. */
#include "thread-children.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "failpoints.h"
#include "linux-process.h"
#include "numbers.h"

static bool each_number(int fd, bool (*found)(pid_t pid, void *context), void *context)
{
    char buffer[4096];
    pid_t pid = 0;
    ssize_t got;

    while ((got = read(fd, buffer, sizeof buffer)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            if (buffer[i] >= '0' && buffer[i] <= '9') {
                pid = (pid_t)(pid * 10 + (buffer[i] - '0'));
            } else if (pid > 0) {
                if (!found(pid, context))
                    return true;
                pid = 0;
            }
        }
    }
    return got == 0;
}

bool children_of_thread(pid_t pid, pid_t thread, bool (*found)(pid_t pid, void *context), void *context)
{
    char path[PROC_PATH_ROOM];
    struct text t;

    if (failpoint_error("children_file") != 0)
        return false;
    proc_path(path, pid, "task/");
    text_start(&t, path + strlen(path), sizeof path - strlen(path));
    text_add_number(&t, (uint64_t)thread);
    text_add(&t, "/children");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool whole = each_number(fd, found, context);
    close(fd);
    return whole;
}
