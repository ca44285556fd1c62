/* Processes that have ended but cannot be reaped, because a debugger outside the job holds them. */
#ifndef HOLDFAST_HELD_ZOMBIES_H
#define HOLDFAST_HELD_ZOMBIES_H

#include <stdint.h>
#include <sys/types.h>

/*
 * How many children this process, the keeper, has if every one of them is a zombie that another process traces and has
 * not waited for. 0: a child may live. Call when the kernel had nothing to reap.
 */
uint64_t held_zombies(pid_t keeper);

#endif
