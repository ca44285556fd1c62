/*
 * The build beside this program: whether it is made from the sources beside it, which one it is, and
 * which verbs the server's host can run. The same check as scripts/fresh.sh, in a fifth of the time.
 */
#ifndef HOLDFAST_CLIENT_BUILD_H
#define HOLDFAST_CLIENT_BUILD_H

#include <stdbool.h>

struct build {
    /* An open descriptor of the clone's folder. */
    int root;
    /* From build/stamp; empty where it has none. */
    const char *head;
    const char *id;
    /* First argument of each command that can be hosted, with blanks between. */
    const char *hosted;
    const char *inputs;
};

/* Reads build/stamp. False: there is none, or it cannot be read. */
bool build_read(struct build *build, const char *root);
/* Whether every input is older than the stamp and the same commit is checked out. */
bool build_is_fresh(const struct build *build);
bool build_hosts(const struct build *build, const char *verb);

#endif
