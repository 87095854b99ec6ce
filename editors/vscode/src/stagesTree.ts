/** The tree of stacks and their stages. */

import * as vscode from "vscode";
import type { Session } from "./session";
import { stackNodes, type StackNode, type StageNode } from "./stageModel";

export type Node = StackNode | StageNode;

export class StagesTree implements vscode.TreeDataProvider<Node> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly session: Session) {}

  refresh(): void {
    this.changed.fire();
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node !== undefined) return node.kind === "stack" ? [...node.stages] : [];
    const stages = await this.session.stages();
    return stages === undefined ? [] : stackNodes(stages, new Date());
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node.kind === "stack" ? stackItem(node) : stageItem(node);
  }
}

function stackItem(node: StackNode): vscode.TreeItem {
  const item = new vscode.TreeItem(node.stack, vscode.TreeItemCollapsibleState.Expanded);
  const program = vscode.Uri.parse(node.program);
  item.id = `${node.program}#${node.stack}`;
  item.description = vscode.workspace.asRelativePath(program);
  item.iconPath = new vscode.ThemeIcon("layers");
  item.contextValue = "stack";
  item.tooltip = program.fsPath;
  return item;
}

function stageItem(node: StageNode): vscode.TreeItem {
  const item = new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.None);
  item.id = `${node.info.program}#${node.info.stack}#${node.info.stage}`;
  item.description = node.description;
  item.tooltip = new vscode.MarkdownString(node.tooltip);
  item.iconPath = new vscode.ThemeIcon(node.icon, node.current ? new vscode.ThemeColor("charts.blue") : undefined);
  item.contextValue = node.context;
  item.command = { command: "alchemy.useStage", title: "Show This Stage's Names", arguments: [node] };
  return item;
}
