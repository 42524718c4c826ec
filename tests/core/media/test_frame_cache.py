"""Pictures leave in the order of their last use, and the budget holds."""

from __future__ import annotations

import threading

from hrm_core.media.frame_cache import FrameCache


def test_the_least_recently_used_leaves_first() -> None:
    cache = FrameCache[str](30)
    for number in (1, 2, 3):
        cache.put(number, str(number), 10)
    assert cache.get(1) == "1"
    cache.put(4, "4", 10)
    assert [number for number in range(5) if number in cache] == [1, 3, 4]
    assert cache.get(2) is None
    assert (len(cache), cache.used_bytes) == (3, 30)


def test_a_picture_above_the_budget_is_not_kept() -> None:
    cache = FrameCache[str](30)
    cache.put(1, "small", 10)
    cache.put(2, "large", 31)
    assert 2 not in cache
    assert cache.get(1) == "small"


def test_replacing_counts_once() -> None:
    cache = FrameCache[str](30)
    cache.put(1, "a", 10)
    cache.put(1, "b", 20)
    assert (cache.get(1), cache.used_bytes) == ("b", 20)
    cache.clear()
    assert (len(cache), cache.used_bytes) == (0, 0)


def test_the_budget_holds_under_threads() -> None:
    cache = FrameCache[int](500)

    def work(seed: int) -> None:
        for step in range(2000):
            number = (seed * 31 + step * 7) % 90
            cache.put(number, number, 10)
            assert cache.get(number) in (number, None)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.used_bytes == 10 * len(cache) <= 500
