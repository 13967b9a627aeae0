import json

import pytest

from brain_tumor_kedro.serving.bundle import digest_facts
from brain_tumor_kedro.serving.registered import load_registered
from bundles import make_bundle, write_bundle

URI = "models:/brain_tumor_tumor_type/1"


def test_a_version_is_what_was_registered(tmp_path):
    folder = write_bundle(tmp_path)
    own = {"fingerprint": make_bundle().facts.fingerprint, "bundle_digest": digest_facts(folder)}

    assert load_registered(folder, URI, own).facts == load_registered(folder, URI, {}).facts
    with pytest.raises(ValueError, match=f"Expected the classifier other that {URI}"):
        load_registered(folder, URI, {**own, "fingerprint": "other"})

    facts = json.loads((folder / "bundle.json").read_text())
    (folder / "bundle.json").write_text(json.dumps({**facts, "answer_from": 0.0}))
    with pytest.raises(ValueError, match="what it states was changed afterwards"):
        load_registered(folder, URI, own)
