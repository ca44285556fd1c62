/*
 * write-output BYTES FILE: writes BYTES of text lines to standard output, 64 KiB at a time, and the time
 * that this took (ns) to FILE.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PIECE 65536

static long long now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
    static char piece[PIECE];
    char line[32];

    if (argc != 3)
        return 2;
    memset(piece, 'x', sizeof piece);
    for (size_t at = 79; at < sizeof piece; at += 80)
        piece[at] = '\n';
    long long left = atoll(argv[1]);
    long long began = now_ns();
    while (left > 0) {
        ssize_t written = write(STDOUT_FILENO, piece, left < PIECE ? (size_t)left : PIECE);
        if (written <= 0)
            return 1;
        left -= written;
    }
    int length = snprintf(line, sizeof line, "%lld\n", now_ns() - began);
    int file = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    return file < 0 || write(file, line, (size_t)length) != length;
}
