import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.metrics import roc_auc_score

from brain_tumor_kedro.modelling.attention_pooling import build_pooling, pool_slices
from brain_tumor_kedro.modelling.attention_settings import AttentionPooling

QUICK = AttentionPooling(hidden=4, epochs=2)


def draw_keys(patients, seed=0, width=16, shown_on=3):
    """Patients of whom the positive have one slice that shows it; and where that slice is."""
    random = np.random.default_rng(seed)
    positive, features, whose, keys = random.random(patients) < 0.5, [], [], []
    for number in range(patients):
        slices = random.normal(size=(random.integers(25, 40), width))
        key = random.integers(len(slices))
        slices[key, :shown_on] += 3 * positive[number]
        keys.append(len(whose) + key)
        features.append(slices)
        whose += [number] * len(slices)
    return np.concatenate(features).astype(np.float32), np.array(whose), positive, np.array(keys)


@pytest.fixture(scope="module")
def found():
    features, whose, positive, keys = draw_keys(300)
    place = np.arange(300)
    train, val = place < 150, (place >= 150) & (place < 200)
    pooled = pool_slices(features, whose, positive, train, val, AttentionPooling(epochs=40))
    return features, whose, positive, keys, place >= 200, pooled


def test_slices_that_show_the_class_are_found_without_being_pointed_at(found):
    features, whose, positive, keys, test, pooled = found
    mean = np.bincount(whose, features[:, :3].sum(axis=1)) / np.bincount(whose)
    assert roc_auc_score(positive[test], mean[test]) < 0.8
    assert roc_auc_score(positive[test], pooled.probabilities[test]) > 0.9
    assert np.median(pooled.attention[keys[positive & test]]) > 0.5


def test_attention_sums_to_one_in_every_patient(found):
    _, whose, _, _, _, pooled = found
    np.testing.assert_allclose(np.bincount(whose, pooled.attention), 1)
    assert ((pooled.probabilities >= 0) & (pooled.probabilities <= 1)).all()
    assert pooled.facts()["best_epoch"] < pooled.epochs <= 40
    assert pooled.losses["val_loss"] < np.log(2)


def test_neither_the_order_of_slices_nor_what_is_padded_changes_anything():
    model = build_pooling(3, QUICK)
    random = np.random.default_rng(0)
    slices = random.normal(size=(1, 5, 3)).astype(np.float32)
    said = model.predict([slices, np.ones((1, 5), np.float32)], verbose=0)
    order = np.array([3, 0, 4, 2, 1])
    turned = model.predict([slices[:, order], np.ones((1, 5), np.float32)], verbose=0)
    np.testing.assert_allclose(turned["probability"], said["probability"], rtol=1e-5)
    np.testing.assert_allclose(turned["attention"], said["attention"][:, order], rtol=1e-5)
    noise = 100 * random.normal(size=(1, 4, 3)).astype(np.float32)
    longer = np.concatenate([slices, noise], axis=1)
    mask = np.array([[1] * 5 + [0] * 4], np.float32)
    padded = model.predict([longer, mask], verbose=0)
    np.testing.assert_allclose(padded["probability"], said["probability"], rtol=1e-5)
    np.testing.assert_allclose(padded["attention"][:, :5], said["attention"], rtol=1e-5)
    assert (padded["attention"][:, 5:] == 0).all()


def test_a_single_slice_has_all_attention():
    model = build_pooling(3, QUICK)
    slices = np.random.default_rng(0).normal(size=(4, 2, 3)).astype(np.float32)
    said = model.predict([slices, np.array([[0, 1]] * 4, np.float32)], verbose=0)
    np.testing.assert_array_equal(said["attention"], [[0, 1]] * 4)


def test_attention_is_that_of_the_paper():
    model = build_pooling(3, QUICK)
    slices = np.random.default_rng(1).normal(size=(2, 6, 3)).astype(np.float32)
    said = model.predict([slices, np.ones((2, 6), np.float32)], verbose=0)
    v, u, w = (model.get_layer(name).get_weights() for name in ("content", "gate", "score"))
    gate = 1 / (1 + np.exp(-(slices @ u[0] + u[1])))
    scores = ((np.tanh(slices @ v[0] + v[1]) * gate) @ w[0])[..., 0]
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(said["attention"], expected, rtol=1e-4)
    kernel, bias = model.get_layer("probability").get_weights()
    logits = np.einsum("ps,psf->pf", expected, slices) @ kernel + bias
    np.testing.assert_allclose(said["probability"], 1 / (1 + np.exp(-logits)), rtol=1e-4)


def test_the_same_is_learned_again_whatever_the_other_patients_are():
    features, whose, positive, _ = draw_keys(30, width=4)
    train, val = np.arange(30) < 20, np.arange(30) == 21
    before = pool_slices(features, whose, positive, train, val, QUICK)
    changed = np.where((whose >= 25)[:, None], 9 * features, features)
    after = pool_slices(changed, whose, positive ^ (np.arange(30) >= 25), train, val, QUICK)
    np.testing.assert_array_equal(after.probabilities[:25], before.probabilities[:25])


def test_without_patients_to_learn_from_or_to_stop_by_nothing_is_learned():
    features, whose, positive, _ = draw_keys(6, width=4)
    some, none = np.arange(6) < 3, np.zeros(6, dtype=bool)
    with pytest.raises(ValueError, match="training patients of both classes"):
        pool_slices(features, whose, np.ones(6, dtype=bool), some, ~some, QUICK)
    positive = np.arange(6) % 2 == 0
    with pytest.raises(ValueError, match="validation patients to stop"):
        pool_slices(features, whose, positive, some, none, QUICK)


def test_a_loss_that_is_not_finite_is_refused():
    features, whose, _, _ = draw_keys(12, width=4)
    features[whose == 11] = np.inf
    parts = np.arange(12) < 8, np.arange(12) >= 8
    with pytest.raises(ValueError, match="finite validation loss"), np.errstate(all="ignore"):
        pool_slices(features, whose, np.arange(12) % 2 == 0, *parts, QUICK)


@pytest.mark.parametrize("wrong", [{"hidden": 0}, {"dropout": 1}, {"patience": 0}, {"heads": 2}])
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValidationError):
        AttentionPooling(**wrong)
