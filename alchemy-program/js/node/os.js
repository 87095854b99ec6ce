// node:os: only what is the same everywhere.
import { nodeModule } from "alchemy:inert";

export const EOL = "\n";
export const platform = () => "linux";
export default nodeModule("node:os", { EOL, platform });
