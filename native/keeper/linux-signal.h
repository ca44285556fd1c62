/* Signals to members, each to the process that was meant or to nobody. */
#ifndef HOLDFAST_LINUX_SIGNAL_H
#define HOLDFAST_LINUX_SIGNAL_H

#include "keeper.h"

/*
 * Sends to one member if it is still the same process and still ours: through a pidfd opened before
 * the check, or directly where it is an unreaped child of the keeper. 0, ESRCH, or what the kernel said.
 */
int member_signal(struct keeper *k, struct member *member, int signal_number);
/* Sends the signals to every living member, in order; second may be 0. Not to the process `but`. */
void members_signal(struct keeper *k, int first, int second, pid_t but);

#endif
