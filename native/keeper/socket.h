/*
 * keeper.sock and its clients.
 *
 * A client can ask and watch; it can never make the keeper wait. Descriptors do not block, what a
 * client does not read is kept up to a limit and then the client is dropped.
 */
#ifndef HOLDFAST_SOCKET_H
#define HOLDFAST_SOCKET_H

#include <poll.h>

#include "keeper.h"

/* Binds and listens under a name aside. 0 or an errno. */
int socket_open(struct keeper *k);
/* Puts it in place as keeper.sock. 0 or an errno. */
int socket_place(struct keeper *k);
/*
 * Another socket in the place of one that was removed or replaced by somebody; clients stay. Without
 * one to put there the old one stays too: it may be in place again the next time.
 */
void socket_replace(struct keeper *k);
/* Removes whichever name it has, if that is still ours. */
void socket_remove(struct keeper *k);

/* Fills in what to poll for; at most CLIENTS_MAX + 1 entries. Returns how many. */
size_t socket_poll_set(const struct keeper *k, struct pollfd *set);
/* Serves what poll said about the entries of socket_poll_set. */
void socket_serve(struct keeper *k, const struct pollfd *set, size_t count);

/* Events to all subscribers. */
void socket_tell_status(struct keeper *k);
void socket_tell_ended(struct keeper *k);
/* The same if survivors have changed, at most four times a second. */
void socket_tell_survivors(struct keeper *k);
uint64_t socket_next_ms(const struct keeper *k);
/* Gives clients a moment to take the last lines, then closes. */
void socket_drain(struct keeper *k);

#endif
