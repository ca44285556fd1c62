/*
 * The payload: the main process of the attempt, forked early, executed late.
 *
 * Between fork and gate it is a process that the claim can name and that has executed nothing. The gate
 * is a pipe: one byte opens it; end of file (the keeper closed it or ended) makes the payload exit.
 */
#ifndef HOLDFAST_PAYLOAD_H
#define HOLDFAST_PAYLOAD_H

#include "keeper.h"

struct launch_message;

/* Settings that the keeper changed for itself and that the payload gets back. */
struct inherited {
    mode_t umask;
};

/* 0 or an errno. */
int payload_fork(struct keeper *k, const struct launch_message *m, const struct inherited *inherited);
void payload_open_gate(struct keeper *k);
/* Before the gate opened: kills and reaps it. It has executed nothing. */
void payload_abandon(struct keeper *k);
/* The report pipe is readable: an exec error, or the end of file that a successful exec leaves. */
void payload_read_report(struct keeper *k);

#endif
