/* The log files that the payload writes to itself, and their quota. */
#ifndef HOLDFAST_OUTPUT_H
#define HOLDFAST_OUTPUT_H

#include "keeper.h"

/* 0 or an errno. Also opens keeper.log as standard error. */
int output_open(struct keeper *k, bool split);
/* Punches holes at the beginning of each file so that about the quota is left; offsets stay valid. */
void output_keep_quota(struct keeper *k);
/* The same when nothing of the attempt writes any more. */
void output_settle(struct keeper *k);
uint64_t output_next_ms(const struct keeper *k);
uint64_t output_bytes(const struct keeper *k, int which);

#endif
