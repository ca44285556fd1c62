/*
 * keeper.sock and its clients.
 *
 * A client can send requests and watch; it can never make the keeper wait. Descriptors do not block. Data
 * that a client does not read is kept up to a limit; then the client is dropped.
 */
#ifndef HOLDFAST_SOCKET_H
#define HOLDFAST_SOCKET_H

#include <poll.h>

#include "keeper.h"

/* Binds and listens under a temporary name. 0 or an errno. */
int socket_open(struct keeper *k);
/* Puts it in place as keeper.sock. 0 or an errno. */
int socket_place(struct keeper *k);
/*
 * Puts a new socket in place of a removed or replaced one; clients stay connected. If that fails,
 * the old socket stays open: it may be in place again the next time.
 */
void socket_replace(struct keeper *k);
/* Removes the socket's current name, if it is still ours. */
void socket_remove(struct keeper *k);

/* Fills in what to poll for; at most CLIENTS_MAX + 1 entries. Returns how many. */
size_t socket_poll_set(const struct keeper *k, struct pollfd *set);
/* Serves what poll reported for the entries of socket_poll_set. */
void socket_serve(struct keeper *k, const struct pollfd *set, size_t count);

uint64_t socket_next_ms(const struct keeper *k);
/* Gives clients a moment to take the last lines, then closes. */
void socket_drain(struct keeper *k);

#endif
