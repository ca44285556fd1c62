import { expect, it } from "vitest";
import { isSecret } from "./secrets.ts";

const base64 = Buffer.from("postgres://ada:pw@db/x\xff", "latin1").toString("base64");

it.each([
  ["AWS_SECRET_ACCESS_KEY", "x"],
  ["HF_TOKEN", "x"],
  ["github_token", "x"],
  ["PGPASSWORD_FILE_PASS", "x"],
  ["DB_PASSWORD", "x"],
  ["WANDB_API_KEY", "x"],
  ["DATABASE_URL", "postgres://ada:pw@db.example.org/jobs"],
  ["DEPLOY", "-----BEGIN OPENSSH PRIVATE KEY-----\nabc"],
  ["RAW", { base64 }],
  ["SITE_CODE", "named in the configuration"],
])("%s=%o is removed when its job ends", (name, value) => {
  expect(isSecret(name, value, ["SITE_CODE"])).toBe(true);
});

it.each([
  ["PATH", "/usr/bin"],
  ["PWD", "/home/ada"],
  ["KEYBOARD_LAYOUT", "de"],
  ["COMPASS", "north"],
  ["AUTHOR", "ada"],
  ["MONKEY", "1"],
  ["HOMEPAGE", "https://example.org/a:b@c"],
  ["SITE_CODE", "x"],
])("%s=%o is kept", (name, value) => {
  expect(isSecret(name, value, [])).toBe(false);
});
