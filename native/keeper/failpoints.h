/*
 * Named points at which a test can make a keeper be killed, stop or fail.
 *
 * Only in the faulty build; the normal build compiles them away. A point is placed between two durable
 * steps, so that killing at each of them covers every state that a crash can leave behind.
 */
#ifndef HOLDFAST_FAILPOINTS_H
#define HOLDFAST_FAILPOINTS_H

#ifdef HOLDFAST_FAILPOINTS
/* Takes HOLDFAST_KEEPER_FAILPOINT from the environment, once, before it is wiped. */
void failpoints_read(void);
/* Kills or stops the process if requested; else the errno that the next step should fail with, or 0. */
#define failpoint(name) ((void)failpoint_error(name))
int failpoint_error(const char *name);
int failpoints_list(void);
#else
#define failpoint(name) ((void)0)
#define failpoint_error(name) 0
#endif

#endif
