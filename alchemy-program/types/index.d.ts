/** Infrastructure as code with isolated stages. */
import type { StateStore } from "../internal/resource"

export { adopt } from "./Adopt"
export { Namespace } from "./Namespace"
export { renamedFrom } from "./Rename"
export { Stack, StackName, Stage, stackRef } from "./Stack"
export * as AWS from "./AWS"
export * as Config from "./Config"
export * as GCS from "./GCS"
export * as Output from "./Output"
export * as RemovalPolicy from "./RemovalPolicy"

/** State in the project's own folder, `.alchemy/state` beside the program. */
export declare const localState: () => StateStore
