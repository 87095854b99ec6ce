/** Stacks: what a program exports, and what its resources can ask about. */
import type { Service } from "effect/Context"
import type { Effect } from "effect/Effect"
import type { Providers, StateStore } from "../internal/resource"

/** The stack that is being evaluated. */
export interface Stack {
  readonly "~alchemy/Stack": "Stack"
}

/** The name of the stage that is being evaluated. */
export interface Stage {
  readonly "~alchemy/Stack": "Stage"
}

/** The name of the stack that is being evaluated. */
export interface StackName {
  readonly "~alchemy/Stack": "StackName"
}

/** What `yield* Stack` gives. */
export interface StackInfo {
  /** The stack's name. */
  readonly name: string
  /** The stage's name. */
  readonly stage: string
}

export interface StackOptions {
  /** The clouds that its resources live in, as in `AWS.providers()`. */
  readonly providers?: Providers | undefined
  /** Where state is kept, unless `--state`, `$ALCHEMY_STATE` or `alchemy.toml` says so. */
  readonly state?: StateStore | undefined
}

/** A program's default export. */
export interface StackDefinition<out Outputs> {
  readonly "~alchemy/StackDefinition": Outputs
}

export interface StackConstructor {
  /** The stack called `name`, with the resources that `effect` declares; what it returns are the stack's outputs. */
  <A, E, R extends Stack | Stage | StackName>(
    name: string,
    options: StackOptions,
    effect: Effect<A, E, R>,
  ): StackDefinition<A>
  <A, E, R extends Stack | Stage | StackName>(name: string, effect: Effect<A, E, R>): StackDefinition<A>
}

/** Makes a program, `Stack("myapp", {}, effect)`; inside one, `yield* Stack` gives its name and stage. */
export declare const Stack: Service<Stack, StackInfo> & StackConstructor
export default Stack

/** `yield* Stage` gives the stage's name. */
export declare const Stage: Service<Stage, string>

/** `yield* StackName` gives the stack's name. */
export declare const StackName: Service<StackName, string>
