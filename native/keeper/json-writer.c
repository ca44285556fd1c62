/* See json-writer.h. The only allocation is the text itself, doubled as it grows. */
#include "json-writer.h"

#include <stdlib.h>
#include <string.h>

#include "numbers.h"

static void put(struct json *j, const char *bytes, size_t length)
{
    if (j->failed)
        return;
    if (j->length + length > j->room) {
        size_t room = j->room == 0 ? 512 : j->room;
        while (room < j->length + length)
            room *= 2;
        char *grown = realloc(j->text, room);
        if (grown == NULL) {
            j->failed = true;
            return;
        }
        j->text = grown;
        j->room = room;
    }
    memcpy(j->text + j->length, bytes, length);
    j->length += length;
}

static void put_quoted(struct json *j, const char *value)
{
    static const char hex[] = "0123456789abcdef";

    put(j, "\"", 1);
    for (const char *c = value; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte == '"' || byte == '\\') {
            char escaped[2] = { '\\', *c };
            put(j, escaped, 2);
        } else if (byte < 0x20) {
            char escaped[6] = { '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] };
            put(j, escaped, 6);
        } else {
            put(j, c, 1);
        }
    }
    put(j, "\"", 1);
}

static void begin(struct json *j, const char *key)
{
    if (j->after_value)
        put(j, ",", 1);
    j->after_value = true;
    if (key != NULL) {
        put_quoted(j, key);
        put(j, ":", 1);
    }
}

void json_open(struct json *j, const char *key, char bracket)
{
    begin(j, key);
    put(j, &bracket, 1);
    j->after_value = false;
}

void json_close(struct json *j, char bracket)
{
    put(j, &bracket, 1);
    j->after_value = true;
}

void json_number(struct json *j, const char *key, uint64_t value)
{
    char digits[NUMBER_ROOM];

    begin(j, key);
    put(j, digits, number_format(digits, value));
}

void json_bool(struct json *j, const char *key, bool value)
{
    begin(j, key);
    put(j, value ? "true" : "false", value ? 4 : 5);
}

void json_null(struct json *j, const char *key)
{
    begin(j, key);
    put(j, "null", 4);
}

void json_string(struct json *j, const char *key, const char *value)
{
    begin(j, key);
    put_quoted(j, value);
}

void json_number_if(struct json *j, const char *key, bool known, uint64_t value)
{
    if (known)
        json_number(j, key, value);
    else
        json_null(j, key);
}

void json_string_if(struct json *j, const char *key, const char *value)
{
    if (value != NULL)
        json_string(j, key, value);
    else
        json_null(j, key);
}

void json_raw(struct json *j, const char *key, const char *text, size_t length)
{
    begin(j, key);
    put(j, text, length);
}

void json_newline(struct json *j)
{
    put(j, "\n", 1);
}

void json_free(struct json *j)
{
    free(j->text);
    *j = (struct json){ 0 };
}
