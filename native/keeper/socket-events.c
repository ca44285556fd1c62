/* See socket-events.h. */
#include "socket-events.h"

#include "client.h"
#include "clock.h"
#include "linux-members.h"
#include "status.h"

#define REPORT_EVERY_MS 250
/* The record of 1,024 processes is larger than what a client may otherwise leave unread. */
#define ENDED_UNSENT_MAX (UNSENT_MAX_BYTES + 512 * 1024)

static void report(struct keeper *k, struct json *j, size_t unsent_max)
{
    for (size_t i = 0; i < CLIENTS_MAX && !j->failed; i++) {
        struct client *c = k->socket.clients[i];
        /* socket_serve drops a broken client: it may be using that client right now. */
        if (c != NULL && c->subscribed && !c->broken)
            client_send(c, j->text, j->length, unsent_max);
    }
    json_free(j);
}

void socket_report_status(struct keeper *k)
{
    struct json j = { 0 };

    if (k->socket.subscribers == 0)
        return;
    status_line(k, &j);
    k->socket.next_survivors_ms = clock_ms() + REPORT_EVERY_MS;
    k->socket.reported_hash = status_survivors_hash(k);
    k->socket.reported_paused = k->pause.done;
    report(k, &j, UNSENT_MAX_BYTES);
}

void socket_report_ended(struct keeper *k)
{
    struct json j = { 0 };

    /* Sent once when known and once when durable, however often writing is tried. */
    if (k->socket.subscribers == 0 || k->record.text == NULL || (k->record.reported && !k->record.durable))
        return;
    k->record.reported = true;
    ended_line(k, &j);
    report(k, &j, ENDED_UNSENT_MAX);
}

void socket_report_survivors(struct keeper *k)
{
    bool watched = k->stop.begun && k->phase < PHASE_RECORDING && k->socket.subscribers > 0;

    if (k->pause.done != k->socket.reported_paused && k->phase == PHASE_RUNNING)
        socket_report_status(k);
    /* While many ended processes are being reaped, a sample would only count zombies; while a tree forks
     * faster than we kill, it takes the processor time that would stop the tree. */
    bool busy = k->reaping.again || k->rounds.outran || k->rounds.passes > 0;
    if (!watched || busy || clock_ms() < k->socket.next_survivors_ms)
        return;
    members_sample(k);
    k->socket.next_survivors_ms = clock_ms() + REPORT_EVERY_MS;
    if (status_survivors_hash(k) != k->socket.reported_hash)
        socket_report_status(k);
}
