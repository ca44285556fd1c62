/* The text of exit.json: what was observed, as PROTOCOL.md describes it. */
#ifndef HOLDFAST_EXIT_RECORD_TEXT_H
#define HOLDFAST_EXIT_RECORD_TEXT_H

#include "keeper.h"

/* Call when nothing lives. Takes the figures and fills k->record; false: no memory. */
bool exit_record_text(struct keeper *k);

#endif
