/*
 * HOLDFAST_KEEPER_FAILPOINT=NAME:kill | NAME:stall | NAME:errno=ENOSPC[:COUNT], several separated by commas.
 *
 * `kill` is SIGKILL to itself: nothing is cleaned up, as when another process sends it. `stall` is
 * SIGSTOP to itself: a test sees it by waitpid(WUNTRACED) or state T, acts, and continues it with
 * SIGCONT. `errno` fails the step the first COUNT times (default: always).
 */
#include "failpoints.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "errno-names.h"
#include "numbers.h"

static const char *const points[] = {
    "start",        "folder_opened", "output_opened", "fork",       "forked",      "claim_write",
    "claim_temporary",  "claim_link",    "claim_linked",  "socket_bind", "socket",     "gate_opened",
    "answered",     "main_ended",    "stop_wanted",   "inspected",  "term_sent",   "kill_sent",
    "empty",        "exit_write",    "exit_temporary",    "exit_renamed", "before_leave", "folder_sync",
    "children_file", "pidfd",         "spawn",      "searched",
};

enum { PLANS_MAX = 8 };

static struct {
    char name[32];
    char action[8];
    int error;
    uint64_t count;
} plans[PLANS_MAX];

static void plan_read(char *spec, size_t slot)
{
    char *action = strchr(spec, ':');

    if (action == NULL || (size_t)(action - spec) >= sizeof plans[slot].name)
        return;
    *action++ = '\0';
    strcpy(plans[slot].name, spec);
    plans[slot].count = UINT64_MAX;
    if (strncmp(action, "errno=", 6) == 0) {
        char *count = strchr(action, ':');
        if (count != NULL) {
            *count++ = '\0';
            number_parse(count, UINT64_MAX, &plans[slot].count);
        }
        plans[slot].error = errno_number(action + 6);
    } else if (strlen(action) < sizeof plans[slot].action) {
        strcpy(plans[slot].action, action);
    }
}

void failpoints_read(void)
{
    const char *given = getenv("HOLDFAST_KEEPER_FAILPOINT");
    char *copy = given == NULL ? NULL : strdup(given);
    size_t slot = 0;
    char *rest = copy;

    while (rest != NULL && slot < PLANS_MAX) {
        char *spec = strsep(&rest, ",");
        plan_read(spec, slot++);
    }
    free(copy);
}

int failpoint_error(const char *name)
{
    for (size_t i = 0; i < PLANS_MAX; i++) {
        if (strcmp(plans[i].name, name) != 0 || plans[i].count == 0)
            continue;
        plans[i].count--;
        if (strcmp(plans[i].action, "kill") == 0)
            kill(getpid(), SIGKILL);
        if (strcmp(plans[i].action, "stall") == 0) {
            plans[i].count = 0;
            kill(getpid(), SIGSTOP);
        }
        return plans[i].error;
    }
    return 0;
}

int failpoints_list(void)
{
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        char line[40];
        struct text t;
        text_start(&t, line, sizeof line);
        text_add(&t, points[i]);
        text_add(&t, "\n");
        if (write(STDOUT_FILENO, line, t.length) < 0)
            return 1;
    }
    return 0;
}
