import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hasApptainer } from "../harness/apptainer.ts";
import { cases } from "./cases.ts";
import { expectedOf, isRoot, tiersHere, tierSettings } from "./expected.ts";
import { ProcessEvents } from "../process-events/process-events.ts";
import { receiptDifferences } from "../process-events/observed-job.ts";
import { PrivateServer } from "./private-server.ts";
import { Stage } from "./stage.ts";
import { verdictOf } from "./verdict.ts";

/**
 * One test per numbered case and tier: the payload is cancelled, or ends without a signal, and at
 * the moment of the terminal event the witness must find no living process.
 */
describe.each(tiersHere)("on the tier %s", (tier) => {
  let server: PrivateServer;
  let stage: Stage;
  let events: ProcessEvents | null = null;

  beforeAll(async () => {
    server = await PrivateServer.start({ cgroup: tierSettings[tier] });
    expect((await server.client.health()).tier).toBe(tier);
    if (isRoot) events = await ProcessEvents.start();
  });
  afterAll(async () => {
    await server.end();
    await events?.end();
  });
  beforeEach(async () => {
    stage = await Stage.set(server);
  });
  afterEach(() => stage.clear());

  const here = cases.filter(
    ({ needsRoot, needsApptainer }) =>
      (isRoot || needsRoot !== true) && (hasApptainer || needsApptainer !== true),
  );
  test.each(here)("case $case: $title", async (payload) => {
    const { id } = await stage.play(payload.fixture, payload.args ?? [], payload.request ?? {});
    const ending = payload.endsItself === true ? stage.observe(id) : stage.cancel(id);
    const seen = await ending;
    const receipt = await stage.receipt(id);

    expect(verdictOf(seen, receipt)).toBe(expectedOf(payload.case, tier));
    expect(await stage.bystanders.missing()).toEqual([]);
    expect(receipt).toMatchObject(payload.receipt);
    expect(await receiptDifferences(events, server.stateDir, receipt)).toEqual([]);
    await payload.more?.({ stage, id, receipt });
  });
});
