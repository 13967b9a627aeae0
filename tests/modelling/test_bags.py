import numpy as np
import pytest

from brain_tumor_kedro.modelling.bags import pack_bags, standardize


def test_slices_lie_side_by_side_in_their_order():
    features = np.arange(10, dtype=np.float32).reshape(5, 2)
    bags = pack_bags(features, np.array([1, 0, 1, 1, 0]))
    assert bags.features.shape == (2, 3, 2)
    np.testing.assert_array_equal(bags.mask, [[1, 1, 0], [1, 1, 1]])
    np.testing.assert_array_equal(bags.features[0], [[2, 3], [8, 9], [0, 0]])
    np.testing.assert_array_equal(bags.features[bags.rows, bags.columns], features)


@pytest.mark.parametrize("patients", [[], [0, 2]])
def test_a_patient_without_slices_is_refused(patients):
    patients = np.array(patients, dtype=np.intp)
    with pytest.raises(ValueError, match="at least one slice"):
        pack_bags(np.zeros((len(patients), 2), np.float32), patients)


def test_training_slices_alone_say_what_is_standard():
    random = np.random.default_rng(0)
    features = random.normal(5, 3, (200, 4)).astype(np.float32)
    train = np.arange(200) < 100
    features[~train] += 100
    features[train, 3] = 7
    scaled = standardize(features, train)
    np.testing.assert_allclose(scaled[train].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled[train, :3].std(axis=0), 1, rtol=1e-5)
    assert (scaled[:, 3] == 0).all()
    assert scaled[~train, :3].min() > 20
    assert scaled.dtype == np.float32
