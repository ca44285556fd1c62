import type { DatabaseSync } from "node:sqlite";
import initial from "./migrations/001-initial.sql" with { type: "text" };
import limits from "./migrations/002-limits.sql" with { type: "text" };
import escapes from "./migrations/003-escapes.sql" with { type: "text" };
import history from "./migrations/004-history.sql" with { type: "text" };
import retries from "./migrations/005-retries.sql" with { type: "text" };
import gpus from "./migrations/006-gpus.sql" with { type: "text" };
import marks from "./migrations/007-marks.sql" with { type: "text" };
import seals from "./migrations/008-seals.sql" with { type: "text" };
import allocations from "./migrations/009-allocations.sql" with { type: "text" };
import checksums from "./migrations/010-checksums.sql" with { type: "text" };
import namespaces from "./migrations/012-pid-namespaces.sql" with { type: "text" };
import stopRequests from "./migrations/013-stop-requests.sql" with { type: "text" };
import moreChecksums from "./migrations/014-more-checksums.sql" with { type: "text" };
import queue from "./migrations/016-queue.sql" with { type: "text" };
import listIndexes from "./migrations/018-list-indexes.sql" with { type: "text" };
import receipts from "./migrations/019-receipts.sql" with { type: "text" };
import documents from "./migrations/020-documents.sql" with { type: "text" };
import prunedEvents from "./migrations/021-pruned-events.sql" with { type: "text" };
import totals from "./migrations/022-totals.sql" with { type: "text" };
import packed from "./migrations/023-packed.sql" with { type: "text" };
import { pruneEvents } from "./prune-events.ts";
import { moveDocuments } from "./move-documents.ts";
import { moveReceipts } from "./move-receipts.ts";
import engines from "./migrations/017-engines.sql" with { type: "text" };
import identities from "./migrations/015-identities.sql" with { type: "text" };

export interface Migration {
  sql: string;
  /** What SQL cannot do, after it. */
  move?: (db: DatabaseSync) => void;
}

/** In order; the database's `user_version` is the number of those it has had. */
export const migrations: readonly Migration[] = [
  { sql: initial },
  { sql: limits },
  { sql: escapes },
  { sql: history },
  { sql: retries },
  { sql: gpus },
  { sql: marks },
  { sql: seals },
  { sql: allocations },
  { sql: namespaces },
  { sql: checksums },
  { sql: stopRequests },
  { sql: moreChecksums },
  { sql: queue },
  { sql: identities },
  { sql: listIndexes },
  { sql: receipts, move: moveReceipts },
  { sql: documents, move: moveDocuments },
  { sql: prunedEvents, move: pruneEvents },
  { sql: engines },
  { sql: totals },
  { sql: packed },
];

export const schemaVersion = migrations.length;
