import numpy as np

from brain_tumor_kedro.sample.foreign_pages import chart, page, screenshot


def test_a_page_is_mostly_paper_and_its_dark_twin_mostly_black():
    assert (page(np.random.default_rng(0)) == 255).mean() > 0.5
    assert (page(np.random.default_rng(0), dark=True) == 0).mean() > 0.5


def test_windows_and_charts_have_color_where_it_is_asked_for():
    assert screenshot(np.random.default_rng(0)).ndim == 2
    colored = screenshot(np.random.default_rng(0), color=True)
    assert np.ptp(colored.astype(int), axis=-1).max() > 40
    assert chart(np.random.default_rng(0)).shape[-1] == 3
