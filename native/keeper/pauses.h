/*
 * The pauses of an attempt that were requested, for its records. A process that was frozen or stopped
 * without a request to the keeper is not paused.
 */
#ifndef HOLDFAST_PAUSES_H
#define HOLDFAST_PAUSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "json-writer.h"

/* The first ones are listed; the others are counted. */
#define PAUSES_LISTED 32

enum pause_end { PAUSE_LASTS, PAUSE_RESUMED, PAUSE_STOPPED, PAUSE_OUTLASTED };

struct one_pause {
    uint64_t asked_wall_ms;
    uint64_t frozen_wall_ms; /* first seen that no process runs; 0: never seen */
    uint64_t ended_wall_ms;  /* 0: it lasts */
    enum pause_end end;
};

struct pauses {
    struct one_pause list[PAUSES_LISTED];
    uint64_t count;
    uint64_t since_us; /* of the present pause */
    uint64_t total_us; /* of all that have ended */
};

void pauses_begin(struct pauses *p, struct moment at);
void pauses_frozen(struct pauses *p, uint64_t wall_ms);
void pauses_end(struct pauses *p, enum pause_end end, struct moment at);
/* `lasts`: the last one has not ended. */
void pauses_write(const struct pauses *p, bool lasts, struct json *j);

#endif
