// `import * as GCS from "alchemy/GCS"`
import { bucketStore } from "alchemy:store";

// State in a bucket of Google Cloud Storage.
export const state = bucketStore("GCS.state", "gs");
