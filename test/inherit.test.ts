import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { PrivateServer } from "./harness/private-server.ts";

/**
 * A job inherits what its submitter has, not what the server has. Everything here goes through the
 * launcher: Node, which the other tests start directly, changes some of it.
 */

const launcher = resolve(import.meta.dirname, "../holdfast");

/** What a process has, as lines; run in the shell that submits and in the job. */
const report = String.raw`
umask
grep -E '^(SigIgn|Cpus_allowed_list)' /proc/self/status
cut -d' ' -f19 /proc/self/stat
cat /proc/self/oom_score_adj
sed 's/  */ /g' /proc/self/limits
`;

/** Settings of a shell, each unlike those of the others and of the server. */
const submitters: Record<string, string> = {
  "an ordinary shell": "umask 022",
  "a shell of a group that shares its files": "umask 002; ulimit -Sn 256",
  "a careful shell": "umask 077; ulimit -c 0",
  "nohup and nice": "trap '' HUP; renice -n 7 -p $$ >/dev/null",
  "a shell that ignores SIGPIPE, SIGINT and SIGQUIT": "trap '' PIPE INT QUIT",
  "a shell on one CPU": "taskset -cp 0 $$ >/dev/null",
  "a shell with limits":
    "ulimit -Sn 300; ulimit -Hn 400; ulimit -f 5000; ulimit -Ss 4096; ulimit -v 9000000",
  "a shell that the kernel may end first": "echo 300 >/proc/$$/oom_score_adj",
};

// Only root may give a job what is better than the server's own: a lower niceness, say. A hard limit
// that the server lost is lost for its jobs as well, in a container even for root: the keeper's tests have it.
const asRoot = (settings: string) => (process.getuid?.() === 0 ? settings : "");

/** How the server comes to run: settings that are its own, and must not be those of a job. */
const servers: Record<
  string,
  { settings: string; env: NodeJS.ProcessEnv | null; first: string | null }
> = {
  "the first command": { settings: "umask 027", env: null, first: null },
  "`server start` in a shell with other settings": {
    settings: `umask 007; trap '' HUP USR1; ulimit -Sn 2000; ulimit -Sc 0; taskset -cp 0 $$ >/dev/null; ${asRoot("renice -n 3 -p $$ >/dev/null")}`,
    env: null,
    first: "server start",
  },
  cron: {
    settings: "umask 022; ulimit -Sn 1024; trap '' PIPE",
    env: { PATH: "/usr/bin:/bin", SHELL: "/bin/sh", HOME: "/", LOGNAME: "root" },
    first: "server start",
  },
  "a unit of systemd": {
    settings: `umask 0077; ulimit -Sn 1024; ${asRoot("echo 100 >/proc/$$/oom_score_adj")}`,
    env: { INVOCATION_ID: "0123456789abcdef0123456789abcdef", LANG: "C.UTF-8", HOME: "/" },
    first: "server start",
  },
};

function shell(script: string, env: NodeJS.ProcessEnv) {
  const done = spawnSync("/bin/sh", ["-c", script], { env, cwd: "/", encoding: "latin1" });
  if (done.error !== undefined) throw done.error;
  return done;
}

describe.each(Object.entries(servers))("a server started by %s", (_, { settings, env, first }) => {
  const holdfast = new PrivateServer();
  const { HOLDFAST_STATE_DIR, HOLDFAST_RUNTIME_DIR, HOLDFAST_TEST_SERVER } = holdfast.env;
  const own = { HOLDFAST_STATE_DIR, HOLDFAST_RUNTIME_DIR, HOLDFAST_TEST_SERVER };
  beforeAll(() => {
    const { status, stderr } = shell(`${settings}\nexec "${launcher}" ${first ?? "run true"}`, {
      ...(env ?? holdfast.env),
      ...own,
    });
    expect(status, stderr).toBe(0);
  });
  afterEach(() => holdfast.expectNothingLeft());
  afterAll(() => holdfast.remove());

  it.each(Object.entries(submitters))("gives a job what %s has", (_submitter, submitter) => {
    const expected = shell(`${submitter}\n${report}`, holdfast.env).stdout;
    const job = shell(`${submitter}\nexec "${launcher}" run -- sh -c "$REPORT"`, {
      ...holdfast.env,
      REPORT: report,
    });
    expect(job.stdout).toBe(expected);
    expect(expected).toContain("Max open files");
  });
});

describe("the environment", () => {
  const holdfast = new PrivateServer();
  beforeAll(() => holdfast.up());
  afterEach(() => holdfast.expectNothingLeft());
  afterAll(() => holdfast.remove());

  /** Exactly these variables; `\\351` is a byte. */
  const environment = [
    "dotted.name=1",
    "dashed-name=a b",
    "0digit=zero",
    "BASH_FUNC_module%%=() {  echo loaded\\n}",
    "LATIN_1=caf\\351",
    "UTF_8=caf\\303\\251",
    "REPLACEMENT=\\357\\277\\275",
    "BYTES=\\001\\377\\376%20",
    // Names that the launcher's shell uses itself.
    ...["self", "root", "head", "inputs", "target", "stamp", "input"].map((name) => `${name}=own`),
    "PATH=/usr/bin:/bin",
  ];

  function withEnvironment(command: string) {
    const args = environment.map((one) => `"$(printf '${one.replaceAll("%", "%%")}.')"`);
    const own = ["HOLDFAST_STATE_DIR", "HOLDFAST_RUNTIME_DIR", "HOLDFAST_TEST_SERVER"];
    const rest = own.map((name) => `${name}='${holdfast.env[name]}'`);
    // The dot keeps the shell from dropping a newline at the end.
    return shell(`exec env -i ${args.join(" ")} ${rest.join(" ")} ${command}`, holdfast.env);
  }

  it("reaches the job byte for byte, whatever the names and the values", () => {
    const sorted = (text: string) => text.split("\0").filter(Boolean).toSorted();
    const expected = sorted(withEnvironment("cat /proc/self/environ").stdout);
    const job = withEnvironment(`"${launcher}" run --no-unbuffered -- cat /proc/self/environ`);
    expect(job.stderr).toMatch(/^job \d+ cat/);
    const own = /^HOLDFAST_(JOB|ATTEMPT|ATTEMPT_NUMBER|PROGRESS|RETRY|RETRY_AFTER)=/;
    expect(sorted(job.stdout).filter((one) => !own.test(one))).toEqual(expected);
    expect(expected).toContain("LATIN_1=caf\xe9.");
    expect(expected).toContain("root=own.");
  });

  it("reaches a second attempt and a retry as well", () => {
    const first = withEnvironment(`"${launcher}" run -n bytes -- sh -c 'printf "$LATIN_1"'`);
    expect(first.stdout).toBe("caf\xe9.");
    const [, id] = /^job (\d+)/.exec(first.stderr) ?? [];
    const again = shell(
      `id=$("${launcher}" retry ${id}) && "${launcher}" wait $id >/dev/null && "${launcher}" logs $id`,
      holdfast.env,
    );
    expect(again.stdout).toBe("caf\xe9.");
  });

  it("has the functions that a shell exported, such as module", () => {
    const { stdout } = spawnSync(
      "/bin/bash",
      [
        "-c",
        `module() { echo "loaded $2"; }; export -f module; exec "${launcher}" run -- bash -c 'module load cuda'`,
      ],
      { env: holdfast.env, encoding: "latin1" },
    );
    expect(stdout).toBe("loaded cuda\n");
  });

  it("is refused where a name is not UTF-8, and the name is shown", () => {
    const refused = shell(`exec env "$(printf 'N\\377=1')" "${launcher}" run true`, holdfast.env);
    expect(refused.stderr).toContain("The name of the environment variable N");
    expect(refused.status).toBe(2);
  });

  it("never shows bytes again either", () => {
    const made = withEnvironment(`"${launcher}" submit -- true`);
    const id = made.stdout.trim();
    shell(`"${launcher}" wait ${id}`, holdfast.env);
    const shown = shell(`"${launcher}" show --json ${id}`, holdfast.env).stdout;
    expect(shown).toContain('"LATIN_1"');
    expect(shown).not.toContain(Buffer.from("caf\xe9.", "latin1").toString("base64"));
  });
});

describe("what is not UTF-8 and cannot be carried is refused by its name", () => {
  const holdfast = new PrivateServer();
  beforeAll(() => holdfast.up());
  afterEach(() => holdfast.expectNothingLeft());
  afterAll(() => holdfast.remove());

  it("a working directory", () => {
    const script = `cd "${holdfast.stateDir}" && d=$(printf 'd\\351') && mkdir -p "$d" && cd "$d" && exec "${launcher}"`;
    const refused = shell(`${script} run true`, holdfast.env);
    expect(refused.stderr).toContain("The name of the working directory");
    expect(refused.stderr).toContain("is not UTF-8");
    expect(refused.status).toBe(2);
    expect(shell(`${script} run -C / pwd`, holdfast.env).stdout).toBe("/\n");
  });

  it.each(["--env=A=caf", "--name=caf", "--cwd=/caf"])("the option %s", (option) => {
    const refused = shell(
      `exec "${launcher}" run "$(printf '%b' '${option}\\0351')" true`,
      holdfast.env,
    );
    expect(refused.stderr).toContain("is not UTF-8");
    expect(refused.status).toBe(2);
  });
});
