/*
 * Processes that have this attempt's cookie although nothing of the attempt lives: another process started
 * them for it (`systemd-run`, `at`, a daemon), or a service that inherited its environment did.
 *
 * They are not part of the proof. The exit record names them and their owners. With the launch key
 * `escaped=stop` they are stopped too, and the record waits until their pidfds show that they ended.
 */
#ifndef HOLDFAST_ESCAPED_H
#define HOLDFAST_ESCAPED_H

#include "json-writer.h"
#include "keeper.h"

/*
 * Call when nothing of the attempt lives, repeatedly until it returns true. The first call searches the
 * machine; each search blocks for two seconds at most.
 */
bool escaped_settled(struct keeper *k);
/* When to call again while `stopping`. Monotonic microseconds. */
uint64_t escaped_next_us(const struct keeper *k);
/* Readable when one of them has ended; -1: none. */
int escaped_watch_fd(const struct keeper *k);
void escaped_write(const struct keeper *k, struct json *j);

#endif
