export { Stage, Stage as default } from "alchemy:stack";
