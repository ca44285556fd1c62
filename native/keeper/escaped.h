/*
 * Processes that carry this attempt's cookie though nothing of the attempt lives: started by somebody
 * else on its behalf (`systemd-run`, `at`, a daemon) or by a service that inherited its environment.
 *
 * They are no part of the proof. The exit record names them and who owns them; with the launch key
 * `escaped=stop` they are stopped too, and the record waits until their pidfds say that they ended.
 */
#ifndef HOLDFAST_ESCAPED_H
#define HOLDFAST_ESCAPED_H

#include "json-writer.h"
#include "keeper.h"

/*
 * Call when nothing of the attempt lives, again and again until it is true. The first call searches
 * the machine; it and its like block for two seconds at most.
 */
bool escaped_settled(struct keeper *k);
/* When to be called again while `stopping`. Monotonic microseconds. */
uint64_t escaped_next_us(const struct keeper *k);
/* Readable when the next of them has ended; -1: none. */
int escaped_watch_fd(const struct keeper *k);
void escaped_write(const struct keeper *k, struct json *j);

#endif
