export type Colour = "dim" | "red" | "green" | "yellow" | "magenta" | "cyan";
