/*
 * One line on standard error, or, once an attempt's folder is open, in its keeper.log. That is made with the
 * first complaint: nearly all were empty, and a new file costs the file system an inode.
 */
#ifndef HOLDFAST_COMPLAIN_H
#define HOLDFAST_COMPLAIN_H

/* `folder_fd` is read at each complaint. NULL: on standard error. */
void complain_in(const int *folder_fd);
/* detail may be NULL, error 0. Never a value from the payload's environment or arguments. */
void complain(const char *message, const char *detail, int error);

#endif
