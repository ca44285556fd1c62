/* What the launcher reads from our standard output: one line per launch. */
#ifndef HOLDFAST_ANSWER_H
#define HOLDFAST_ANSWER_H

#include <stddef.h>
#include <sys/types.h>

/* The line for the launcher, until it could be written. */
struct answer {
    char line[128];
    size_t length;
};

/* Does not wait: what the reader does not take yet is kept for answer_flush. */
void answer_ready(struct answer *a, const char *attempt, pid_t pid);
void answer_flush(struct answer *a);
/* These may wait: nothing that needs us runs. */
void answer_void(const char *attempt);
void answer_failed(const char *attempt, const char *stage, int error);
/* A whole line, in one write. */
void answer_line(const char *line, size_t length);

#endif
