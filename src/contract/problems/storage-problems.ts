import type { ProblemDefinition } from "./problem-definition.ts";

/** A server that cannot answer now, and disks and folders that cannot be used. */
export const storageProblems = {
  recovering: {
    status: 503,
    exit: 69,
    title: "The server is finding its running jobs again",
    hint: "Try again in a moment; holdfast server status shows how far it is",
  },
  shutting_down: {
    status: 503,
    exit: 69,
    title: "The server is shutting down",
    hint: "holdfast server start starts it again; running jobs continue",
  },
  busy: {
    status: 503,
    exit: 69,
    title: "The server is answering other lists",
    hint: "{count} lists and searches are waited for already; try again in a moment. Cancels and other requests do not wait for them",
  },
  storage_full: {
    status: 507,
    exit: 74,
    title: "The disk with the state folder is full",
    hint: "Free space on {path}; nothing was changed",
  },
  storage_failed: {
    status: 500,
    exit: 74,
    title: "The state folder cannot be written or read",
    hint: "{what}. Mount it for writing, or repair its permissions or its disk, then try again; running jobs continue",
  },
  internal: {
    status: 500,
    exit: 70,
    title: "Internal error",
    hint: "This is a defect of Holdfast; holdfast server logs shows it under {reference}",
  },
  forbidden: { status: 403, exit: 77, title: "That is not allowed", hint: "{what}" },
  foreign_owner: {
    status: 403,
    exit: 77,
    title: "A folder or socket of Holdfast belongs to another user",
    hint: "{path} belongs to user {owner}: nothing was sent, and nothing was changed in it. Run as that user, or set {variable} to a folder of your own",
  },
} as const satisfies Record<string, ProblemDefinition>;
