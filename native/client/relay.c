/* See relay.h. */
#include "relay.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "frames.h"
#include "request.h"

/* Until the host says that it is ready. On a busy machine Node takes as long as this to start. */
#define READY_MS 1000
#define FOR_EVER (-1)
#define INPUT_ROOM 65536

/* EX_SOFTWARE */
#define HOST_GONE_CODE 70
#define HOST_GONE                                                                                       \
    "holdfast: The server's command host ended before this command did; what the command has done is unknown\n" \
    "  holdfast ls shows the jobs\n"

static struct frame frame;
static volatile sig_atomic_t pending[3];
static volatile sig_atomic_t resized;
static const int relayed[] = { SIGINT, SIGTERM, SIGHUP };
static sigset_t none;

static void note_signal(int number)
{
    for (size_t i = 0; i < sizeof relayed / sizeof relayed[0]; i++)
        if (relayed[i] == number)
            pending[i] = 1;
    if (number == SIGWINCH)
        resized = 1;
}

/* Node does the same: where the command does not ask for a signal, it ends the process, also under nohup. */
static void handle_signals(bool wanted)
{
    struct sigaction action = { .sa_handler = wanted ? note_signal : SIG_DFL };

    for (size_t i = 0; i < sizeof relayed / sizeof relayed[0]; i++)
        sigaction(relayed[i], &action, NULL);
}

static bool send_noted(int connection)
{
    char size[SIZE_ROOM];

    for (size_t i = 0; i < sizeof relayed / sizeof relayed[0]; i++) {
        char number = (char)relayed[i];
        if (!pending[i])
            continue;
        pending[i] = 0;
        if (!frame_send(connection, 'S', &number, 1, FOR_EVER))
            return false;
    }
    if (resized) {
        resized = 0;
        terminal_size(size);
        return frame_send(connection, 'W', size, strlen(size), FOR_EVER);
    }
    return true;
}

/* Waits for `events` of any, and passes signals on. Signals are blocked except here and in a write, so that none is missed. */
static bool await(int connection, struct pollfd *any, nfds_t count)
{
    for (;;) {
        if (!send_noted(connection))
            return false;
        if (ppoll(any, count, NULL, &none) > 0)
            return true;
        if (errno != EINTR)
            return false;
    }
}

/* A write to a terminal that is not read waits, also where it had room: signals come during it. */
static ssize_t write_part(int fd, const char *bytes, size_t length)
{
    sigset_t blocked;

    sigprocmask(SIG_SETMASK, &none, &blocked);
    bool is_noted = pending[0] || pending[1] || pending[2];
    ssize_t written = is_noted ? -1 : write(fd, bytes, length);
    int error = is_noted ? EINTR : errno;
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    errno = error;
    return written;
}

/* 0, or the error of the write. Signals reach the host also while a reader does not read. */
static int write_out(int connection, int fd, const char *bytes, size_t length)
{
    struct pollfd room = { .fd = fd, .events = POLLOUT };

    /* At most what a pipe, or a terminal, that is ready takes without waiting. */
    size_t most = isatty(fd) ? 256 : 4096;

    while (length > 0) {
        if (!await(connection, &room, 1))
            return EPIPE;
        ssize_t written = write_part(fd, bytes, length < most ? length : most);
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        } else if (written < 0 && errno != EINTR && errno != EAGAIN)
            return errno;
    }
    return 0;
}

static bool pass_output(int connection, int fd)
{
    uint32_t error = (uint32_t)write_out(connection, fd, frame.content, frame.length);
    char answer[4];

    for (int byte = 0; byte < 4; byte++)
        answer[byte] = (char)(error >> (8 * byte) & 0xff);
    return frame_send(connection, 'A', answer, sizeof answer, FOR_EVER);
}

static bool pass_input(int connection)
{
    static char bytes[INPUT_ROOM];
    ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);

    /* An empty message is the end of the input; so is an error. */
    return frame_send(connection, 'I', bytes, got > 0 ? (size_t)got : 0, FOR_EVER);
}

bool host_is_ready(int connection)
{
    struct pollfd answer = { .fd = connection, .events = POLLIN };

    for (;;) {
        enum received got = frame_receive(connection, &frame);
        if (got != FRAME_PART)
            return got == FRAME_WHOLE && frame.kind == 'R';
        if (poll(&answer, 1, READY_MS) <= 0)
            return false;
    }
}

static void begin_signals(void)
{
    struct sigaction resize = { .sa_handler = note_signal };
    sigset_t blocked = { 0 };

    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof relayed / sizeof relayed[0]; i++)
        sigaddset(&blocked, relayed[i]);
    sigaddset(&blocked, SIGWINCH);
    signal(SIGPIPE, SIG_IGN);
    handle_signals(false);
    sigaction(SIGWINCH, &resize, NULL);
    sigprocmask(SIG_BLOCK, &blocked, &none);
    /* The process that started this may have blocked them. Node receives them all the same. */
    for (size_t i = 0; i < sizeof relayed / sizeof relayed[0]; i++)
        sigdelset(&none, relayed[i]);
    sigdelset(&none, SIGWINCH);
}

static void end_signals(void)
{
    sigprocmask(SIG_SETMASK, &none, NULL);
}

bool relay(int connection, int *exit_code)
{
    bool wants_input = false;

    begin_signals();
    *exit_code = HOST_GONE_CODE;
    if (!frame_send(connection, 'G', "", 0, FOR_EVER)) {
        end_signals();
        return false;
    }
    for (bool works = true; works;) {
        struct pollfd any[2] = { { .fd = connection, .events = POLLIN },
                                 { .fd = STDIN_FILENO, .events = POLLIN } };
        enum received got = frame_receive(connection, &frame);
        if (got == FRAME_END)
            break;
        if (got == FRAME_PART) {
            works = await(connection, any, wants_input ? 2 : 1);
            if (works && wants_input && any[1].revents != 0) {
                wants_input = false;
                works = pass_input(connection);
            }
        } else if (frame.kind == 'O')
            works = pass_output(connection, STDOUT_FILENO);
        else if (frame.kind == 'E')
            works = pass_output(connection, STDERR_FILENO);
        else if (frame.kind == 'K')
            wants_input = true;
        else if (frame.kind == 'H' && frame.length == 1)
            handle_signals(frame.content[0] != 0);
        else if (frame.kind == 'X' && frame.length == 1) {
            *exit_code = (unsigned char)frame.content[0];
            return true;
        } else
            break;
    }
    end_signals();
    if (write(STDERR_FILENO, HOST_GONE, strlen(HOST_GONE)) < 0)
        return true;
    return true;
}
