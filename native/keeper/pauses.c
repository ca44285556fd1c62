/* See pauses.h. */
#include "pauses.h"

static const char *const end_names[] = { NULL, "resume", "stop", "end" };

/* NULL: it is only counted */
static struct one_pause *last(struct pauses *p)
{
    return p->count == 0 || p->count > PAUSES_LISTED ? NULL : &p->list[p->count - 1];
}

void pauses_begin(struct pauses *p, struct moment at)
{
    p->count++;
    p->since_us = at.us;
    if (last(p) != NULL)
        *last(p) = (struct one_pause){ .asked_wall_ms = at.wall_ms };
}

void pauses_frozen(struct pauses *p, uint64_t wall_ms)
{
    struct one_pause *one = last(p);

    if (one != NULL && one->frozen_wall_ms == 0)
        one->frozen_wall_ms = wall_ms;
}

void pauses_end(struct pauses *p, enum pause_end end, struct moment at)
{
    struct one_pause *one = last(p);

    p->total_us += at.us > p->since_us ? at.us - p->since_us : 0;
    if (one == NULL)
        return;
    one->ended_wall_ms = at.wall_ms;
    one->end = end;
}

void pauses_write(const struct pauses *p, bool lasts, struct json *j)
{
    size_t listed = p->count < PAUSES_LISTED ? (size_t)p->count : PAUSES_LISTED;

    json_number(j, "paused_ms", (p->total_us + (lasts ? clock_us() - p->since_us : 0)) / 1000);
    json_open(j, "pauses", '[');
    for (size_t i = 0; i < listed; i++) {
        const struct one_pause *one = &p->list[i];
        json_open(j, NULL, '{');
        json_number(j, "asked_ms", one->asked_wall_ms);
        json_number_if(j, "frozen_ms", one->frozen_wall_ms != 0, one->frozen_wall_ms);
        json_number_if(j, "ended_ms", one->end != PAUSE_LASTS, one->ended_wall_ms);
        json_string_if(j, "end", end_names[one->end]);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_number(j, "pauses_omitted", p->count - listed);
}
