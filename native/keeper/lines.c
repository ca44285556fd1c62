/* See lines.h. No allocation. */
#include "lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool lines_each(int fd, void (*found)(char *line, void *context), void *context)
{
    char buffer[4096];
    size_t used = 0;

    for (;;) {
        ssize_t got = read(fd, buffer + used, sizeof buffer - 1 - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        used += (size_t)got;
        char *start = buffer;
        char *newline;
        while ((newline = memchr(start, '\n', used - (size_t)(start - buffer))) != NULL) {
            *newline = '\0';
            found(start, context);
            start = newline + 1;
        }
        used -= (size_t)(start - buffer);
        memmove(buffer, start, used);
        if (got == 0) {
            buffer[used] = '\0';
            if (used > 0)
                found(buffer, context);
            return true;
        }
        if (used == sizeof buffer - 1)
            return false;
    }
}

size_t args_split(char *line, char **args, size_t max)
{
    size_t count = 0;
    char *word;

    while (count < max && (word = strsep(&line, " ")) != NULL)
        if (*word != '\0')
            args[count++] = word;
    return line == NULL ? count : max + 1;
}
