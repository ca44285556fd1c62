/*
 * `holdfast-keeper follow PID START INODE`: ends when that process does, with its exit status or its
 * signal where the kernel reports it (Linux 6.15), else with FOLLOW_UNKNOWN. It is the payload of an
 * attempt that adopts: an attempt needs a main process, and this one represents the adopted process.
 */
#ifndef HOLDFAST_FOLLOW_H
#define HOLDFAST_FOLLOW_H

/* A process that ended with this very code is reported as unknown too. */
#define FOLLOW_UNKNOWN 125

int follow_command(int argc, char **argv);

#endif
