/* ENOENT for 2: names of the errors that a keeper can meet. */
#ifndef HOLDFAST_ERRNO_NAMES_H
#define HOLDFAST_ERRNO_NAMES_H

/* "E?" for a number that is not in the table; the number itself is always reported beside it. */
const char *errno_name(int number);
/* 0 for an unknown name */
int errno_number(const char *name);

#endif
