export { stackRef } from "alchemy:reference";
export { Stack, StackName } from "alchemy:stack";
export { Stage } from "alchemy:stack";
export { Stack as default } from "alchemy:stack";
