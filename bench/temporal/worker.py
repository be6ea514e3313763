"""worker.py ADDRESS TASK_QUEUE SLOTS CACHED: the same worker with the official Python SDK."""

import asyncio
import sys
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker


@activity.defn
async def nothing(value: str) -> str:
    return value


@workflow.defn
class ThreeSteps:
    @workflow.run
    async def run(self) -> str:
        value = "x"
        for _ in range(3):
            value = await workflow.execute_activity(
                nothing, value, start_to_close_timeout=timedelta(seconds=60)
            )
        return value


@workflow.defn
class Hold:
    def __init__(self) -> None:
        self.released = False

    @workflow.signal
    def release(self) -> None:
        self.released = True

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: self.released)


async def main(address, task_queue, slots, cached):
    worker = Worker(
        await Client.connect(address),
        task_queue=task_queue,
        workflows=[ThreeSteps, Hold],
        activities=[nothing],
        max_concurrent_activities=int(slots),
        max_concurrent_workflow_tasks=100,
        max_concurrent_workflow_task_polls=5,
        max_concurrent_activity_task_polls=5,
        max_cached_workflows=int(cached),
    )
    print("ready", flush=True)
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
