/*
 * group-kill GROUP PROGRAM [ARGUMENT...]
 *
 * Runs PROGRAM in a new cgroup v2 and, at a line on standard input, does the least that ends it: writes
 * cgroup.kill, reaps every process, and checks that the group is empty. Prints the time of that in ns.
 * Orphans of the program become children of this process, as they become a keeper's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int open_in(const char *group, const char *name, int flags)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%s", group, name);
    return open(path, flags | O_CLOEXEC);
}

static int is_populated(const char *group)
{
    char text[256] = "";
    int file = open_in(group, "cgroup.events", O_RDONLY);

    if (file < 0 || read(file, text, sizeof text - 1) < 0)
        return -1;
    close(file);
    return strstr(text, "populated 1") != NULL;
}

static long long now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
    char line[16];

    if (argc < 3 || (mkdir(argv[1], 0700) != 0 && errno != EEXIST))
        return 2;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (fork() == 0) {
        if (write(open_in(argv[1], "cgroup.procs", O_WRONLY), "0", 1) != 1)
            _exit(1);
        execv(argv[2], argv + 2);
        _exit(1);
    }
    if (fgets(line, sizeof line, stdin) == NULL)
        line[0] = '\0'; /* The measuring process has ended; the tree must end all the same. */
    long long began = now_ns();
    if (write(open_in(argv[1], "cgroup.kill", O_WRONLY), "1", 1) != 1)
        return 1;
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        ;
    while (is_populated(argv[1]) == 1)
        ;
    long long took_ns = now_ns() - began;
    rmdir(argv[1]);
    printf("%lld\n", took_ns);
    return 0;
}
