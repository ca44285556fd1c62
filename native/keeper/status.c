/* See status.h. Only reads the keeper; opens a pidfd for each survivor that is shown. */
#include "status.h"

#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "linux-process.h"
#include "member-list.h"

#define SURVIVORS_SHOWN 16

static const char *const phase_names[] = { "running", "terminating", "killing", "verifying", "recording", "ended" };

static void survivor(struct json *j, struct member *member)
{
    char wchan[64];
    char state[2] = { member->state, '\0' };

    /* Read once, and only of those that are shown: it takes four calls. */
    if (member->id.inode == 0) {
        struct identity id;
        if (identity_read(member->id.pid, &id) && id.start == member->id.start)
            member->id.inode = id.inode;
    }
    process_wchan(member->id.pid, wchan, sizeof wchan);
    json_open(j, NULL, '{');
    json_number(j, "pid", (uint64_t)member->id.pid);
    json_number(j, "start", member->id.start);
    json_number(j, "inode", member->id.inode);
    json_string(j, "comm", member->comm);
    json_string(j, "state", state);
    json_string(j, "wchan", wchan);
    json_bool(j, "denied", member->denied);
    json_close(j, '}');
}

static size_t escaped_survivors(const struct keeper *k, struct json *j)
{
    size_t shown = 0;

    for (size_t i = 0; k->escaped.stopping && i < k->escaped.count && shown < SURVIVORS_SHOWN; i++) {
        const struct escapee *one = &k->escaped.list[i];
        struct member member = { .id = one->id, .state = one->state, .denied = one->end == ESCAPE_DENIED };
        if (one->pidfd < 0)
            continue;
        memcpy(member.comm, one->comm, COMM_ROOM);
        survivor(j, &member);
        shown++;
    }
    return shown;
}

static void survivors(const struct keeper *k, struct json *j)
{
    json_open(j, "survivors", '[');
    size_t shown = escaped_survivors(k, j);

    for (size_t i = 0; k->stop.begun && i < k->members.count && shown < SURVIVORS_SHOWN; i++) {
        if (!member_counts(&k->members.list[i]))
            continue;
        survivor(j, &k->members.list[i]);
        shown++;
    }
    json_close(j, ']');
}

static uint64_t left(const struct keeper *k)
{
    if (k->phase >= PHASE_RECORDING)
        return 0;
    if (k->escaped.stopping)
        return k->escaped.watched;
    uint64_t listed = members_left(&k->members);
    /* An immediate KILL counts without a list; the main process is known in any case. */
    if (listed == 0)
        listed = k->rounds.left;
    return listed == 0 && k->main.alive && !k->adopted.wanted ? 1 : listed;
}

void status_line(struct keeper *k, struct json *j)
{
    uint64_t now_ms = clock_ms();
    bool stopping = k->stop.begun && k->phase < PHASE_RECORDING;
    uint64_t alive = left(k);

    json_open(j, NULL, '{');
    json_string(j, "t", "status");
    json_string(j, "attempt", k->attempt);
    json_string(j, "phase", phase_names[k->phase]);
    json_bool(j, "paused", k->pause.done);
    pauses_write(&k->pause.past, k->pause.wanted, j);
    json_bool(j, "disk_full", k->disk.full);
    json_open(j, "main", '{');
    json_number(j, "pid", (uint64_t)k->main.id.pid);
    json_bool(j, "alive", k->main.alive);
    json_close(j, '}');
    json_string_if(j, "reason", k->reason[0] == '\0' ? NULL : k->reason);
    json_number_if(j, "stop_age_ms", k->stop.begun, now_ms - k->stop.begun_ms);
    json_number_if(j, "kill_in_ms", stopping && k->times.kill_wall_ms == 0,
                   k->stop.kill_at_ms > now_ms ? k->stop.kill_at_ms - now_ms : 0);
    json_number(j, "stops_heard", k->stop.heard);
    json_number(j, "total", alive + k->ended.since_stop);
    json_number(j, "left", alive);
    survivors(k, j);
    json_close(j, '}');
    json_newline(j);
}

void ended_line(const struct keeper *k, struct json *j)
{
    json_open(j, NULL, '{');
    json_string(j, "t", "ended");
    json_bool(j, "durable", k->record.durable);
    /* The record ends with a newline, which must not be in the middle of a line. */
    json_raw(j, "exit", k->record.text, k->record.length - 1);
    json_close(j, '}');
    json_newline(j);
}

uint64_t status_survivors_hash(const struct keeper *k)
{
    uint64_t hash = 14695981039346656037ull; /* FNV-1a */

    for (size_t i = 0; i < k->members.count; i++) {
        const struct member *member = &k->members.list[i];
        /* A process that alternates between running and sleeping has not changed. */
        char state = member->state == 'R' ? 'S' : member->state;
        uint64_t parts[] = { (uint64_t)member->id.pid, member->id.start, (uint64_t)state, member->denied };
        for (size_t part = 0; member_counts(member) && part < sizeof parts / sizeof parts[0]; part++)
            hash = (hash ^ parts[part]) * 1099511628211ull;
    }
    return hash;
}
