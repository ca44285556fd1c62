/** How the logs of an attempt are called, in its folder and in `holdfast export --logs`. */
export const logNames = { joined: ["output.log"], split: ["stdout.log", "stderr.log"] } as const;
