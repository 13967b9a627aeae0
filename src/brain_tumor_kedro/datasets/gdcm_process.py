"""The program of the process that decodes with GDCM; see `gdcm_frames`. It imports no other module.

It reads frames from its standard input and writes pixels to its standard output until the input
ends, as it does when whoever started it is gone.
"""

import json
import os
import signal
import struct
import sys
from typing import IO, Any

#: Lengths of the facts (JSON) and of the bytes that follow them.
HEAD = struct.Struct("<II")
#: Most seconds for a frame, and most bytes of memory for all of the process.
SECONDS, MEMORY = 60, 2**32


def main() -> None:
    """Answer until the input ends."""
    source, sink = sys.stdin.buffer, _take_output()
    _limit_memory()
    while head := source.read(HEAD.size):
        facts_length, length = HEAD.unpack(head)
        facts, stream = json.loads(source.read(facts_length)), source.read(length)
        _alarm(SECONDS)
        try:
            send(sink, *_decode(facts, stream))
        except Exception:
            send(sink, {}, b"")
        _alarm(0)


def send(sink: IO[bytes], facts: dict[str, Any], content: bytes) -> None:
    """Write one message: lengths, facts, bytes."""
    packed = json.dumps(facts).encode()
    sink.write(HEAD.pack(len(packed), len(content)) + packed)
    sink.write(content)
    sink.flush()


def _take_output() -> IO[bytes]:
    """The standard output for answers alone: a library that prints must not mix in."""
    sink = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return sink


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _alarm(seconds: int) -> None:
    # Unhandled, the signal ends the process, also where a library's own loop never does.
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _decode(facts: dict[str, Any], stream: bytes) -> tuple[dict[str, Any], bytes]:
    import warnings

    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    warnings.simplefilter("ignore")
    frame = Dataset()
    frame.file_meta = FileMetaDataset()
    frame.file_meta.TransferSyntaxUID = UID(facts.pop("TransferSyntaxUID"))
    for name, value in facts.items():
        setattr(frame, name, value)
    frame.PixelData = encapsulate([stream], has_bot=False)
    decoder = get_decoder(frame.file_meta.TransferSyntaxUID)
    pixels, found = decoder.as_array(frame, index=0, decoding_plugin="gdcm")
    meaning = str(found["photometric_interpretation"])
    shown = {"type": pixels.dtype.str, "shape": pixels.shape, "meaning": meaning}
    return shown, pixels.tobytes()


if __name__ == "__main__":
    main()
