/** Stacks: what a program exports, and what its resources can ask about. */
import type { Service } from "effect/Context"
import type { Effect } from "effect/Effect"
import type { Providers, StateStore } from "../internal/resource"
import type { Output } from "./Output"

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

/** The outputs of another stage, each of them an output here; all of them together are one, too. */
export type StackOutputs<Outputs> = Output<Outputs> & { readonly [K in keyof Outputs]: Output<Outputs[K]> }

/** The outputs of one stage of another program. `yield*` gives them; they are read from state when it is planned. */
export interface StackReference<out Outputs> extends Effect<StackOutputs<Outputs>> {}

/**
 * Another program's stack: `class Backend extends Alchemy.Stack<Backend, { url: string }>()("Backend") {}`.
 * `yield* Backend` gives the outputs of the same stage, `yield* Backend.stage.prod` those of another.
 */
export interface StackClass<Outputs> extends StackReference<Outputs> {
  new (): StackOutputs<Outputs>
  /** Its stages by name: `Backend.stage.prod`, `Backend.stage["pr-1"]`. */
  readonly stage: { readonly [stage: string]: StackReference<Outputs> }
  /** The program itself, held to these outputs. */
  readonly make: <
    A extends { readonly [K in keyof Outputs]: Outputs[K] | Output<Outputs[K]> },
    E,
    R extends Stack | Stage | StackName,
  >(options: StackOptions, effect: Effect<A, E, R>) => StackDefinition<A>
}

export interface StackConstructor {
  /** Names another program's stack and says what it returns. */
  <Self, Outputs>(): (name: string) => StackClass<Outputs>
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

/**
 * The outputs of another stack's stage (the same stage, unless one is named); they are read from state when it is planned.
 * Any names may be asked for: those that the stage does not have are refused then.
 */
export declare const stackRef: <Outputs = Record<string, any>>(
  name: string,
  options?: { readonly stage?: string | undefined },
) => StackOutputs<Outputs> & StackReference<Outputs>
