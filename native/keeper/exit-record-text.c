/* See exit-record-text.h. */
#include "exit-record-text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "disk-watch.h"
#include "errno-names.h"
#include "escaped.h"
#include "json-writer.h"
#include "linux-figures.h"
#include "linux-oom-log.h"
#include "linux-process.h"
#include "output.h"
#include "shared-memory.h"

/* The kernel counts pages in batches for each CPU. */
#define OWN_RSS_SLACK_KIB 256

static const char *const how_names[ENDED_HOWS] = { "self", "term", "kill", "unknown" };

static void write_main(const struct keeper *k, struct json *j)
{
    const struct payload *m = &k->main;
    /* A payload that ended before it executed anything has no outcome; an exec error has its code. */
    bool outcome = !m->never_executed || m->exec_error_stage != NULL;

    json_open(j, "main", '{');
    json_number(j, "pid", (uint64_t)m->id.pid);
    json_number_if(j, "code", outcome && m->code >= 0, (uint64_t)m->code);
    json_number_if(j, "signal", outcome && m->signal > 0, (uint64_t)m->signal);
    json_bool(j, "core", outcome && m->core);
    json_close(j, '}');
    if (m->exec_error_stage == NULL) {
        json_null(j, "exec_error");
        return;
    }
    json_open(j, "exec_error", '{');
    json_string(j, "stage", m->exec_error_stage);
    json_number(j, "errno", (uint64_t)m->exec_errno);
    json_string(j, "name", errno_name(m->exec_errno));
    json_close(j, '}');
}

static void write_stuck(struct json *j, const struct stuck *stuck)
{
    char state[2] = { stuck == NULL ? ' ' : stuck->state, '\0' };

    if (stuck == NULL)
        return;
    json_open(j, "stuck", '{');
    json_string(j, "state", state);
    json_string_if(j, "wchan", stuck->wchan[0] == '\0' ? NULL : stuck->wchan);
    json_string_if(j, "frozen", stuck->frozen[0] == '\0' ? NULL : stuck->frozen);
    json_close(j, '}');
}

static void write_processes(const struct keeper *k, struct json *j)
{
    json_number(j, "leftovers", k->leftovers);
    json_open(j, "ended", '{');
    for (int how = ENDED_SELF; how < ENDED_HOWS; how++)
        json_number(j, how_names[how], k->ended.by[how]);
    json_close(j, '}');
    json_open(j, "processes", '[');
    for (size_t i = 0; i < k->ended.count; i++) {
        const struct ended_process *process = &k->ended.list[i];
        json_open(j, NULL, '{');
        json_number(j, "pid", (uint64_t)process->pid);
        json_number(j, "start", process->start);
        json_string(j, "comm", process->comm);
        json_string(j, "how", how_names[process->how]);
        json_number_if(j, "code", process->code >= 0, (uint64_t)process->code);
        json_number_if(j, "signal", process->signal > 0, (uint64_t)process->signal);
        json_number_if(j, "alive_ms", process->alive.us != 0, process->alive.wall_ms);
        json_number(j, "at_ms", process->gone.wall_ms);
        json_bool(j, "reaped", process->reaped);
        write_stuck(j, process->stuck);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_number(j, "processes_omitted", k->ended.omitted);
    json_bool(j, "processes_may_lack", k->ended.may_lack || k->adopted.wanted);
    json_open(j, "proof", '{');
    json_bool(j, "echild", k->reaping.no_child);
    json_number_if(j, "populated", k->cgroup.path != NULL, k->cgroup.populated);
    if (!k->reaping.no_child)
        json_number(j, "held_zombies", k->reaping.held_zombies);
    json_close(j, '}');
}

static uint64_t timeval_us(const struct timeval *t)
{
    return (uint64_t)t->tv_sec * 1000000 + (uint64_t)t->tv_usec;
}

static void write_figure(struct json *j, const char *key, const struct figure *f)
{
    json_number_if(j, key, f->known, f->value);
}

static void write_victims(const struct keeper *k, struct json *j, const struct figures *f)
{
    struct oom_victim victims[OOM_VICTIMS_MAX];
    size_t count = f->oom_kills.value > 0 ? oom_log_read(k, victims) : 0;

    json_open(j, "oom_victims", '[');
    for (size_t i = 0; i < count; i++) {
        json_open(j, NULL, '{');
        json_number(j, "pid", (uint64_t)victims[i].pid);
        json_string(j, "comm", victims[i].comm);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void write_stalled(struct json *j, const char *key, const struct stalled *s)
{
    if (!s->some_us.known || !s->full_us.known) {
        json_null(j, key);
        return;
    }
    json_open(j, key, '{');
    json_number(j, "some_us", s->some_us.value);
    json_number(j, "full_us", s->full_us.value);
    json_close(j, '}');
}

static void write_pressure(struct json *j, const struct figures *f)
{
    json_open(j, "pressure", '{');
    write_stalled(j, "cpu", &f->cpu);
    write_stalled(j, "memory", &f->memory);
    write_stalled(j, "io", &f->io);
    json_close(j, '}');
}

/*
 * A fork starts with the keeper's memory, and exec keeps that size as the new program's maximum so far
 * (setmax_mm_hiwater_rss). So a figure that is not larger may be the keeper's own. RUSAGE_SELF cannot be
 * used: it has the size of the program that executed the keeper.
 */
static bool max_rss_is_theirs(const struct keeper *k)
{
    char status[4096];
    const char *own = file_read_small(AT_FDCWD, "/proc/self/status", status, sizeof status) > 0
                          ? strstr(status, "\nVmHWM:")
                          : NULL;

    return own != NULL && k->usage.ru_maxrss > strtol(own + strlen("\nVmHWM:"), NULL, 10) + OWN_RSS_SLACK_KIB;
}

static void write_figures(const struct keeper *k, struct json *j)
{
    struct figures f;

    figures_read(k, &f);
    /* Both from the same source: the group also counts processes that were never reaped. */
    bool cpu_known = f.cpu_user_us.known && f.cpu_system_us.known;
    /* Of an adopted tree only our own `follow` was reaped. */
    bool reaped = !k->adopted.wanted;
    json_number_if(j, "cpu_user_us", cpu_known || reaped,
                   cpu_known ? f.cpu_user_us.value : timeval_us(&k->usage.ru_utime));
    json_number_if(j, "cpu_system_us", cpu_known || reaped,
                   cpu_known ? f.cpu_system_us.value : timeval_us(&k->usage.ru_stime));
    json_number_if(j, "max_rss_bytes", reaped && max_rss_is_theirs(k), (uint64_t)k->usage.ru_maxrss * 1024);
    write_figure(j, "memory_peak_bytes", &f.memory_peak_bytes);
    write_figure(j, "oom_kills", &f.oom_kills);
    write_victims(k, j, &f);
    write_figure(j, "pids_peak", &f.pids_peak);
    write_figure(j, "cpu_throttled_us", &f.cpu_throttled_us);
    write_figure(j, "cpu_throttled_periods", &f.cpu_throttled_periods);
    write_pressure(j, &f);
    json_open(j, "output", '{');
    json_number(j, "stdout_bytes", output_bytes(&k->output, 0));
    json_number_if(j, "stderr_bytes", k->output.split, output_bytes(&k->output, 1));
    json_number(j, "punched_bytes", k->output.punched_bytes);
    json_close(j, '}');
}

static void write_times(const struct keeper *k, struct json *j)
{
    const struct times *t = &k->times;

    json_open(j, "times", '{');
    json_number(j, "claimed_ms", t->claimed_wall_ms);
    json_number(j, "exec_ms", t->exec_wall_ms);
    json_number_if(j, "main_ended_ms", t->main_ended_wall_ms > 0, t->main_ended_wall_ms);
    json_number_if(j, "stop_ms", t->stop_wall_ms > 0, t->stop_wall_ms);
    json_number_if(j, "term_ms", t->term_wall_ms > 0, t->term_wall_ms);
    json_number_if(j, "kill_ms", t->kill_wall_ms > 0, t->kill_wall_ms);
    json_number(j, "empty_ms", t->empty_wall_ms);
    json_close(j, '}');
    json_number_if(j, "grace_ms", k->stop.begun, k->stop.grace_ms);
    pauses_write(&k->pause.past, k->pause.wanted, j);
    json_open(j, "unapplied", '[');
    for (size_t i = 0; i < k->unapplied.count; i++) {
        json_open(j, NULL, '{');
        json_string(j, "what", k->unapplied.list[i].what);
        json_string(j, "errno", errno_name(k->unapplied.list[i].error));
        json_close(j, '}');
    }
    json_close(j, ']');
}

bool exit_record_text(struct keeper *k)
{
    struct json j = { 0 };

    json_open(&j, NULL, '{');
    json_number(&j, "version", PROTOCOL_VERSION);
    json_string(&j, "attempt", k->attempt);
    json_string(&j, "boot_id", k->boot_id);
    /* Only now: every process that could have read it earlier has ended. */
    if (k->seal[0] != '\0')
        json_string(&j, "seal", k->seal);
    json_string(&j, "reason", k->reason);
    write_main(k, &j);
    write_processes(k, &j);
    escaped_write(k, &j);
    shared_memory_write(k, &j);
    write_figures(k, &j);
    disk_watch_sample(&k->disk, k->folder.fd);
    disk_watch_write(&k->disk, &j);
    write_times(k, &j);
    json_close(&j, '}');
    json_newline(&j);
    if (j.failed) {
        json_free(&j);
        return false;
    }
    k->record.text = j.text;
    k->record.length = j.length;
    return true;
}
