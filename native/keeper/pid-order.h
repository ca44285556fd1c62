/* What the numbers of processes say about their age. */
#ifndef HOLDFAST_PID_ORDER_H
#define HOLDFAST_PID_ORDER_H

#include <stdint.h>
#include <sys/types.h>

/* The pid that was assigned last. 0 if unknown. */
pid_t newest_pid(void);
/* No process that was started after `first`, which was forked at `forked_us`, has a lower pid. 0: that is not known. */
pid_t lowest_pid_since(pid_t first, uint64_t forked_us);

#endif
