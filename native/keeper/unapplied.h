/* What was requested and the machine refused, for the exit record. */
#ifndef HOLDFAST_UNAPPLIED_H
#define HOLDFAST_UNAPPLIED_H

#include <stddef.h>

#define UNAPPLIED_MAX 16

struct refusal {
    char what[32];
    int error;
};

struct unapplied {
    struct refusal list[UNAPPLIED_MAX];
    size_t count;
};

/* Each once. */
void unapplied_add(struct unapplied *u, const char *what, int error);

#endif
