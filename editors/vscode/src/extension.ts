/** Starts the language server and wires buttons to it. */

import * as vscode from "vscode";
import { run } from "./run";
import { Session } from "./session";
import { pickStage } from "./stagePicker";
import { StagesTree, type Node } from "./stagesTree";
import { StatusBar } from "./statusBar";

let running: Session | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const session = new Session(context.workspaceState);
  running = session;
  const tree = new StagesTree(session);
  const status = new StatusBar(session);
  const refresh = () => {
    tree.refresh();
    void status.refresh();
  };
  const register = vscode.commands.registerCommand;
  context.subscriptions.push(
    session,
    status,
    vscode.window.registerTreeDataProvider("alchemy.stages", tree),
    session.onStagesChanged(refresh),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("alchemy.path")) await session.restart();
      else if (event.affectsConfiguration("alchemy")) await session.settingsChanged();
    }),
    // A path that counts from now on is a changed setting of its own.
    vscode.workspace.onDidGrantWorkspaceTrust(() => session.settingsChanged()),
    register("alchemy.plan", (from) => run(session, "plan", from)),
    register("alchemy.deploy", (from) => run(session, "deploy", from)),
    register("alchemy.destroy", (from) => run(session, "destroy", from)),
    register("alchemy.pickStage", () => pickStage(session)),
    register("alchemy.useStage", (node: Node) => (node.kind === "stage" ? session.useStage(node.info.stage) : undefined)),
    register("alchemy.openProgram", (node: Node) => {
      const program = node.kind === "stage" ? node.info.program : node.program;
      return vscode.window.showTextDocument(vscode.Uri.parse(program));
    }),
    register("alchemy.refreshStages", refresh),
    register("alchemy.restartServer", () => session.restart()),
    register("alchemy.showOutput", () => session.output.show()),
  );
  await session.start();
}

/** The editor waits for this: the server is told to shut down. */
export async function deactivate(): Promise<void> {
  await running?.stop();
}
