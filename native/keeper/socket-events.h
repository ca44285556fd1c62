/* Events to all clients that subscribe. */
#ifndef HOLDFAST_SOCKET_EVENTS_H
#define HOLDFAST_SOCKET_EVENTS_H

#include "keeper.h"

void socket_report_status(struct keeper *k);
void socket_report_ended(struct keeper *k);
/* The status if survivors have changed, at most four times a second. */
void socket_report_survivors(struct keeper *k);

#endif
