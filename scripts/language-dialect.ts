// Terms of a private dialect, and the plain terms that replace them.

export interface Dialect {
  pattern: RegExp;
  /** What to write. */
  instead: string;
  /** A text in which the pattern is found. */
  example: string;
  /** A similar text in which it is not found. */
  allowed?: string;
}

/** A blank in a pattern also matches the end of a line. */
function dialect(source: string, instead: string, example: string, allowed?: string): Dialect {
  const pattern = new RegExp(source.replaceAll(" ", "\\s+"), "giu");
  return { pattern, instead, example, ...(allowed !== undefined && { allowed }) };
}

const person =
  "person|people|users?|owners?|readers?|engineers?|administrators?|colleagues?|those|anyone|someone";

export const dialects: Dialect[] = [
  // Processes, files and records are things.
  dialect(
    `(?<!\\b(?:${person}),? )\\bwho\\b`,
    "which process, the process that",
    "names who is left",
    "a person who types",
  ),
  dialect("\\bwhom\\b", "which process, the process that", "the process by whom it is stopped"),
  dialect("\\bwho(?:m?ever|soever)\\b", "a process that", "Whoever is moved is a member"),
  dialect("\\bnobody\\b", "no process, no user", "there was nobody to ask"),
  dialect("\\bsomebody\\b", "another process, a user", "somebody holds the lock"),
  dialect("\\banybody\\b", "any process, any user", "not found by anybody"),
  dialect("\\beverybody\\b", "all processes, each user", "everybody else"),
  dialect("\\bstrangers?\\b", "another process, an unrelated process", "Strangers are not moved"),
  dialect("\\bone that\\b", "name the thing", "a claim, or one that was voided"),
  // Amounts.
  dialect("\\bso many\\b", "this number of, at most N", "Give it so many GPUs"),
  dialect("\\bso much\\b", "this amount of, at most N", "older than so\nmuch"),
  dialect("\\bso often\\b", "at most N times", "Run it again so often"),
  // Reporting.
  dialect(
    "\\b(?:tells?|telling|told)\\b",
    "report, print, show; distinguish",
    "what the kernel tells",
  ),
  dialect(
    "(?<!\\bother )\\bwords\\b",
    "message, describe, name",
    "in the words of the kernel",
    "in other words",
  ),
  dialect(
    "(?:'s|\\b(?:an?|its|their|whose)) word\\b",
    "message, report; according to",
    "a pidfd's word is their end",
    "keyword",
  ),
  dialect("\\bvouch(?:es|ed|ing)?\\b", "confirm, prove", "nobody vouches for it"),
  dialect("\\bbeliev(?:es?|ed|ing)\\b", "trust, accept; not believed: ignored", "is believed"),
  // Standard terms.
  dialect("(?<!\\bas )\\busual\\b", "default", "10s is usual", "as usual"),
  dialect(
    "\\bby (?:it|them)(?:self|selves)\\b",
    "automatically, without a signal",
    "ends by itself",
  ),
  dialect(
    "\\blook(?:s|ed|ing)? at\\b",
    "inspect, sample, check",
    "is looked\nat twice a second",
    "looks up the name",
  ),
  dialect(
    "\\b(?:an?|each|every|two|first|last|next|no) looks?\\b",
    "inspection, sample, check",
    "between two looks",
    "it looks complete",
  ),
  dialect("\\bwish(?:es|ed)?\\b", "request", "a wish to stop"),
  dialect("\\b(?:bites?|bitten)\\b", "enforce: a limit is enforced", "which limits bite"),
  dialect("\\bfootholds?\\b", "cgroup placement", "gain a foothold"),
  dialect("\\b(?:rous(?:es?|ed|ing))\\b", "wake, continue", "rouses the keeper"),
  dialect("\\bpatien(?:ce|t)\\b", "timeout", "with a few seconds' patience"),
  dialect("\\beyes\\b", "supervise, observe", "under this keeper's eyes"),
  dialect("\\bheld against\\b", "compare with", "receipts are held against it"),
  dialect("\\bdear\\b", "slow, expensive", "as dear as a fork"),
  dialect("\\banew\\b", "again, recreate", "made anew"),
  dialect("\\bin sight\\b|\\bout of sight\\b", "visible, not visible", "no longer in sight"),
  dialect("\\b(?:to|can|could) be had\\b", "available", "where they can be had"),
  dialect("\\bby turns\\b", "alternating", "with and without by turns"),
  dialect("\\bof before\\b", "earlier, previous", "a server of before"),
  dialect("\\bfalls? to\\b", "becomes a child of", "orphans fall to the spawner"),
  dialect("\\bdeath\\b(?! signal)", "end", "the death is unproven", "a death signal"),
  dialect("\\bgo(?:es)? on\\b", "continue", "the job goes on"),
  dialect("\\baside\\b", "to a temporary file, separately", "write aside, flush, rename"),
  dialect("\\bbesides\\b", "also, in addition", "and two more besides", "beside it"),
  dialect("\\blies? (?:in|on|at|behind|between|under|there)\\b", "is", "the folder lies in /tmp"),
  dialect("\\bstands? (?:in|on|at|behind|beside|there)\\b", "is", "what stands in the record"),
  dialect("\\bgiven away\\b", "reuse", "the pid is given away again"),
  // Constructions.
  dialect(
    "\\bthe like\\b",
    "name the others, or leave it out",
    "files and the like",
    "the likely one",
  ),
  dialect("\\bat hand\\b", "available", "no GPU was at hand"),
  dialect(
    "\\bmeanwhile\\s*[.;:)]",
    "during this time; in between",
    "those that ended meanwhile.",
    "Meanwhile the phase is",
  ),
  dialect("\\bwhat is [\\w-]+(?: [\\w-]+)?'s\\b", "what belongs to X", "what is the job's"),
  dialect(
    "\\b(?:is|are|was|were) (?:the|an?) [\\w-]+(?:'s|s')\\s*[.,;:]",
    "belongs to X",
    "they are the keeper's.",
    "it is the keeper's socket.",
  ),
  dialect(
    "(?<!\\b(?:there|it),? )\\bis no (?!longer\\b|more\\b|less\\b|\\w+er than\\b)",
    "is not a",
    "this is no proof",
    "there is no proof, and it is no longer checked",
  ),
  dialect("\\bnot how (?:it|this) is called\\b", "usage error", "not how it is called"),
  dialect("\\b(?:hitherto|whence|wherein|therein|thereof|lest)\\b", "plain words", "lest it runs"),
];
