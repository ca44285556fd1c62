/* Forks one keeper per launch message of a stream. */
#ifndef HOLDFAST_SPAWNER_H
#define HOLDFAST_SPAWNER_H

/* Exit status: 0 at the end of the input, 1 when the framing is lost or a step fails. */
int spawner_run(void);

#endif
