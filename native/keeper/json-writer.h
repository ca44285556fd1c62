/*
 * Builds one JSON document in memory.
 *
 * Keys are NULL inside arrays. When memory runs out `failed` is set and the text must not be
 * used; everything may still be called. Strings are written byte for byte with JSON's escapes:
 * callers hand in text that is already UTF-8 or printable ASCII.
 */
#ifndef HOLDFAST_JSON_WRITER_H
#define HOLDFAST_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
    char *text;
    size_t length;
    size_t room;
    bool after_value;
    bool failed;
};

void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);
void json_number(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
void json_string(struct json *j, const char *key, const char *value);
/* null when `known` is false */
void json_number_if(struct json *j, const char *key, bool known, uint64_t value);
void json_string_if(struct json *j, const char *key, const char *value);
/* Text that is JSON already */
void json_raw(struct json *j, const char *key, const char *text, size_t length);
void json_newline(struct json *j);
void json_free(struct json *j);

#endif
