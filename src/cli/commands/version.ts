import packageFile from "../../../package.json" with { type: "json" };
import type { Version } from "../../client/client.ts";
import { RefusalError } from "../../contract/problems.ts";
import type { Context, Run } from "../context.ts";
import type { VerbDefinition } from "../grammar/definition.ts";

export const definition: VerbDefinition = {
  name: "version",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [],
  description: [
    "Shows the version of this command and of the server, if one runs. Does not start a server. With --json: {version, server}, where server is the API's document or null.",
  ],
  examples: [{ type: "holdfast version", does: "for a bug report" }],
};

export const run: Run = async (context) => {
  const { screen, json } = context;
  const { version } = packageFile;
  const server = await serverVersion(context);
  if (json) await screen.document({ version, server });
  else if (server === null) await screen.lines([`holdfast ${version}`, "server   none runs"]);
  else {
    const { keeperProtocol, api, node } = server;
    await screen.lines([
      `holdfast ${version}`,
      `server   ${server.version} (api ${api}, keeper protocol ${keeperProtocol}, node ${node})`,
    ]);
  }
  return 0;
};

async function serverVersion({ serverProcess }: Context): Promise<Version | null> {
  try {
    return await serverProcess.client.version();
  } catch (error) {
    if (error instanceof RefusalError && error.refusal.code === "server_not_running") return null;
    throw error;
  }
}
