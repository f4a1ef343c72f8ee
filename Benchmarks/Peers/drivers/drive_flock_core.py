"""flock-core: a blackboard with engines that need no model.

The variant ``lean`` is the cheapest set-up that it offers: no method tracing, and no
earlier artifacts handed to an agent. ``default`` is what its users get. In both, the
limit of runs per agent between two idle points is lifted, because artifacts beyond it
are skipped without an error.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

LEAN = "default" not in sys.argv[1:]
if LEAN:
    os.environ["FLOCK_AUTO_TRACE"] = "false"
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it would ask a server for its price list

from flock import Flock
from flock.components.agent import AgentComponent, EngineComponent
from flock.core.context_provider import EmptyContextProvider
from flock.core.store import SQLiteBlackboardStore
from flock.core.subscription import BatchSpec, JoinSpec
from flock.registry import flock_type
from flock.utils.runtime import EvalResult
from pydantic import BaseModel, PrivateAttr, create_model

from peerbench.driving import Run, Stopwatch, drive
from peerbench.workloads import BATCH_SIZE, FAN_OUT, STAGES, TEXT, partner_value, seed_value

VARIANTS = ("lean", "default")
UNLIMITED = 10**9


def item_type(name: str) -> type[BaseModel]:
    """A type of its own: a subclass of a registered type would take that type's name."""
    return flock_type(create_model(name, key=(int, ...), value=(int, ...), text=(str, TEXT)))


Item = item_type("Item")
Partner = item_type("Partner")
Result = item_type("Result")
STAGE_TYPES = [item_type(f"Stage{index}") for index in range(STAGES + 1)]


class Adding(EngineComponent):
    """Answers with one artifact: the first key, and the sum of all values and an offset."""

    _made: type[BaseModel] = PrivateAttr()
    _offset: int = PrivateAttr()

    def __init__(self, made: type[BaseModel], offset: int = 1) -> None:
        super().__init__()
        self._made = made
        self._offset = offset

    async def evaluate(self, agent, ctx, inputs, output_group=None):
        payloads = [artifact.payload for artifact in inputs.artifacts]
        total = sum(payload["value"] for payload in payloads) + self._offset
        return EvalResult.from_object(self._made(key=payloads[0]["key"], value=total), agent=agent)

    async def evaluate_batch(self, agent, ctx, inputs):
        return await self.evaluate(agent, ctx, inputs)


class Bench:
    """An orchestrator and its agents."""

    def __init__(self, variant: str, store=None) -> None:
        options = {"context_provider": EmptyContextProvider()} if variant == "lean" else {}
        self.flock = Flock(store=store, max_agent_iterations=UNLIMITED, no_output=True, **options)

    def add(self, name: str, consumed, made: type[BaseModel], offset: int = 1, **collecting) -> None:
        kinds = consumed if isinstance(consumed, tuple) else (consumed,)
        builder = self.flock.agent(name).consumes(*kinds, **collecting).publishes(made)
        # A utility that does nothing takes the place of the one that prints every result.
        builder.with_engines(Adding(made, offset)).with_utilities(AgentComponent(name="silent"))

    async def run(self, n: int, first: type[BaseModel], last: type[BaseModel], partners: bool = False) -> Run:
        with Stopwatch() as watch:
            for key in range(n):
                await self.flock.publish(first(key=key, value=seed_value(key)))
            if partners:
                for key in range(n):
                    await self.flock.publish(Partner(key=key, value=partner_value(key)))
            await self.flock.run_until_idle()
        outputs = await self.flock.store.get_by_type(last)
        return Run(watch, [(entry.key, entry.value) for entry in outputs])


async def run_map(n: int, variant: str) -> Run:
    bench = Bench(variant)
    bench.add("mapper", Item, Result)
    return await bench.run(n, Item, Result)


async def run_map_sqlite(n: int, variant: str) -> Run:
    store = SQLiteBlackboardStore("board.db")
    await store.ensure_schema()
    bench = Bench(variant, store)
    bench.add("mapper", Item, Result)
    run = await bench.run(n, Item, Result)
    await store.close()
    return run


async def run_chain(n: int, variant: str) -> Run:
    bench = Bench(variant)
    for index, (consumed, made) in enumerate(zip(STAGE_TYPES, STAGE_TYPES[1:])):
        bench.add(f"stage{index}", consumed, made)
    return await bench.run(n, STAGE_TYPES[0], STAGE_TYPES[-1])


async def run_fanout(n: int, variant: str) -> Run:
    bench = Bench(variant)
    for index in range(FAN_OUT):
        bench.add(f"reader{index}", Item, Result, index + 1)
    return await bench.run(n, Item, Result)


async def run_join(n: int, variant: str) -> Run:
    bench = Bench(variant)
    by_key = JoinSpec(by=lambda artifact: artifact.key, within=timedelta(hours=1))
    bench.add("joiner", (Item, Partner), Result, 0, join=by_key)
    return await bench.run(n, Item, Result, partners=True)


async def run_batch(n: int, variant: str) -> Run:
    bench = Bench(variant)
    bench.add("batcher", Item, Result, 0, batch=BatchSpec(size=BATCH_SIZE))
    return await bench.run(n, Item, Result)


if __name__ == "__main__":
    programs = {
        "map": run_map,
        "chain": run_chain,
        "fanout": run_fanout,
        "join": run_join,
        "batch": run_batch,
        "map_sqlite": run_map_sqlite,
    }
    drive("flock-core", programs, VARIANTS)
