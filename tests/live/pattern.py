"""Message bodies that tell whose they are: load/pattern.h says how, and makes the same."""

import zlib

MIN_BYTES = 64
_CRC_DIGITS = 8


def make_body(producer, seq, size=1024):
    size = max(size, MIN_BYTES)
    head = f"{producer}:{seq}:{size}|".encode()
    room = size - _CRC_DIGITS
    text = (head * (room // len(head) + 1))[:room]
    return text + b"%08x" % zlib.crc32(text)


def read_body(body):
    """(producer, seq), or None when any byte is not the pattern's."""
    try:
        producer, seq, size = (int(part) for part in body.split(b"|", 1)[0].split(b":"))
    except ValueError:
        return None
    if size != len(body) or make_body(producer, seq, size) != body:
        return None
    return producer, seq


def unique_id(producer, seq):
    return f"P{producer}S{seq}"
