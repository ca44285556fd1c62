/* See client.h. Never blocks. Without memory for unsent data only this client is marked broken. */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DISCARD_MAX 128

struct client *client_new(int fd)
{
    struct client *c = calloc(1, sizeof *c);

    if (c != NULL)
        c->fd = fd;
    return c;
}

void client_free(struct client *c)
{
    while (recv(c->fd, c->line, sizeof c->line, MSG_DONTWAIT) > 0 && c->discarded++ < DISCARD_MAX)
        ;
    close(c->fd);
    free(c->unsent);
    free(c);
}

static size_t send_now(struct client *c, const char *text, size_t length)
{
    size_t done = 0;

    while (done < length) {
        ssize_t sent = send(c->fd, text + done, length - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0) {
            c->broken = errno != EAGAIN;
            break;
        }
        done += (size_t)sent;
    }
    return done;
}

void client_send(struct client *c, const char *text, size_t length, size_t unsent_max)
{
    size_t sent = c->unsent_length > 0 || c->broken ? 0 : send_now(c, text, length);
    size_t rest = length - sent;

    if (rest == 0 || c->broken)
        return;
    char *grown = c->unsent_length + rest > unsent_max ? NULL : realloc(c->unsent, c->unsent_length + rest);
    if (grown == NULL) {
        c->broken = true;
        return;
    }
    memcpy(grown + c->unsent_length, text + sent, rest);
    c->unsent = grown;
    c->unsent_length += rest;
}

void client_flush(struct client *c)
{
    size_t sent = send_now(c, c->unsent, c->unsent_length);

    memmove(c->unsent, c->unsent + sent, c->unsent_length - sent);
    c->unsent_length -= sent;
    if (c->unsent_length == 0) {
        free(c->unsent);
        c->unsent = NULL;
    }
}

bool client_read(struct client *c, void (*line)(struct client *c, char *text, void *context), void *context)
{
    ssize_t got = recv(c->fd, c->line + c->line_length, sizeof c->line - c->line_length, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got <= 0)
        return false;
    c->line_length += (size_t)got;

    size_t start = 0;
    char *newline;
    while (!c->closing && (newline = memchr(c->line + start, '\n', c->line_length - start)) != NULL) {
        *newline = '\0';
        line(c, c->line + start, context);
        start = (size_t)(newline - c->line) + 1;
    }
    c->line_length -= start;
    memmove(c->line, c->line + start, c->line_length);
    return c->line_length < sizeof c->line;
}
