/** Removes the URL and its password, plain or escaped, from a text. */
export function withoutSecrets(text: string, url: string | null): string {
  if (url === null) return text;
  return secretsOf(url).reduce((clean, secret) => clean.replaceAll(secret, "..."), text);
}

/** A database's URL without secrets: `postgres://ada@db:5432/jobs`. */
export function publicUrl(url: string): string {
  const parsed = parse(url);
  if (parsed === null) return "postgres://...";
  const { username, host, pathname, searchParams } = parsed;
  const socket = searchParams.get("host");
  return `postgres://${username === "" ? "" : `${username}@`}${host}${pathname}${socket === null ? "" : `?host=${socket}`}`;
}

/** Longest first: removing a shorter secret first would leave parts of a longer one. */
function secretsOf(url: string): string[] {
  const parsed = parse(url);
  const inUrl = [parsed?.password ?? "", /^[^:]+:\/\/[^:@/]*:(.*)@/.exec(url)?.[1] ?? ""];
  const written = [...inUrl, ...(parsed?.searchParams.getAll("password") ?? [])];
  return [...new Set([url, ...written, ...written.map(unescaped)])]
    .filter((secret) => secret !== "")
    .toSorted((a, b) => b.length - a.length);
}

function parse(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
