/*
 * See claim.h.
 *
 * link(2) decides between a keeper and a server that voids the attempt: exactly one of them creates the
 * name. The payload waits at its gate until the link and the folder are on the disk.
 */
#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "clock.h"
#include "json-writer.h"
#include "linux-self.h"
#include "records.h"

#define CLAIM_NAME "keeper.json"

static void write_identity(struct json *j, const char *key, const struct identity *id)
{
    json_open(j, key, '{');
    json_number(j, "pid", (uint64_t)id->pid);
    json_number(j, "start", id->start);
    json_number(j, "inode", id->inode);
}

bool claim_taken(const struct keeper *k)
{
    return faccessat(k->folder.fd, CLAIM_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int claim_make(struct keeper *k)
{
    struct json j = { 0 };
    uint64_t namespace_inode = linux_pid_namespace();

    k->times.claimed_wall_ms = clock_wall_ms();
    json_open(&j, NULL, '{');
    json_number(&j, "version", PROTOCOL_VERSION);
    json_string(&j, "attempt", k->attempt);
    json_string(&j, "boot_id", k->boot_id);
    json_number_if(&j, "pid_namespace", namespace_inode != 0, namespace_inode);
    json_string(&j, "nonce", k->nonce);
    write_identity(&j, "keeper", &k->self);
    json_close(&j, '}');
    write_identity(&j, "payload", &k->main.id);
    json_number(&j, "session", (uint64_t)k->main.id.pid);
    json_close(&j, '}');
    if (k->adopted.wanted) {
        write_identity(&j, "adopted", &k->adopted.root);
        json_close(&j, '}');
    }
    json_string_if(&j, "cgroup", k->cgroup.path);
    json_open(&j, "cgroup_also", '[');
    for (size_t i = 0; i < k->cgroup.also_count; i++)
        json_string(&j, NULL, k->cgroup.also[i]);
    json_close(&j, ']');
    json_number(&j, "socket", k->socket.inode);
    json_number(&j, "claimed_at_ms", k->times.claimed_wall_ms);
    json_close(&j, '}');
    json_newline(&j);
    int error = j.failed ? ENOMEM : record_write(k->folder.fd, CLAIM_NAME, PLACE_FIRST, j.text, j.length);
    json_free(&j);
    return error;
}

void claim_withdraw(const struct keeper *k)
{
    unlinkat(k->folder.fd, CLAIM_NAME, 0);
    fsync(k->folder.fd);
}
