/* See find-carriers.h. */
#include "find-carriers.h"

#include "child-work.h"
#include "pid-order.h"

#define SEARCH_TIMEOUT_MS 2000

struct question {
    const char *attempt;
    const struct pid_span *span; /* NULL: every process */
};

static void find(void *context, void *result)
{
    const struct question *question = context;

    carriers_find(question->attempt, question->span, result);
}

bool carriers_ask(struct keeper *k, struct carriers *found)
{
    struct pid_span span;
    struct question question = { .attempt = k->attempt };

    if (pid_order_since(&k->pids, &span))
        question.span = &span;
    /* Nothing has been started since that still runs: no process has to be read, so no child is needed. */
    if (question.span != NULL && pid_span_is_unused(&span)) {
        *found = (struct carriers){ .searched = true };
        return true;
    }
    return child_work_run(find, &question, found, sizeof *found, SEARCH_TIMEOUT_MS) && found->searched;
}
