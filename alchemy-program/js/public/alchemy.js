// `import * as Alchemy from "alchemy"`
export { stackRef } from "alchemy:reference";
export { Stack, StackName, Stage } from "alchemy:stack";
export { adopt, Namespace, renamedFrom } from "alchemy:scope";
export * as AWS from "alchemy/AWS";
export * as Config from "alchemy/Config";
export * as GCS from "alchemy/GCS";
export * as Output from "alchemy/Output";
export * as RemovalPolicy from "alchemy/RemovalPolicy";

// State in the project's own folder, `.alchemy/state` beside the program.
export const localState = () => ({ url: "local" });
