/* See spawned.h. */
#include "spawned.h"

#include <stdlib.h>
#include <string.h>

bool spawned_room(struct spawned *s)
{
    if (s->count < s->room)
        return true;
    size_t room = s->room == 0 ? 32 : s->room * 2;
    struct spawned_keeper *grown = realloc(s->list, room * sizeof *grown);
    if (grown == NULL)
        return false;
    s->list = grown;
    s->room = room;
    return true;
}

void spawned_add(struct spawned *s, pid_t pid, const char *attempt)
{
    s->list[s->count] = (struct spawned_keeper){ .pid = pid };
    strcpy(s->list[s->count++].attempt, attempt);
}

struct spawned_keeper *spawned_find(const struct spawned *s, pid_t pid)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].pid == pid && !s->list[i].killed)
            return &s->list[i];
    return NULL;
}

void spawned_forget(struct spawned *s, struct spawned_keeper *keeper)
{
    *keeper = s->list[--s->count];
}

void spawned_free(struct spawned *s)
{
    free(s->list);
    *s = (struct spawned){ 0 };
}
