import { DatabaseSync } from "node:sqlite";
import { identityAt } from "../system/file-in-place.ts";
import { Connection } from "./connection.ts";
import { busyMs } from "./opening.ts";

/** A connection that cannot write: it sees what another connection has committed. */
export class ReadOnlyConnection extends Connection {
  /** `identity`: of the file that the other connection has open. Throws if the path is another file by now. */
  static open(path: string, identity: string | null): ReadOnlyConnection {
    assertSame(path, identity);
    const db = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
    try {
      // Opens the write-ahead log beside the file.
      db.prepare("SELECT count(*) FROM sqlite_schema").get();
      assertSame(path, identity);
      return new ReadOnlyConnection(db);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Everything that `read` sees is of one moment. As long as it lasts the write-ahead log is not emptied. */
  readonly snapshot = <T>(read: () => T): T => {
    this.db.exec("BEGIN");
    try {
      return read();
    } finally {
      // A damaged page may have ended it.
      if (this.db.isTransaction) this.db.exec("COMMIT");
    }
  };
}

function assertSame(path: string, identity: string | null): void {
  if (identityAt(path) !== identity) throw new Error(`${path} is another file by now`);
}
