/* keeper.json: the claim to the attempt, and who may void it. */
#ifndef HOLDFAST_CLAIM_H
#define HOLDFAST_CLAIM_H

#include "keeper.h"

/* Whether somebody holds the claim already. */
bool claim_taken(const struct keeper *k);
/* 0 when our claim is durable; EEXIST when somebody was first; else an errno and no claim. */
int claim_make(struct keeper *k);
/* Takes back our own claim: the gate was never opened. */
void claim_withdraw(const struct keeper *k);

#endif
