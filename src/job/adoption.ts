/** A foreign process that a job watches over instead of starting one. */
export interface Adoption {
  pid: number;
  /** Clock ticks since boot. */
  start: number;
  /** Of its pidfd; 0 where the kernel has none. */
  inode: number;
  bootId: string;
  /** To which the pid belongs; missing in jobs of older servers, null if the kernel does not say. */
  pidNamespace?: number | null | undefined;
}
