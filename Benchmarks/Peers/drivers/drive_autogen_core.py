"""autogen-core: routed agents on the single-threaded runtime.

The runtime has neither a join nor a batch: an agent that keeps what waits is what a
user of it writes. It has no store either, so ``map_sqlite`` is not offered.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from autogen_core import (
    MessageContext,
    RoutedAgent,
    SingleThreadedAgentRuntime,
    TopicId,
    TypeSubscription,
    message_handler,
)

from peerbench.driving import Run, Stopwatch, drive
from peerbench.workloads import BATCH_SIZE, FAN_OUT, STAGES, TEXT, partner_value, seed_value

SOURCE = "benchmark"
SEEDS = TopicId("seeds", SOURCE)
RESULTS = TopicId("results", SOURCE)


@dataclass
class Item:
    key: int
    value: int
    text: str = TEXT


@dataclass
class Partner:
    key: int
    value: int
    text: str = TEXT


class Answering(RoutedAgent):
    """An agent that publishes what it makes, and notes it when nobody is behind it."""

    def __init__(self, target: TopicId, results: list[Item]) -> None:
        super().__init__("benchmark agent")
        self._target = target
        self._results = results

    async def answer(self, key: int, value: int) -> None:
        made = Item(key, value)
        if self._target is RESULTS:
            self._results.append(made)
        await self.publish_message(made, self._target)


class Adder(Answering):
    def __init__(self, target: TopicId, results: list[Item], offset: int = 1) -> None:
        super().__init__(target, results)
        self._offset = offset

    @message_handler
    async def on_item(self, message: Item, ctx: MessageContext) -> None:
        await self.answer(message.key, message.value + self._offset)


class Joiner(Answering):
    def __init__(self, target: TopicId, results: list[Item]) -> None:
        super().__init__(target, results)
        self._lefts: dict[int, Item] = {}
        self._rights: dict[int, Partner] = {}

    @message_handler
    async def on_item(self, message: Item, ctx: MessageContext) -> None:
        right = self._rights.pop(message.key, None)
        if right is None:
            self._lefts[message.key] = message
        else:
            await self.answer(message.key, message.value + right.value)

    @message_handler
    async def on_partner(self, message: Partner, ctx: MessageContext) -> None:
        left = self._lefts.pop(message.key, None)
        if left is None:
            self._rights[message.key] = message
        else:
            await self.answer(message.key, left.value + message.value)


class Batcher(Answering):
    def __init__(self, target: TopicId, results: list[Item]) -> None:
        super().__init__(target, results)
        self._waiting: list[Item] = []

    @message_handler
    async def on_item(self, message: Item, ctx: MessageContext) -> None:
        self._waiting.append(message)
        if len(self._waiting) == BATCH_SIZE:
            full, self._waiting = self._waiting, []
            await self.answer(full[0].key, sum(entry.value for entry in full))


class Bench:
    """A runtime, its agents, and what they made."""

    def __init__(self) -> None:
        self.runtime = SingleThreadedAgentRuntime()
        self.results: list[Item] = []

    async def add(self, name: str, source: TopicId, make: Callable[[], RoutedAgent]) -> None:
        await self.runtime.register_factory(type=name, agent_factory=make)
        await self.runtime.add_subscription(TypeSubscription(topic_type=source.type, agent_type=name))

    async def run(self, messages: Callable[[], list[Item | Partner]]) -> Run:
        with Stopwatch() as watch:
            self.runtime.start()
            for message in messages():
                await self.runtime.publish_message(message, SEEDS)
            await self.runtime.stop_when_idle()
        return Run(watch, ((entry.key, entry.value) for entry in self.results))


def seeds(n: int) -> list[Item]:
    return [Item(key, seed_value(key)) for key in range(n)]


async def run_map(n: int, variant: str) -> Run:
    bench = Bench()
    await bench.add("mapper", SEEDS, lambda: Adder(RESULTS, bench.results))
    return await bench.run(lambda: seeds(n))


async def run_chain(n: int, variant: str) -> Run:
    bench = Bench()
    topics = [SEEDS, *(TopicId(f"after{index}", SOURCE) for index in range(STAGES - 1)), RESULTS]
    for index, (source, target) in enumerate(zip(topics, topics[1:])):
        await bench.add(f"stage{index}", source, lambda target=target: Adder(target, bench.results))
    return await bench.run(lambda: seeds(n))


async def run_fanout(n: int, variant: str) -> Run:
    bench = Bench()
    for index in range(FAN_OUT):
        await bench.add(f"reader{index}", SEEDS, lambda offset=index + 1: Adder(RESULTS, bench.results, offset))
    return await bench.run(lambda: seeds(n))


async def run_join(n: int, variant: str) -> Run:
    bench = Bench()
    await bench.add("joiner", SEEDS, lambda: Joiner(RESULTS, bench.results))
    return await bench.run(lambda: [*seeds(n), *(Partner(key, partner_value(key)) for key in range(n))])


async def run_batch(n: int, variant: str) -> Run:
    bench = Bench()
    await bench.add("batcher", SEEDS, lambda: Batcher(RESULTS, bench.results))
    return await bench.run(lambda: seeds(n))


if __name__ == "__main__":
    programs = {"map": run_map, "chain": run_chain, "fanout": run_fanout, "join": run_join, "batch": run_batch}
    drive("autogen-core", programs)
