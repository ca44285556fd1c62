/* Lines of standard input, fields of a line, buffered standard output; for the short commands. */
#ifndef HOLDFAST_LINES_H
#define HOLDFAST_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* Calls `found` for each line. False if one is longer than 200 bytes or reading fails. */
bool lines_each(int fd, void (*found)(char *line, void *context), void *context);
/* Splits at single spaces, in place. Returns how many, at most `max`. */
size_t args_split(char *line, char **args, size_t max);

#endif
