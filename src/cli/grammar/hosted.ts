import type { OptionDefinition } from "./definition.ts";
import { verbs } from "./verbs.ts";

const hostedVerbs = verbs.filter(({ hosted }) => hosted === true);

/**
 * The first arg of each command that the command host runs. The build writes them into build/stamp, where
 * the client finds them; each is a whole verb. `__complete` is what the shell's completion asks with.
 */
export const hostedCommands: readonly string[] = [
  "__complete",
  ...hostedVerbs.flatMap(({ name, alias }) => (alias === undefined ? [name] : [name, alias])),
];

/** Whether the command host runs this command line. What reads a file of the caller's, such as /dev/fd/3, does not qualify. */
export async function isHosted(args: readonly string[]): Promise<boolean> {
  const [first = "", ...rest] = args;
  if (first === "__complete") return true;
  const verb = hostedVerbs.find(({ name, alias }) => name === first || alias === first);
  if (verb === undefined) return false;
  const { definition } = await verb.load();
  return !definition.options.some((option) => readsFile(option) && rest.some(isUseOf(option)));
}

function readsFile({ completes }: OptionDefinition): boolean {
  return completes === "file";
}

function isUseOf({ long, short }: OptionDefinition): (arg: string) => boolean {
  return (arg) =>
    arg === long || arg.startsWith(`${long}=`) || (short !== undefined && arg.startsWith(short));
}
