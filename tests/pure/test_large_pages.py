"""Which memory a server asks the kernel to gather: what is its own and in use."""

from __future__ import annotations

import pytest

from bursar.serving.large_pages import in_use

ENTRY = "{where}\nSize: {size} kB\nKernelPageSize: 4 kB\nRss: {rss} kB\nPss: {rss} kB\nVmFlags: rd wr mr mw\n"
OTHERS = ENTRY.format(where="7f0000000000-7f0000400000 r-xp 00000000 fe:00 1234 /usr/lib/libc.so.6", size=4096, rss=4096)


@pytest.mark.parametrize(
    ("where", "rss", "is_taken"),
    [
        pytest.param("7f1000000000-7f1000400000 rw-p 00000000 00:00 0", 2048, True, id="half of it in use"),
        pytest.param("7f1000000000-7f1000400000 rw-p 00000000 00:00 0", 2044, False, id="less than half"),
        pytest.param("7f1000000000-7f1000400000 rw-p 00000000 00:00 0                  [heap]", 4096, True, id="the heap"),
        pytest.param("7f1000000000-7f1000400000 rw-p 00000000 00:00 0                  [stack]", 4096, False, id="the stack"),
        pytest.param("7f1000000000-7f1000400000 ---p 00000000 00:00 0", 4096, False, id="nobody's"),
        pytest.param("7f1000000000-7f1000400000 rw-s 00000000 00:05 7 /dev/shm/x", 4096, False, id="shared"),
        pytest.param("7f1000000000-7f1000400000 rw-p 00000000 fe:00 7 /var/books.db", 4096, False, id="a file"),
    ],
)
def test_what_is_gathered(where: str, rss: int, is_taken: bool) -> None:
    found = list(in_use(OTHERS + ENTRY.format(where=where, size=4096, rss=rss) + OTHERS))
    assert found == ([(0x7F1000000000, 0x7F1000400000)] if is_taken else [])
