/* Decimal numbers to and from text, without stdio (its buffers and locale pages cost memory). */
#ifndef HOLDFAST_NUMBERS_H
#define HOLDFAST_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBER_ROOM 24

/* Only digits; no sign, no space. False when empty, malformed or above max. */
bool number_parse(const char *text, uint64_t max, uint64_t *value);
/* The same for an optional leading minus. */
bool number_parse_signed(const char *text, int64_t min, int64_t max, int64_t *value);
/* Writes digits and a NUL (at most NUMBER_ROOM bytes), returns the length. */
size_t number_format(char *to, uint64_t value);

/* A bounded text under construction; text that does not fit is cut off and sets `full`. */
struct text {
    char *at;
    size_t room;
    size_t length;
    bool full;
};

void text_start(struct text *t, char *at, size_t room);
void text_add(struct text *t, const char *piece);
void text_add_number(struct text *t, uint64_t value);

#endif
