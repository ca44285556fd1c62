/* A command that the host runs: its output, input and signals. */
#ifndef HOLDFAST_CLIENT_RELAY_H
#define HOLDFAST_CLIENT_RELAY_H

#include <stdbool.h>

/*
 * Waits until the host is ready for the command. False: it is not, or it says nothing in time. Until
 * `relay` nothing of the command has run, so Node can run it instead.
 */
bool host_is_ready(int connection);

/*
 * Lets the command run, and passes everything on until it has ended, or the host has. False: the host was
 * gone before it could be let run.
 */
bool relay(int connection, int *exit_code);

#endif
