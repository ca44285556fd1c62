/* One line on standard error, which is keeper.log once the attempt folder is open. */
#ifndef HOLDFAST_COMPLAIN_H
#define HOLDFAST_COMPLAIN_H

/* detail may be NULL, error 0. Never a value from the payload's environment or arguments. */
void complain(const char *message, const char *detail, int error);

#endif
