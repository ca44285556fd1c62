/*
 * durable-loop COUNT FOLDER PROGRAM: the least that a runner with durable records must do, one job
 * after the other: an intent written and fsynced, the program started and waited for, its outcome
 * written and fsynced. Answers the whole time in ns. With FOLDER `-` nothing is recorded.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long long now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static bool record(int folder, long job, const char *word)
{
    char name[64], text[64];

    snprintf(name, sizeof name, "%ld.%s", job, word);
    int length = snprintf(text, sizeof text, "%ld %s\n", job, word);
    int file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    bool good = file >= 0 && write(file, text, (size_t)length) == length && fsync(file) == 0 && fsync(folder) == 0;
    close(file);
    return good;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    long count = atol(argv[1]);
    bool records = strcmp(argv[2], "-") != 0;
    int folder = records ? open(argv[2], O_RDONLY | O_DIRECTORY) : -1;
    char *arguments[] = { argv[3], NULL };
    long long began = now_ns();

    for (long job = 0; job < count; job++) {
        pid_t pid;
        int status;

        if (records && !record(folder, job, "intent"))
            return 1;
        if (posix_spawn(&pid, argv[3], NULL, NULL, arguments, environ) != 0)
            return 1;
        waitpid(pid, &status, 0);
        if (records && !record(folder, job, "outcome"))
            return 1;
    }
    printf("%lld\n", now_ns() - began);
    return 0;
}
