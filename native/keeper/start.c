/*
 * See start.h.
 *
 * The order makes this safe: everything that can fail comes before the claim; after the claim only the
 * gate has to be opened. A failure undoes the earlier steps: the payload is killed and reaped, the socket
 * and our claim are removed. Logs stay: they may belong to a second launch of the same attempt.
 */
#include "start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer.h"
#include "attempt-folder.h"
#include "claim.h"
#include "clock.h"
#include "complain.h"
#include "errno-names.h"
#include "failpoints.h"
#include "linux-cgroup.h"
#include "linux-process.h"
#include "linux-self.h"
#include "loop.h"
#include "numbers.h"
#include "output.h"
#include "payload-limits.h"
#include "payload.h"
#include "socket.h"

struct failure {
    const char *stage; /* NULL: none */
    int error;
};

static struct failure failed(const char *stage, int error)
{
    return error == 0 ? (struct failure){ NULL, 0 } : (struct failure){ stage, error };
}

/* 0 or an errno. The payload restores all of this for itself (payload.c). */
static int take_signals(struct keeper *k)
{
    static const int numbers[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP };
    struct sigaction to_default = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP };
    sigset_t wanted;

    sigemptyset(&wanted);
    /*
     * These are blocked, and so reach the descriptor; `run` and `spawner` ignore all others. Default, not
     * ignored: an ignored SIGCHLD would make the kernel reap for us.
     */
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        sigaddset(&wanted, numbers[i]);
        sigaction(numbers[i], &to_default, NULL);
    }
    sigprocmask(SIG_SETMASK, &wanted, NULL);
    k->signal_fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    return k->signal_fd < 0 ? errno : 0;
}

static int detach(void)
{
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 || dup2(null_fd, STDERR_FILENO) < 0)
        return errno;
    close(null_fd);
    /* Fails for a process group leader that an interactive shell started: then Ctrl-C is a stop. */
    (void)setsid();
    return chdir("/") == 0 ? 0 : errno;
}

static struct failure prepare(struct keeper *k, const struct launch_message *m, const struct inherited *inherited)
{
    struct failure f;

    f = failed("folder", attempt_folder_open(&k->folder, m->folder));
    if (f.stage == NULL)
        complain_in(&k->folder.fd);
    failpoint("folder_opened");
    if (f.stage == NULL)
        f = failed("output", output_open(&k->output, k->folder.fd, m->split, m->rules.output_quota_bytes));
    failpoint("output_opened");
    if (f.stage == NULL)
        f = failed("fork", detach());
    if (f.stage == NULL)
        f = failed("fork", linux_become_subreaper());
    if (f.stage == NULL)
        f = failed("fork", take_signals(k));
    if (f.stage == NULL && !boot_id_read(k->boot_id))
        f = failed("fork", ENOENT);
    if (f.stage == NULL)
        f = failed("cgroup", cgroup_open(&k->cgroup, m->cgroup, m->cgroup_also));
    if (f.stage == NULL)
        f = failed("socket", socket_open(k));
    if (f.stage == NULL)
        f = failed("fork", payload_fork(k, m, inherited));
    return f;
}

static struct failure claim_and_open(struct keeper *k, const struct launch_message *m)
{
    struct failure f;

    failpoint("forked");
    payload_limits_apply(k, m);
    linux_protect_self();
    f = failed("claim", claim_make(k));
    if (f.stage != NULL)
        return f;
    failpoint("claim_linked");
    f = failed("socket", socket_place(k));
    if (f.stage != NULL) {
        claim_withdraw(k);
        return f;
    }
    failpoint("socket");
    payload_open_gate(k);
    k->times.exec_ms = clock_ms();
    k->times.exec_wall_ms = clock_wall_ms();
    failpoint("gate_opened");
    return f;
}

static int give_up(struct keeper *k, struct failure f)
{
    payload_abandon(k);
    socket_remove(k);
    if (strcmp(f.stage, "claim") == 0 && f.error == EEXIST) {
        answer_void(k->attempt);
        return KEEPER_VOID;
    }
    answer_failed(k->attempt, f.stage, f.error);
    return KEEPER_FAILED;
}

static void keeper_free(struct keeper *k)
{
    complain_in(NULL);
    for (size_t i = 0; i < k->cgroup.also_count; i++)
        free(k->cgroup.also[i]);
    free(k->cgroup.path);
    free(k->folder.path);
    free(k->members.list);
    for (size_t i = 0; i < k->ended.count; i++)
        free(k->ended.list[i].stuck);
    free(k->ended.list);
    free(k->rounds.killed);
    free(k->escaped.list);
    free(k->shared_memory.list);
    free(k->record.text);
    free(k);
}

static void start_title(const char *attempt)
{
    char title[64];
    struct text t;

    text_start(&t, title, sizeof title);
    text_add(&t, "holdfast-keeper ");
    text_add(&t, attempt);
    linux_title_set(title);
}

int keeper_run(struct launch_message *m)
{
    struct keeper *k = calloc(1, sizeof *k);
    struct inherited inherited = { .umask = umask(077) };

    if (k == NULL) {
        answer_failed(m->attempt, "fork", ENOMEM);
        return KEEPER_FAILED;
    }
    failpoint("start");
    start_title(m->attempt);
    strcpy(k->attempt, m->attempt);
    strcpy(k->nonce, m->nonce);
    strcpy(k->seal, m->seal == NULL ? "" : m->seal);
    k->rules = m->rules;
    k->adopted.wanted = m->adopt.pid != 0;
    k->adopted.root = m->adopt;
    k->folder.fd = k->socket.listen_fd = k->cgroup.folder_fd = k->cgroup.events_fd = k->pids.file = -1;
    k->phase = PHASE_RUNNING;
    (void)identity_read(getpid(), &k->self);

    struct failure f = prepare(k, m, &inherited);
    /* Also if another step failed: in a second start of the same attempt, the group is in use. */
    if (claim_taken(k))
        f = failed("claim", EEXIST);
    if (f.stage == NULL)
        f = claim_and_open(k, m);
    launch_message_free(m);
    int status = KEEPER_ENDED;
    if (f.stage != NULL) {
        status = give_up(k, f);
    } else {
        answer_ready(&k->answer, k->attempt, k->self.pid);
        failpoint("answered");
        loop_run(k);
    }
    keeper_free(k);
    return status;
}
