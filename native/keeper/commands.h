/* What a client may say (PROTOCOL.md, "The socket"). */
#ifndef HOLDFAST_COMMANDS_H
#define HOLDFAST_COMMANDS_H

#include "client.h"
#include "keeper.h"

/* Carries out one line and answers it. */
void command_do(struct keeper *k, struct client *c, char *line);

#endif
