/*
 * `holdfast-keeper follow PID START INODE`: ends when that process does, with its exit status or by
 * its signal where the kernel tells (Linux 6.15), else with FOLLOW_UNKNOWN. The payload of an
 * attempt that adopts: it has to have a main process, and this one stands for the adopted one.
 */
#ifndef HOLDFAST_FOLLOW_H
#define HOLDFAST_FOLLOW_H

/* One that ended with this very code is told as unknown too: never more is claimed than is known. */
#define FOLLOW_UNKNOWN 125

int follow_command(int argc, char **argv);

#endif
