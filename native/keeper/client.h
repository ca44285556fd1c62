/* One connection: its half-read line and what it has not read yet. */
#ifndef HOLDFAST_CLIENT_H
#define HOLDFAST_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_MAX_BYTES 512
#define UNSENT_MAX_BYTES 65536

struct client {
    int fd;
    bool subscribed; /* said hello with the right nonce */
    bool closing;    /* close when everything is sent */
    bool broken;     /* close now */
    unsigned discarded;
    size_t line_length;
    char line[LINE_MAX_BYTES];
    char *unsent;
    size_t unsent_length;
};

struct client *client_new(int fd);
/* Also reads and discards what the peer has sent: else the peer's last read fails with ECONNRESET. */
void client_free(struct client *c);
/* Sends what the socket takes and keeps the rest; above the limit the client is marked broken. */
void client_send(struct client *c, const char *text, size_t length, size_t unsent_max);
void client_flush(struct client *c);
/*
 * Reads what is there. Calls `line` for each whole line, without its newline. False when the peer
 * is gone or sent a line that is too long.
 */
bool client_read(struct client *c, void (*line)(struct client *c, char *text, void *context), void *context);

#endif
