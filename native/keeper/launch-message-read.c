/*
 * Reads a launch message into one private mapping (see launch-message.h).
 */
#include "launch-message.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *launch_message_map(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return at == MAP_FAILED ? NULL : at;
}

bool launch_message_room(struct launch_message *m, size_t length)
{
    m->bytes = launch_message_map(length + 1);
    m->bytes_length = m->bytes == NULL ? 0 : length;
    return m->bytes != NULL;
}

void launch_message_free(struct launch_message *m)
{
    if (m->bytes != NULL)
        munmap(m->bytes, m->bytes_length + 1);
    if (m->vectors != NULL)
        munmap(m->vectors, m->vectors_size);
    *m = (struct launch_message){ 0 };
}

int launch_message_read(struct launch_message *m, int fd)
{
    size_t room = 64 * 1024;
    size_t used = 0;

    char *bytes = launch_message_map(room + 1);
    if (bytes == NULL)
        return errno;
    for (;;) {
        if (used == room) {
            if (room >= LAUNCH_MESSAGE_MAX) {
                munmap(bytes, room + 1);
                return EMSGSIZE;
            }
            char *grown = mremap(bytes, room + 1, room * 2 + 1, MREMAP_MAYMOVE);
            if (grown == MAP_FAILED) {
                int error = errno;
                munmap(bytes, room + 1);
                return error;
            }
            bytes = grown;
            room *= 2;
        }
        ssize_t got = read(fd, bytes + used, room - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int error = errno;
            munmap(bytes, room + 1);
            return error;
        }
        if (got == 0)
            break;
        used += (size_t)got;
    }
    /* Kept at its exact length, so that munmap gives back the whole mapping. */
    if (!launch_message_room(m, used)) {
        munmap(bytes, room + 1);
        return ENOMEM;
    }
    memcpy(m->bytes, bytes, used);
    munmap(bytes, room + 1);
    return 0;
}
