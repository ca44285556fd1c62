/* Whether the disk with the attempt's folder is full: output written then is truncated or lost. */
#ifndef HOLDFAST_DISK_WATCH_H
#define HOLDFAST_DISK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "json-writer.h"

struct disk_watch {
    uint64_t next_check_ms;
    bool full; /* at the last check */
    uint64_t samples; /* checks that found it full */
    uint64_t first_wall_ms;
    uint64_t last_wall_ms;
};

/* Returns true when it became full or stopped being full. */
bool disk_watch_advance(struct disk_watch *d, int folder_fd);
uint64_t disk_watch_next_ms(const struct disk_watch *d);
/* Samples now, whenever the last sample was. */
void disk_watch_sample(struct disk_watch *d, int folder_fd);
void disk_watch_write(const struct disk_watch *d, struct json *j);

#endif
