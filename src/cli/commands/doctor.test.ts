import { describe, expect, it } from "vitest";
import type {
  DoctorErrand,
  DoctorNews,
  DoctorReport,
  DoctorVerdict,
} from "../../contract/doctor.ts";
import { FakeCommandLine } from "../testing/fake-context.ts";

const verdict = (given: Partial<DoctorVerdict>): DoctorVerdict => ({
  verdict: "disk-full",
  severity: "critical",
  facet: "disk",
  subject: "/data",
  message: "1MiB of 16MiB are left on /data\u001b[2J",
  figure: 3.5,
  threshold: 5,
  unit: "%",
  windowMs: 20_000,
  samples: 2,
  source: "statfs",
  confidence: "proven",
  evidence: [],
  next: "du -xh -d1 /data | sort -h | tail",
  ...given,
});

const report = (given: Partial<DoctorReport>): DoctorReport => ({
  version: 1,
  atMs: 0,
  windowMs: 20_000,
  samples: 11,
  endedEarly: false,
  jobId: null,
  summary: "healthy",
  worst: null,
  message: "healthy",
  verdicts: [],
  facets: [{ facet: "disk", state: "measured", why: [], samples: 2, figures: [] }],
  comparedWith: null,
  ...given,
});

/** A program that reports these things, and those after its input was closed. */
class FakeDoctor {
  readonly line = new FakeCommandLine({ terminal: true });
  errand: DoctorErrand | null = null;
  ended = false;
  readonly #closed = Promise.withResolvers<void>();

  constructor(news: DoctorNews[], afterEnd: DoctorNews[] | "never" = []) {
    this.line.startRescue = async (args) => {
      expect(args[0]).toBe("doctor");
      this.errand = JSON.parse(args[1] ?? "") as DoctorErrand;
      return {
        lines: this.#lines(news, afterEnd),
        end: () => {
          this.ended = true;
          this.#closed.resolve();
        },
        ended: Promise.resolve({ code: 0, stderr: "" }),
      };
    };
  }

  async *#lines(news: DoctorNews[], afterEnd: DoctorNews[] | "never"): AsyncGenerator<string> {
    for (const one of news) yield JSON.stringify(one);
    if (afterEnd === "never") await new Promise(() => undefined);
    else if (afterEnd.length > 0) {
      await this.#closed.promise;
      for (const one of afterEnd) yield JSON.stringify(one);
    }
  }
}

const reporting = (given: Partial<DoctorReport>) =>
  new FakeDoctor([{ kind: "report", report: report(given) }]);

describe("holdfast doctor ends with", () => {
  it.each<[number, string, Partial<DoctorReport>, string[]]>([
    [0, "healthy", {}, []],
    [0, "no problem, not everything measured", { summary: "no problem found" }, []],
    [5, "the same and --strict", { summary: "no problem found" }, ["--strict"]],
    [0, "healthy and --strict", {}, ["--strict"]],
    [0, "something to know", { worst: "info", summary: "healthy" }, []],
    [3, "a warning", { worst: "warning", summary: "problems" }, ["--strict"]],
    [4, "something critical", { worst: "critical", summary: "problems" }, []],
  ])("%i: %s", async (code, _, given, args) => {
    expect(await reporting(given).line.type("doctor", ...args)).toBe(code);
  });
});

describe("holdfast doctor", () => {
  it("shows each verdict with figure, threshold, window, source, how sure it is, and what next", async () => {
    const doctor = reporting({ worst: "critical", summary: "problems", verdicts: [verdict({})] });
    await doctor.line.type("doctor");
    const page = doctor.line.out.text;
    expect(page).toContain("critical disk-full");
    expect(page).toContain("3.5 %, threshold 5 %; 2 samples in 20s; proven; statfs");
    expect(page).toContain("next: du -xh -d1 /data | sort -h | tail");
    expect(page).not.toContain("\u001b[2J");
  });

  it("writes the report as it is with --json", async () => {
    const doctor = reporting({});
    await doctor.line.type("doctor", "--json");
    expect(JSON.parse(doctor.line.out.text)).toEqual(report({}));
  });

  it("asks for what the options say", async () => {
    const doctor = reporting({});
    const check = ["doctor", "--window", "1m", "--port", "8000", "--port", "8001"];
    const job = ["--metrics", "http://127.0.0.1:8000/metrics", "--compare", "good", "42"];
    await doctor.line.type(...check, ...job);
    expect(doctor.errand).toEqual({
      windowMs: 60_000,
      ports: [8000, 8001],
      metricsUrl: "http://127.0.0.1:8000/metrics",
      compare: "good",
      job: 42,
    });
  });

  it.each([
    [["--window", "20"], "is not a duration"],
    [["--window", "10ms"], "at least 500ms"],
    [["--port", "http"], "is not a port"],
    [["--port", "70000"], "is not a port"],
    [["--metrics", "localhost"], "is not an address"],
    [["--metrics", "http://localhost/metrics"], "say which"],
  ])("refuses %j", async (args, printed) => {
    const doctor = reporting({});
    expect(await doctor.line.type("doctor", ...args)).toBe(2);
    expect(doctor.line.messages.text).toContain(printed);
    expect(doctor.errand).toBeNull();
  });

  it("says that a recorded run was not a good one", async () => {
    const doctor = reporting({ worst: "critical", summary: "problems", verdicts: [verdict({})] });
    await doctor.line.type("doctor", "--record", "good");
    expect(doctor.line.messages.text).toContain("it is not a good run: disk-full");
  });

  it("is ended early by Ctrl+C, and shows what was measured until then", async () => {
    const early = report({ endedEarly: true, windowMs: 4000 });
    const doctor = new FakeDoctor(
      [{ kind: "sample", elapsedMs: 2000, windowMs: 20_000 }],
      [{ kind: "report", report: early }],
    );
    const ended = doctor.line.type("doctor");
    await doctor.line.settle();
    expect(doctor.line.messages.text).toContain("measuring, 2s of 20s; Ctrl+C ends it early");
    expect(doctor.ended).toBe(false);
    doctor.line.interrupt();
    expect(await ended).toBe(0);
    expect(doctor.line.out.text).toContain("ended early");
    expect(doctor.line.listens).toBe(false);
  });

  it("is ended at once by the second Ctrl+C", async () => {
    const doctor = new FakeDoctor([], "never");
    const ended = doctor.line.type("doctor");
    await doctor.line.settle();
    doctor.line.interrupt();
    await doctor.line.settle();
    doctor.line.interrupt();
    expect(await ended).toBe(130);
    expect(doctor.ended).toBe(true);
  });

  it("reports why the doctor could not examine", async () => {
    const { line } = reporting({});
    line.startRescue = async () => ({
      lines: (async function* () {})(),
      end: () => undefined,
      ended: Promise.resolve({
        code: 1,
        stderr: JSON.stringify({ code: "not_running", details: { id: 7, from: "the records" } }),
      }),
    });
    expect(await line.type("doctor", "7")).toBe(1);
    expect(line.messages.text).toContain("holdfast show 7");
  });
});

describe("holdfast doctor watch", () => {
  const raised = { event: "raised" as const, atMs: 0, sinceMs: 0, verdict: verdict({}) };
  const watched = (changes: (typeof raised)[], active: (typeof raised)[]): DoctorNews => ({
    kind: "watched",
    report: report({}),
    changes,
    active,
  });

  it("reports what is raised and cleared, and exits by what is raised then", async () => {
    const doctor = new FakeDoctor([watched([], []), watched([raised], [raised])]);
    expect(await doctor.line.type("doctor", "watch")).toBe(4);
    expect(doctor.line.out.text).toContain("raised: critical disk-full");
    expect(doctor.errand?.watch).toEqual({ intervalMs: 60_000, send: false });
  });

  it("writes an alert a line with --json", async () => {
    const doctor = new FakeDoctor([watched([raised], [raised]), watched([], [])]);
    expect(await doctor.line.type("doctor", "watch", "--json", "--raise-after", "1")).toBe(0);
    expect(JSON.parse(doctor.line.out.text)).toEqual(raised);
    expect(doctor.errand?.watch?.raiseAfter).toBe(1);
  });

  it("ends after --duration as after Ctrl+C", async () => {
    const doctor = new FakeDoctor([watched([], [])], [watched([], [])]);
    const ended = doctor.line.type("doctor", "watch", "--duration", "2m");
    await doctor.line.settle();
    expect(doctor.ended).toBe(false);
    doctor.line.clock.advance(120_000);
    expect(await ended).toBe(0);
  });
});
