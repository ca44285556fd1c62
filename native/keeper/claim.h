/* keeper.json: the claim to the attempt, and which keeper may void it. */
#ifndef HOLDFAST_CLAIM_H
#define HOLDFAST_CLAIM_H

#include "keeper.h"

/* Whether the attempt is already claimed. */
bool claim_taken(const struct keeper *k);
/* 0 when our claim is durable; EEXIST when another keeper was first; else an errno and no claim. */
int claim_make(struct keeper *k);
/* Voids our own claim: the gate was never opened. */
void claim_withdraw(const struct keeper *k);

#endif
