/* See frames.h. */
#include "frames.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_BYTES 5

bool bytes_send(int connection, const char *bytes, size_t length, int timeout_ms)
{
    while (length > 0) {
        ssize_t sent = send(connection, bytes, length, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        } else if (sent < 0 && errno == EAGAIN) {
            struct pollfd room = { .fd = connection, .events = POLLOUT };
            int ready = poll(&room, 1, timeout_ms);
            if (ready == 0 || (ready < 0 && errno != EINTR))
                return false;
        } else if (sent == 0 || errno != EINTR)
            return false;
    }
    return true;
}

static void head_write(char head[HEAD_BYTES], char kind, size_t length)
{
    for (int byte = 0; byte < 4; byte++)
        head[byte] = (char)(length >> (8 * byte) & 0xff);
    head[4] = kind;
}

bool frame_send(int connection, char kind, const void *content, size_t length, int timeout_ms)
{
    char head[HEAD_BYTES];

    head_write(head, kind, length);
    return bytes_send(connection, head, sizeof head, timeout_ms) &&
           bytes_send(connection, content, length, timeout_ms);
}

enum received frame_receive(int connection, struct frame *frame)
{
    static char head[HEAD_BYTES];
    static size_t got;
    size_t wanted = HEAD_BYTES;

    for (;;) {
        if (got >= HEAD_BYTES) {
            frame->length = 0;
            for (int byte = 3; byte >= 0; byte--)
                frame->length = frame->length << 8 | (unsigned char)head[byte];
            frame->kind = head[4];
            if (frame->length > CONTENT_MAX)
                return FRAME_END;
            wanted = HEAD_BYTES + frame->length;
            if (got == wanted) {
                got = 0;
                return FRAME_WHOLE;
            }
        }
        char *to = got < HEAD_BYTES ? head + got : frame->content + (got - HEAD_BYTES);
        ssize_t more = recv(connection, to, wanted - got, 0);
        if (more > 0)
            got += (size_t)more;
        else if (more < 0 && errno == EAGAIN)
            return FRAME_PART;
        else if (more == 0 || errno != EINTR)
            return FRAME_END;
    }
}
