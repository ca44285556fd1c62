/** A signal's name; the number is the kernel's on every Linux architecture that Node runs on. */
export const signalNumbers: Record<string, number> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  USR1: 10,
  USR2: 12,
  TERM: 15,
};
