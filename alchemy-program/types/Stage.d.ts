/** The stage that is being evaluated. */
export { Stage, Stage as default } from "./Stack"
