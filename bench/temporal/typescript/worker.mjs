// worker.mjs ADDRESS TASK_QUEUE SLOTS CACHED: the same worker with the official TypeScript SDK.
import { fileURLToPath } from "node:url";
import { NativeConnection, Runtime, DefaultLogger, Worker } from "@temporalio/worker";

const [address, taskQueue, slots, cached] = process.argv.slice(2);
Runtime.install({ logger: new DefaultLogger("WARN") });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowsPath: fileURLToPath(new URL("./workflows.cjs", import.meta.url)),
  activities: { nothing: async (input) => input },
  maxConcurrentActivityTaskExecutions: Number(slots),
  maxConcurrentWorkflowTaskExecutions: 100,
  maxConcurrentWorkflowTaskPolls: 5,
  maxConcurrentActivityTaskPolls: 5,
  maxCachedWorkflows: Number(cached),
});
console.log("ready");
await worker.run();
