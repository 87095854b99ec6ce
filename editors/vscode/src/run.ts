/** Plan, deploy and destroy: the command line in a terminal, as a person would type it. */

import * as path from "node:path";
import * as vscode from "vscode";
import { destroyQuestion, isRunTarget, runArguments, runTitle, type Action } from "./commandLine";
import type { RunTarget } from "./protocol";
import type { Session } from "./session";
import type { Node } from "./stagesTree";

/** Runs `action` for what the button says: a code lens's argument, a stage of the tree, or else the current stage. */
export async function run(session: Session, action: Action, from: unknown): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    await vscode.commands.executeCommand("workbench.trust.manage");
    return;
  }
  const target = isRunTarget(from) ? from : await targetOf(session, from as Node | undefined);
  if (target === undefined) {
    void vscode.window.showWarningMessage("Alchemy: open a program (alchemy.run.ts) first.");
    return;
  }
  if (action === "destroy" && !(await asked(target))) return;
  await vscode.workspace.saveAll(false);
  await execute(session, action, target);
}

async function targetOf(session: Session, node: Node | undefined): Promise<RunTarget | undefined> {
  if (node?.kind === "stage") return target(node.info.program, node.info.stage, node.info.stack);
  const stages = await session.stagesAtHand();
  const here = stages?.stages.find((info) => info.stage === stages.current) ?? stages?.stages[0];
  return here === undefined || stages === undefined ? undefined : target(here.program, stages.current, here.stack);
}

function target(program: string, stage: string, stack: string): RunTarget {
  const file = vscode.Uri.parse(program).fsPath;
  return { program: file, folder: path.dirname(file), stage, stack };
}

async function asked(target: RunTarget): Promise<boolean> {
  const { message, detail, yes } = destroyQuestion(target);
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, yes)) === yes;
}

async function execute(session: Session, action: Action, target: RunTarget): Promise<void> {
  const settings = session.settings(vscode.Uri.file(target.program));
  const command = new vscode.ProcessExecution(session.binary(), runArguments(action, target, settings), { cwd: target.folder });
  const task = new vscode.Task(
    { type: "alchemy", action, stage: target.stage },
    vscode.TaskScope.Workspace,
    runTitle(action, target),
    "alchemy",
    command,
    [],
  );
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, focus: action !== "plan", panel: vscode.TaskPanelKind.Dedicated };
  const execution = await vscode.tasks.executeTask(task);
  const ended = vscode.tasks.onDidEndTask((event) => {
    if (event.execution !== execution) return;
    ended.dispose();
    session.touched();
  });
}
