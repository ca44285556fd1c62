/* See unapplied.h. */
#include "unapplied.h"

#include <string.h>

void unapplied_add(struct unapplied *u, const char *what, int error)
{
    for (size_t i = 0; i < u->count; i++)
        if (strcmp(u->list[i].what, what) == 0)
            return;
    if (u->count == UNAPPLIED_MAX)
        return;
    struct refusal *refusal = &u->list[u->count++];
    strncpy(refusal->what, what, sizeof refusal->what - 1);
    refusal->error = error;
}
