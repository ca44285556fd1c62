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
import identities from "./migrations/015-identities.sql" with { type: "text" };

/** In order; the database's `user_version` is the number of those it has had. */
export const migrations = [
  initial,
  limits,
  escapes,
  history,
  retries,
  gpus,
  marks,
  seals,
  allocations,
  namespaces,
  checksums,
  stopRequests,
  moreChecksums,
  queue,
  identities,
  listIndexes,
];

export const schemaVersion = migrations.length;
