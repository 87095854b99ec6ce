/** The command that a button stands for. Knows no editor. */

import type { RunTarget, ServerSettings } from "./protocol";

export type Action = "plan" | "deploy" | "destroy";

/** The arguments after `alchemy`. Nothing passes a shell, so nothing is quoted. */
export function runArguments(action: Action, target: RunTarget, settings: Pick<ServerSettings, "state" | "profile" | "envFile">): string[] {
  const options: [string, string | null][] = [
    ["--stage", target.stage],
    ["--profile", settings.profile],
    ["--state", settings.state],
    ["--env-file", settings.envFile],
  ];
  const given = options.flatMap(([name, value]) => (value === null ? [] : [name, value]));
  return [action, target.program, ...given];
}

/** A terminal's title: `alchemy deploy · photos · prod`. */
export function runTitle(action: Action, target: RunTarget): string {
  return `alchemy ${action} · ${target.stack} · ${target.stage}`;
}

/** What is asked before a destroy. The command itself shows what goes and asks again. */
export function destroyQuestion(target: RunTarget): { message: string; detail: string; yes: string } {
  return {
    message: `Destroy stage ${target.stage} of ${target.stack}?`,
    detail: "Everything of this stage that is not retained will be deleted; other stages are not touched. The terminal lists what goes and asks once more.",
    yes: "Destroy…",
  };
}

/** Whether `value` is what a code lens sends along. */
export function isRunTarget(value: unknown): value is RunTarget {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<string, unknown>;
  return ["program", "folder", "stage", "stack"].every((name) => typeof fields[name] === "string" && fields[name] !== "");
}
