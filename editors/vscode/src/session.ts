/** The running language server: started, asked, restarted. */

import * as vscode from "vscode";
import { LanguageClient, State, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";
import { SET_STAGE, STAGES, STAGES_CHANGED, type ServerSettings, type Stages } from "./protocol";
import { binaryPath, serverSettings } from "./settings";
import { atHand } from "./stageModel";

const PICKED = "alchemy.pickedStage";
const SECTION = "alchemy";
const LANGUAGES = ["typescript", "typescriptreact", "javascript", "javascriptreact"];

/** One server for the window. */
export class Session implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel("Alchemy");
  private client: LanguageClient | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  /** Stages, their state or the current one may differ from what was asked last. */
  readonly onStagesChanged = this.changed.event;

  constructor(private readonly memory: vscode.Memento) {}

  /** What the server is told. */
  settings(scope?: vscode.Uri): ServerSettings {
    const section = vscode.workspace.getConfiguration(SECTION, scope);
    return serverSettings((name) => section.get(name), this.memory.get<string>(PICKED), vscode.workspace.isTrusted);
  }

  /** The binary that serves the editor and runs in its terminals. */
  binary(): string {
    const section = vscode.workspace.getConfiguration(SECTION);
    return binaryPath((name) => section.get(name), vscode.workspace.workspaceFolders?.[0]?.uri.fsPath);
  }

  async start(): Promise<void> {
    const command = this.binary();
    const server: ServerOptions = { command, args: ["lsp"] };
    const options: LanguageClientOptions = {
      documentSelector: LANGUAGES.map((language) => ({ scheme: "file", language })),
      initializationOptions: () => this.settings(),
      outputChannel: this.output,
      diagnosticCollectionName: "alchemy",
      middleware: {
        // The server asks for the section `alchemy`; it gets what `settings` says, the picked stage included.
        workspace: { configuration: (asked) => asked.items.map((item) => (item.section === SECTION ? this.settings() : null)) },
      },
    };
    const client = new LanguageClient("alchemy", "Alchemy", server, options);
    client.onNotification(STAGES_CHANGED, () => this.changed.fire());
    client.onDidChangeState(({ newState }) => {
      void vscode.commands.executeCommand("setContext", "alchemy.running", newState === State.Running);
      this.changed.fire();
    });
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      this.client = undefined;
      await this.cannotStart(command, error);
    }
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Passes changed settings on. */
  async settingsChanged(): Promise<void> {
    await this.client?.sendNotification("workspace/didChangeConfiguration", { settings: { [SECTION]: this.settings() } });
    this.changed.fire();
  }

  /** The stages of the program that `uri` belongs to, or of all open programs; nothing while no server runs. */
  async stages(uri?: vscode.Uri): Promise<Stages | undefined> {
    if (this.client?.state !== State.Running) return undefined;
    try {
      return await this.client.sendRequest<Stages>(STAGES, uri === undefined ? {} : { uri: uri.toString() });
    } catch (error) {
      this.output.appendLine(`${STAGES}: ${String(error)}`);
      return undefined;
    }
  }

  /** The stages of the program that the active file belongs to, or of all open programs if it belongs to none. */
  stagesAtHand(): Promise<Stages | undefined> {
    return atHand((uri?: vscode.Uri) => this.stages(uri), vscode.window.activeTextEditor?.document.uri);
  }

  /** Makes `stage` the one whose names are shown, in this workspace until another is picked. */
  async useStage(stage: string): Promise<void> {
    await this.client?.sendRequest(SET_STAGE, { stage });
    await this.memory.update(PICKED, stage);
    this.changed.fire();
  }

  /** Something ran that may have changed stages. */
  touched(): void {
    this.changed.fire();
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose();
  }

  dispose(): void {
    void this.stop();
    this.changed.dispose();
    this.output.dispose();
  }

  private async cannotStart(command: string, error: unknown): Promise<void> {
    this.output.appendLine(`cannot start ${command} lsp: ${String(error)}`);
    const [settings, output] = ["Set the Path", "Show Output"] as const;
    const answer = await vscode.window.showErrorMessage(
      `Alchemy: cannot start \`${command} lsp\`. Install alchemy, or say where it is in the setting alchemy.path.`,
      settings,
      output,
    );
    if (answer === settings) await vscode.commands.executeCommand("workbench.action.openSettings", "alchemy.path");
    if (answer === output) this.output.show();
  }
}
