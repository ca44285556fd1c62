/*
 * holdfast-keeper: owns the process tree of one attempt. PROTOCOL.md says what it promises.
 *
 * This file only chooses the command. Exit status 2 is a wrong command line.
 */
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "complain.h"
#include "failpoints.h"
#include "follow.h"
#include "identity-commands.h"
#include "launch-message.h"
#include "linux-self.h"
#include "pid-order.h"
#include "spawner.h"
#include "start.h"
#include "submitter.h"

static const char usage_text[] =
    "usage: holdfast-keeper run < LAUNCH        keep one attempt\n"
    "       holdfast-keeper spawner < STREAM    fork one keeper per launch\n"
    "       holdfast-keeper identify [PID...]\n"
    "       holdfast-keeper peer 3< SOCKET      print which process listens there\n"
    "       holdfast-keeper signal --boot BOOT_ID [--pid N --start N [--inode N] [--signal NAME|N]]\n"
    "       holdfast-keeper follow PID START INODE\n"
    "       holdfast-keeper submitter PID              what a program started here inherits\n"
    "       holdfast-keeper version\n";

static int say(int fd, const char *text)
{
    return write(fd, text, strlen(text)) < 0 ? 1 : 0;
}

static int run_command(void)
{
    struct launch_message m = { 0 };
    const char *wrong_key = NULL;
    sigset_t meant;

    sigemptyset(&meant);
    sigaddset(&meant, SIGCHLD);
    sigaddset(&meant, SIGTERM);
    sigaddset(&meant, SIGINT);
    sigaddset(&meant, SIGHUP);
    linux_signals_ignore(&meant);
    int error = launch_message_read(&m, STDIN_FILENO);

    if (error == 0)
        error = launch_message_parse(&m, &wrong_key);
    if (error != 0) {
        complain("launch message refused", wrong_key, error);
        answer_failed(m.attempt, "message", error);
        return KEEPER_FAILED;
    }
    pid_order_prepare();
    return keeper_run(&m);
}

int main(int argc, char **argv)
{
    const char *command = argc >= 2 ? argv[1] : "";
    bool alone = argc == 2;

    linux_title_room(argc, argv);
#ifdef HOLDFAST_FAILPOINTS
    failpoints_read();
    if (strcmp(command, "failpoints") == 0)
        return failpoints_list();
#endif
    if (strcmp(command, "run") == 0 && alone) {
        linux_close_from(STDERR_FILENO + 1);
        return run_command();
    }
    if (strcmp(command, "spawner") == 0 && alone) {
        linux_close_from(STDERR_FILENO + 1);
        return spawner_run();
    }
    if (strcmp(command, "follow") == 0)
        return follow_command(argc - 2, argv + 2);
    if (strcmp(command, "identify") == 0)
        return identify_command(argc - 2, argv + 2);
    if (strcmp(command, "peer") == 0 && alone)
        return peer_command();
    if (strcmp(command, "signal") == 0)
        return signal_command(argc - 2, argv + 2);
    if (strcmp(command, "submitter") == 0 && argc == 3)
        return submitter_command(argv[2]);
    if (strcmp(command, "version") == 0 && alone)
        return say(STDOUT_FILENO, "holdfast-keeper " HOLDFAST_KEEPER_VERSION " protocol 1\n");
    if (strcmp(command, "help") == 0 || strcmp(command, "--help") == 0)
        return say(STDOUT_FILENO, usage_text);
    (void)say(STDERR_FILENO, usage_text);
    return KEEPER_USAGE;
}
