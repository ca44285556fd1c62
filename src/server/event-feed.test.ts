import { expect, it } from "vitest";
import { Bell } from "./bell.ts";
import { EventFeed } from "./event-feed.ts";
import { FakeSupervisor } from "./fake-supervisor.ts";

const feedOf = (supervisor: FakeSupervisor) => new EventFeed(supervisor, null, 0, new Bell());
const seqs = async (feed: EventFeed) => (await feed.take()).map(({ seq }) => seq);

it("gives an event once that is published only after the replay has read it", async () => {
  const supervisor = new FakeSupervisor();
  const feed = feedOf(supervisor);
  const publish = supervisor.storeSilently(1, "adopted");
  expect(await seqs(feed)).toEqual([1]);
  expect(await seqs(feed)).toEqual([]); // live from here on
  publish();
  expect(await seqs(feed)).toEqual([]);
  supervisor.emit(1, "adopted");
  expect(await seqs(feed)).toEqual([2]);
});

it("does not miss what is stored between its pages", async () => {
  const supervisor = new FakeSupervisor();
  const feed = feedOf(supervisor);
  for (let count = 0; count < 500; count += 1) supervisor.emit(1, "adopted");
  expect(await seqs(feed)).toHaveLength(500);
  supervisor.emit(1, "adopted");
  expect(await seqs(feed)).toEqual([501]);
  expect(await seqs(feed)).toEqual([]);
});

it("keeps the order of stored and passing events while live", async () => {
  const supervisor = new FakeSupervisor();
  const feed = feedOf(supervisor);
  await feed.take();
  supervisor.emit(1, "adopted");
  supervisor.pass(1, {});
  supervisor.emit(1, "adopted");
  expect(await seqs(feed)).toEqual([1, null, 2]);
});

it("holds no more than 1,000 events for a reader; the rest comes from the store", async () => {
  const supervisor = new FakeSupervisor();
  const feed = feedOf(supervisor);
  await feed.take();
  supervisor.pass(1, {});
  for (let count = 0; count < 1000; count += 1) supervisor.emit(1, "adopted");
  // Fallen behind: pages of the store again, without the passing event.
  expect(await seqs(feed)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
  expect(await seqs(feed)).toHaveLength(500);
  expect(await seqs(feed)).toEqual([]);
  supervisor.pass(1, {});
  expect(await seqs(feed)).toEqual([null]);
});
