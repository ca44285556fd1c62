/* The `status` and `ended` lines (PROTOCOL.md, "The socket"). */
#ifndef HOLDFAST_STATUS_H
#define HOLDFAST_STATUS_H

#include "json-writer.h"
#include "keeper.h"

/* One line with its newline. Uses the last sample of the members; does not take one. */
void status_line(struct keeper *k, struct json *j);
void ended_line(const struct keeper *k, struct json *j);
/* Changes whenever the survivors do. */
uint64_t status_survivors_hash(const struct keeper *k);

#endif
