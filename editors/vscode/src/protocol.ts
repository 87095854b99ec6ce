/** What the language server offers beyond the Language Server Protocol. */

/** Where a stage stands. */
export type StageState = "deployed" | "not-deployed" | "interrupted" | "destroyed" | "unreadable";

/** A stage of a program's stack. */
export interface StageInfo {
  readonly stage: string;
  readonly stack: string;
  /** The program's URI. */
  readonly program: string;
  readonly state: StageState;
  /** Why it is in the list. */
  readonly source: "state" | "default" | "settings";
  readonly resources: number;
  /** RFC 3339. */
  readonly deployedAt?: string | null;
  readonly deployedBy?: string | null;
  readonly retained?: number | null;
}

/** Answer to `alchemy/stages`. */
export interface Stages {
  readonly current: string;
  readonly stages: readonly StageInfo[];
}

/** What a code lens says about the run it stands for. */
export interface RunTarget {
  /** The program's path. */
  readonly program: string;
  /** The folder to run in. */
  readonly folder: string;
  readonly stage: string;
  readonly stack: string;
}

/** `initializationOptions`, and the section `alchemy` of the configuration. */
export interface ServerSettings {
  readonly stages: readonly string[];
  readonly stage: string | null;
  readonly state: string | null;
  readonly profile: string | null;
  readonly envFile: string | null;
  /** Whether the user trusts the workspace: if not, nothing in it chooses a store or a profile. */
  readonly trusted: boolean;
}

export const SET_STAGE = "alchemy/setStage";
export const STAGES = "alchemy/stages";
export const STAGES_CHANGED = "alchemy/stagesChanged";
