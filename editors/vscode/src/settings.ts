/** From the editor's settings to what the server is told. Knows no editor. */

import * as os from "node:os";
import type { ServerSettings } from "./protocol";

/** Reads one setting of the section `alchemy`. */
export type Read = <T>(name: string) => T | undefined;

/** What the server is told; the stage `picked` by hand wins over the setting. `trusted` says whether the workspace is. */
export function serverSettings(read: Read, picked: string | undefined, trusted: boolean): ServerSettings {
  const stages = read<unknown>("stages");
  return {
    stages: Array.isArray(stages) ? stages.filter((stage): stage is string => typeof stage === "string" && stage !== "") : [],
    stage: text(picked) ?? text(read("stage")),
    state: text(read("state")),
    profile: text(read("profile")),
    envFile: text(read("envFile")),
    trusted,
  };
}

/** The binary to start. */
export function binaryPath(read: Read, workspaceFolder: string | undefined, home = os.homedir()): string {
  const set = text(read("path"))?.trim() || "alchemy";
  const path = workspaceFolder === undefined ? set : set.replaceAll("${workspaceFolder}", workspaceFolder);
  return path === "~" || path.startsWith("~/") ? home + path.slice(1) : path;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
