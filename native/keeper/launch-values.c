/*
 * See launch-values.h.
 */
#include "launch-values.h"

#include <string.h>

#include "numbers.h"

bool value_is_uuid(const char *text)
{
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : strchr("0123456789abcdef", text[i]) == NULL || text[i] == '\0')
            return false;
    }
    return text[36] == '\0';
}

bool value_is_nonce(const char *text)
{
    return strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}

bool value_take_text(const char **slot, const char *value, bool valid)
{
    if (!valid || *slot != NULL)
        return false;
    *slot = value;
    return true;
}

bool value_take_choice(bool *slot, const char *value, const char *no, const char *yes)
{
    *slot = strcmp(value, yes) == 0;
    return *slot || strcmp(value, no) == 0;
}

bool value_take_scope(struct rules *rules, const char *value)
{
    rules->stop_main_only = strcmp(value, "main") == 0;
    rules->stop_main_first = strcmp(value, "main-first") == 0;
    return rules->stop_main_only || rules->stop_main_first || strcmp(value, "all") == 0;
}

bool value_take_signed(int *slot, const char *value, int min, int max)
{
    int64_t number;

    if (!number_parse_signed(value, min, max, &number))
        return false;
    *slot = (int)number;
    return true;
}

bool value_take_octal(unsigned *slot, const char *value)
{
    if (strlen(value) != 4 || strspn(value, "01234567") != 4)
        return false;
    *slot = 0;
    for (size_t i = 0; i < 4; i++)
        *slot = *slot * 8 + (unsigned)(value[i] - '0');
    return *slot <= 0777;
}

bool value_take_signals(uint64_t *slot, const char *value)
{
    char text[256];
    char *at = text;
    char *word;
    uint64_t number;

    if (strlen(value) >= sizeof text)
        return false;
    strcpy(text, value);
    while ((word = strsep(&at, ",")) != NULL) {
        if (!number_parse(word, 64, &number) || number == 0)
            return false;
        *slot |= UINT64_C(1) << (number - 1);
    }
    return true;
}

bool value_take_identity(struct identity *slot, const char *value)
{
    uint64_t *const numbers[] = { &(uint64_t){ 0 }, &slot->start, &slot->inode };
    char text[64];
    char *at = text;

    if (strlen(value) >= sizeof text)
        return false;
    strcpy(text, value);
    for (size_t i = 0; i < 3; i++) {
        char *word = strsep(&at, ":");
        if (word == NULL || !number_parse(word, i == 0 ? INT32_MAX : UINT64_MAX, numbers[i]))
            return false;
    }
    slot->pid = (pid_t)*numbers[0];
    return at == NULL && slot->pid > 1;
}
