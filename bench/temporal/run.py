#!/usr/bin/env python3
"""Our Temporal layer against the official Python and TypeScript SDKs: the same two workflows, one server, one run.

Usage: bench/temporal/run.py OUR_WORKER TYPESCRIPT_FOLDER --rounds N, by bench/run. TYPESCRIPT_FOLDER may be "": then
it is left out, and said.

Throughput: WORKFLOWS no-op workflows of three activities each wait on a task queue before the worker comes. Measured
is the time between the end of the first tenth of them and that of the last one, by the server's clock, so that no
start of a process counts. Server, worker and this program share the machine's cores.

Memory: resident bytes of the worker's processes with 1,000 and with 2,000 workflows that wait for a signal in its
cache; the difference is what a thousand cost.
"""

import argparse
import asyncio
import pathlib
import socket
import statistics
import subprocess
import sys
import time

from temporalio.client import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKFLOWS = 250
SLOTS = 100
CACHED = 5_000
AT_ONCE = 50  # starts under way


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def resident_bytes(pid):
    """Of a process and its descendants: proportional shares, so that nothing counts twice."""
    total = 0
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            total = int(line.split()[1]) * 1024
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return total + sum(resident_bytes(int(child)) for child in children)


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


class Worker:
    def __init__(self, command, address, queue):
        self.popen = subprocess.Popen(
            [*command, address, queue, str(SLOTS), str(CACHED)], stdout=subprocess.PIPE, text=True
        )
        line = self.popen.stdout.readline()
        if line.strip() != "ready":
            raise SystemExit(f"{command[0]}: said {line!r} instead of ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.popen.kill()
        self.popen.wait()


async def start_many(client, workflow, queue, count):
    gate = asyncio.Semaphore(AT_ONCE)

    async def start(number):
        async with gate:
            await client.start_workflow(workflow, id=f"{queue}-{number}", task_queue=queue)

    await asyncio.gather(*(start(number) for number in range(count)))


async def count(client, query):
    return (await client.count_workflows(query)).count


async def until(client, query, wanted, limit_s=60):
    deadline = time.monotonic() + limit_s
    while await count(client, query) != wanted:
        if time.monotonic() > deadline:
            raise SystemExit(f"{query}: {await count(client, query)} of {wanted} after {limit_s} s")
        await asyncio.sleep(0.3)


async def throughput(client, address, command, queue):
    """Workflows per second, and seconds of the worker's own CPU for each thousand."""
    await start_many(client, "ThreeSteps", queue, WORKFLOWS)
    await until(client, f"TaskQueue='{queue}'", WORKFLOWS)
    with Worker(command, address, queue) as worker:
        before_s = cpu_s(worker.popen.pid)
        await until(client, f"TaskQueue='{queue}' AND ExecutionStatus='Completed'", WORKFLOWS)
        used_s = cpu_s(worker.popen.pid) - before_s
    closed = sorted([w.close_time.timestamp() async for w in client.list_workflows(f"TaskQueue='{queue}'")])
    first = WORKFLOWS // 10
    return (WORKFLOWS - first) / (closed[-1] - closed[first - 1]), used_s / WORKFLOWS * 1000


async def memory(client, address, command, queue):
    """Bytes for a thousand cached workflows, and of the worker without any."""
    with Worker(command, address, queue) as worker:
        await asyncio.sleep(1)
        sizes = [resident_bytes(worker.popen.pid)]
        for part in ("a", "b"):
            await start_part(client, queue, part, 1000)
            await asyncio.sleep(3)
            sizes.append(resident_bytes(worker.popen.pid))
    return sizes[2] - sizes[1], sizes[0]


async def start_part(client, queue, part, number):
    gate = asyncio.Semaphore(AT_ONCE)

    async def start(i):
        async with gate:
            handle = await client.start_workflow("Hold", id=f"{queue}-{part}{i}", task_queue=queue)
            # Until its first task is done, it is in nobody's cache.
            while (await handle.describe()).history_length < 4:
                await asyncio.sleep(0.1)

    await asyncio.gather(*(start(i) for i in range(number)))


def shown(values):
    return f"{statistics.median(values):.0f} ({min(values):.0f}–{max(values):.0f})"


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("ours")
    arguments.add_argument("typescript")
    arguments.add_argument("--rounds", type=int, default=5)
    options = arguments.parse_args()
    here = pathlib.Path(__file__).parent
    contenders = {"Sluice (C++)": [options.ours], "Python SDK": [sys.executable, str(here / "worker.py")]}
    if options.typescript:
        contenders["TypeScript SDK"] = ["node", str(pathlib.Path(options.typescript) / "worker.mjs")]
    else:
        print("TypeScript SDK: left out, there is no node here")
    port = free_port()
    # Its database in memory: on a disk, the seconds would be the disk's.
    server = subprocess.Popen(
        [str(ROOT / ".deps/temporal/temporal"), "server", "start-dev", "--headless", "--ip", "127.0.0.1",
         "--port", str(port), "--log-level", "error"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address = f"127.0.0.1:{port}"
        for _ in range(100):
            try:
                client = await Client.connect(address)
                break
            except RuntimeError:
                await asyncio.sleep(0.2)
        else:
            raise SystemExit("the Temporal server did not start")
        rates = {name: [] for name in contenders}
        used = {name: [] for name in contenders}
        for number in range(options.rounds):
            # Each round begins with another one, so that none always has the warmest server.
            names = list(contenders)
            for name in names[number % len(names) :] + names[: number % len(names)]:
                queue = f"rate-{number}-{names.index(name)}"
                rate, cpu = await throughput(client, address, contenders[name], queue)
                rates[name].append(rate)
                used[name].append(cpu)
        sizes = {
            name: await memory(client, address, command, f"hold-{index}")
            for index, (name, command) in enumerate(contenders.items())
        }
    finally:
        server.kill()
        server.wait()
    ours = statistics.median(rates["Sluice (C++)"])
    print(f"No-op workflows of three activities, {WORKFLOWS} a time, {options.rounds} rounds, dev server on the same machine:")
    for name in contenders:
        rate = statistics.median(rates[name])
        cpu = statistics.median(used[name])
        size, base = (bytes_ / 2**20 for bytes_ in sizes[name])
        print(
            f"  {name}: {shown(rates[name])} workflows/s, ours is {ours / rate:.2f}×; {cpu:.2f} s of its CPU for 1,000; "
            f"{size:.1f} MiB for 1,000 in its cache, {base:.0f} MiB before"
        )


asyncio.run(main())
