// node list-loop.ts SOCKET QUERY: asks for one page of a list after the other, page by page until
// there is no further one, then from the first again. Prints a line after the first page.
import { Api } from "./api.ts";

const [socket = "", query = ""] = process.argv.slice(2);
const api = new Api(socket);
process.on("SIGTERM", () => process.exit(0));
for (let cursor: string | null = null, isFirst = true; ; isFirst = false) {
  const page = await api.list(`${query}${cursor === null ? "" : `&cursor=${cursor}`}`);
  cursor = page.nextCursor;
  if (isFirst) console.log("listing");
}
