// Names of the private dialect in code: parts of identifiers and of file names.
import type { Dialect } from "./language-dialect.ts";

/** Finds each form as a part of `camelCase`, `snake_case` and `CONSTANT_CASE`. */
function name(forms: string, instead: string, example: string): Dialect {
  const each = forms.split(" ").flatMap((form) => {
    const [first = ""] = form;
    const title = first.toUpperCase() + form.slice(1);
    return [
      `(?<![A-Za-z])${form}(?![a-z])`,
      `(?<![A-Z])${title}(?![a-z])`,
      `(?<![A-Za-z])${form.toUpperCase()}(?![A-Za-z])`,
    ];
  });
  return { pattern: new RegExp(each.join("|"), "gu"), instead, example };
}

export const names: Dialect[] = [
  name("patience patient patiently", "timeout", "call_patiently"),
  name("usual", "default", "usualMs"),
  name("look looks looked looking", "sample, check, poll, inspect", "MAX_LOOKS"),
  name("words", "message, args, fields", "proofWords"),
  name("bite bites", "enforced", "bites"),
  name("foothold grounds", "cgroup roots, placement", "findGrounds"),
  name("attendance", "follower", "Attendance"),
  name("rouse roused rouses", "wake", "#rouse"),
  name("wish wishes wished", "request", "clone_wish"),
  name("who whom whoever", "the thing's noun", "whoLives"),
  name("nobody somebody anybody everybody", "the thing's noun", "foundNobody"),
  name("stranger strangers", "unrelated, foreign, other", "isStranger"),
  name("tell tells told telling", "report, publish, print", "sendTold"),
  name("believe believed believes", "trusted", "isBelieved"),
  name("vouch vouched vouching", "confirmed", "isVouchedFor"),
  name("aside", "temporary, quarantine", "writeAside"),
  name("anew", "again, rebuilt", "tagsAnew"),
];
