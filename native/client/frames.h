/*
 * Messages between client and host: four bytes of length (little endian, of what follows), one byte
 * that says what it is, and its content. See PROTOCOL.md.
 */
#ifndef HOLDFAST_CLIENT_FRAMES_H
#define HOLDFAST_CLIENT_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

/* The host sends less than this in one message. */
#define CONTENT_MAX (256u * 1024)

/* Sends all of it, within `timeout_ms` for each part; -1: without a limit. */
bool frame_send(int connection, char kind, const void *content, size_t length, int timeout_ms);
/* Sends bytes that are a message already. */
bool bytes_send(int connection, const char *bytes, size_t length, int timeout_ms);

struct frame {
    char kind;
    size_t length;
    char content[CONTENT_MAX];
};

enum received { FRAME_WHOLE, FRAME_PART, FRAME_END };

/* Reads what there is, at most up to the end of one message. FRAME_END: closed, broken or no message. */
enum received frame_receive(int connection, struct frame *frame);

#endif
