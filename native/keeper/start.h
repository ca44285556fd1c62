/* From a launch message to an open gate. */
#ifndef HOLDFAST_START_H
#define HOLDFAST_START_H

#include "keeper.h"
#include "launch-message.h"

enum { KEEPER_ENDED = 0, KEEPER_FAILED = 1, KEEPER_USAGE = 2, KEEPER_VOID = 3 };

/*
 * Becomes the keeper of the attempt and returns its exit status when the attempt has ended, or at
 * once when it could not be started. `m` is parsed; it is freed as soon as it is no longer needed.
 * The answer goes to standard output.
 */
int keeper_run(struct launch_message *m);
#endif
