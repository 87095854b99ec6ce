/** The current stage in the status bar; a click picks another. */

import * as vscode from "vscode";
import type { Session } from "./session";
import { statusText, summary } from "./stageModel";

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("alchemy.stage", vscode.StatusBarAlignment.Left, 10);

  constructor(private readonly session: Session) {
    this.item.name = "Alchemy Stage";
    this.item.command = "alchemy.pickStage";
  }

  async refresh(): Promise<void> {
    const stages = await this.session.stages();
    const text = stages && statusText(stages);
    if (stages === undefined || text === undefined) {
      this.item.hide();
      return;
    }
    const here = stages.stages.find((info) => info.stage === stages.current);
    this.item.text = text;
    this.item.tooltip = `Alchemy: the current stage${here === undefined ? "" : `\n${here.stack}: ${summary(here, new Date())}`}\nClick to pick another`;
    this.item.show();
  }

  dispose(): void {
    this.item.dispose();
  }
}
