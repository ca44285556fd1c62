// until-output SOCKET JOB LINE: follows a job's output and ends when it has said the line.
import { ask } from "./api.mjs";

const [socketPath, job, line] = process.argv.slice(2);
const answer = await ask(socketPath, "GET", `/api/v1/jobs/${job}/output?follow=true`);
let text = "";
for await (const part of answer.setEncoding("utf8")) {
  text += part;
  if (text.split("\n").includes(line)) process.exit(0);
}
process.stderr.write(`job ${job} ended without saying ${line}:\n${text}`);
process.exit(1);
