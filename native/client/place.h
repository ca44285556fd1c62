/* The socket of the server's command host, checked as src/config/checked-socket.ts checks the server's own. */
#ifndef HOLDFAST_CLIENT_PLACE_H
#define HOLDFAST_CLIENT_PLACE_H

/*
 * Connects to the host of the server whose folders the environment names. The runtime folder and both
 * sockets must belong to this user, and so must the process that listens. -1: there is none like that,
 * or it cannot be found out here; Node then finds out and reports it.
 */
int host_connect(void);

#endif
