/* Signals to members, each to the intended process or to none. */
#ifndef HOLDFAST_LINUX_SIGNAL_H
#define HOLDFAST_LINUX_SIGNAL_H

#include "keeper.h"

/*
 * Sends to one member if it is still the same process and still ours: through a pidfd opened before
 * the check, or directly where it is an unreaped child of the keeper. 0, ESRCH, or the kernel's errno.
 */
int member_signal(struct keeper *k, struct member *member, int signal_number);
/* Sends the signals, in order, to every living member except the process `but`; second may be 0. */
void members_signal(struct keeper *k, int first, int second, pid_t but);

#endif
