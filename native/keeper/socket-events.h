/* Events to all clients that subscribe. */
#ifndef HOLDFAST_SOCKET_EVENTS_H
#define HOLDFAST_SOCKET_EVENTS_H

#include "keeper.h"

void socket_tell_status(struct keeper *k);
void socket_tell_ended(struct keeper *k);
/* The status if survivors have changed, at most four times a second. */
void socket_tell_survivors(struct keeper *k);

#endif
