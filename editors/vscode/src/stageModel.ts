/** What tree, picker and status bar show of the stages. Knows no editor. */

import type { StageInfo, Stages, StageState } from "./protocol";

/** A stack with its stages. */
export interface StackNode {
  readonly kind: "stack";
  readonly stack: string;
  readonly program: string;
  readonly stages: readonly StageNode[];
}

/** A stage as it is shown. */
export interface StageNode {
  readonly kind: "stage";
  readonly info: StageInfo;
  readonly current: boolean;
  readonly label: string;
  readonly description: string;
  /** Markdown. */
  readonly tooltip: string;
  /** A codicon. */
  readonly icon: string;
  /** What menus look at: `stage.current.destroyable`. */
  readonly context: string;
}

const WORDS: Record<StageState, string> = {
  deployed: "deployed",
  "not-deployed": "not deployed",
  interrupted: "interrupted",
  destroyed: "destroyed",
  unreadable: "state unreadable",
};

const ICONS: Record<StageState, string> = {
  deployed: "cloud",
  "not-deployed": "circle-outline",
  interrupted: "warning",
  destroyed: "circle-slash",
  unreadable: "error",
};

const SOURCES: Record<StageInfo["source"], string> = {
  state: "it has state",
  default: "it is the default stage",
  settings: "it is in the setting `alchemy.stages`",
};

/** Stacks in the order of their names, the current stage first in each, then by name. */
export function stackNodes(stages: Stages, now: Date): StackNode[] {
  const stacks = new Map<string, StageInfo[]>();
  for (const info of stages.stages) {
    const key = `${info.stack}\n${info.program}`;
    stacks.set(key, [...(stacks.get(key) ?? []), info]);
  }
  return [...stacks.values()]
    .map((infos) => {
      const [first] = infos as [StageInfo, ...StageInfo[]];
      const nodes = infos.map((info) => stageNode(info, stages.current, now));
      nodes.sort((a, b) => Number(b.current) - Number(a.current) || compare(a.label, b.label));
      return { kind: "stack", stack: first.stack, program: first.program, stages: nodes } as const;
    })
    .sort((a, b) => compare(a.stack, b.stack) || compare(a.program, b.program));
}

/** One stage as it is shown. */
export function stageNode(info: StageInfo, currentStage: string, now: Date): StageNode {
  const current = info.stage === currentStage;
  const destroyable = info.state === "deployed" || info.state === "interrupted";
  return {
    kind: "stage",
    info,
    current,
    label: info.stage,
    description: [current ? "current" : undefined, summary(info, now)].filter(Boolean).join(" · "),
    tooltip: tooltip(info),
    icon: ICONS[info.state],
    context: ["stage", current ? "current" : undefined, destroyable ? "destroyable" : undefined].filter(Boolean).join("."),
  };
}

/** `deployed 2 h ago by sam · 12 resources`. */
export function summary(info: StageInfo, now: Date): string {
  const when = info.deployedAt && info.state !== "not-deployed" && info.state !== "unreadable" ? ` ${ago(new Date(info.deployedAt), now)}` : "";
  const who = when && info.deployedBy ? ` by ${info.deployedBy}` : "";
  const parts = [WORDS[info.state] + when + who];
  if (info.state === "deployed" || info.state === "interrupted") parts.push(counted(info.resources, "resource"));
  if (info.retained) parts.push(`${info.retained} retained`);
  return parts.join(" · ");
}

/** What `ask` knows of `here`; of everything, if there is no `here` or no stage is known of it. */
export async function atHand<Place>(ask: (here?: Place) => Promise<Stages | undefined>, here: Place | undefined): Promise<Stages | undefined> {
  const stages = here === undefined ? undefined : await ask(here);
  return stages === undefined || stages.stages.length === 0 ? ask() : stages;
}

/** The status bar's text; none while there is no current stage. */
export function statusText(stages: Stages): string | undefined {
  if (stages.current === "") return undefined;
  const here = stages.stages.find((info) => info.stage === stages.current);
  const mark = here?.state === "interrupted" || here?.state === "unreadable" ? " $(warning)" : "";
  return `$(layers) ${stages.current}${mark}`;
}

/** How long ago, in one unit. */
export function ago(then: Date, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - then.getTime()) / 1000));
  if (Number.isNaN(seconds)) return "";
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${counted(Math.floor(seconds / 86_400), "day")} ago`;
}

function tooltip(info: StageInfo): string {
  const lines = [`**${info.stage}** of \`${info.stack}\`: ${WORDS[info.state]}`];
  if (info.deployedAt) lines.push(`Last deploy ${info.deployedAt}${info.deployedBy ? ` by ${info.deployedBy}` : ""}`);
  if (info.state === "interrupted") lines.push("A run was interrupted; the next deploy finishes the job.");
  if (info.retained) lines.push(`${counted(info.retained, "object")} retained: the next deploy takes ${info.retained === 1 ? "it" : "them"} up again.`);
  lines.push(`Listed because ${SOURCES[info.source]}.`);
  return lines.join("\n\n");
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
