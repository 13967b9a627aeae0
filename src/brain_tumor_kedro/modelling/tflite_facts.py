"""Facts within a TensorFlow Lite file, as an entry of its metadata."""

import json
from collections.abc import Mapping
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

#: What the entry is called.
ENTRY = "brain_tumor_kedro"
#: What the first bytes of such a file say, after the offset.
IDENTIFIER = b"TFL3"


def add_facts(model: bytes, facts: Mapping[str, Any]) -> bytes:
    """Write facts into a model's metadata.

    Args:
        model: The content of a `.tflite` file.
        facts: What JSON can hold.

    Returns:
        The content with one more entry, `brain_tumor_kedro`, of JSON in UTF-8.
    """
    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(bytearray(model), 0))
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    entry.name, entry.buffer = ENTRY, len(tree.buffers)
    tree.buffers.append(buffer)
    tree.metadata = [*(tree.metadata or ()), entry]
    builder = flatbuffers.Builder(len(model))
    builder.Finish(tree.Pack(builder), file_identifier=IDENTIFIER)
    return bytes(builder.Output())


def read_facts(model: bytes) -> dict[str, Any]:
    """Read what `add_facts` wrote.

    Args:
        model: The content of a `.tflite` file.

    Returns:
        The facts.

    Raises:
        ValueError: Where there are none.
    """
    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(bytearray(model), 0))
    for entry in tree.metadata or ():
        if entry.name.decode() == ENTRY:
            facts: dict[str, Any] = json.loads(bytes(tree.buffers[entry.buffer].data))
            return facts
    raise ValueError(f"Expected a TensorFlow Lite file with metadata {ENTRY!r}, found none.")
