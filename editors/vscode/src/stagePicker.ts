/** Choosing the current stage: the list, and a new one by name. */

import * as vscode from "vscode";
import type { Stages } from "./protocol";
import type { Session } from "./session";
import { summary } from "./stageModel";
import { problemOfStageName } from "./stageName";

interface Item extends vscode.QuickPickItem {
  readonly stage?: string;
}

export async function pickStage(session: Session): Promise<void> {
  const stages = await session.stagesAtHand();
  const picked = await vscode.window.showQuickPick(items(stages, new Date()), {
    title: "The current stage: whose names are shown next to the code",
    matchOnDescription: true,
  });
  if (picked === undefined) return;
  const stage = picked.stage ?? (await askForStage());
  if (stage === undefined) return;
  if (picked.stage === undefined) await remember(stage);
  await session.useStage(stage);
}

function items(stages: Stages | undefined, now: Date): Item[] {
  const seen = new Set<string>();
  const known: Item[] = [];
  for (const info of stages?.stages ?? []) {
    if (seen.has(info.stage)) continue;
    seen.add(info.stage);
    const current = info.stage === stages?.current;
    known.push({ label: `$(${current ? "check" : "blank"}) ${info.stage}`, description: summary(info, now), stage: info.stage });
  }
  return [...known, { label: "", kind: vscode.QuickPickItemKind.Separator }, { label: "$(add) Another stage…", alwaysShow: true }];
}

function askForStage(): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: "A stage to show",
    prompt: "It need not exist: nothing is deployed. It is added to the setting alchemy.stages of this workspace.",
    placeHolder: "pr-147",
    validateInput: (name) => (name === "" ? undefined : problemOfStageName(name)),
  }).then((name) => name || undefined);
}

/** Adds a stage to the workspace's settings. */
async function remember(stage: string): Promise<void> {
  const section = vscode.workspace.getConfiguration("alchemy");
  const known = section.get<string[]>("stages") ?? [];
  if (known.includes(stage)) return;
  await section.update("stages", [...known, stage], vscode.ConfigurationTarget.Workspace);
}
