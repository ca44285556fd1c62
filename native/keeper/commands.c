/*
 * See commands.h.
 *
 * A line consists of fields separated by single spaces. An unknown command is answered by an error and
 * changes nothing. Before `hello` with the right nonce every other command is refused.
 */
#include "commands.h"

#include <string.h>

#include "clock.h"
#include "json-writer.h"
#include "linux-members.h"
#include "numbers.h"
#include "pause.h"
#include "status.h"
#include "stop-request.h"
#include "stop.h"

#define GRACE_MAX_MS (1000ull * 24 * 3600 * 1000)
#define SAMPLE_EVERY_US 250000
#define ARGS_MAX 5

static void send_json(struct client *c, struct json *j)
{
    if (j->failed)
        c->broken = true;
    else
        client_send(c, j->text, j->length, UNSENT_MAX_BYTES);
    json_free(j);
}

static void answer_ok(struct client *c, const char *command)
{
    struct json j = { 0 };

    json_open(&j, NULL, '{');
    json_string(&j, "t", "ok");
    json_string(&j, "command", command);
    json_close(&j, '}');
    json_newline(&j);
    send_json(c, &j);
}

static void answer_error(struct client *c, const char *code, const char *message)
{
    struct json j = { 0 };

    json_open(&j, NULL, '{');
    json_string(&j, "t", "error");
    json_string(&j, "code", code);
    if (strcmp(code, "unknown_version") == 0) {
        json_open(&j, "versions", '[');
        json_number(&j, NULL, PROTOCOL_VERSION);
        json_close(&j, ']');
    } else {
        json_string(&j, "message", message);
    }
    json_close(&j, '}');
    json_newline(&j);
    send_json(c, &j);
}

static void answer_status(struct keeper *k, struct client *c)
{
    struct json j = { 0 };
    bool can_sample = k->phase < PHASE_RECORDING && k->phase != PHASE_KILLING && !k->reaping.again;

    if (can_sample && clock_us() - k->members.sampled_at_us > SAMPLE_EVERY_US)
        members_sample(k);
    status_line(k, &j);
    send_json(c, &j);
}

/* Compares all bytes in any case, so that the time does not show how many were right. */
static bool nonce_matches(const char *a, const char *b)
{
    unsigned char difference = 0;

    if (strlen(a) != NONCE_ROOM - 1)
        return false;
    for (size_t i = 0; i < NONCE_ROOM - 1; i++)
        difference |= (unsigned char)(a[i] ^ b[i]);
    return difference == 0;
}

static void do_hello(struct keeper *k, struct client *c, char **args, size_t count)
{
    uint64_t version;

    if (count != 3 || !number_parse(args[1], UINT32_MAX, &version)) {
        answer_error(c, "bad_command", "hello VERSION NONCE");
        c->closing = true;
    } else if (version != PROTOCOL_VERSION) {
        answer_error(c, "unknown_version", NULL);
        c->closing = true;
    } else if (!nonce_matches(args[2], k->nonce)) {
        answer_error(c, "wrong_nonce", "this is not the nonce of the attempt");
        c->closing = true;
    } else {
        k->socket.subscribers += !c->subscribed;
        c->subscribed = true;
        answer_status(k, c);
    }
}

static bool is_reason(const char *word)
{
    size_t length = strlen(word);

    return length >= 1 && length < REASON_ROOM && strspn(word, "abcdefghijklmnopqrstuvwxyz_") == length;
}

static void do_stop(struct keeper *k, struct client *c, char **args, size_t count)
{
    struct stop_request request = { .grace_ms = GRACE_OF_LAUNCH, .prolong = count == 5 };

    if (count < 2 || !is_reason(args[1]) || (count > 2 && !number_parse(args[2], GRACE_MAX_MS, &request.grace_ms)) ||
        (count > 3 && !number_parse(args[3], UINT32_MAX, &request.number)) ||
        (count > 4 && strcmp(args[4], "prolong") != 0)) {
        answer_error(c, "bad_command", "stop REASON [GRACE_MS [NUMBER [prolong]]]");
        return;
    }
    request.reason = args[1];
    /* Answer first: stopping may take a moment. */
    const char *refused = stop_not_prolonged(k, &request);
    if (refused == NULL)
        answer_ok(c, "stop");
    else
        answer_error(c, "not_prolonged", refused);
    stop_ask(k, &request);
}

static void do_pause(struct keeper *k, struct client *c)
{
    if (pause_begin(k))
        answer_ok(c, "pause");
    else
        answer_error(c, "not_running", k->stop.begun ? "the attempt is stopping" : "the attempt is not running");
}

static void do_resume(struct keeper *k, struct client *c)
{
    if (k->phase != PHASE_RUNNING) {
        answer_error(c, "not_running", "the attempt is stopping");
        return;
    }
    pause_end(k, PAUSE_RESUMED);
    answer_ok(c, "resume");
}

void command_do(struct keeper *k, struct client *c, char *line)
{
    char *args[ARGS_MAX];
    size_t count = 0;
    char *word;

    while (count < ARGS_MAX && (word = strsep(&line, " ")) != NULL)
        args[count++] = word;
    if (line != NULL)
        args[0] = (char *)"";
    if (strcmp(args[0], "hello") == 0) {
        do_hello(k, c, args, count);
        k->socket.last_heard_ms = c->subscribed ? clock_ms() : k->socket.last_heard_ms;
        return;
    }
    if (!c->subscribed) {
        answer_error(c, "hello_first", "hello VERSION NONCE must come first");
        c->closing = true;
        return;
    }
    k->socket.last_heard_ms = clock_ms();
    if (strcmp(args[0], "status") == 0 && count == 1)
        answer_status(k, c);
    else if (strcmp(args[0], "stop") == 0)
        do_stop(k, c, args, count);
    else if (strcmp(args[0], "pause") == 0 && count == 1)
        do_pause(k, c);
    else if (strcmp(args[0], "resume") == 0 && count == 1)
        do_resume(k, c);
    else if (strcmp(args[0], "lease") == 0 && count == 1)
        answer_ok(c, "lease");
    else
        answer_error(c, "unknown_command", "hello, status, stop, pause, resume, lease");
}
