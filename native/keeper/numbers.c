/* Decimal numbers and small texts, without allocation. numbers.h says which calls can fail. */
#include "numbers.h"

#include <string.h>

bool number_parse(const char *text, uint64_t max, uint64_t *value)
{
    uint64_t sum = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    if (sum > max)
        return false;
    *value = sum;
    return true;
}

bool number_parse_signed(const char *text, int64_t min, int64_t max, int64_t *value)
{
    bool negative = *text == '-';
    uint64_t magnitude;

    if (!number_parse(negative ? text + 1 : text, INT64_MAX, &magnitude))
        return false;
    int64_t signed_value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    if (signed_value < min || signed_value > max)
        return false;
    *value = signed_value;
    return true;
}

size_t number_format(char *to, uint64_t value)
{
    char reversed[NUMBER_ROOM];
    size_t length = 0;

    do {
        reversed[length++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (size_t i = 0; i < length; i++)
        to[i] = reversed[length - 1 - i];
    to[length] = '\0';
    return length;
}

void text_start(struct text *t, char *at, size_t room)
{
    *t = (struct text){ .at = at, .room = room };
    at[0] = '\0';
}

void text_add(struct text *t, const char *piece)
{
    size_t length = strlen(piece);

    if (length > t->room - 1 - t->length) {
        length = t->room - 1 - t->length;
        t->full = true;
    }
    memcpy(t->at + t->length, piece, length);
    t->length += length;
    t->at[t->length] = '\0';
}

void text_add_number(struct text *t, uint64_t value)
{
    char digits[NUMBER_ROOM];

    number_format(digits, value);
    text_add(t, digits);
}
