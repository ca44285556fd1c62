/* See spawner-answers.h. */
#include "spawner-answers.h"

#include "answer.h"
#include "numbers.h"

static void answer_of(const char *word, const char *attempt, pid_t pid)
{
    char line[128];
    struct text t;

    text_start(&t, line, sizeof line);
    text_add(&t, word);
    text_add(&t, attempt);
    text_add(&t, " ");
    text_add_number(&t, (uint64_t)pid);
    text_add(&t, "\n");
    answer_line(line, t.length);
}

void answer_started(const char *attempt, pid_t pid)
{
    answer_of("started ", attempt, pid);
}

void answer_died(const char *attempt, pid_t pid)
{
    answer_of("died ", attempt, pid);
}

static void add_number(struct text *t, uint64_t number)
{
    text_add(t, " ");
    text_add_number(t, number);
}

static void start_of(struct text *t, char *line, size_t room, const char *word, const char *attempt, pid_t pid)
{
    text_start(t, line, room);
    text_add(t, word);
    text_add(t, attempt);
    add_number(t, (uint64_t)pid);
}

static void answer_orphan(const char *attempt, pid_t keeper, const struct orphan *orphan)
{
    char line[256];
    struct text t;

    start_of(&t, line, sizeof line, "orphan ", attempt, keeper);
    add_number(&t, (uint64_t)orphan->pid);
    add_number(&t, orphan->start);
    if (orphan->signal == 0)
        add_number(&t, (uint64_t)orphan->code);
    else
        text_add(&t, " -");
    if (orphan->signal != 0)
        add_number(&t, (uint64_t)orphan->signal);
    else
        text_add(&t, " -");
    text_add(&t, " ");
    text_add(&t, orphan->comm);
    text_add(&t, "\n");
    answer_line(line, t.length);
}

void answer_cleared(const char *attempt, pid_t pid, const struct orphans *orphans, size_t keepers)
{
    char line[256];
    struct text t;

    for (size_t i = 0; i < orphans->count; i++)
        answer_orphan(attempt, pid, &orphans->ended[i]);
    start_of(&t, line, sizeof line, "cleared ", attempt, pid);
    add_number(&t, orphans->count);
    add_number(&t, orphans->omitted);
    add_number(&t, keepers);
    text_add(&t, "\n");
    answer_line(line, t.length);
}

void answer_left(const char *attempt, pid_t pid)
{
    answer_of("left ", attempt, pid);
}
