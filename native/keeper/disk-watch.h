/* Whether the disk with the attempt's folder is full: output written then is truncated or lost. */
#ifndef HOLDFAST_DISK_WATCH_H
#define HOLDFAST_DISK_WATCH_H

#include "json-writer.h"
#include "keeper.h"

/* Returns true when it became full or stopped being full. */
bool disk_watch_advance(struct keeper *k);
uint64_t disk_watch_next_ms(const struct keeper *k);
/* Samples now, whenever the last sample was. */
void disk_watch_look(struct keeper *k);
void disk_watch_write(const struct keeper *k, struct json *j);

#endif
