/*
 * first-instruction FILE: appends the time of its first instruction (CLOCK_MONOTONIC, ns) to FILE.
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct timespec now;
    char line[32];

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (argc != 2)
        return 2;
    int file = open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0600);
    int length = snprintf(line, sizeof line, "%lld\n", now.tv_sec * 1000000000LL + now.tv_nsec);
    return file < 0 || write(file, line, (size_t)length) != length;
}
