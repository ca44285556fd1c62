/*
 * Which numbers the kernel can have given to processes since an attempt's payload was forked.
 *
 * docs/decisions/0053-younger-processes-by-number.md has the argument and its limits.
 */
#ifndef HOLDFAST_PID_ORDER_H
#define HOLDFAST_PID_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "process-state.h"

/* More numbers than this are not tried one by one: listing /proc is cheaper then. */
#define PIDS_TRIED_MAX 2048

/* The `count` numbers after `after`; they go round at `largest`. */
struct pid_span {
    pid_t after;
    uint64_t count;
    uint64_t largest;
};

/* The pid that was assigned last. 0 if unknown. */
pid_t newest_pid(void);

/* Reads what stays the same as long as the machine runs: once, before keepers are forked. */
void pid_order_prepare(void);
/* Just before the payload is forked. */
void pid_order_begin(struct pid_order *order);
/* At every turn of the keeper; free after the first seconds. */
void pid_order_note(struct pid_order *order);
/* False: not known, and every process has to be searched. */
bool pid_order_since(struct pid_order *order, struct pid_span *span);

bool pid_span_has(const struct pid_span *span, pid_t pid);
/* Number `index` of the span, from 0 on. No process has the pid 0. */
pid_t pid_span_at(const struct pid_span *span, uint64_t index);
/* By a process or a thread. Reads nothing of it, so nothing can hold this up. */
bool pid_is_used(pid_t pid);
/* Whether no process and no thread has any of them. */
bool pid_span_is_unused(const struct pid_span *span);

#endif
