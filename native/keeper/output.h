/* The log files that the payload writes to itself, and their quota. */
#ifndef HOLDFAST_OUTPUT_H
#define HOLDFAST_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "unapplied.h"

struct output {
    bool split;
    int fd[2];
    uint64_t quota_bytes;   /* of each file; 0: keep all */
    uint64_t punched_to[2]; /* everything below this offset is a hole */
    uint64_t punched_bytes;
    uint64_t next_check_ms;
    bool no_holes;
};

/* For appending, with O_CREAT; only a regular file. 0 or an errno; `fd` may be open in both cases. */
int log_open(int folder_fd, const char *name, int *fd);
/* In the folder of the attempt. 0 or an errno. */
int output_open(struct output *o, int folder_fd, bool split, uint64_t quota_bytes);
/* Punches holes at the beginning of each file so that about the quota is left; offsets stay valid. */
void output_keep_quota(struct output *o, struct unapplied *unapplied);
/* The same when nothing of the attempt writes any more. */
void output_settle(struct output *o, struct unapplied *unapplied);
uint64_t output_bytes(const struct output *o, int which);

#endif
