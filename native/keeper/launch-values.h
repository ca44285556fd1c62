/* Values of a launch message: false if one is not valid. */
#ifndef HOLDFAST_LAUNCH_VALUES_H
#define HOLDFAST_LAUNCH_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "process-state.h"
#include "rules.h"

bool value_is_uuid(const char *text);
bool value_is_nonce(const char *text);
/* The text is kept once; a second value for the same key is an error. */
bool value_take_text(const char **slot, const char *value, bool valid);
bool value_take_choice(bool *slot, const char *value, const char *no, const char *yes);
bool value_take_scope(struct rules *rules, const char *value);
bool value_take_signed(int *slot, const char *value, int min, int max);
/* 0022 */
bool value_take_octal(unsigned *slot, const char *value);
/* 1,13 */
bool value_take_signals(uint64_t *slot, const char *value);
/* PID:START:INODE */
bool value_take_identity(struct identity *slot, const char *value);

#endif
